# shellcheck shell=bash
#
# What the scripts in dev/ share: the packages a build needs, the build itself,
# a throwaway server, and leaving nothing behind. Sourced, never run.
#
# A script calls begin, then prepare (packages, server, build) and, if it wants
# one, cluster_start. All that is written lies in $work_dir, which goes when the
# script ends. The server loads the extension from a staging folder there, so
# neither the source tree nor the server's own folders are written to, and no
# existing cluster is touched.

src_dir=$(unset CDPATH && cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)

work_dir=          # everything we write
copy_dir=          # the source tree as it was at the start, readable by the server's user
build_dir=         # objects
stage_dir=         # DESTDIR of make install
stage_conf=        # server settings that make the staged extension visible
pg_major=          # server version in use
pg_config=
bin_dir=           # the server's programs
keep_work=no       # yes: leave $work_dir for looking
as_server=()       # prefix that makes a command run as the server's user

running_job=
viewer=
dropin=            # file put in the host's configuration while packages are installed
dropin_made_dir=

# ---------------------------------------------------------------- messages

say() {
    printf '== %s\n' "$*"
}

die() {
    printf '%s: %s\n' "$(basename -- "$0")" "$*" >&2
    exit 1
}

# Compilers and pg_regress saw the copy; a person wants the path in the tree.
show_log() { # FILE [LINES]
    [ -s "$1" ] || return 0
    tail -n "${2:-60}" -- "$1" | sed "s|$copy_dir/|$src_dir/|g"
}

fail_with() { # LOG MESSAGE
    show_log "$1" >&2
    die "$2"
}

# ---------------------------------------------------------------- beginning and end

begin() {
    clean_environment
    trap 'end_early 129' HUP
    trap 'end_early 130' INT
    trap 'end_early 143' TERM
    trap clean_up EXIT
    work_dir=$(mktemp -d "$(base_for_work)/lead.XXXXXX")
    # The server's user is another one when root runs this.
    if [ "$(id -u)" = 0 ]; then chmod 755 "$work_dir"; fi
    copy_dir=$work_dir/src build_dir=$work_dir/build stage_dir=$work_dir/stage
    stage_conf=$work_dir/stage.conf
    mkdir -p "$work_dir/home"
    # No ~/.psqlrc, ~/.pgpass, ~/.proverc or the like; and the compiler's own
    # files go with ours when it is cut off.
    mkdir -p "$work_dir/tmp"
    export HOME=$work_dir/home TMPDIR=$work_dir/tmp
    cd "$work_dir" || exit
}

# A caller's settings must not decide whether the tests pass.
clean_environment() {
    local name
    while IFS= read -r name; do
        case $name in
            PG_MAJOR) ;;
            PG* | PSQL* | HARNESS_* | PERL_* | PERL5* | MAKE* | GNUMAKE*) unset "$name" ;;
        esac
    done < <(compgen -e)
    unset CDPATH MFLAGS COPT PROFILE DESTDIR TEMP_CONFIG LANGUAGE PAGER TZ BASH_ENV ENV \
        GREP_OPTIONS TAR_OPTIONS POSIXLY_CORRECT LD_PRELOAD CC CFLAGS CPPFLAGS CXXFLAGS LDFLAGS
    export LC_ALL=C.UTF-8 LANG=C.UTF-8
    # The system's own perl, prove, gcc before any that a user put in front: they know the packages.
    export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
    umask 022
}

# TMPDIR, unless the socket's path would grow past its 107 bytes or, for root,
# other users cannot pass through it.
base_for_work() {
    local dir=${TMPDIR:-/tmp}
    if [ "${dir:0:1}" != / ] || [ ! -w "$dir" ] || [ ${#dir} -gt 50 ]; then dir=/tmp; fi
    if [ "$(id -u)" = 0 ] && ! runuser -u nobody -- test -x "$dir"; then dir=/tmp; fi
    printf '%s\n' "$dir"
}

# A signal often comes twice: to us and then to our group, as from a terminal or
# timeout(1). A second one inside clean_up would be an exit that cleans nothing.
end_early() { # STATUS
    trap '' HUP INT TERM
    exit "$1"
}

# Runs on every way out. A script may define at_end: it gets the exit status, is
# called when all is removed, and answers the status to exit with.
clean_up() {
    local status=$?
    trap '' HUP INT TERM
    trap - EXIT
    set +e
    cd /
    end_job
    remove_dropin
    if [ -n "$work_dir" ]; then
        end_servers
        remove_work
    fi
    if declare -F at_end >/dev/null; then
        at_end "$status"
        status=$?
    fi
    exit "$status"
}

remove_work() {
    if [ "$keep_work" = yes ]; then
        say "kept $work_dir"
    else
        rm -rf -- "$work_dir" 2>/dev/null ||
            { chmod -R u+rwX -- "$work_dir" && rm -rf -- "$work_dir"; }
    fi
}

# Ends what the running job started: it has a process group of its own.
end_job() {
    local tries=0
    if [ -n "$viewer" ]; then kill "$viewer" 2>/dev/null; fi
    if [ "$running_job" = starting ]; then running_job=${!:-}; fi
    [ -n "$running_job" ] || return 0
    kill -TERM -- "-$running_job" 2>/dev/null
    while kill -0 -- "-$running_job" 2>/dev/null && [ $((tries += 1)) -le 50 ]; do sleep 0.1; done
    kill -KILL -- "-$running_job" 2>/dev/null
    wait "$running_job" 2>/dev/null
    running_job=
}

# Ends every server with its data below $work_dir: ours, and those of a TAP test
# that was cut off. Immediate shutdown, as the data goes anyway.
end_servers() {
    local tries=0 pids
    while mapfile -t pids < <(our_servers) && [ ${#pids[@]} -gt 0 ]; do
        if [ $((tries += 1)) -eq 100 ]; then
            kill -KILL "${pids[@]}" 2>/dev/null
        elif [ "$tries" -eq 1 ]; then
            kill -QUIT "${pids[@]}" 2>/dev/null
        elif [ "$tries" -gt 150 ]; then
            return
        fi
        sleep 0.1
    done
}

our_servers() {
    local proc
    while read -r proc; do
        case $(readlink "$proc/exe" 2>/dev/null) in
            */bin/postgres*) printf '%s\n' "${proc#/proc/}" ;;
        esac
    done < <(find /proc -mindepth 2 -maxdepth 2 -path '/proc/[0-9]*/cwd' -lname "$work_dir/*" \
        -printf '%h\n' 2>/dev/null)
}

# ---------------------------------------------------------------- running things

# A job in the background and a wait: bash acts on a signal at once while it
# waits, but only afterwards while a command runs in the foreground. Output is
# redirected here and not where this is called, where it would redirect clean_up's too.
run_logged() { # LOG CMD...
    local log=$1 status=0
    shift
    set -m
    running_job=starting
    "$@" </dev/null >>"$log" 2>&1 &
    running_job=$!
    set +m
    wait "$running_job" || status=$?
    running_job=
    return "$status"
}

# As run_logged, but a person sees the output as it comes.
run_shown() { # LOG CMD...
    local log=$1 status=0
    shift
    : >"$log"
    set -m
    running_job=starting
    "$@" </dev/null >"$log" 2>&1 &
    running_job=$!
    tail -n +1 -s 0.2 -f --pid="$running_job" -- "$log" &
    viewer=$!
    set +m
    wait "$running_job" || status=$?
    wait "$viewer" || true
    running_job='' viewer=''
    return "$status"
}

# initdb and the server refuse root.
run_as_server_user() { # CMD...
    "${as_server[@]}" "$@"
}

folder_for_server() { # DIR...
    mkdir -p -- "$@"
    if [ "$(id -u)" = 0 ]; then chown postgres: -- "$@"; fi
}

# ---------------------------------------------------------------- packages

# With the optional libraries, so that the tests run with all of it.
build_packages() {
    printf '%s\n' "postgresql-$pg_major" "postgresql-client-$pg_major" \
        "postgresql-server-dev-$pg_major" make gcc libc6-dev \
        g++ libphonenumber-dev libidn2-dev liburiparser-dev
}

# What a script cannot do without.
need_packages() { # PKG...
    local missing
    require_debian
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    can_install || die "missing packages: ${missing[*]}
Install them and start again:
    apt-get install --no-install-recommends ${missing[*]}
(needs root; this script does it itself when run as root or with sudo at hand)"
    install_packages "${missing[@]}"
}

# Clients that tests drive; without them those tests are skipped. No JDK: it is
# large, and whoever uses JDBC has one.
want_clients() {
    local missing
    mapfile -t missing < <(missing_packages libpostgresql-jdbc-java python3-psycopg python3-psycopg2)
    [ ${#missing[@]} -gt 0 ] || return 0
    if can_install; then
        say "installing ${missing[*]}"
        known_to_apt "${missing[@]}" || apt_quiet update || true
        apt_quiet install --no-install-recommends --no-remove "${missing[@]}" && return
    fi
    say "some tests are skipped without ${missing[*]}"
}

require_debian() {
    if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then return; fi
    die "this script works on Debian and its relatives only.
Elsewhere: have PostgreSQL with its development files, make and a C compiler,
then run make, make install and make installcheck."
}

missing_packages() { # PKG...
    local package
    for package; do
        # dpkg also knows packages that were removed.
        [[ $(dpkg -s "$package" 2>/dev/null) == *"Status: "*" ok installed"* ]] || printf '%s\n' "$package"
    done
}

can_install() {
    [ "$(id -u)" = 0 ] && return
    command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }
}

as_root() { # CMD...
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# In the foreground, as a signal must not cut it off in the middle, and sudo may
# ask for a password. The packages of an installed server stay as they are.
apt_quiet() { # apt-get's arguments
    (as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -q -y \
        -o DPkg::Lock::Timeout=120 -o APT::Get::Upgrade-By-Source-Package=false \
        "$@" >>"$work_dir/apt.log" 2>&1 </dev/null)
}

install_packages() { # PKG...
    say "installing $*"
    known_to_apt "$@" || apt_quiet update || true
    add_dropin
    # Lists that are too old name files that are gone, hence the second try.
    try_install "$@" || { apt_quiet update && try_install "$@"; } ||
        fail_with "$work_dir/apt.log" "could not install $*"
    remove_dropin
}

try_install() { # PKG...
    local wanted
    mapfile -t wanted < <(at_server_version "$@")
    spare_clusters "${wanted[@]}"
    apt_quiet install --no-install-recommends --no-remove "${wanted[@]}"
}

known_to_apt() { # PKG...
    local package
    for package; do
        [[ $(apt-cache policy "$package" 2>/dev/null) =~ Candidate:\ [^\(] ]] || return 1
    done
}

# Beside an installed server, its own version of the other packages is asked for
# where it is still to be had: a newer one can pull a newer server along.
at_server_version() { # PKG...
    local package version
    version=$(dpkg-query -W -f '${Version}' "postgresql-$pg_major" 2>/dev/null) || version=
    for package; do
        case $package in
            postgresql-client-* | postgresql-server-dev-*)
                if [ -n "$version" ] && [[ $(apt-cache madison "$package") == *"| $version |"* ]]; then
                    package+="=$version"
                fi
                ;;
        esac
        printf '%s\n' "$package"
    done
}

# A new server package restarts the clusters that run on it, and any server
# package starts those that are down but meant to run. That is the owner's
# decision, not ours.
spare_clusters() { # PKG...
    local plan clusters
    command -v pg_lsclusters >/dev/null || return 0
    services_left_alone && return
    plan=$(apt-get --simulate --no-install-recommends -o APT::Get::Upgrade-By-Source-Package=false \
        install "$@" 2>/dev/null |
        sed -n 's/^Inst \(postgresql-\([0-9]*\|common\)\) \(\[\)\?.*/\1 \3/p') || true
    clusters=$(clusters_hit_by "$plan")
    [ -z "$clusters" ] || die "installing $* would restart or start your cluster(s) ${clusters% }.
Do it yourself when it suits, then start again:
    apt-get install --no-install-recommends $*"
}

services_left_alone() {
    if [ -x /usr/sbin/policy-rc.d ]; then
        ! /usr/sbin/policy-rc.d postgresql start >/dev/null 2>&1
    else
        [ ! -e /sbin/init ]
    fi
}

clusters_hit_by() { # PLAN: lines "package [" (upgraded) or "package" (new)
    local major name state _
    [ -n "$1" ] || return 0
    while read -r major name _ state _; do
        case $state in
            online*) grep -qF "postgresql-$major [" <<<"$1" && printf '%s/%s ' "$major" "$name" ;;
            *) grep -qs '^auto' "/etc/postgresql/$major/$name/start.conf" && printf '%s/%s ' "$major" "$name" ;;
        esac
    done < <(pg_lsclusters --no-header)
    return 0
}

# Debian's server package makes and starts a cluster when there is none. This
# setting, there only while packages are installed, keeps it from doing so.
add_dropin() {
    local dir=/etc/postgresql-common/createcluster.d
    dropin=$dir/zz-lead-no-cluster.conf
    if [ ! -d "$dir" ]; then dropin_made_dir=$dir; fi
    # shellcheck disable=SC2016
    as_root sh -c 'mkdir -p "${1%/*}" && echo "create_main_cluster = false" >"$1"' sh "$dropin"
}

remove_dropin() {
    [ -n "$dropin" ] || return 0
    as_root rm -f "$dropin"
    if [ -n "$dropin_made_dir" ]; then as_root rmdir "$dropin_made_dir" 2>/dev/null || true; fi
    dropin='' dropin_made_dir=''
}

# ---------------------------------------------------------------- server and build

# $PG_MAJOR, or 15, or where there is no 15 the version the distribution has.
choose_server() {
    require_debian
    pg_major=${PG_MAJOR:-15}
    if [ -z "${PG_MAJOR:-}" ] && ! server_to_be_had 15; then
        if can_install; then apt_quiet update || true; fi
        server_to_be_had 15 || pg_major=$(distribution_major)
    fi
    [[ $pg_major =~ ^[0-9]+$ ]] || die "PG_MAJOR must be a number, not '$pg_major'"
    bin_dir=/usr/lib/postgresql/$pg_major/bin
    pg_config=$bin_dir/pg_config
}

server_to_be_had() { # MAJOR
    [ -x "/usr/lib/postgresql/$1/bin/postgres" ] || known_to_apt "postgresql-$1"
}

distribution_major() {
    local major
    major=$(apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p') || true
    printf '%s\n' "${major:-15}"
}

# Packages, copy, build: what every script starts with. Arguments are packages
# it needs besides.
prepare() { # [PKG...]
    local needed
    choose_server
    mapfile -t needed < <(build_packages)
    need_packages "${needed[@]}" "$@"
    if [ "$(id -u)" = 0 ]; then as_server=(runuser -u postgres --); fi
    export PATH=$bin_dir:$PATH PG_CONFIG=$pg_config PG_MAJOR=$pg_major
    say "building for $("$pg_config" --version)"
    copy_source
    build_extension "$copy_dir" "$build_dir"
}

# The tree may be read-only, owned by somebody else, shut to the server's user,
# or changing; and make would take objects from it that another build left.
copy_source() {
    mkdir -p "$copy_dir"
    find "$src_dir" -mindepth 1 -maxdepth 1 ! -name .git \
        -exec cp -R -P --preserve=timestamps -t "$copy_dir" -- {} + || die "cannot copy $src_dir"
    chmod -R u+w,a+rX "$copy_dir"
    run_logged "$work_dir/clean.log" make -C "$copy_dir" PG_CONFIG="$pg_config" clean || true
}

# Bitcode is for JIT, which is off here; without it the build takes a third.
build_extension() { # SRCDIR BUILDDIR
    local log=$work_dir/build.log
    local make_it=(make -C "$2" -f "$1/Makefile" PG_CONFIG="$pg_config" COPT=-Werror with_llvm=no)
    mkdir -p -- "$2" "$stage_dir"
    run_logged "$log" "${make_it[@]}" -j"$(nproc)" all || fail_with "$log" "the build failed"
    run_logged "$log" "${make_it[@]}" install DESTDIR="$stage_dir" || fail_with "$log" "make install failed"
    # What the Makefile has to say, such as a library it did without.
    sed -n 's/^\(.*Makefile:[0-9]*: \)\?\(lead: .*\)/\2/p' "$log" | sort -u
    write_stage_conf >"$stage_conf"
    export LEAD_SRC=$copy_dir LEAD_BUILD=$build_dir LEAD_STAGE=$stage_dir LEAD_STAGE_CONF=$stage_conf
}

write_stage_conf() {
    local known
    known=$("$bin_dir/postgres" --describe-config | cut -f 1)
    printf 'jit = off\n'
    printf "dynamic_library_path = '%s:\$libdir'\n" "$stage_dir$("$pg_config" --pkglibdir)"
    if grep -qx extension_destdir <<<"$known"; then
        printf "extension_destdir = '%s'\n" "$stage_dir"
    elif grep -qx extension_control_path <<<"$known"; then
        printf "extension_control_path = '%s:\$system'\n" "$stage_dir$("$pg_config" --sharedir)"
    else
        die "this server cannot load an extension from a staging folder"
    fi
}

# ---------------------------------------------------------------- throwaway server

# Reached through a socket in a folder that only its user (and root) can enter.
# Settings given come last and so win, such as fsync=on.
cluster_start() { # [SETTING=VALUE...]
    local dir=$work_dir/cluster log=$work_dir/cluster/log
    folder_for_server "$dir" "$dir/socket"
    chmod 700 "$dir/socket"
    run_logged "$work_dir/initdb.log" "${as_server[@]}" "$bin_dir/initdb" -D "$dir/data" -A trust \
        -U postgres -E UTF8 --locale=C.UTF-8 --no-sync || fail_with "$work_dir/initdb.log" "initdb failed"
    cluster_settings "$@" | run_as_server_user tee -a "$dir/data/postgresql.conf" >/dev/null
    run_logged "$work_dir/start.log" "${as_server[@]}" "$bin_dir/pg_ctl" -D "$dir/data" -l "$log" \
        -w -t 60 start || fail_with "$log" "the throwaway server did not start"
    export PGHOST=$dir/socket PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
}

cluster_settings() { # [SETTING=VALUE...]
    local setting
    cat "$stage_conf"
    cat <<END
listen_addresses = ''
unix_socket_directories = '$work_dir/cluster/socket'
port = 5432
fsync = off
synchronous_commit = off
full_page_writes = off
max_prepared_transactions = 10
log_checkpoints = off
END
    for setting; do printf "%s = '%s'\n" "${setting%%=*}" "${setting#*=}"; done
}

cluster_stop() {
    run_logged "$work_dir/stop.log" "${as_server[@]}" "$bin_dir/pg_ctl" -D "$work_dir/cluster/data" \
        -m fast -w -t 60 stop || fail_with "$work_dir/stop.log" "the throwaway server did not stop"
    rm -rf -- "$work_dir/cluster"
    unset PGHOST PGPORT PGUSER PGDATABASE
}

# psql as the scripts want it; arguments are psql's.
sql() {
    "$bin_dir/psql" -X -q -v ON_ERROR_STOP=1 "$@"
}

# In a database of its own, so that it leaves no trace.
try_extension() {
    local version
    sql -c 'CREATE DATABASE lead_try'
    sql -d lead_try -c 'CREATE EXTENSION lead' || fail_with "$work_dir/cluster/log" "CREATE EXTENSION failed"
    version=$(sql -d lead_try -At -c "SELECT extversion FROM pg_extension WHERE extname = 'lead'")
    sql -c 'DROP DATABASE lead_try'
    say "lead $version loads"
}
