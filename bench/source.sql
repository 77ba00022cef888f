-- Schema bench: the leads to write, what is measured with the bars it is held to,
-- and the figures. The psql variables "leads", "many" and "batch" say how many leads
-- the works take. Contacts stand in the form in which they are stored, so that
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
	unit text NOT NULL,
	bare_bar numeric,
	peer_bar numeric
);
COMMENT ON COLUMN bench.work.bare_bar IS 'What lead / bare is held to: at most this where the unit is a time, at least this where it is a throughput.';
COMMENT ON COLUMN bench.work.peer_bar IS 'The same for lead / peer.';
INSERT INTO bench.work (work, label, unit, bare_bar, peer_bar)
VALUES ('insert', 'INSERT of ' || :leads || ' leads with contacts', 's', 1.3, 0.7),
	('copy', 'COPY of ' || :leads || ' leads with contacts', 's', 1.3, 0.7),
	('update', 'UPDATE status of ' || :leads || ' leads', 's', 1.25, 0.5),
	('transition_many', 'transition_many() of ' || :many || ' leads', 's', NULL, NULL),
	('convert_many', 'convert_many() of ' || :many || ' leads with a person each', 's', 1.5, 0.2),
	('transition durable 1', 'one transition (UPDATE) per transaction, durable, 1 client', 'tx/s', 0.9, 1.2),
	('transition durable 4', 'the same, 4 clients', 'tx/s', 0.9, 1.2),
	('transition memory 1', 'the same, not durable, 1 client', 'tx/s', NULL, NULL),
	('transition_call durable 1', 'one transition() per transaction, durable, 1 client', 'tx/s', NULL, NULL),
	('transition_call memory 1', 'the same, not durable, 1 client', 'tx/s', NULL, NULL),
	('convert durable 1', 'one convert() per transaction, durable, 1 client', 'tx/s', NULL, NULL),
	('convert durable 4', 'the same, 4 clients', 'tx/s', NULL, NULL),
	('convert memory 1', 'the same, not durable, 1 client', 'tx/s', NULL, NULL);

CREATE TABLE bench.figure (
	work text REFERENCES bench.work (work),
	schema text,
	round int,
	value double precision NOT NULL,
	PRIMARY KEY (work, schema, round)
);

-- Microseconds for one lead, in a table of so many.
CREATE TABLE bench.growth_work (
	ord int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	work text NOT NULL UNIQUE,
	label text NOT NULL
);
INSERT INTO bench.growth_work (work, label)
VALUES ('insert', 'INSERT of ' || :batch || ' leads in one statement'),
	('transition', 'one transition (UPDATE) per transaction'),
	('convert_many', 'convert_many() of ' || :batch / 2 || ' leads with a person each'),
	('find_duplicates', 'find_duplicates()'),
	('claim', 'claim() of one');

CREATE TABLE bench.growth (
	work text REFERENCES bench.growth_work (work),
	leads int,
	round int,
	value double precision NOT NULL,
	PRIMARY KEY (work, leads, round)
);

-- Three digits, more only where they stand before the point.
CREATE FUNCTION bench.number(value double precision) RETURNS text
	LANGUAGE sql IMMUTABLE
	RETURN CASE WHEN value = 0 THEN '0' ELSE
		round(value::numeric, greatest(0, 2 - floor(log(value::numeric))::int))::text END;
