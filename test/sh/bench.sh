#!/bin/bash
#
# The benchmark's statements do what they say: after each of its works the schemas
# lead, bare and peer hold the same rows, calls for many report the same outcomes,
# and a row that differs is seen. All of it once and on few leads, in the server
# that PGHOST and its kin name, in a database of its own; the figures mean nothing.

set -uo pipefail

. "$LEAD_SRC/dev/lib.sh"
. "$LEAD_SRC/bench/lib.sh"
. "$LEAD_SRC/test/data/tap.sh"

leads=400 many=200 transactions=40 batch=100 first=100000000000
copy_dir=$LEAD_SRC
bin_dir=$("${PG_CONFIG:-pg_config}" --bindir)
database=lead_bench_$$
work_dir=$(mktemp -d)
chmod 755 "$work_dir"
trap 'dropdb --force --if-exists "$database" >/dev/null 2>&1; rm -rf -- "$work_dir"' EXIT

# Each in a subshell that ends with the first error, as bench/run does.
works() { # WHAT CMD...
    local what=$1
    shift
    (set -e; "$@") >"$work_dir/out" 2>&1
    is "$what" $? 0
    [ ! -s "$work_dir/out" ] || sed 's/^/# /' "$work_dir/out" | tail -n 20
}

same_rows() { compare rows.sql "the rows"; }

# What was planned for empty tables is not kept: each work has sessions of its own.
transactions_of() { # WORK
    local schema
    for schema in lead bare peer; do run_pgbench "$1" "$schema" 4 >/dev/null; done
}

report() { # FILE LINES
    sql -f "$copy_dir/bench/$1" >"$work_dir/table"
    [ "$(grep -c '^| .* |$' "$work_dir/table")" -eq "$2" ]
}

(set -e; make_schemas "$database"; make_statements) || exit 1
export PGDATABASE=$database
files=$work_dir/files statements=$work_dir/statements

works 'the tables are the same' compare shape.sql "the tables"
works 'insert' measure_statement insert 1
works 'update' measure_statement update 1
works 'the same rows' same_rows
works 'leads to take one by one' make_fresh_leads $((3 * transactions + many))
first=$((first + transactions))
for work in transition transition_call convert; do
    works "$work" transactions_of $work
    first=$((first + transactions))
done
works 'the same rows' same_rows
works 'transition_many' measure_statement transition_many 1
works 'convert_many' measure_statement convert_many 1
is 'all outcomes' "$(cat "$work_dir/lead.printed")" "CONVERTED|$many"
works 'the same rows' same_rows

sql -c "UPDATE peer.lead_conversion SET reason = 'another' WHERE lead_id = (SELECT min(lead_id::text)::uuid FROM peer.lead_conversion)"
(same_rows) >"$work_dir/out" 2>&1
is 'a row that differs ends the run' $? 1
is 'and is named' "$(sed -n 's/^[-+]\([a-z]*\).*/\1/p' "$work_dir/out" | sort -u | xargs)" conversion

works 'none left' empty_tables
works 'copy' measure_statement copy 1
works 'the same rows' same_rows
works 'the table of medians' report report.sql 6

works 'none left' empty_tables
last=0
for size in $batch $((2 * batch)) $((3 * batch)); do
    works "a table of $size" grow $((last + 1)) "$size"
    works 'measured' measure_growth "$size" 1
    is 'and as large as before' "$(sql -At -c 'SELECT count(*) FROM lead.lead')" "$size"
    last=$size
done
works 'the table of growth' report growth_report.sql 6

echo "1..$count"
exit $failed
