-- Leads in which duplicates are found (psql variable "leads" says how many): every
-- fiftieth shares phone and e-mail address with the one before it; a company name
-- is shared by three, a domain by five. A tenth of a percent are customers
-- as well. Ids end in the number of the lead, for pgbench to count.

INSERT INTO lead.lead (id, party_name, lead_rating, lead_source, lead_type, phones, emails)
SELECT ('7fffffff-ffff-7fff-8fff-' || lpad(n::text, 12, '0'))::uuid,
	(ARRAY['Northern', 'Alpine', 'Silver', 'Harbour', 'Meadow', 'Summit', 'Granite', 'River'])[1 + n % 8] || ' '
		|| (ARRAY['Networks', 'Logistics', 'Foods', 'Energy', 'Software', 'Textiles', 'Clinics'])[1 + n / 8 % 7] || ' ' || n / 3,
	(ARRAY['HOT', 'WARM', 'COLD'])[1 + n % 3],
	(ARRAY['WEB', 'PHONE', 'EMAIL', 'PARTNER', 'REFERRAL', 'CAMPAIGN', 'EVENT'])[1 + n * 5 % 7],
	(ARRAY['B2B', 'B2C'])[1 + n % 2],
	jsonb_build_array('+420' || 600000000 + same),
	jsonb_build_array('sales' || same || '@company' || same / 5 || '.example')
FROM (SELECT n, CASE WHEN n % 50 = 0 THEN n - 1 ELSE n END AS same FROM generate_series(1, :leads) n) g
ORDER BY n;

INSERT INTO lead.customer (name, phones, emails)
SELECT party_name, phones, emails FROM lead.lead WHERE right(id::text, 3) = '007';
