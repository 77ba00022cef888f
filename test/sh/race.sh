#!/bin/bash
#
# Sixteen clients convert 200 leads at random, over and over: plainly, in a
# transaction that adds a person first, and at the higher isolation levels with
# retries. At the end each lead has one customer, one account and one conversion,
# which every call returned; nothing deadlocked, nothing else failed.
#
# Runs in the server that PGHOST and its kin name, in a database of its own.

set -u

leads=200
clients=16
calls=150          # of each client
database=lead_race_$$
work=$(mktemp -d)

trap 'dropdb --force --if-exists "$database" >/dev/null 2>&1; rm -rf -- "$work"' EXIT

. "$LEAD_SRC/test/data/tap.sh"

ask() { # QUERY
    psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$database" -c "$1" 2>&1
}

createdb "$database" || exit 1
ask "CREATE EXTENSION lead;
     DO \$\$ BEGIN PERFORM lead.add_starter_registers(); END \$\$;
     INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, priority)
     SELECT 'L' || n, 'Party ' || n, 'WARM', 'WEB', 'B2B', 'LOW' FROM generate_series(1, $leads) n;
     INSERT INTO lead.person (last_name, lead_id) SELECT 'Person', id FROM lead.lead;
     CREATE TABLE returned (lead_id uuid, version int, customer_id uuid, account_id uuid)" || exit 1

cat >"$work/plain.sql" <<END
\\set n random(1, $leads)
INSERT INTO returned SELECT c.lead_id, c.version, c.customer_id, c.account_id
FROM lead.lead l, LATERAL lead.convert(l.id) c WHERE l.key = 'L' || :n;
END
cat >"$work/person.sql" <<END
\\set n random(1, $leads)
BEGIN;
INSERT INTO lead.person (last_name, lead_id) SELECT 'Another', id FROM lead.lead WHERE key = 'L' || :n;
INSERT INTO returned SELECT c.lead_id, c.version, c.customer_id, c.account_id
FROM lead.lead l, LATERAL lead.convert(l.id) c WHERE l.key = 'L' || :n;
COMMIT;
END
for level in 'REPEATABLE READ' SERIALIZABLE; do
    cat >"$work/${level%% *}.sql" <<END
\\set n random(1, $leads)
BEGIN ISOLATION LEVEL $level;
INSERT INTO returned SELECT c.lead_id, c.version, c.customer_id, c.account_id
FROM lead.lead l, LATERAL lead.convert(l.id) c WHERE l.key = 'L' || :n;
COMMIT;
END
done

# What fails with 40001 (or a deadlock, which is counted below) is tried again;
# any other error stops its client and makes the status 2.
status=0
pgbench -n -c "$clients" -j 2 -t "$calls" --max-tries=1000 -f "$work/plain.sql@6" -f "$work/person.sql@2" \
    -f "$work/REPEATABLE.sql@1" -f "$work/SERIALIZABLE.sql@1" "$database" >"$work/log" 2>&1 || status=$?
is 'every call succeeds' "$status" 0
is 'none fails for good' "$(sed -n 's/^number of failed transactions: \([0-9]*\).*/\1/p' "$work/log")" 0
[ $failed = 0 ] || sed 's/^/# /' "$work/log" | tail -n 40
is 'nothing deadlocked' "$(ask 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()')" 0

# The dice may have left a lead out.
ask "SELECT lead.convert(id) FROM lead.lead WHERE status = 'NEW'" >/dev/null
is 'every lead is converted' "$(ask "SELECT count(*) FROM lead.lead WHERE status = 'CONVERTED' AND version = 2")" "$leads"
is 'one conversion, customer and account for each' \
    "$(ask 'SELECT (SELECT count(*) FROM lead.lead_conversion), (SELECT count(*) FROM lead.customer), (SELECT count(*) FROM lead.account)')" \
    "$leads|$leads|$leads"
is 'each its own' \
    "$(ask "SELECT count(DISTINCT v.lead_id), count(DISTINCT v.customer_id), count(DISTINCT v.account_id)
            FROM lead.lead_conversion v JOIN lead.lead l ON l.id = v.lead_id JOIN lead.customer c ON c.id = v.customer_id
                JOIN lead.account a ON a.id = v.account_id AND a.customer_id = c.id
            WHERE c.name = l.party_name AND v.version = l.version AND v.reverted_at IS NULL")" \
    "$leads|$leads|$leads"
is 'each call returned that one' \
    "$(ask 'SELECT count(*), count(*) FILTER (WHERE (r.version, r.customer_id, r.account_id) = (v.version, v.customer_id, v.account_id))
            FROM returned r LEFT JOIN lead.lead_conversion v USING (lead_id)')" \
    "$((clients * calls))|$((clients * calls))"
is 'the history tells of one conversion each' \
    "$(ask "SELECT count(*), count(DISTINCT lead_id) FROM lead.lead_status_change WHERE to_status = 'CONVERTED'")" "$leads|$leads"
is 'persons from before belong to the customer' \
    "$(ask "SELECT count(*) FROM lead.person p JOIN lead.lead_conversion v USING (lead_id)
            WHERE p.last_name = 'Person' AND p.customer_id = v.customer_id AND p.id = ANY (v.person_ids)")" "$leads"

echo "1..$count"
exit $failed
