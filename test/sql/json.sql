-- lead.as_json: rows as documents with the tSM names.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools
SET client_min_messages = warning;

-- Times that the clock gives, compared with the row and then named.
CREATE FUNCTION pg_temp.time_is(shown text, stored text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN shown ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$' AND shown::timestamptz = stored::timestamptz THEN '(the time, in UTC)' ELSE shown END
$$;
CREATE FUNCTION pg_temp.shown(document jsonb, stored jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT jsonb_pretty(jsonb_set(jsonb_set(jsonb_set(document,
			'{statusSince}', to_jsonb(pg_temp.time_is(document ->> 'statusSince', stored ->> 'status_since'))),
			'{auditInfo,whenInserted}', to_jsonb(pg_temp.time_is(document #>> '{auditInfo,whenInserted}', stored ->> 'inserted_at'))),
			'{auditInfo,whenEdited}', to_jsonb(pg_temp.time_is(document #>> '{auditInfo,whenEdited}', stored ->> 'edited_at'))))
$$;

-- A lead with everything --------------------------------------------------------------

SET lead.actor = 'jana@example.com';
INSERT INTO lead.lead (id, key, status, party_name, lead_rating, description, priority, lead_source, contact_instants, phones, emails, websites, data_boxes,
	data_tags, processing_data, chars, lead_type, status_reason, deferred_until, assigned_to)
VALUES (pg_temp.id(1), 'L1', 'LATER', E'Řezník & "syn" \\ <x>', 'HOT', E'two\nlines', 'HIGH', 'PHONE', '[{"value": "x", "service": "skype"}]', '["+420111222333"]', '["a@example.com"]',
	'["https://example.com"]', '["6bnaawp"]', '{a,"b c"}', '{"secret": 1}', '{"seats": 40, "rate": 1.50, "nested": {"list": [true, null]}}', 'B2B', 'on holiday',
	'2999-12-31 23:59:59.5+02', 'ema');
RESET lead.actor;
UPDATE lead.lead SET priority = 'LOW' WHERE key = 'L1';
\pset format unaligned
\pset tuples_only on
-- the actor stands for the role where one was named
SELECT replace(pg_temp.shown(lead.as_json(l), to_jsonb(l)), format('"%s"', session_user), '(me)') FROM lead.lead l WHERE key = 'L1';
-- A lead with nothing: NULLs are left out, empty lists and chars are shown.
SELECT pg_temp.new_lead(2) \g /dev/null
SELECT replace(pg_temp.shown(lead.as_json(l), to_jsonb(l)), format('"%s"', session_user), '(me)') FROM lead.lead l WHERE key = 'L2';
-- Numbers, booleans and arrays are what they are, dates are ISO.
INSERT INTO lead.entity_spec (id, code, name) VALUES (pg_temp.id(1), 'SPEC', 'Spec');
INSERT INTO lead.lead_type (id, code, name, validity_from, validity_to, description, localization_data, entity_spec_id, mnemonic_code, create_privilege, registry, processing_data, icon, tsm_module, config, data_tags)
VALUES (pg_temp.id(2), 'T', 'Type', '2026-01-31', '2999-12-31', 'd', '{"cs": {"name": "Typ"}}', pg_temp.id(1), 'T', 'postgres', '{"a": 1}', '{"secret": 1}', 'star', 'crm', '{"b": 2}', '{x}');
SELECT jsonb_pretty(lead.as_json(t)) FROM lead.lead_type t WHERE code = 'T';
SELECT lead.as_json(r) - 'id' FROM lead.lead_rating r WHERE code = 'HOT';
UPDATE lead.lead_source SET validity_from = '-infinity', validity_to = 'infinity', data_tags = '{x}', config = '{}', localization_data = '{}', description = 'd', id = pg_temp.id(3) WHERE code = 'WEB';
SELECT lead.as_json(s) FROM lead.lead_source s WHERE code = 'WEB';
INSERT INTO lead.customer (id, key, name, description, status, customer_type, phones, data_tags, chars) VALUES (pg_temp.id(4), 'C1', 'Customer', 'd', 'ACTIVE', 'BUSINESS', '["+420603123456"]', '{x}', '{"a": 1}');
SELECT lead.as_json(c) FROM lead.customer c;
INSERT INTO lead.account (id, key, name, customer_id, account_start_date, account_end_date, description, chars) VALUES (pg_temp.id(5), 'A1', 'Account', pg_temp.id(4), '2026-02-28', '2027-02-28', 'd', '{"a": 1}');
SELECT lead.as_json(a) FROM lead.account a;
INSERT INTO lead.person (id, key, first_name, last_name, person_type, lead_id, customer_id, user_id, emails, data_tags, chars)
VALUES (pg_temp.id(6), 'P1', 'Jan', 'Novák', 'DECIDER', pg_temp.id(1), pg_temp.id(4), pg_temp.id(7), '["a@example.com"]', '{x}', '{"a": 1}');
SELECT lead.as_json(p) FROM lead.person p;
-- ISO 8601 also for years before our era and after 9999: with a sign and six
-- digits, as ECMAScript reads them; infinite ones have only the server's word.
SELECT t.moment AT TIME ZONE 'UTC' AS moment, lead.as_json(l) ->> 'deferredUntil' AS shown
FROM unnest('{2026-02-03 04:05:06.789+02,2026-02-03 00:00:00.000001+00,0099-12-31 23:59:59.999999+00,0001-01-01 00:00:00+00,0001-12-31 23:59:59+00 BC,0044-03-15 12:00:00+00 BC,4714-11-24 00:00:00+00 BC,9999-12-31 23:59:59.5+00,10000-01-01 00:00:00+00,294276-12-31 23:59:59.999999+00,infinity,-infinity}'::timestamptz[]) t (moment),
	LATERAL (SELECT t.moment AS deferred_until) l;
SELECT t.day, lead.as_json(l) ->> 'validityFrom' AS shown
FROM unnest('{2026-02-03,0099-12-31,0001-01-01,0001-12-31 BC,0044-03-15 BC,4714-11-24 BC,9999-12-31,10000-01-01,5874897-12-31,infinity,-infinity}'::date[]) t (day), LATERAL (SELECT t.day AS validity_from) l;
-- Lists keep their order.
SELECT lead.as_json(l) ->> 'dataTags' AS tags, lead.as_json(l) -> 'phones' AS phones FROM (SELECT '{b,a,"",c,a}'::text[] AS data_tags, '["3", "1", {"value": "2"}, "1"]'::jsonb AS phones) l;
SELECT lead.as_json(l) FROM (SELECT '[2:3]={b,a}'::text[] AS data_tags) l;
-- A row of a query shows the columns it knows; NULL gives NULL.
SELECT lead.as_json(x) FROM (SELECT 'K' AS key, 'x' AS unknown, NULL::text AS name, true AS status, '{1}'::int[] AS chars) x;
SELECT lead.as_json(ROW (1, 2));
SELECT lead.as_json(NULL) IS NULL;
\pset format aligned
\pset tuples_only off

-- Whatever the session's settings are, it is the same document.
CREATE TEMP TABLE document AS SELECT l.key, lead.as_json(l) AS document FROM lead.lead l UNION ALL SELECT t.code, lead.as_json(t) FROM lead.lead_type t;
SET TimeZone = 'Asia/Kathmandu';
SET datestyle = 'German, DMY';
SET intervalstyle = 'sql_standard';
SET extra_float_digits = 0;
SET bytea_output = 'escape';
SELECT count(*) AS documents, bool_and(d.document = n.document) AS same
FROM document d JOIN (SELECT l.key, lead.as_json(l) AS document FROM lead.lead l UNION ALL SELECT t.code, lead.as_json(t) FROM lead.lead_type t) n USING (key);
RESET TimeZone;
RESET datestyle;
RESET intervalstyle;
RESET extra_float_digits;
RESET bytea_output;

-- A column of the user's is not shown, whatever its name or place, not even one
-- that another of our tables has; one that was dropped does not hinder, here nor
-- anywhere else.
ALTER TABLE lead.lead ADD COLUMN gone text DEFAULT 'x', ADD COLUMN "secretNote" text DEFAULT 'x', ADD COLUMN name_of_owner text DEFAULT 'x',
	ADD COLUMN name text DEFAULT 'x', ADD COLUMN config jsonb DEFAULT '{"secret": 1}', ADD COLUMN user_id uuid DEFAULT '00000000-0000-0000-0000-000000000009';
ALTER TABLE lead.lead DROP COLUMN gone;
SELECT count(*) AS documents, bool_and(d.document = lead.as_json(l)) AS same FROM document d JOIN lead.lead l USING (key);
SELECT pg_temp.new_lead(3, 'UNSUCCESSFUL') \g /dev/null
UPDATE lead.lead SET "secretNote" = 'mine' WHERE key = 'L3' RETURNING lead.as_json(lead) ? 'secretNote' AS shown, lead.as_json(lead) ->> 'status' AS status, "secretNote", name_of_owner;
SELECT status, "secretNote" FROM lead.transition(pg_temp.id(3), 'NEW', 'x');
SELECT count(*) FROM lead.allowed_transitions(pg_temp.id(3));
SELECT key, status, "secretNote" FROM lead.claim('ema', 10) ORDER BY key;
SELECT kind FROM lead.convert(pg_temp.id(3));
SELECT status, "secretNote" FROM lead.revert_conversion(pg_temp.id(3), 'x');
INSERT INTO lead.lead_status_rule (from_status, to_status, condition) VALUES ('IN_PROGRESS', 'WORKING', '$.key == "L3" && !(exists($.secretNote)) && !(exists($.nameOfOwner)) && !(exists($.config))');
SELECT status FROM lead.transition(pg_temp.id(3), 'WORKING');
DELETE FROM lead.lead_status_rule;
ALTER TABLE lead.customer ADD COLUMN gone int, ADD COLUMN extra int DEFAULT 1;
ALTER TABLE lead.customer DROP COLUMN gone;
SELECT lead.as_json(c) ? 'extra' AS shown, lead.as_json(c) ->> 'key' AS key FROM lead.customer c WHERE key = 'C1';
-- where a column of ours is gone, the error says what to do
BEGIN;
ALTER TABLE lead.lead RENAME COLUMN assigned_to TO owner;
CALL pg_temp.try($$UPDATE lead.lead SET description = 'x' WHERE key = 'L1'$$);
ROLLBACK;

-- What conditions are asked about is the same document.
INSERT INTO lead.lead_status_rule (from_status, to_status, condition) VALUES ('LATER', 'WORKING', '$.partyName starts with "Řezník" && $.phones[0].value == "+420111222333" &&
	$.emails.size() == 1 && $.dataTags[1] == "b c" && $.chars.nested.list[0] == true && $.chars.rate == 1.5 && $.priority == "LOW" && $.leadSource == "PHONE" && $.assignedTo == "ema" &&
	$.auditInfo.whoInserted == "jana@example.com" && $.auditInfo.version == 3 && !(exists($.processingData)) && !(exists($.matchKeys))');
SELECT status FROM lead.transition(pg_temp.id(1), 'WORKING');

SELECT * FROM pg_temp.broken_history();
