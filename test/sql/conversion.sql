-- Conversion into the built-in customer, and back again.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
SET client_min_messages = warning;

-- Ids that are the same in every run; a call's outcome in one line.
CREATE FUNCTION pg_temp.id(number int) RETURNS uuid IMMUTABLE LANGUAGE sql AS
	$$ SELECT ('00000000-0000-0000-0000-' || lpad(number::text, 12, '0'))::uuid $$;
CREATE FUNCTION pg_temp.add(number int, status lead.lead_status DEFAULT 'NEW') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type)
	VALUES (pg_temp.id(number), 'L' || number, 'Party ' || number, 'WARM', 'WEB', 'B2B');
	CASE
		WHEN status IN ('REJECTED', 'IN_PROGRESS', 'WORKING', 'NON_WORKING') THEN
			UPDATE lead.lead l SET status = add.status, status_reason = 'test' WHERE id = pg_temp.id(number);
		WHEN status = 'LATER' THEN
			UPDATE lead.lead l SET status = 'LATER', deferred_until = '2999-01-01' WHERE id = pg_temp.id(number);
		WHEN status = 'UNSUCCESSFUL' THEN
			UPDATE lead.lead l SET status = 'WORKING' WHERE id = pg_temp.id(number);
			UPDATE lead.lead l SET status = 'UNSUCCESSFUL', status_reason = 'test' WHERE id = pg_temp.id(number);
		WHEN status = 'CONVERTED' THEN PERFORM lead.convert(pg_temp.id(number));
		WHEN status = 'CONVERTED_EXTERNAL' THEN PERFORM lead.convert_external(pg_temp.id(number), 'SAP');
		ELSE
	END CASE;
END $$;
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; place text; rule text;
BEGIN
	EXECUTE statement;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, place = COLUMN_NAME, rule = CONSTRAINT_NAME;
	message := regexp_replace(message, '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '(id)', 'g');
	RETURN concat_ws(' ', SQLSTATE, message, CASE WHEN place || rule <> '' THEN format('[%s, %s]', place, rule) END);
END $$;

-- A new customer --------------------------------------------------------------

INSERT INTO lead.lead (id, key, party_name, lead_rating, description, priority, lead_source, contact_instants,
	phones, emails, websites, data_boxes, data_tags, chars, lead_type, assigned_to)
VALUES (pg_temp.id(1), 'L1', 'Sklárny Bohemia', 'HOT', 'Wants forty seats', 'HIGH', 'PARTNER',
	'[{"value": "bohemia", "service": "skype"}]', '["+420111222333", {"value": "+420444555666", "primary": true}]',
	'[{"value": "info@bohemia.example", "type": "work"}]', '["https://bohemia.example"]', '["6bnaawp"]',
	'{glass,export}', '{"seats": 40, "region": "Liberec"}', 'B2B', 'ema');
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L1';
INSERT INTO lead.customer (id, key, name) VALUES (pg_temp.id(900), 'OTHER', 'Another customer');
SELECT pg_temp.add(2);
INSERT INTO lead.person (key, first_name, last_name, person_type, phones, lead_id, customer_id, data_tags, chars) VALUES
	('P1', 'Jan', 'Novák', 'DECIDER', '["+420777888999"]', pg_temp.id(1), NULL, '{vip}', '{"role": "CEO"}'),
	('P2', NULL, 'Dvořák', NULL, '[]', pg_temp.id(1), NULL, '{}', '{}'),
	('P3', NULL, 'Of another customer', NULL, '[]', pg_temp.id(1), pg_temp.id(900), '{}', '{}'),
	('P4', NULL, 'Of another lead', NULL, '[]', pg_temp.id(2), NULL, '{}', '{}'),
	('P5', NULL, 'Of nobody', NULL, '[]', NULL, NULL, '{}', '{}');
CREATE TEMP TABLE person_before AS SELECT * FROM lead.person;
CREATE TEMP TABLE lead_before AS SELECT * FROM lead.lead;

BEGIN;
SET LOCAL lead.actor = 'ema@example.com';
CREATE TEMP TABLE returned AS SELECT * FROM lead.convert(pg_temp.id(1), reason => 'signed');
COMMIT;

-- what convert returns is the row that it stored
SELECT count(*) = 1 AS same FROM lead.lead_conversion c JOIN returned r ON c IS NOT DISTINCT FROM r::text::lead.lead_conversion;
SELECT c.lead_id = pg_temp.id(1) AS lead, c.version, c.kind, c.from_status, customer_id IS NOT NULL AS customer,
	account_id IS NOT NULL AS account, customer_ref, external_system, external_id, c.reason, converted_by = current_user AS by,
	converted_by_actor, converted_at BETWEEN h.changed_at - interval '10 s' AND h.changed_at AS at, reverted_at
FROM lead.lead_conversion c JOIN lead.lead_status_change h USING (lead_id, version);

-- the customer: name, description, lists, tags and chars are the lead's
SELECT c.key, c.name, c.status, c.customer_type, c.name = l.party_name AS same_name, c.description = l.description AS same_description,
	c.contact_instants = l.contact_instants AND c.phones = l.phones AND c.emails = l.emails AND c.websites = l.websites
		AND c.data_boxes = l.data_boxes AS same_lists,
	c.data_tags = l.data_tags AS same_tags, c.chars = l.chars AS same_chars
FROM lead.customer c JOIN returned r ON r.customer_id = c.id JOIN lead.lead l ON l.id = r.lead_id;
SELECT c.phones, c.emails, c.contact_instants, c.chars FROM lead.customer c WHERE c.key <> 'OTHER';
-- the account: open, from today, of that customer
SELECT a.key, a.name, a.status, a.account_start_date = current_date AS from_today, a.account_end_date, a.description, a.chars,
	a.customer_id = r.customer_id AS of_customer, a.id = r.account_id AS recorded
FROM lead.account a, returned r;

-- persons: the same rows; those of the lead that had no customer got this one
SELECT p.key, p.customer_id IS NOT DISTINCT FROM r.customer_id AS of_new_customer,
	p.id = ANY (r.person_ids) AS recorded,
	(to_jsonb(p) - 'customer_id') = (to_jsonb(b) - 'customer_id') AS otherwise_same,
	p.customer_id IS NOT DISTINCT FROM b.customer_id AS customer_same
FROM lead.person p FULL JOIN person_before b USING (id), returned r ORDER BY p.key;

-- the lead keeps everything but its status
SELECT l.status, l.status_reason, l.version - b.version AS more_versions,
	to_jsonb(l) - '{status,status_reason,status_since,version,edited_at,edited_by_actor}'::text[]
		= to_jsonb(b) - '{status,status_reason,status_since,version,edited_at,edited_by_actor}'::text[] AS otherwise_same
FROM lead.lead l JOIN lead_before b USING (id) WHERE l.key = 'L1';
SELECT h.version, from_status, to_status, reason, actor, entered_at = b.status_since AS entered_then
FROM lead.lead_status_change h JOIN lead_before b ON b.id = h.lead_id WHERE b.key = 'L1' ORDER BY h.version DESC LIMIT 1;

-- the least that a lead can have
SELECT kind, from_status, reason, cardinality(person_ids) AS persons FROM lead.convert(pg_temp.id(2));
SELECT c.name, c.description, c.phones, c.data_tags, c.chars, c.description IS NULL AS no_description
FROM lead.customer c JOIN lead.lead_conversion v ON v.customer_id = c.id AND v.lead_id = pg_temp.id(2);

-- Called again ------------------------------------------------------------------

CREATE TEMP TABLE counts AS SELECT
	(SELECT count(*) FROM lead.customer) AS customers, (SELECT count(*) FROM lead.account) AS accounts,
	(SELECT count(*) FROM lead.lead_conversion) AS conversions, (SELECT count(*) FROM lead.lead_status_change) AS changes,
	(SELECT sum(version) FROM lead.lead) AS versions, (SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM lead.customer c) AS content;
CREATE TEMP TABLE again (what text, conversion lead.lead_conversion);
INSERT INTO again SELECT 'none named', c FROM lead.convert(pg_temp.id(1)) c;
INSERT INTO again SELECT 'same named', c FROM returned r, lead.convert(pg_temp.id(1), r.customer_id) c;
INSERT INTO again SELECT 'other reason', c FROM lead.convert(pg_temp.id(1), reason => 'once more', processing_data => '{}') c;
SELECT a.what, (a.conversion) IS NOT DISTINCT FROM c AS same_row
FROM again a, lead.lead_conversion c WHERE c.lead_id = pg_temp.id(1);
-- elsewhere is a conflict
DO $$ BEGIN
	PERFORM lead.convert(pg_temp.id(2), pg_temp.id(900));
EXCEPTION WHEN SQLSTATE 'LD005' THEN
	DECLARE
		told text; instead text;
	BEGIN
		GET STACKED DIAGNOSTICS told = PG_EXCEPTION_DETAIL, instead = PG_EXCEPTION_HINT;
		RAISE WARNING '%: % %', SQLERRM, replace(told, (SELECT customer_id::text FROM lead.lead_conversion
			WHERE lead_id = pg_temp.id(2)), '(its customer)'), instead;
	END;
END $$;
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(1), pg_temp.id(900))$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(1), pg_temp.id(901))$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(1), customer_ref => 'C-1')$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.convert_external(pg_temp.id(1), 'SAP')$$);
-- nothing of all this was written
SELECT c.* IS NOT DISTINCT FROM n.* AS unchanged FROM counts c, (SELECT
	(SELECT count(*) FROM lead.customer) AS customers, (SELECT count(*) FROM lead.account) AS accounts,
	(SELECT count(*) FROM lead.lead_conversion) AS conversions, (SELECT count(*) FROM lead.lead_status_change) AS changes,
	(SELECT sum(version) FROM lead.lead) AS versions, (SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM lead.customer c) AS content) n;

-- (f(…)).* calls the function once for each column; still one customer
SELECT pg_temp.add(3);
SELECT (lead.convert(pg_temp.id(3))).kind, (lead.convert(pg_temp.id(3))).from_status;
SELECT count(*) AS conversions, (SELECT count(*) FROM lead.customer WHERE name = 'Party 3') AS customers,
	(SELECT count(*) FROM lead.account WHERE name = 'Party 3') AS accounts
FROM lead.lead_conversion WHERE lead_id = pg_temp.id(3);
-- many leads in one statement
SELECT pg_temp.add(n) FROM generate_series(10, 14) n \g /dev/null
SELECT count(DISTINCT (lead.convert(id)).customer_id) AS customers FROM lead.lead WHERE key ~ '^L1[0-4]$';

-- Bad arguments -----------------------------------------------------------------

SELECT pg_temp.add(20) \g /dev/null
SELECT lead.convert(pg_temp.id(20), pg_temp.id(999));
\echo :LAST_ERROR_SQLSTATE
SELECT lead.convert(pg_temp.id(20), customer_ref => 'C-1');
\echo :LAST_ERROR_SQLSTATE
SELECT lead.convert(pg_temp.id(999));
\echo :LAST_ERROR_SQLSTATE
SELECT lead.convert(NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(20), customer_ref => repeat('x', 201))$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(20), processing_data => to_jsonb(repeat('x', 1100000)))$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.convert_external(NULL, 'SAP')$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.convert_external(pg_temp.id(999), 'SAP')$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.revert_conversion(NULL, 'x')$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.revert_conversion(pg_temp.id(999), 'x')$$);
-- a blank reference counts as none
SELECT status, version FROM lead.lead WHERE key = 'L20';
SELECT kind FROM lead.convert(pg_temp.id(20), customer_ref => E' \t');

-- Attaching to a customer -----------------------------------------------------------

INSERT INTO lead.customer (id, key, name, customer_type, phones, emails, websites, data_tags, chars)
VALUES (pg_temp.id(910), 'C10', 'Bohemia Glass', 'KEY', '["+420111222333", {"value": "+420999000111"}]',
	'[]', '["https://glass.example"]', '{export,old}', '{"region": "Praha", "vat": "CZ123"}');
SELECT pg_temp.add(30);
UPDATE lead.lead SET description = 'Wants forty seats', data_tags = '{new,export}', chars = '{"seats": 40, "region": "Liberec"}',
	phones = '[{"value": "+420444555666"}, "+420111222333", {"value": "+420444555666"}]', emails = '["a@x.example", "a@x.example"]'
WHERE key = 'L30';
SELECT kind, customer_id = pg_temp.id(910) AS that_one FROM lead.convert(pg_temp.id(30), pg_temp.id(910));
-- empty fields are filled, others stay; lists, tags and chars united, the
-- customer's first, each entry once; where both have a char, the customer's
SELECT name, customer_type, status, description FROM lead.customer WHERE key = 'C10';
SELECT phones, emails, websites FROM lead.customer WHERE key = 'C10';
SELECT contact_instants, data_tags, chars FROM lead.customer WHERE key = 'C10';
-- it had no account, so one was opened; the next lead gets the same
SELECT a.name, a.customer_id = pg_temp.id(910) AS of_customer, a.id = v.account_id AS recorded
FROM lead.account a JOIN lead.lead_conversion v ON v.lead_id = pg_temp.id(30) WHERE a.customer_id = pg_temp.id(910);
SELECT pg_temp.add(31) \g /dev/null
UPDATE lead.lead SET description = 'Another' WHERE key = 'L31';
SELECT account_id = (SELECT account_id FROM lead.lead_conversion WHERE lead_id = pg_temp.id(30)) AS same_account
FROM lead.convert(pg_temp.id(31), pg_temp.id(910));
SELECT description, (SELECT count(*) FROM lead.account WHERE customer_id = c.id) AS accounts, jsonb_array_length(phones) AS phones
FROM lead.customer c WHERE key = 'C10';
-- of several accounts the oldest
INSERT INTO lead.customer (id, key, name) VALUES (pg_temp.id(911), 'C11', 'Three accounts');
INSERT INTO lead.account (id, name, customer_id, account_start_date) VALUES
	(pg_temp.id(801), 'Young', pg_temp.id(911), '2021-01-01'), (pg_temp.id(802), 'Oldest', pg_temp.id(911), '2019-01-01'),
	(pg_temp.id(803), 'Middle', pg_temp.id(911), '2020-01-01');
SELECT pg_temp.add(32) \g /dev/null
SELECT a.name FROM lead.convert(pg_temp.id(32), pg_temp.id(911)) v JOIN lead.account a ON a.id = v.account_id;
-- at most one entry of a list is primary: the customer's stays, the lead's gives way
INSERT INTO lead.customer (id, key, name, emails) VALUES (pg_temp.id(912), 'C12', 'With primary', '[{"value": "first@x.example", "primary": true}]');
SELECT pg_temp.add(33) \g /dev/null
UPDATE lead.lead SET emails = '[{"value": "second@x.example", "primary": true}]', phones = '[{"value": "+420603123456", "primary": true}]' WHERE key = 'L33';
SELECT kind FROM lead.convert(pg_temp.id(33), pg_temp.id(912));
SELECT emails, phones FROM lead.customer WHERE key = 'C12';
-- persons come along as with a new customer
SELECT pg_temp.add(34) \g /dev/null
INSERT INTO lead.person (key, last_name, lead_id) VALUES ('P30', 'Attached', pg_temp.id(34));
INSERT INTO lead.person (key, last_name, lead_id, customer_id) VALUES ('P31', 'Was his already', pg_temp.id(34), pg_temp.id(911));
SELECT (SELECT array_agg(p.key) FROM lead.person p WHERE p.id = ANY (v.person_ids)) AS recorded FROM lead.convert(pg_temp.id(34), pg_temp.id(911)) v;
SELECT key, customer_id = pg_temp.id(911) AS of_customer, lead_id = pg_temp.id(34) AS of_lead FROM lead.person WHERE key LIKE 'P3_' ORDER BY key;

-- From each status ---------------------------------------------------------------------

SELECT pg_temp.add(40 + n::int, s) FROM unnest(enum_range(NULL::lead.lead_status)) WITH ORDINALITY s (s, n) \g /dev/null
SELECT pg_temp.add(50 + n::int, s) FROM unnest(enum_range(NULL::lead.lead_status)) WITH ORDINALITY s (s, n) \g /dev/null
SELECT status AS from_status, pg_temp.try(format('SELECT lead.convert(%L)', id)) AS convert
FROM lead.lead WHERE key ~ '^L4[1-9]' ORDER BY key;
SELECT status AS from_status, pg_temp.try(format('SELECT lead.convert_external(%L, ''SAP'')', id)) AS convert_external
FROM lead.lead WHERE key ~ '^L5[1-9]' ORDER BY key;
-- what was recorded: where it came from; a lead in LATER lost its date
SELECT l.key, l.status, l.deferred_until, v.kind, v.from_status FROM lead.lead l LEFT JOIN lead.lead_conversion v ON v.lead_id = l.id
WHERE l.key ~ '^L[45][1-9]' ORDER BY l.key;
-- no way round the functions
SELECT pg_temp.add(60) \g /dev/null
SELECT pg_temp.try($$UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'L60'$$)
UNION ALL SELECT pg_temp.try($$UPDATE lead.lead SET status = 'CONVERTED_EXTERNAL' WHERE key = 'L60'$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.transition(pg_temp.id(60), 'CONVERTED')$$);

-- Rules hold for a conversion as for any move ----------------------------------------------

INSERT INTO lead.lead_status_rule (from_status, to_status, allowed) VALUES ('NEW', 'CONVERTED', false), ('REJECTED', 'CONVERTED', true);
SELECT lead.convert(pg_temp.id(60));
\echo :LAST_ERROR_SQLSTATE
SELECT pg_temp.add(61, 'REJECTED') \g /dev/null
SELECT kind, from_status FROM lead.convert(pg_temp.id(61), reason => 'came back');
UPDATE lead.lead_status_rule SET allowed = true, needs_reason = true WHERE from_status = 'NEW';
SELECT lead.convert(pg_temp.id(60), reason => '  ');
\echo :LAST_ERROR_SQLSTATE
UPDATE lead.lead_status_rule SET condition = '$.leadRating == "HOT"', message = 'Only hot leads become customers.' WHERE from_status = 'NEW';
SELECT lead.convert(pg_temp.id(60), reason => 'signed');
\echo :LAST_ERROR_SQLSTATE
-- the condition sees the lead as it would become
UPDATE lead.lead_status_rule SET condition = '$.status == "CONVERTED" && $.statusReason == "signed"' WHERE from_status = 'NEW';
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(60), reason => 'other')$$);
SELECT kind, reason FROM lead.convert(pg_temp.id(60), reason => 'signed');
DELETE FROM lead.lead_status_rule;

-- Required characteristics, of leads that are older than the spec or than the
-- attribute's being required
SELECT pg_temp.add(70) \g /dev/null
INSERT INTO lead.entity_spec (id, code, name) VALUES (pg_temp.id(700), 'BUSINESS', 'Business lead'), (pg_temp.id(701), 'OTHER', 'Other');
INSERT INTO lead.characteristic (entity_spec_id, name, required) VALUES
	(pg_temp.id(700), 'region', true), (pg_temp.id(700), 'revenue', true), (pg_temp.id(700), 'note', false), (pg_temp.id(701), 'unrelated', true);
UPDATE lead.lead_type SET entity_spec_id = pg_temp.id(700) WHERE code = 'B2B';
SELECT lead.convert(pg_temp.id(70));
\echo :LAST_ERROR_SQLSTATE
UPDATE lead.characteristic SET required = false WHERE name = 'region';
UPDATE lead.lead SET chars = '{"region": null, "revenue": 10}' WHERE key = 'L70';
UPDATE lead.characteristic SET required = true WHERE name = 'region';
SELECT lead.convert(pg_temp.id(70));
SELECT lead.convert_external(pg_temp.id(70), 'SAP');
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(70))$$);
-- all that stands against it, in one error
INSERT INTO lead.lead_status_rule (from_status, to_status, needs_reason, condition, message)
VALUES ('NEW', 'CONVERTED', true, '$.leadRating == "HOT"', 'Only hot leads become customers.');
SELECT lead.convert(pg_temp.id(70));
\echo :LAST_ERROR_SQLSTATE
INSERT INTO lead.lead_status_rule (from_status, to_status, allowed, needs_reason) VALUES ('NEW', 'CONVERTED_EXTERNAL', false, true);
SELECT lead.convert_external(pg_temp.id(70), 'SAP');
\echo :LAST_ERROR_SQLSTATE
-- one after the other is put right; then it goes through
UPDATE lead.lead SET lead_rating = 'HOT' WHERE key = 'L70';
SELECT lead.convert(pg_temp.id(70));
\echo :LAST_ERROR_SQLSTATE
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(70), reason => 'ok')$$);
UPDATE lead.lead SET chars = '{"region": "", "revenue": false}' WHERE key = 'L70';
SELECT kind FROM lead.convert(pg_temp.id(70), reason => 'ok');
DELETE FROM lead.lead_status_rule;
UPDATE lead.lead_type SET entity_spec_id = NULL;

-- In another system ------------------------------------------------------------------------

SELECT pg_temp.add(n) FROM generate_series(80, 84) n \g /dev/null
SELECT lead.convert_external(pg_temp.id(80));
\echo :LAST_ERROR_SQLSTATE
SELECT pg_temp.try($$SELECT lead.convert_external(pg_temp.id(80), ' ', 'X')$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.convert_external(pg_temp.id(80), repeat('x', 201))$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.convert_external(pg_temp.id(80), 'SAP', repeat('x', 201))$$);
SELECT count(*) AS customers FROM lead.customer \gset
SELECT count(*) AS accounts FROM lead.account \gset
INSERT INTO lead.person (key, last_name, lead_id) VALUES ('P80', 'External', pg_temp.id(80));
SELECT kind, from_status, version, customer_id, account_id, customer_ref, external_system, external_id, person_ids, reason
FROM lead.convert_external(pg_temp.id(80), 'SAP', 'C-77', 'signed there');
SELECT l.status, l.status_reason, p.customer_id FROM lead.lead l JOIN lead.person p ON p.lead_id = l.id WHERE l.key = 'L80';
-- several leads may lead to one customer there; the id may be unknown, and as long as 200
SELECT external_system, external_id FROM lead.convert_external(pg_temp.id(81), 'SAP', 'C-77');
SELECT external_system, external_id FROM lead.convert_external(pg_temp.id(82), 'SAP');
SELECT external_system, length(external_id) FROM lead.convert_external(pg_temp.id(83), 'SAP', repeat('ž', 200));
SELECT count(*) = :customers AS no_customer, (SELECT count(*) = :accounts FROM lead.account) AS no_account FROM lead.customer;
-- again: the same
SELECT version, external_id, reason FROM lead.convert_external(pg_temp.id(80), 'SAP', 'C-77', 'other');
SELECT version, external_id, reason FROM lead.convert_external(pg_temp.id(80), 'SAP');
-- elsewhere: a conflict, and no change
SELECT lead.convert_external(pg_temp.id(80), 'SAP', 'C-78');
\echo :LAST_ERROR_SQLSTATE
SELECT pg_temp.try($$SELECT lead.convert_external(pg_temp.id(80), 'Oracle', 'C-77')$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.convert_external(pg_temp.id(82), 'SAP', 'C-77')$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(80))$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.convert_external(pg_temp.id(80))$$);
SELECT version, (SELECT count(*) FROM lead.lead_conversion WHERE lead_id = id) AS conversions FROM lead.lead WHERE key = 'L80';

-- Taking it back -----------------------------------------------------------------------------

SELECT pg_temp.add(n) FROM generate_series(90, 93) n \g /dev/null
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L90';
INSERT INTO lead.person (key, last_name, lead_id, customer_id) VALUES
	('P90', 'Pointed there', pg_temp.id(90), NULL), ('P91', 'Pointed there, then moved', pg_temp.id(90), NULL),
	('P92', 'Of another customer', pg_temp.id(90), pg_temp.id(900)), ('P93', 'Pointed there, then left the lead', pg_temp.id(90), NULL);
SELECT pg_temp.try($$SELECT lead.revert_conversion(pg_temp.id(90), 'too early')$$);
SELECT customer_id AS customer, account_id AS account FROM lead.convert(pg_temp.id(90), reason => 'signed') \gset
INSERT INTO lead.person (key, last_name, lead_id, customer_id) VALUES ('P94', 'Came later', pg_temp.id(90), :'customer');
UPDATE lead.person SET customer_id = pg_temp.id(900) WHERE key = 'P91';
UPDATE lead.person SET lead_id = NULL WHERE key = 'P93';
CREATE TEMP TABLE conversion_before AS SELECT * FROM lead.lead_conversion WHERE lead_id = pg_temp.id(90);
SELECT lead.revert_conversion(pg_temp.id(90));
\echo :LAST_ERROR_SQLSTATE
SELECT pg_temp.try($$SELECT lead.revert_conversion(pg_temp.id(90), E' \n')$$);
SELECT status, reverted_at IS NULL AS open FROM lead.lead JOIN lead.lead_conversion ON lead_id = id WHERE key = 'L90';
BEGIN;
SET LOCAL lead.actor = 'boss';
SELECT key, status, status_reason, version FROM lead.revert_conversion(pg_temp.id(90), 'did not pay');
COMMIT;
SELECT from_status, to_status, reason, actor FROM lead.lead_status_change WHERE lead_id = pg_temp.id(90) ORDER BY version;
-- persons whom the conversion had pointed to the customer lose it, others do not
SELECT key, CASE customer_id WHEN :'customer' THEN 'this' WHEN pg_temp.id(900) THEN 'other' END AS customer, lead_id IS NOT NULL AS of_lead
FROM lead.person WHERE key LIKE 'P9_' ORDER BY key;
-- customer and account stay; the conversion is closed, and otherwise as it was
SELECT c.name, a.name FROM lead.customer c JOIN lead.account a ON a.customer_id = c.id WHERE c.id = :'customer' AND a.id = :'account';
SELECT c.revert_reason, c.reverted_by = current_user AS by, c.reverted_by_actor, c.reverted_at > c.converted_at AS after,
	to_jsonb(c) - '{reverted_at,reverted_by,reverted_by_actor,revert_reason}'::text[]
		= to_jsonb(b) - '{reverted_at,reverted_by,reverted_by_actor,revert_reason}'::text[] AS otherwise_same
FROM lead.lead_conversion c JOIN conversion_before b USING (lead_id);
SELECT lead.revert_conversion(pg_temp.id(90), 'again');
\echo :LAST_ERROR_SQLSTATE

-- converted again with no customer named: the same customer and the same account
INSERT INTO lead.account (name, customer_id, account_start_date) VALUES ('Older, opened later', :'customer', '2001-01-01');
UPDATE lead.lead SET description = 'Paid after all' WHERE key = 'L90';
SELECT version, from_status, customer_id = :'customer' AS same_customer, account_id = :'account' AS same_account,
	(SELECT array_agg(key ORDER BY key) FROM lead.person WHERE id = ANY (person_ids)) AS persons
FROM lead.convert(pg_temp.id(90));
SELECT description FROM lead.customer WHERE id = :'customer';
SELECT version, reverted_at IS NULL AS open FROM lead.lead_conversion WHERE lead_id = pg_temp.id(90) ORDER BY version;
-- not the same account, when that has moved to another customer since
SELECT status FROM lead.revert_conversion(pg_temp.id(90), 'account goes');
UPDATE lead.account SET customer_id = pg_temp.id(900) WHERE id = :'account';
SELECT kind, customer_id = :'customer' AS same_customer FROM lead.convert(pg_temp.id(90));
SELECT a.name, a.customer_id = v.customer_id AS of_customer FROM lead.lead_conversion v JOIN lead.account a ON a.id = v.account_id
WHERE v.lead_id = pg_temp.id(90) AND v.reverted_at IS NULL;
-- another one, when it is named
SELECT status FROM lead.revert_conversion(pg_temp.id(90), 'wrong one');
SELECT customer_id = pg_temp.id(900) AS other FROM lead.convert(pg_temp.id(90), pg_temp.id(900));
-- the last of ours counts, also when an external one came between
SELECT status FROM lead.revert_conversion(pg_temp.id(90), 'moves to SAP');
SELECT kind FROM lead.convert_external(pg_temp.id(90), 'SAP', 'C-1');
SELECT status FROM lead.revert_conversion(pg_temp.id(90), 'back from SAP');
SELECT kind, customer_id = pg_temp.id(900) AS last_one FROM lead.convert(pg_temp.id(90));
SELECT kind, customer_id IS NOT NULL AS customer, external_id, revert_reason FROM lead.lead_conversion WHERE lead_id = pg_temp.id(90) ORDER BY version;

-- back to each status that a lead may be converted from, with the date in LATER
SELECT l.key, l.status, (SELECT r.status FROM lead.revert_conversion(l.id, 'test') r) AS back_to
FROM lead.lead l JOIN lead.lead_conversion v ON v.lead_id = l.id AND v.reverted_at IS NULL WHERE l.key ~ '^L[45][1-9]' ORDER BY l.key;
SELECT key, deferred_until = '2999-01-01' AS dated FROM lead.lead WHERE key ~ '^L[45][1-9]' AND status = 'LATER' ORDER BY key;
-- one that was converted once stays evidence
SELECT kind FROM lead.convert(pg_temp.id(91));
SELECT status FROM lead.revert_conversion(pg_temp.id(91), 'test');

-- After the conversion the status is fixed, the rest is not --------------------------------------

SELECT customer_id AS customer FROM lead.convert(pg_temp.id(92)) \gset
SELECT md5(c::text) AS customer_row FROM lead.customer c WHERE id = :'customer' \gset
UPDATE lead.lead SET party_name = 'Renamed', description = 'new', phones = '["+420603123456"]', data_tags = '{x}', chars = '{"a": 1}',
	priority = 'LOW', assigned_to = 'ida', lead_rating = 'COLD', lead_source = 'EVENT', lead_type = 'B2C', key = 'L92b'
WHERE key = 'L92' RETURNING status, party_name, key, lead_type;
SELECT md5(c::text) = :'customer_row' AS customer_unchanged FROM lead.customer c WHERE id = :'customer';
UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'L92b' RETURNING status;
SELECT status FROM lead.transition(pg_temp.id(92), 'CONVERTED');
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L92b';
\echo :LAST_ERROR_SQLSTATE
SELECT s, pg_temp.try(format('UPDATE lead.lead SET status = %L, status_reason = ''x'' WHERE key = ''L92b''', s))
FROM unnest(enum_range(NULL::lead.lead_status)) s WHERE s <> 'CONVERTED';
SELECT pg_temp.try($$UPDATE lead.lead SET status_reason = 'another' WHERE key = 'L92b'$$)
UNION ALL SELECT pg_temp.try($$UPDATE lead.lead SET deferred_until = '2999-01-01' WHERE key = 'L92b'$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.transition(pg_temp.id(92), 'REJECTED', 'x')$$);
SELECT count(*) AS changes FROM lead.lead_status_change WHERE lead_id = pg_temp.id(92);

-- Deleting ------------------------------------------------------------------------------------------

DELETE FROM lead.lead WHERE key = 'L92b';
\echo :LAST_ERROR_SQLSTATE
-- one that was converted once and is not now; one among many
SELECT pg_temp.try($$DELETE FROM lead.lead WHERE key = 'L91'$$)
UNION ALL SELECT pg_temp.try($$DELETE FROM lead.lead WHERE key IN ('L91', 'L93')$$);
SELECT key FROM lead.lead WHERE key IN ('L91', 'L92b', 'L93') ORDER BY key;
-- one that never was: the history goes, persons lose the lead and stay
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L93';
INSERT INTO lead.person (key, last_name, lead_id, customer_id) VALUES ('PX', 'Stays', pg_temp.id(93), pg_temp.id(900));
DELETE FROM lead.lead WHERE key = 'L93';
SELECT count(*) AS changes FROM lead.lead_status_change WHERE lead_id = pg_temp.id(93);
SELECT key, lead_id, customer_id = pg_temp.id(900) AS customer FROM lead.person WHERE key = 'PX';

-- What is in use cannot be deleted -------------------------------------------------------------------

INSERT INTO lead.customer (key, name) VALUES ('WITH-ACCOUNT', 'x'), ('WITH-PERSON', 'x'), ('WITH-NOTHING', 'x');
INSERT INTO lead.account (key, name, customer_id) SELECT 'ALONE', 'x', id FROM lead.customer WHERE key = 'WITH-ACCOUNT';
INSERT INTO lead.person (key, last_name, customer_id) SELECT 'PC', 'x', id FROM lead.customer WHERE key = 'WITH-PERSON';
UPDATE lead.lead_type SET entity_spec_id = pg_temp.id(700) WHERE code = 'B2B';
SELECT what, left(pg_temp.try('DELETE FROM lead.' || what), 5) AS result FROM (VALUES
	(1, $$lead_type WHERE code = 'B2B'$$), (2, $$lead_rating WHERE code = 'WARM'$$), (3, $$lead_source WHERE code = 'WEB'$$),
	(4, $$entity_spec WHERE code = 'BUSINESS'$$),
	(5, $$customer WHERE key = 'C12'$$), (6, $$customer WHERE key = 'WITH-ACCOUNT'$$), (7, $$customer WHERE key = 'WITH-PERSON'$$),
	(8, $$account WHERE name = 'Oldest'$$)) t (n, what) ORDER BY n;
-- what is not, can; a person always
DELETE FROM lead.lead_source WHERE code = 'CAMPAIGN' RETURNING code;
DELETE FROM lead.entity_spec WHERE code = 'OTHER' RETURNING code, (SELECT count(*) FROM lead.characteristic) AS characteristics;
DELETE FROM lead.account WHERE key = 'ALONE' RETURNING key;
DELETE FROM lead.person WHERE key = 'PC' RETURNING key;
DELETE FROM lead.customer WHERE key LIKE 'WITH-%' RETURNING key;
