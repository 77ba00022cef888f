-- Leads for the work that takes one a transaction, each with a person; their ids
-- end in a number that pgbench can count up (psql variables "from" and "to"). Not
-- measured.
BEGIN;
INSERT INTO bare.lead (id, party_name, lead_rating, description, priority, lead_source, phones, emails, data_tags, chars, lead_type, match_keys)
SELECT ('7fffffff-ffff-7fff-8fff-' || g.n)::uuid, party_name || ' / ' || g.n, lead_rating, description, priority::bare.lead_priority,
	lead_source, phones, emails, data_tags, chars, lead_type,
	match_keys[:2] || (match_keys[3] || ' ' || g.n) || match_keys[4]
FROM generate_series(:from, :to) g (n)
	JOIN bench.source s ON s.n = 1 + g.n % (SELECT count(*) FROM bench.source)
ORDER BY 1;
INSERT INTO bare.lead_status_change (lead_id, version, to_status, changed_at, changed_by, xid, event_position)
SELECT id, version, status, status_since, inserted_by, pg_current_xact_id()::text::bigint, txid_current()
FROM bare.lead
WHERE id >= ('7fffffff-ffff-7fff-8fff-' || :from)::uuid;
INSERT INTO bare.person (first_name, last_name, emails, lead_id)
SELECT first_name, last_name || ' / ' || g.n, emails, ('7fffffff-ffff-7fff-8fff-' || g.n)::uuid
FROM generate_series(:from, :to) g (n)
	JOIN bench.source s ON s.n = 1 + g.n % (SELECT count(*) FROM bench.source)
ORDER BY g.n;
COMMIT;
