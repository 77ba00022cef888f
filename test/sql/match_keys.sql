-- The keys by which duplicates are found: column match_keys of leads and
-- customers. They follow the name and the contacts, whoever writes them and how.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools
\pset format unaligned
\pset tuples_only on

-- Every kind ---------------------------------------------------------------

INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, phones, emails, websites, data_boxes, contact_instants)
VALUES ('L1', 'Žluťoučký kůň, s.r.o.', 'B2B', 'WARM', 'WEB', '["+420603123456"]',
	'["Jan.Novak@Acme.CZ"]', '["www.shop.example/path?x=1"]', '["6BNAAWP"]', '["jan_novak"]')
RETURNING match_keys;
INSERT INTO lead.customer (key, name, phones, emails, websites, data_boxes, contact_instants)
VALUES ('C1', 'Žluťoučký kůň, s.r.o.', '["+420603123456"]',
	'["Jan.Novak@Acme.CZ"]', '["www.shop.example/path?x=1"]', '["6BNAAWP"]', '["jan_novak"]')
RETURNING match_keys;

-- the same party, written differently
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, phones, emails, websites, data_boxes)
VALUES ('L2', 'ZLUTOUCKY  KUN', 'B2C', 'WARM', 'WEB', '[{"value": "+420603123456", "type": "mobile", "primary": true}]',
	'[{"value": "jan.novak@acme.cz"}]', '["HTTPS://SHOP.EXAMPLE"]', '["6bnaawp"]');
SELECT count(DISTINCT match_keys) FROM lead.lead;

-- a key of several sources stands there once, and the order is that of bytes
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails, websites)
VALUES ('L3', 'Zeta', 'B2B', 'WARM', 'WEB', '["b@acme.cz", "B@acme.cz", "a@acme.cz"]', '["acme.cz", "http://www.acme.cz/en"]')
RETURNING match_keys;

-- no contacts: the name alone; a name of nothing but signs has no key either
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source)
VALUES ('L4', 'Acme', 'B2B', 'WARM', 'WEB'), ('L5', '***', 'B2B', 'WARM', 'WEB') RETURNING match_keys;

-- Domains that many share make no key; the address itself does -------------

INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails, websites)
VALUES ('L6', '-', 'B2B', 'WARM', 'WEB', '["acme@gmail.com", "acme@seznam.cz", "jo@yahoo.co.uk"]',
	'["https://facebook.com/acme", "acme.wixsite.com/acme", "acme.blogspot.de", "linkedin.com/company/acme"]')
RETURNING match_keys;

-- Nor does a phone number that is typed for want of one ----------------------

INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, phones)
VALUES ('L7', '-', 'B2B', 'WARM', 'WEB', '["+420000000000", "+420601111111", "+420601234567"]') RETURNING phones, match_keys;
-- one other among the last seven digits makes it a number
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, phones)
VALUES ('L8', '-', 'B2B', 'WARM', 'WEB', '["+420600000010", "+420608888888"]') RETURNING match_keys;

-- What is long is hashed ----------------------------------------------------

INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source)
SELECT 'N' || n, repeat('x', n), 'B2B', 'WARM', 'WEB' FROM (VALUES (200), (201), (1000)) v (n);
SELECT key, k, length(k) FROM lead.lead, unnest(match_keys) k WHERE key LIKE 'N%' ORDER BY key COLLATE "C";
-- in bytes, so that the index takes them
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source)
VALUES ('N-1000', repeat('ж', 1000), 'B2B', 'WARM', 'WEB') RETURNING match_keys[1] ~ '^n:#[0-9a-f]{32}$' AS hashed, length(match_keys[1]);
-- the same for an address; its domain is short enough for a key
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails)
VALUES ('N-E', '-', 'B2B', 'WARM', 'WEB', jsonb_build_array('a@' || repeat(repeat('d', 49) || '.', 4) || 'example'))
RETURNING (SELECT array_agg(left(k, 4) || ' ' || length(k)) FROM unnest(match_keys) k);

-- Whatever a client writes there is ignored ---------------------------------

INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, match_keys)
VALUES ('F1', 'Forged', 'B2B', 'WARM', 'WEB', '{e:jan.novak@acme.cz,NULL}') RETURNING match_keys;
UPDATE lead.lead SET match_keys = '{p:1}' WHERE key = 'F1' RETURNING match_keys;
UPDATE lead.lead SET match_keys = NULL, party_name = 'Forged too' WHERE key = 'F1' RETURNING match_keys;
UPDATE lead.lead SET match_keys = NULL WHERE key = 'F1' RETURNING match_keys;
INSERT INTO lead.customer (key, name, match_keys) VALUES ('F1', 'Forged', '{e:jan.novak@acme.cz}') RETURNING match_keys;
UPDATE lead.customer SET match_keys = '{p:1}' WHERE key = 'F1' RETURNING match_keys;
UPDATE lead.customer SET match_keys = NULL WHERE key = 'F1' RETURNING match_keys;
COPY lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails, match_keys) FROM STDIN;
F2	Copied	B2B	WARM	WEB	["co@copied.example"]	{e:jan.novak@acme.cz}
F3	Copied too	B2B	WARM	WEB	\N	\N
\.
COPY lead.customer (key, name, phones, match_keys) FROM STDIN;
F2	Copied	["+420603123456"]	{e:jan.novak@acme.cz}
\.
MERGE INTO lead.lead l USING (VALUES ('F2', 'Merged'), ('F4', 'Merged too')) n (key, name) ON l.key = n.key
WHEN MATCHED THEN UPDATE SET party_name = n.name, match_keys = '{x}'
WHEN NOT MATCHED THEN INSERT (key, party_name, lead_type, lead_rating, lead_source, match_keys)
	VALUES (n.key, n.name, 'B2B', 'WARM', 'WEB', '{x}');
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails, match_keys)
VALUES ('F3', 'Upserted', 'B2B', 'WARM', 'WEB', '["up@upserted.example"]', '{x}'), ('F5', 'Upserted too', 'B2B', 'WARM', 'WEB', NULL, '{x}')
ON CONFLICT (key) DO UPDATE SET emails = excluded.emails, match_keys = '{y}';
SELECT key, match_keys FROM lead.lead WHERE key LIKE 'F%' ORDER BY key;
SELECT key, match_keys FROM lead.customer WHERE key LIKE 'F%' ORDER BY key;

-- They change with what they are made of, and with nothing else --------------

INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails)
VALUES ('K', 'Kappa', 'B2B', 'WARM', 'WEB', '["k@kappa.example"]');
UPDATE lead.lead SET party_name = 'Kappa Ltd' WHERE key = 'K' RETURNING match_keys;	-- another spelling: the same key
UPDATE lead.lead SET party_name = 'Lambda' WHERE key = 'K' RETURNING match_keys;
UPDATE lead.lead SET phones = '["+420603123456"]' WHERE key = 'K' RETURNING match_keys;
UPDATE lead.lead SET emails = NULL WHERE key = 'K' RETURNING match_keys;
UPDATE lead.lead SET websites = '["lambda.example"]' WHERE key = 'K' RETURNING match_keys;
UPDATE lead.lead SET data_boxes = '["48ia97h"]' WHERE key = 'K' RETURNING match_keys;
UPDATE lead.lead SET phones = '[{"value": "+420603123456", "description": "in the evening"}]' WHERE key = 'K' RETURNING match_keys;
UPDATE lead.lead SET status = 'WORKING', description = 'Acme', chars = '{"email": "x@y.example"}',
	data_tags = '{acme}', assigned_to = 'jo@work.example', contact_instants = '["jo@skype.example"]' WHERE key = 'K' RETURNING match_keys;
UPDATE lead.lead SET websites = '[]', data_boxes = '[]' WHERE key = 'K' RETURNING match_keys;
UPDATE lead.customer SET name = 'Acme, Inc.', phones = NULL, data_boxes = '[]' WHERE key = 'C1' RETURNING match_keys;
UPDATE lead.customer SET description = 'Described', status = 'GONE' WHERE key = 'C1' RETURNING match_keys;

-- a conversion hands them over with the lists, and an attached lead brings its own
SET client_min_messages = error;	-- a duplicate of C1
SELECT customer_id AS made FROM lead.lead l, lead.convert(l.id) WHERE l.key = 'K' \gset
RESET client_min_messages;
SELECT c.match_keys = l.match_keys, c.match_keys FROM lead.lead l, lead.customer c WHERE l.key = 'K' AND c.id = :'made';
SELECT id AS c1 FROM lead.customer WHERE key = 'C1' \gset
SELECT count(*) FROM lead.lead l, lead.convert(l.id, :'c1') WHERE l.key = 'F3';
SELECT match_keys FROM lead.customer WHERE key = 'C1';

-- Stored while triggers were off --------------------------------------------

ALTER TABLE lead.lead DISABLE TRIGGER ALL;
ALTER TABLE lead.customer DISABLE TRIGGER ALL;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, phones, emails, websites, data_boxes, match_keys)
VALUES
	('O1', 'Off', 'B2B', 'WARM', 'WEB', '["603 123 456", {"value": "call me\ne:jo@off.example"}]',
		'["bare@off.example", {"value": "no at"}, {"value": "@"}, {"value": "a@b@c"}, {"value": 5}, {"email": "x@off.example"}, 7, null, [["y@off.example"]], {"value": "good@off.example"}]',
		'[{"value": "off.example"}, {"value": "://"}, {"value": "ftp://user:pw@[::1]/"}, {"value": ""}]', '[{"value": ""}, {"value": null}]', NULL),
	('O2', 'Off', 'B2B', 'WARM', 'WEB', '[]', '[]', '[]', '[]', '{{zz,b:},{"p:","n:off"}}'),
	('O3', 'Off', 'B2B', 'WARM', 'WEB', '[]', '[]', '[]', '[]', '{NULL,"",p,:,n:off}');
INSERT INTO lead.customer (key, name, emails) VALUES ('O1', 'Off', '[{"value": "no at"}]');
ALTER TABLE lead.lead ENABLE TRIGGER ALL;
ALTER TABLE lead.customer ENABLE TRIGGER ALL;
-- they stand as they are until a source changes; of what is no contact there is no key
UPDATE lead.lead SET description = 'touched' WHERE key LIKE 'O%' RETURNING key, match_keys;
SELECT l.key, d.lead_id = (SELECT id FROM lead.lead WHERE key = 'O3') AS o3, d.score, d.reasons
FROM lead.lead l, lead.find_duplicates(l.id) d WHERE l.key LIKE 'O%' ORDER BY l.key, o3;
UPDATE lead.lead SET party_name = 'Off again' WHERE key LIKE 'O%' RETURNING key, match_keys;
SELECT cardinality(lead_ids), customer_ids, score, reasons FROM lead.duplicate_groups(0.5) WHERE lead_ids && ARRAY(SELECT id FROM lead.lead WHERE key LIKE 'O%');

-- Persons have none -----------------------------------------------------------

SELECT table_name FROM information_schema.columns WHERE table_schema = 'lead' AND column_name = 'match_keys' ORDER BY 1;

-- nor does the JSON form show them
SELECT lead.as_json(l)::text ~* 'match' FROM lead.lead l WHERE key = 'L1';
SELECT lead.as_json(c)::text ~* 'match' FROM lead.customer c WHERE key = 'C1';

-- lead.name_key --------------------------------------------------------------

SELECT lead.name_key('Žluťoučký kůň, s.r.o.'), lead.name_key('***') IS NULL, lead.name_key('') IS NULL, lead.name_key(NULL) IS NULL,
	length(lead.name_key(repeat('x', 1000)));
-- the key of a stored name, but for those that are hashed there
SELECT key FROM lead.lead WHERE 'n:' || lead.name_key(party_name) <> ALL (match_keys) ORDER BY key COLLATE "C";
