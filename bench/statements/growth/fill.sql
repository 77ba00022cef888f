-- What the table holds before the measurements: those leads with a person each,
-- every tenth converted. Not measured.
\ir leads.sql
INSERT INTO lead.person (first_name, last_name, emails, lead_id)
SELECT 'Anna', 'Contact ' || right(l.id::text, 12), l.emails, l.id
FROM lead.lead l
WHERE l.id BETWEEN ('7fffffff-ffff-7fff-8fff-' || lpad(:'from', 12, '0'))::uuid AND ('7fffffff-ffff-7fff-8fff-' || lpad(:'to', 12, '0'))::uuid
ORDER BY l.id;
SELECT count(*)
FROM lead.convert_many(ARRAY(
	SELECT ('7fffffff-ffff-7fff-8fff-' || lpad(g.n::text, 12, '0'))::uuid
	FROM generate_series(:from, :to) g (n)
	WHERE g.n % 10 = 0))
\g /dev/null
