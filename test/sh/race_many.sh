#!/bin/bash
#
# Eight clients convert and move random sets of the same 300 leads, in random
# order, all or none at random, and take conversions back: sets overlap, so they
# wait for each other, but nothing deadlocks and nothing fails. At the end
# history, conversions and customers agree, and every outcome told is recorded.
#
# Runs in the server that PGHOST and its kin name, in a database of its own.

set -u

leads=300
clients=8
seconds=5
database=lead_race_many_$$
work=$(mktemp -d)

trap 'dropdb --force --if-exists "$database" >/dev/null 2>&1; rm -rf -- "$work"' EXIT

. "$LEAD_SRC/test/data/tap.sh"

ask() { # QUERY
    psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$database" -c "$1" 2>&1
}

createdb "$database" || exit 1
ask "CREATE EXTENSION lead;
     DO \$\$ BEGIN PERFORM lead.add_starter_registers(); END \$\$;
     INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type)
     SELECT 'L' || n, 'Party ' || n, 'WARM', 'WEB', 'B2B' FROM generate_series(1, $leads) n;
     CREATE TABLE told (call text, lead_id uuid, outcome text, customer_id uuid, sqlstate text);
     CREATE FUNCTION some_leads(share float8) RETURNS uuid[] LANGUAGE sql VOLATILE AS
         \$\$ SELECT coalesce(array_agg(id ORDER BY random()), '{}') FROM lead.lead WHERE random() < share \$\$" || exit 1

cat >"$work/convert.sql" <<'END'
INSERT INTO told SELECT 'convert', o.lead_id, o.outcome, o.customer_id, o.sqlstate
FROM lead.convert_many(some_leads(0.2), all_or_none => random() < 0.3) o;
END
cat >"$work/external.sql" <<'END'
INSERT INTO told SELECT 'external', o.lead_id, o.outcome, o.customer_id, o.sqlstate
FROM lead.convert_external_many(some_leads(0.05), 'SAP', all_or_none => random() < 0.3) o;
END
cat >"$work/move.sql" <<'END'
INSERT INTO told SELECT 'move', o.lead_id, o.outcome, o.customer_id, o.sqlstate
FROM lead.transition_many(some_leads(0.3), (ARRAY['WORKING', 'NON_WORKING', 'IN_PROGRESS'])[1 + floor(random() * 3)]::lead.lead_status, all_or_none => random() < 0.2) o;
END
# one lead a transaction, so that it waits for no second one
cat >"$work/revert.sql" <<END
\\set n random(1, $leads)
SELECT lead.revert_conversion(l.id, 'mistake')
FROM (SELECT id FROM lead.lead WHERE key = 'L' || :n AND status IN ('CONVERTED', 'CONVERTED_EXTERNAL') FOR UPDATE) l;
END

# Any error stops its client and makes the status 2.
status=0
pgbench -n -c "$clients" -j 2 -T "$seconds" -f "$work/convert.sql@3" -f "$work/external.sql@1" -f "$work/move.sql@3" \
    -f "$work/revert.sql@40" "$database" >"$work/log" 2>&1 || status=$?
is 'every call succeeds' "$status" 0
[ $failed = 0 ] || sed 's/^/# /' "$work/log" | tail -n 40
is 'nothing deadlocked' "$(ask 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()')" 0
is 'there was much to do' \
    "$(ask "SELECT count(*) FILTER (WHERE call = 'convert' AND outcome = 'CONVERTED') > 100, count(*) FILTER (WHERE call = 'external' AND outcome = 'CONVERTED') > 10,
                count(*) FILTER (WHERE call = 'move' AND outcome = 'CHANGED') > 100, count(*) FILTER (WHERE outcome = 'REPLAYED') > 100, count(*) FILTER (WHERE sqlstate = '40000') > 10
            FROM told")" 't|t|t|t|t'
is 'nothing was refused but by the rules' "$(ask "SELECT string_agg(DISTINCT sqlstate, ' ' ORDER BY sqlstate) FROM told")" '40000 LD001 LD005'
is 'every conversion told is recorded, and no other' \
    "$(ask "SELECT count(*) FROM (SELECT lead_id, customer_id FROM told WHERE outcome = 'CONVERTED'
                EXCEPT ALL SELECT lead_id, customer_id FROM lead.lead_conversion) x"):$(ask "
            SELECT count(*) FROM (SELECT lead_id, customer_id FROM lead.lead_conversion
                EXCEPT ALL SELECT lead_id, customer_id FROM told WHERE outcome = 'CONVERTED') x")" 0:0
is 'one customer and account for each lead that was converted' \
    "$(ask "SELECT (SELECT count(*) FROM lead.customer) - count(DISTINCT v.lead_id), (SELECT count(*) FROM lead.account) - count(DISTINCT v.lead_id),
                count(DISTINCT v.customer_id) - count(DISTINCT v.lead_id)
            FROM lead.lead_conversion v WHERE v.kind = 'CONVERTED'")" '0|0|0'
is 'one open conversion for each lead that is converted' \
    "$(ask "SELECT count(*) FROM lead.lead l WHERE (l.status IN ('CONVERTED', 'CONVERTED_EXTERNAL'))::int
                <> (SELECT count(*) FROM lead.lead_conversion v WHERE v.lead_id = l.id AND v.reverted_at IS NULL AND v.kind = l.status)")" 0
is 'the history is whole' \
    "$(psql -X -q -A -t -d "$database" -f "$LEAD_SRC/test/data/tools.sql" -c 'SELECT count(*) FROM pg_temp.broken_history()' 2>&1 | tail -n 1)" 0
is 'every move told is in it' \
    "$(ask "SELECT (SELECT count(*) FROM told WHERE outcome IN ('CONVERTED', 'CHANGED')) + (SELECT count(*) FROM lead.lead_conversion WHERE reverted_at IS NOT NULL)
                - (SELECT count(*) FROM lead.lead_status_change WHERE version > 1)")" 0

# Where duplicates are refused, calls without a lead in common lock the same keys:
# the leads of the one have the phone numbers of the other's in opposite order.
ask "INSERT INTO lead.duplicate_policy (on_convert) VALUES ('refuse');
     INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, phones)
     SELECT 'T' || n, 'Twin ' || n, 'WARM', 'WEB', 'B2B', to_jsonb(ARRAY['+42060310' || lpad(least(n, 61 - n)::text, 4, '0')]) FROM generate_series(1, 60) n"
for half in '<= 30' '> 30'; do
    cat >"$work/twins-${half##* }-${#half}.sql" <<END
BEGIN;
SELECT lead.convert_many(ARRAY(SELECT id FROM lead.lead WHERE key ~ '^T' AND substr(key, 2)::int $half));
ROLLBACK;
END
done
status=0
pgbench -n -c 4 -j 2 -T 3 -f "$work/twins-30-5.sql" -f "$work/twins-30-4.sql" "$database" >"$work/log" 2>&1 || status=$?
is 'calls that share phone numbers crosswise succeed' "$status $(sed -n 's/^number of failed transactions: \([0-9]*\).*/\1/p' "$work/log")" '0 0'
is 'and do not deadlock' "$(ask 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()')" 0

echo "1..$count"
exit $failed
