\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools
-- TM Forum documents: SalesLead, Customer, Individual, ProductOrder. That they
-- hold against the official schemas is for test/t/080_tmf.pl.
SET client_min_messages = warning;
SET timezone = 'Europe/Prague';
\pset format unaligned
\pset tuples_only on

-- A lead with everything --------------------------------------------------------------

INSERT INTO lead.lead (id, key, status, party_name, lead_rating, description, priority, lead_source, contact_instants, phones, emails, websites, data_boxes, data_tags, chars, lead_type, assigned_to)
VALUES (pg_temp.id(1), 'L1', 'WORKING', 'Hartmoor & "Sons"', 'HOT', E'two\nlines', 'HIGH', 'PHONE', '[{"value": "hartmoor", "service": "chat"}]',
	'["+420222333444", {"value": "+420222333445", "type": "fax"}, {"value": "+420603123456", "type": "mobile", "primary": true, "extension": "12", "description": "not sayable"}]',
	'[{"value": "a@example.com", "primary": false}, {"value": "b@example.com", "type": "work", "primary": true}]', '["https://example.com"]', '["6bnaawp"]', '{vip,"two words"}',
	'{"expectedRevenue": {"amount": 1200.50, "currency": "CZK"}, "seats": 40, "Rate": 1.5, "nested": {"list": [true, null]}, "nothing": null, "žlutý": "kůň",
		"productOffering": ["PO-1", {"id": "PO-2", "name": "Fibre", "quantity": 3, "chars": {"speed": 1000, "nothing": null}}]}', 'B2B', 'ema');
INSERT INTO lead.person (id, key, first_name, last_name, person_type, status, lead_id, user_id, phones, data_tags, chars) VALUES
	(pg_temp.id(12), 'P2', NULL, 'Novák', 'DECIDER', 'VALIDATED', pg_temp.id(1), pg_temp.id(99), '["+420603000001"]', '{x}', '{"vip": true}'),
	(pg_temp.id(11), 'P1', 'Ada', 'Hart', NULL, 'ACTIVE', pg_temp.id(1), NULL, NULL, NULL, NULL);
-- at times that are known: one from before zones had whole hours
ALTER TABLE lead.lead DISABLE TRIGGER USER;
UPDATE lead.lead SET inserted_at = '1890-06-01 12:00:00.1239+00', status_since = '2024-05-02 10:13:59+02' WHERE key = 'L1';
ALTER TABLE lead.lead ENABLE TRIGGER USER;
SELECT jsonb_pretty(lead.to_tmf699(l)) FROM lead.lead l;
-- plain: only what the standard names
SELECT jsonb_pretty(lead.to_tmf699(l) - ARRAY(SELECT jsonb_object_keys(lead.to_tmf699(l, plain => true)))) AS "ours" FROM lead.lead l;
SELECT lead.to_tmf699(l) @> lead.to_tmf699(l, true), lead.to_tmf699(l) = lead.to_tmf699(l, false), lead.to_tmf699((l.*)::lead.lead, NULL) = lead.to_tmf699(l) FROM lead.lead l;
SELECT jsonb_pretty(lead.to_tmf622(l)) FROM lead.lead l;
SELECT lead.to_tmf622(l) - ARRAY(SELECT jsonb_object_keys(lead.to_tmf622(l, true))) FROM lead.lead l;
SELECT jsonb_pretty(lead.to_tmf632(p)) FROM lead.person p WHERE key = 'P2';
SELECT lead.to_tmf632(p, true) FROM lead.person p WHERE key = 'P1';

-- A lead with nothing, and none -----------------------------------------------------------

SELECT pg_temp.new_lead(2) \g /dev/null
SELECT jsonb_pretty(lead.to_tmf699(l) - '{creationDate,statusChangeDate}'::text[]) FROM lead.lead l WHERE key = 'L2';
SELECT lead.to_tmf622(l) IS NULL FROM lead.lead l WHERE key = 'L2';
SELECT jsonb_pretty(lead.to_tmf699(l, true) - '{creationDate,statusChangeDate}'::text[]) FROM lead.lead l WHERE key = 'L2';
SELECT (lead.to_tmf699(l) ->> 'creationDate')::timestamptz = date_trunc('milliseconds', l.inserted_at) FROM lead.lead l WHERE key = 'L2';
INSERT INTO lead.customer (id, key, name) VALUES (pg_temp.id(20), 'C20', 'Nobody''s');
SELECT lead.to_tmf629(c), lead.to_tmf629(c, true) FROM lead.customer c;
SELECT lead.to_tmf699(NULL) IS NULL, lead.to_tmf629(NULL, true) IS NULL, lead.to_tmf632(NULL) IS NULL, lead.to_tmf622(NULL) IS NULL;
SELECT lead.to_tmf699(jsonb_populate_record(NULL::lead.lead, '{"key": "no id"}')) IS NULL, lead.to_tmf629(jsonb_populate_record(NULL::lead.customer, '{}')) IS NULL;
SELECT lead.to_tmf699(jsonb_populate_record(NULL::lead.lead, '{"id": "00000000-0000-0000-0000-000000000077"}'), true);

-- Statuses ----------------------------------------------------------------------------

SELECT pg_temp.new_lead(100 + n::int, s::text) FROM unnest(enum_range(NULL::lead.lead_status)) WITH ORDINALITY e (s, n) \g /dev/null
SELECT l.status, lead.to_tmf699(l) ->> 'status', lead.to_tmf699(l) ->> 'leadStatus', lead.to_tmf699(l, true) ->> 'statusChangeReason'
FROM lead.lead l WHERE l.id BETWEEN pg_temp.id(101) AND pg_temp.id(109) ORDER BY l.id;
SELECT lead.to_tmf699(l) ->> 'deferredUntil' FROM lead.lead l WHERE status = 'LATER';
SELECT lead.tmf_lead_state('ON_HOLD') IS NULL, lead.tmf_lead_state(NULL) IS NULL;
-- no order for a lead that is lost
UPDATE lead.lead SET chars = '{"productOffering": "PO-1"}' WHERE id BETWEEN pg_temp.id(101) AND pg_temp.id(109);
SELECT l.status, lead.to_tmf622(l) -> 'productOrderItem' FROM lead.lead l WHERE l.id BETWEEN pg_temp.id(101) AND pg_temp.id(109) ORDER BY l.id;

-- Conversions -------------------------------------------------------------------------

SELECT kind FROM lead.convert(pg_temp.id(1), reason => 'signed');
-- ids that the conversion made, by name
SELECT c.id AS customer, a.id AS account FROM lead.customer c JOIN lead.account a ON a.customer_id = c.id WHERE c.name LIKE 'Hart%' \gset
UPDATE lead.customer SET key = 'C1', customer_type = 'BUSINESS' WHERE id = :'customer';
SELECT replace(replace(jsonb_pretty(lead.to_tmf629(c)), :'customer', '(customer)'), :'account', '(account)') FROM lead.customer c WHERE key = 'C1';
SELECT lead.to_tmf629(c) - ARRAY(SELECT jsonb_object_keys(lead.to_tmf629(c, true))) FROM lead.customer c WHERE key = 'C1';
SELECT replace(jsonb_pretty(lead.to_tmf699(l) -> 'relatedParty' -> 0), :'customer', '(customer)') FROM lead.lead l WHERE key = 'L1';
SELECT replace(lead.to_tmf632(p) ->> 'relatedParty', :'customer', '(customer)') FROM lead.person p WHERE key = 'P1';
SELECT replace(replace(lead.to_tmf622(l) ->> 'billingAccount', :'account', '(account)'), :'customer', '(customer)'), replace(lead.to_tmf622(l) #>> '{relatedParty,0,id}', :'customer', '(customer)') FROM lead.lead l WHERE key = 'L1';
-- a second lead attached to it is told by the extension alone
SELECT kind FROM lead.convert(pg_temp.id(2), customer_id => :'customer');
SELECT lead.to_tmf629(c) ->> 'statusReason', lead.to_tmf629(c) #>> '{salesLead,0,name}', lead.to_tmf629(c) #>> '{salesLead,1,name}' FROM lead.customer c WHERE key = 'C1';
-- taken back: no customer, no lead
SELECT status FROM lead.revert_conversion(pg_temp.id(1), 'not signed');
SELECT lead.to_tmf699(l) ->> 'status', (lead.to_tmf699(l) -> 'relatedParty') @? '$[*] ? (@.role == "customer")' FROM lead.lead l WHERE key = 'L1';
SELECT lead.to_tmf629(c) ->> 'statusReason' IS NULL, lead.to_tmf629(c) #>> '{salesLead,0,name}', jsonb_array_length(lead.to_tmf629(c) -> 'salesLead') FROM lead.customer c WHERE key = 'C1';
SELECT lead.to_tmf622(l) ? 'billingAccount' FROM lead.lead l WHERE key = 'L1';
-- in another system, with its id there or without
SELECT pg_temp.new_lead(3), pg_temp.new_lead(4) \g /dev/null
SELECT kind FROM lead.convert_external(pg_temp.id(3), 'SAP', 'C-77');
SELECT kind FROM lead.convert_external(pg_temp.id(4), 'SAP', NULL, 'was there');
SELECT l.key, lead.to_tmf699(l) -> 'externalCustomer', lead.to_tmf699(l) ->> 'statusChangeReason', lead.to_tmf699(l) ? 'relatedParty' FROM lead.lead l WHERE key IN ('L3', 'L4') ORDER BY key;
-- in the user's own tables, by reference
CREATE SCHEMA regress_lead_tmf;
CREATE FUNCTION regress_lead_tmf.client(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE sql AS $$ SELECT 'client 7' $$;
INSERT INTO lead.conversion_target (function) VALUES ('regress_lead_tmf.client');
SELECT pg_temp.new_lead(5, 'CONVERTED') \g /dev/null
SELECT lead.to_tmf699(l) ->> 'relatedParty' FROM lead.lead l WHERE key = 'L5';
DELETE FROM lead.conversion_target;
-- merged into another
SELECT pg_temp.new_lead(6), pg_temp.new_lead(7) \g /dev/null
UPDATE lead.lead SET chars = '{"productOffering": "PO-1"}' WHERE key IN ('L6', 'L7');
SELECT key FROM lead.merge(pg_temp.id(6), ARRAY[pg_temp.id(7)]);
SELECT l.key, lead.to_tmf699(l) ->> 'status', lead.to_tmf699(l) ->> 'statusChangeReason', lead.to_tmf699(l) ->> 'mergedInto', lead.to_tmf622(l) IS NULL FROM lead.lead l WHERE key IN ('L6', 'L7') ORDER BY key;

-- Sources: a channel, unless the register says what else
UPDATE lead.lead_source SET config = '{"tmfTarget": "marketingCampaign"}' WHERE code = 'CAMPAIGN';
UPDATE lead.lead_source SET config = '{"tmfTarget": "marketSegment"}' WHERE code = 'EVENT';
UPDATE lead.lead_source SET config = '{"tmfTarget": "name"}' WHERE code = 'PARTNER';
SELECT code, s.* FROM lead.lead_source, lead.tmf_source_channel(code) s WHERE code IN ('CAMPAIGN', 'EVENT', 'PARTNER', 'WEB') ORDER BY code;
SELECT count(*) FROM lead.tmf_source_channel(NULL);
SELECT * FROM lead.tmf_source_channel('unknown');
UPDATE lead.lead SET lead_source = 'CAMPAIGN' WHERE key = 'L6';
SELECT lead.to_tmf699(l) ->> 'marketingCampaign', lead.to_tmf699(l) ? 'channel', lead.to_tmf622(l) ->> 'channel' FROM lead.lead l WHERE key = 'L6';

-- What values become ------------------------------------------------------------------

SELECT j, coalesce(lead.tmf_revenue(j)::text, '-') FROM unnest(ARRAY['5', '1e300', '"5"', 'null', 'true', '[5]', '{}', '{"amount": 5}', '{"value": 5, "unit": "EUR"}', '{"amount": 5, "currency": null}', '{"amount": 5, "currency": 7}',
	'{"amount": "5", "currency": "EUR"}', '{"amount": "NaN"}', '{"currency": "EUR"}']::jsonb[]) j;
SELECT coalesce(lead.tmf_revenue(NULL)::text, '-');
SELECT j, coalesce((SELECT string_agg(concat_ws(' ', o.ord, o.offering, o.quantity, o.product_chars), '; ' ORDER BY o.ord) FROM lead.tmf_offerings(jsonb_build_object('productOffering', j)) o), '-')
FROM unnest(ARRAY['"PO"', '5', '""', '" PO "', 'null', 'true', '[]', '{}', '["a", null, "", 1.50, {"id": "b"}, ["c"], {"name": "no id"}, "a"]', '{"id": "a", "name": 5, "quantity": "2"}', '{"id": "a", "quantity": 0}',
	'{"id": "a", "quantity": 1.0}', '{"id": "a", "quantity": 1.5}', '{"id": "a", "quantity": 1e400}', '{"id": "a", "quantity": 2147483647}', '{"id": "a", "chars": {"x": null}}', '{"id": "a", "chars": {"x": {"y": null}}}', '{"id": {"id": "a"}}']::jsonb[]) j;
SELECT count(*) FROM lead.tmf_offerings(NULL);
SELECT count(*) FROM lead.tmf_offerings('{"productOfferings": "PO"}');
-- ids of items: two digits, more where there are more
SELECT string_agg(i ->> 'id', ' ') FILTER (WHERE n IN (1, 9, 10, 99, 100, 101))
FROM lead.lead l, jsonb_array_elements(lead.to_tmf622(jsonb_populate_record((l.*)::lead.lead, jsonb_build_object('chars', jsonb_build_object('productOffering', array_fill('x'::text, ARRAY[101]))))) -> 'productOrderItem') WITH ORDINALITY e (i, n)
WHERE l.key = 'L6';
SELECT jsonb_pretty(c.characteristics) FROM lead.tmf_characteristics('{"b": 1.0, "B": 1e-3, "a": "x", "": [], "null": "null", "n": null, "z": {"n": null}, "big": 1e300, "t": false}') c;
SELECT c.characteristics IS NULL FROM unnest(ARRAY['{}', '[]', '5', 'null', '{"x": null}', NULL]::jsonb[]) j, lead.tmf_characteristics(j) c;
SELECT e, coalesce(c.media::text, '-') FROM unnest(ARRAY['"+420603123456"', '{"value": "+420603123456", "primary": true}', '{"value": "x", "primary": "true", "type": 5, "extension": 12}', '{"value": "x", "primary": null, "type": ""}',
	'{"value": "x", "type": "Fax", "extension": "1"}', '{"value": "x", "service": "not for phones"}', '{"value": ""}', '" "', '{"value": 5}', '{"type": "mobile"}', 'null', '5', '[]', '["x"]', '{"value": "</script>\u0001"}']::jsonb[]) e,
	lead.tmf_contact_media(jsonb_build_object('phones', jsonb_build_array(e))) c;
SELECT coalesce(c.media::text, '-') FROM unnest(ARRAY['{"phones": "x", "emails": {}, "websites": null}', '{}', '[]', NULL]::jsonb[]) j, lead.tmf_contact_media(j) c;
SELECT t, lead.tmf_time(t) FROM unnest('{2026-02-03T04:05:06Z,2026-02-03T04:05:06.7Z,2026-02-03T04:05:06.789999Z,0001-01-01T00:00:00Z,9999-12-31T23:59:59.999999Z,infinity,-infinity,0000-01-01T00:00:00Z,12026-02-03T04:05:06Z,2026-02-03T04:05:06+01:00,"2026-02-03 04:05:06Z"}'::text[]) t;
-- times that no document can say are left out
ALTER TABLE lead.lead DISABLE TRIGGER USER;
UPDATE lead.lead SET inserted_at = 'infinity', status_since = '12026-01-01 00:00+00' WHERE key = 'L6';
ALTER TABLE lead.lead ENABLE TRIGGER USER;
SELECT lead.to_tmf699(l) ?| '{creationDate,statusChangeDate}' FROM lead.lead l WHERE key = 'L6';
-- whatever the session's settings are, it is the same document
CREATE TEMP TABLE document AS SELECT l.id, lead.to_tmf699(l) AS document FROM lead.lead l;
SET timezone = 'America/St_Johns';
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'sql_standard';
SET extra_float_digits = -15;
SET lead.language = 'cs';
SELECT count(*) > 10, bool_and(lead.to_tmf699(l) = d.document) FROM document d JOIN lead.lead l USING (id);
RESET datestyle;
RESET intervalstyle;
RESET extra_float_digits;
RESET lead.language;

-- Settings ----------------------------------------------------------------------------

SET lead.tmf_base_path = 'https://crm.example.com/tmf-api/';
SET lead.tmf_medium_words = 'phone=TelephoneNumber, fax = Fax number ,email=Email';
SET lead.tmf_schema_location = 'https://crm.example.com/lead.schema.json';
SELECT lead.to_tmf699(l) ->> 'href', lead.to_tmf699(l) ->> '@schemaLocation', lead.to_tmf699(l, true) ? '@schemaLocation' FROM lead.lead l WHERE key = 'L1';
SELECT jsonb_path_query_array(lead.to_tmf699(l), '$.prospectContact[*].mediumType') FROM lead.lead l WHERE key = 'L1';
SELECT lead.tmf_href(r, 'x') FROM unnest('{salesLead,customer,individual,productOrder}'::text[]) r;
CALL pg_temp.try($$SET lead.tmf_base_path = 'a b'$$);
CALL pg_temp.try($$SET lead.tmf_base_path = '/tmf-api?x'$$);
CALL pg_temp.try($$SET lead.tmf_medium_words = 'phone'$$);
CALL pg_temp.try($$SET lead.tmf_medium_words = 'phone='$$);
CALL pg_temp.try($$SET lead.tmf_medium_words = 'phone = , email=Email'$$);
CALL pg_temp.try($$SET lead.tmf_medium_words = 'phone=a,'$$);
CALL pg_temp.try($$SET lead.tmf_medium_words = 'phone=a=b'$$);
CALL pg_temp.try($$SET lead.tmf_medium_words = 'Phone=a'$$);
CALL pg_temp.try($$SET lead.tmf_medium_words = 'phones=a'$$);
CALL pg_temp.try($$SET lead.tmf_medium_words = ','$$);
CALL pg_temp.try($$SET lead.tmf_medium_words = 'email,=a'$$);
CALL pg_temp.try($$SET lead.tmf_schema_location = 'lead.schema.json'$$);
CALL pg_temp.try($$SET lead.tmf_schema_location = ':x'$$);
CALL pg_temp.try($$SET lead.tmf_schema_location = 'urn:'$$);
CALL pg_temp.try($$SET lead.tmf_schema_location = '1a:x'$$);
CALL pg_temp.try($$SET lead.tmf_schema_location = 'urn:a b'$$);
CALL pg_temp.try($$SET lead.tmf_schema_location = 'urn:žlutý'$$);
CALL pg_temp.try($$SET lead.tmf_schema_location = 'urn:tsm:lead'$$);
SET lead.tmf_medium_words = '';
SELECT lead.tmf_medium_word('phone');
-- in a session that has not loaded the library nothing is set, and what is set there is heard
\c -
\pset format unaligned
\pset tuples_only on
SELECT current_setting('lead.tmf_base_path', true) IS NULL, lead.tmf_href('customer', 'x'), lead.tmf_medium_word('phone');
SET lead.tmf_base_path = '/api';
SET lead.tmf_medium_words = 'web=Website';
SELECT lead.tmf_href('customer', 'x'), lead.tmf_medium_word('web');
SELECT lead.to_tmf699(l) #>> '{prospectContact,5,mediumType}', lead.to_tmf699(l) ->> 'href' FROM lead.lead l WHERE key = 'L1';
RESET ALL;

-- Who may see what --------------------------------------------------------------------

SET client_min_messages = warning;
DROP ROLE IF EXISTS regress_lead_reader;
CREATE ROLE regress_lead_reader;
SELECT FROM lead.grant_access('regress_lead_reader', 'reader');
CREATE POLICY mine ON lead.lead TO regress_lead_reader USING (key IN ('L2', 'L7'));
CREATE POLICY mine ON lead.customer TO regress_lead_reader USING (name <> 'Hartmoor & "Sons"');
CREATE POLICY mine ON lead.person TO regress_lead_reader USING (key = 'P1');
CREATE POLICY mine ON lead.account TO regress_lead_reader USING (false);
INSERT INTO lead.person (key, last_name, lead_id, customer_id) SELECT 'P3', 'Hidden', l.id, v.customer_id FROM lead.lead l JOIN lead.lead_conversion v ON v.lead_id = l.id WHERE l.key = 'L2';
ALTER TABLE lead.lead ENABLE ROW LEVEL SECURITY;
ALTER TABLE lead.person ENABLE ROW LEVEL SECURITY;
ALTER TABLE lead.account ENABLE ROW LEVEL SECURITY;
SET ROLE regress_lead_reader;
-- a customer that may be seen, its account, person and first lead not
SELECT lead.to_tmf629(c) ?| '{account,relatedParty}', lead.to_tmf629(c) ->> 'statusReason', jsonb_path_query_array(lead.to_tmf629(c), '$.salesLead[*].name') FROM lead.customer c WHERE key = 'C1';
RESET ROLE;
ALTER TABLE lead.customer ENABLE ROW LEVEL SECURITY;
SET ROLE regress_lead_reader;
SELECT l.key, lead.to_tmf699(l) ? 'relatedParty', lead.to_tmf699(l) ? 'mergedInto' FROM lead.lead l ORDER BY key;
SELECT lead.to_tmf632(p) ?| '{salesLead,relatedParty}', p.lead_id IS NOT NULL FROM lead.person p;
RESET ROLE;
SELECT l.key, lead.to_tmf699(l) ? 'relatedParty', lead.to_tmf699(l) ? 'mergedInto' FROM lead.lead l WHERE key IN ('L2', 'L7') ORDER BY key;
-- who may not read the tables gets no document of them
REVOKE SELECT ON lead.lead_conversion FROM regress_lead_reader;
SET ROLE regress_lead_reader;
SELECT lead.to_tmf699(l) FROM lead.lead l;
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
DROP OWNED BY regress_lead_reader;
DROP ROLE regress_lead_reader;

-- A hostile search_path, columns of the user's own ----------------------------------------

CREATE TEMP TABLE document AS SELECT l.id, lead.to_tmf699(l) AS document, lead.to_tmf622(l) AS body FROM lead.lead l;
CREATE FUNCTION regress_lead_tmf.trap(jsonb, text) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE FUNCTION regress_lead_tmf.trap(text, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE OPERATOR regress_lead_tmf.-> (LEFTARG = jsonb, RIGHTARG = text, FUNCTION = regress_lead_tmf.trap);
CREATE OPERATOR regress_lead_tmf.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = regress_lead_tmf.trap);
CREATE FUNCTION regress_lead_tmf.jsonb_build_object(VARIADIC "any") RETURNS jsonb LANGUAGE internal AS 'jsonb_build_array';
CREATE FUNCTION regress_lead_tmf.to_jsonb(text) RETURNS jsonb LANGUAGE sql AS $$ SELECT '"trapped"'::jsonb $$;
CREATE FUNCTION regress_lead_tmf.current_setting(text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT 'trapped' $$;
CREATE TABLE regress_lead_tmf.lead_conversion ();
SET search_path = regress_lead_tmf, pg_catalog;
SELECT count(*) OPERATOR(pg_catalog.>) 10, bool_and(lead.to_tmf699(l) OPERATOR(pg_catalog.=) d.document AND (lead.to_tmf622(l) OPERATOR(pg_catalog.=) d.body OR d.body IS NULL)) FROM pg_temp.document d JOIN lead.lead l USING (id);
SELECT '{"a": 1}'::jsonb -> 'a';
\echo :LAST_ERROR_SQLSTATE
RESET search_path;
-- a column can be added, also under our own names, and is not shown
ALTER TABLE lead.lead ADD COLUMN region text DEFAULT 'secret', ADD COLUMN lead int DEFAULT 1, ADD COLUMN l text DEFAULT 'secret', ADD COLUMN name text DEFAULT 'secret';
ALTER TABLE lead.customer ADD COLUMN c text DEFAULT 'secret', ADD COLUMN customer text DEFAULT 'secret';
ALTER TABLE lead.person ADD COLUMN p text DEFAULT 'secret', ADD COLUMN name text DEFAULT 'secret';
SELECT count(*), bool_or(lead.to_tmf699((l.*)::lead.lead)::text LIKE '%secret%'), bool_or(lead.to_tmf622((l.*)::lead.lead)::text LIKE '%secret%') FROM lead.lead l WHERE key IN ('L1', 'L2');
SELECT count(*), bool_or(lead.to_tmf629((c.*)::lead.customer)::text LIKE '%secret%') FROM lead.customer c WHERE key = 'C1';
SELECT count(*) > 0, bool_or(lead.to_tmf632((p.*)::lead.person)::text LIKE '%secret%') FROM lead.person p;
-- they run in parallel workers
SELECT bool_and(p.proparallel = 's' AND p.provolatile <> 'v' AND NOT p.prosecdef) FROM pg_proc p WHERE p.pronamespace = 'lead'::regnamespace AND p.proname ~ '^(to_)?tmf';
DROP SCHEMA regress_lead_tmf CASCADE;
