# shellcheck shell=bash
#
# The comparison schemas and what is measured in them, in a server that is there:
# what bench/run and its test share. Sourced after dev/lib.sh, never run. The
# figures go to the tables of schema bench.

leads=             # rows of the works that are one statement
many=              # leads of one call for many
transactions=      # transactions of the works that are many
batch=             # leads added to tables of three sizes, of which it is the smallest
files=             # what the server reads
statements=        # a folder for each schema
turn=(lead bare peer)
first=             # number of the last lead taken

# ---------------------------------------------------------------- the schemas

make_schemas() { # DATABASE
    sql -d postgres -c "CREATE DATABASE $1"
    export PGDATABASE=$1
    sql -v leads="$leads" -v many="$many" -v batch="$batch" -f "$copy_dir/bench/source.sql"
    sql -c 'CREATE EXTENSION lead' -c 'SELECT count(*) FROM lead.add_starter_registers()' >/dev/null
    sql -f "$copy_dir/bench/bare.sql" -f "$copy_dir/bench/peer.sql"
    files=$work_dir/files
    folder_for_server "$files"
    sql -c "COPY (SELECT party_name, lead_rating, description, priority, lead_source, phones, emails, data_tags, chars,
        lead_type FROM bench.source ORDER BY n) TO '$files/leads'"
    sql -c "COPY (SELECT party_name, lead_rating, description, priority, lead_source, phones, emails, data_tags, chars,
        lead_type, match_keys FROM bench.source ORDER BY n) TO '$files/leads_with_keys'"
    sql -c 'VACUUM ANALYZE'
}

# lead and peer get the same statements, save for the schema's name. For bare a
# transition is what it is, called by a function or not.
make_statements() {
    local file
    statements=$work_dir/statements
    mkdir -p "$statements/peer"
    cp -R "$copy_dir/bench/statements/guarded" "$statements/lead"
    cp -R "$copy_dir/bench/statements/bare" "$statements/bare"
    cp -R "$copy_dir/bench/statements/growth" "$statements/growth"
    cp "$statements/bare/transition.pgbench" "$statements/bare/transition_call.pgbench"
    for file in "$statements/lead"/*; do
        sed 's/\<lead\./peer./g' "$file" >"$statements/peer/${file##*/}"
    done
}

# What FILE prints for lead must be what it prints for the others.
compare() { # FILE WHAT
    local schema
    for schema in lead bare peer; do
        sql -v schema="$schema" -f "$copy_dir/bench/$1" >"$work_dir/$schema.$1"
    done
    compare_files "$1" "$2"
}

compare_files() { # NAME WHAT
    local schema
    for schema in bare peer; do
        diff -u --label lead --label "$schema" "$work_dir/lead.$1" "$work_dir/$schema.$1" ||
            die "$2 of lead and $schema differ"
    done
}

# ---------------------------------------------------------------- measuring

# The three take turns, and each time another begins.
next_turn() {
    turn=("${turn[@]:1}" "${turn[0]}")
}

record() { # WORK SCHEMA ROUND VALUE
    sql -c "INSERT INTO bench.figure VALUES ('$1', '$2', $3, $4)"
}

# All rows written before are gone; the work begins with warm, clean tables.
empty_tables() {
    local schema
    for schema in lead bare peer; do
        sql -c 'SET client_min_messages = warning' -c "TRUNCATE $schema.lead, $schema.lead_status_change,
            $schema.lead_conversion, $schema.person, $schema.customer, $schema.account CASCADE"
    done
}

# What the statements print must be the same, too: the outcomes of a call for many.
measure_statement() { # WORK ROUND
    local schema
    sql -c 'VACUUM ANALYZE'
    next_turn
    for schema in "${turn[@]}"; do
        sql -c CHECKPOINT
        sql -At -c '\timing on' -v file="$files/leads" -v file_with_keys="$files/leads_with_keys" \
            -v from=$((first + 1)) -v to=$((first + many)) -f "$statements/$schema/$1.sql" >"$work_dir/$schema.printed"
        record "$1" "$schema" "$2" "$(milliseconds <"$work_dir/$schema.printed") / 1000"
        sed -i '/^Time: /d' "$work_dir/$schema.printed"
    done
    compare_files printed "what $1 says"
}

# The sum of what psql says.
milliseconds() {
    awk '/^Time: / { ms += $2 } END { print ms }'
}

# Prints the transactions per second. Each takes a lead of its own: number
# $first + 1 and on.
run_pgbench() { # WORK SCHEMA CLIENTS
    local log=$work_dir/pgbench.log each=$((transactions / $3))
    pgbench -n -M prepared -c "$3" -j "$3" -t "$each" -D i=0 -D each="$each" -D first="$first" \
        -f "$statements/$2/$1.pgbench" >"$log" 2>&1 || fail_with "$log" "$1 failed in $2"
    grep -q "actually processed: $transactions/$transactions" "$log" || fail_with "$log" "$1 failed in $2"
    sed -n 's/^tps = \([0-9.]*\).*/\1/p' "$log"
}

measure_transactions() { # WORK "durable" | "memory" CLIENTS ROUND
    local schema
    next_turn
    for schema in "${turn[@]}"; do
        sql -c CHECKPOINT
        record "$1 $2 $3" "$schema" "$4" "$(run_pgbench "$1" "$schema" "$3")"
    done
    first=$((first + transactions))
}

# Leads to take by number, and the first customers: with none the server would
# plan foreign key checks for an empty table and keep those plans.
make_fresh_leads() { # HOW_MANY
    local schema
    for schema in lead bare peer; do
        sql -v from=$((first + 1)) -v to=$((first + transactions + $1)) -f "$statements/$schema/fresh.sql"
        run_pgbench convert "$schema" 1 >/dev/null
    done
    first=$((first + transactions))
    sql -c 'VACUUM ANALYZE'
}

# ---------------------------------------------------------------- growth

record_growth() { # WORK LEADS ROUND MICROSECONDS
    sql -c "INSERT INTO bench.growth VALUES ('$1', $2, $3, $4)"
}

# In pieces, so that none is sorted on disk.
grow() { # FROM TO
    local from to
    for ((from = $1; from <= $2; from = to + 1)); do
        to=$((from + 10 * batch - 1 < $2 ? from + 10 * batch - 1 : $2))
        sql -v from="$from" -v to="$to" -f "$statements/growth/fill.sql"
    done
    sql -c 'VACUUM ANALYZE' -c CHECKPOINT
}

clean_tables() {
    sql -c 'VACUUM lead.lead, lead.lead_status_change, lead.lead_conversion, lead.person, lead.customer, lead.account'
}

# The median, so that what a session does once is not in it.
measure_latency() { # WORK TRANSACTIONS LEADS ROUND
    local log=$work_dir/pgbench.log
    rm -f "$work_dir"/latency.*
    clean_tables
    pgbench -n -M prepared -t "$2" -D leads="$3" -l --log-prefix="$work_dir/latency" \
        -f "$statements/growth/$1.pgbench" >"$log" 2>&1 || fail_with "$log" "$1 failed"
    record_growth "$1" "$3" "$4" "$(awk '{ print $3 }' "$work_dir"/latency.* | sort -n |
        awk '{ us[NR] = $1 } END { print us[int((NR + 1) / 2)] }')"
}

# Each leaves the table as large as it was.
measure_growth() { # LEADS ROUND
    local printed=$work_dir/printed
    clean_tables
    sql -At -v from=$(($1 + 1)) -v to=$(($1 + batch)) -f "$statements/growth/insert.sql" >"$printed"
    record_growth insert "$1" "$2" "$(milliseconds <"$printed") * 1000 / $batch"
    clean_tables
    sql -At -v count=$((batch / 2)) -f "$statements/growth/convert_many.sql" >"$printed"
    grep -qx $((batch / 2)) "$printed" || fail_with "$printed" "convert_many did not convert all"
    record_growth convert_many "$1" "$2" "$(milliseconds <"$printed") * 1000 / $((batch / 2))"
    measure_latency transition 1000 "$@"
    measure_latency find_duplicates 1000 "$@"
    measure_latency claim $((batch / 5)) "$@"
    [ "$(sql -At -c "SELECT count(*) FROM lead.lead WHERE assigned_to = 'agent'")" -eq $((batch / 5)) ] ||
        die "some calls found no lead to claim"
    sql -f "$statements/growth/give_back.sql"
}
