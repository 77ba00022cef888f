-- Leads for the work that takes one a transaction, each with a person; their ids
-- end in a number that pgbench can count up (psql variables "from" and "to"). Not
-- measured.
BEGIN;
INSERT INTO lead.lead (id, party_name, lead_rating, description, priority, lead_source, phones, emails, data_tags, chars, lead_type)
SELECT ('7fffffff-ffff-7fff-8fff-' || g.n)::uuid, party_name || ' / ' || g.n, lead_rating, description, priority::lead.lead_priority,
	lead_source, phones, emails, data_tags, chars, lead_type
FROM generate_series(:from, :to) g (n)
	JOIN bench.source s ON s.n = 1 + g.n % (SELECT count(*) FROM bench.source)
ORDER BY 1;
INSERT INTO lead.person (first_name, last_name, emails, lead_id)
SELECT first_name, last_name || ' / ' || g.n, emails, ('7fffffff-ffff-7fff-8fff-' || g.n)::uuid
FROM generate_series(:from, :to) g (n)
	JOIN bench.source s ON s.n = 1 + g.n % (SELECT count(*) FROM bench.source)
ORDER BY g.n;
COMMIT;
