\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\set tools :abs_srcdir '/data/tools.sql'
\i :fresh
\i :tools
-- What stands in JSON, as rows: char_report and contact_report. And the label of
-- a register's row.

-- Characteristics ---------------------------------------------------------------------------

SELECT count(*) FROM lead.char_report;
INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type, chars) VALUES
	(pg_temp.id(1), 'L1', 'One', 'HOT', 'WEB', 'B2B', '{"text": "fibre", "blank": "", "number": 12000.50, "large": 1e30, "negative": -3, "true": true, "null": null,
		"list": [1, "a", null], "object": {"b": 2, "a": "x"}, "empty list": [], "": "no name", "quote''s \"": "\"q\" ě"}'),
	(pg_temp.id(2), 'L2', 'Two', 'HOT', 'WEB', 'B2B', '{}'),
	(pg_temp.id(3), 'L3', 'Three', 'HOT', 'WEB', 'B2B', '{"s1": "12000", "s2": "-3.25", "s3": "007", "s4": "1e3", "s5": "1,200", "s6": " 5", "s7": "5\n", "s8": "+5", "s9": ".5",
		"t1": "5.", "t2": "--5", "t3": "NaN", "t4": "Infinity", "t5": "٣", "t6": "-", "t7": "0x10", "t8": "1_000"}');
SELECT l.key, c.name, c.value, c.number FROM lead.char_report c JOIN lead.lead l ON l.id = c.lead_id ORDER BY l.key, c.name COLLATE "C";
-- digits without end are a text
UPDATE lead.lead SET chars = jsonb_build_object('a', repeat('9', 100), 'b', repeat('9', 101), 'c', repeat('9', 200000)) WHERE key = 'L2';
SELECT c.name, length(c.value) AS length, c.number IS NOT NULL AS is_number FROM lead.char_report c WHERE c.lead_id = pg_temp.id(2) ORDER BY c.name;
-- they sum up
UPDATE lead.lead SET chars = '{"revenue": 100}' WHERE key = 'L1';
UPDATE lead.lead SET chars = '{"revenue": "20.5"}' WHERE key = 'L2';
UPDATE lead.lead SET chars = '{"revenue": "much"}' WHERE key = 'L3';
SELECT c.name, sum(c.number), count(c.number) AS numbers, count(*) FROM lead.char_report c GROUP BY c.name;

-- Contacts ----------------------------------------------------------------------------------

SELECT count(*) FROM lead.contact_report;
UPDATE lead.lead SET phones = '["+420603000001", {"value": "+420603000002", "type": "mobile", "primary": true, "description": "after six"}, {"value": "+420221000003", "extension": "12"}]',
	emails = '[{"value": "one@example.com", "type": "work"}, "two@example.com"]',
	websites = '["example.com"]',
	data_boxes = '["6bnaawp"]',
	contact_instants = '[{"value": "one", "service": "chat", "primary": false}]'
WHERE key = 'L1';
UPDATE lead.lead SET emails = '["three@example.com"]' WHERE key = 'L3';
SELECT l.key, c.kind, c.ord, c.value, c.type, c.is_primary, c.description, c.service, c.extension
FROM lead.contact_report c JOIN lead.lead l ON l.id = c.lead_id ORDER BY l.key, c.kind, c.ord;
-- every entry of every list, and no other
SELECT sum(jsonb_array_length(l.phones || l.emails || l.websites || l.data_boxes || l.contact_instants)) = (SELECT count(*) FROM lead.contact_report) AS all_of_them
FROM lead.lead l;
-- one of each list is the primary one, that of lead_report
SELECT r.key, bool_and(count = 1) AS one_each,
	max(c.value) FILTER (WHERE c.kind = 'phone') IS NOT DISTINCT FROM r.primary_phone AS phone,
	max(c.value) FILTER (WHERE c.kind = 'email') IS NOT DISTINCT FROM r.primary_email AS email,
	max(c.value) FILTER (WHERE c.kind = 'website') IS NOT DISTINCT FROM r.primary_website AS website
FROM lead.lead_report r
	LEFT JOIN (SELECT lead_id, kind, min(value) AS value, count(*) FROM lead.contact_report WHERE is_primary = 1 GROUP BY 1, 2) c ON c.lead_id = r.id
GROUP BY r.key, r.primary_phone, r.primary_email, r.primary_website ORDER BY r.key;
-- as primary_contact has it, whatever stands there (the owner has written it past the guard)
ALTER TABLE lead.lead DISABLE TRIGGER USER;
UPDATE lead.lead l SET phones = v.phones, emails = '[]', websites = '[]', data_boxes = '[]', contact_instants = '[]'
FROM (VALUES ('L1', '["first", {"value": "second", "primary": true}]'::jsonb), ('L2', '[{"value": "first", "primary": "true"}, {"value": "second", "primary": null}]'),
	('L3', '[{"type": "no value"}, 7, "third"]')) v (key, phones)
WHERE l.key = v.key;
ALTER TABLE lead.lead ENABLE TRIGGER USER;
SELECT l.key, c.ord, c.value, c.type, c.is_primary, c.value IS NOT DISTINCT FROM lead.primary_contact(l.phones) AS is_primary_contact
FROM lead.contact_report c JOIN lead.lead l ON l.id = c.lead_id ORDER BY l.key, c.ord;

-- what is no list and no object has no rows, and spoils no other's
ALTER TABLE lead.lead DISABLE TRIGGER USER;
UPDATE lead.lead SET phones = '{"a": 1}', emails = '"x"', chars = '["revenue"]' WHERE key = 'L1';
UPDATE lead.lead SET chars = '"x"' WHERE key = 'L2';
ALTER TABLE lead.lead ENABLE TRIGGER USER;
SELECT l.key, c.kind, c.ord, c.value FROM lead.contact_report c JOIN lead.lead l ON l.id = c.lead_id ORDER BY l.key, c.kind, c.ord;
SELECT l.key, c.name, c.value FROM lead.char_report c JOIN lead.lead l ON l.id = c.lead_id ORDER BY l.key, c.name;

-- Labels ------------------------------------------------------------------------------------

-- In a session that has not loaded the library yet, the setting is not there.
\c -
SELECT lead.label('Name', '{"cs": {"name": "Jméno"}}'), lead.label('Name', NULL), lead.label(NULL, '{}');
SET lead.language = 'cs';
SELECT lead.label('Name', '{"cs": {"name": "Jméno"}}'), lead.label('Name', '{"cs": {"description": "x"}}'), lead.label('Name', '{"cs": "x"}'),
	lead.label('Name', '{"cs": null}'), lead.label('Name', '{"de": {"name": "Name"}}'), lead.label('Name', NULL);
