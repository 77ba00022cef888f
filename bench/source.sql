-- Schema bench: the leads to write (psql variable "leads" says how many) and the
-- figures measured. Contacts stand in the form in which they are stored, so that
-- all three schemas end with the same rows; match_keys are for bare, whose client
-- has to know them.

CREATE SCHEMA bench;

CREATE TABLE bench.source (
	n int PRIMARY KEY,
	party_name text NOT NULL,
	lead_rating text NOT NULL,
	description text,
	priority text,
	lead_source text NOT NULL,
	phones jsonb NOT NULL,
	emails jsonb NOT NULL,
	data_tags text[] NOT NULL,
	chars jsonb NOT NULL,
	lead_type text NOT NULL,
	first_name text NOT NULL,
	last_name text NOT NULL,
	match_keys text[] NOT NULL
);

INSERT INTO bench.source
SELECT n,
	(ARRAY['Northern', 'Alpine', 'Silver', 'Harbour', 'Meadow', 'Summit', 'Granite', 'River'])[1 + n % 8] || ' '
		|| (ARRAY['Networks', 'Logistics', 'Foods', 'Energy', 'Software', 'Textiles', 'Clinics'])[1 + n / 8 % 7] || ' ' || n,
	(ARRAY['HOT', 'WARM', 'COLD'])[1 + n % 3],
	CASE WHEN n % 4 = 0 THEN 'Asked for an offer: fibre for ' || 1 + n % 30 || ' sites, present contract ends within the year.' END,
	(ARRAY['HIGH', 'MEDIUM', 'LOW', NULL])[1 + n / 3 % 4],
	(ARRAY['WEB', 'PHONE', 'EMAIL', 'PARTNER', 'REFERRAL', 'CAMPAIGN', 'EVENT'])[1 + n * 5 % 7],
	jsonb_build_array(jsonb_build_object('type', 'MOBILE', 'value', '+420602' || lpad((n % 1000000)::text, 6, '0'), 'primary', true)),
	jsonb_build_array(jsonb_build_object('type', 'WORK', 'value', 'sales' || n || '@company' || n % 5000 || '.example')),
	(ARRAY['{fair}', '{fair,spring}', '{newsletter,spring}'])[1 + n % 3]::text[],
	jsonb_build_object('expectedRevenue', n * 7 % 100000, 'region', 'R' || n % 14),
	(ARRAY['B2B', 'B2C'])[1 + n % 2],
	(ARRAY['Anna', 'Peter', 'Eva', 'Martin', 'Lucy'])[1 + n % 5],
	'Contact ' || n,
	'{}'
FROM generate_series(1, :leads) n;

UPDATE bench.source SET match_keys = ARRAY['d:' || split_part(emails #>> '{0,value}', '@', 2), 'e:' || (emails #>> '{0,value}'),
	'n:' || lower(party_name), 'p:' || (phones #>> '{0,value}')];

CREATE TABLE bench.work (
	ord int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	work text NOT NULL UNIQUE,
	label text NOT NULL,
	unit text NOT NULL
);
INSERT INTO bench.work (work, label, unit)
VALUES ('insert', 'INSERT of ' || :leads || ' leads with contacts', 's'),
	('copy', 'COPY of ' || :leads || ' leads with contacts', 's'),
	('update', 'UPDATE status of ' || :leads || ' leads', 's'),
	('transition durable 1', 'one transition (UPDATE) per transaction, durable, 1 client', 'tx/s'),
	('transition durable 4', 'the same, 4 clients', 'tx/s'),
	('transition memory 1', 'the same, not durable, 1 client', 'tx/s'),
	('transition_call durable 1', 'one transition() per transaction, durable, 1 client', 'tx/s'),
	('transition_call memory 1', 'the same, not durable, 1 client', 'tx/s'),
	('convert durable 1', 'one convert() per transaction, durable, 1 client', 'tx/s'),
	('convert durable 4', 'the same, 4 clients', 'tx/s'),
	('convert memory 1', 'the same, not durable, 1 client', 'tx/s');

CREATE TABLE bench.figure (
	work text REFERENCES bench.work (work),
	schema text,
	round int,
	value double precision NOT NULL,
	PRIMARY KEY (work, schema, round)
);

-- Three digits, more only where they stand before the point.
CREATE FUNCTION bench.number(value double precision) RETURNS text
	LANGUAGE sql IMMUTABLE
	RETURN CASE WHEN value = 0 THEN '0' ELSE
		round(value::numeric, greatest(0, 2 - floor(log(value::numeric))::int))::text END;
