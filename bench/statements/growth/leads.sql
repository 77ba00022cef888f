-- The leads with the numbers :from to :to (psql variables), with contacts of their
-- own: a name is shared by three, a mail domain by five, however large the table.
INSERT INTO lead.lead (id, party_name, lead_rating, description, priority, lead_source, phones, emails, data_tags, chars, lead_type)
SELECT ('7fffffff-ffff-7fff-8fff-' || lpad(g.n::text, 12, '0'))::uuid, s.party_name || ' / ' || g.n / 3, s.lead_rating, s.description,
	s.priority::lead.lead_priority, s.lead_source,
	jsonb_build_array(jsonb_build_object('type', 'MOBILE', 'value', '+420' || 600000000 + g.n, 'primary', true)),
	jsonb_build_array(jsonb_build_object('type', 'WORK', 'value', 'sales' || g.n || '@company' || g.n / 5 || '.example')),
	s.data_tags, s.chars, s.lead_type
FROM generate_series(:from, :to) g (n)
	JOIN bench.source s ON s.n = 1 + g.n / 3 % (SELECT count(*) FROM bench.source)
ORDER BY g.n;
