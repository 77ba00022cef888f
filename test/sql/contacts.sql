\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools
-- Contact lists: what holds for all five, whatever the values. What each kind of
-- value may be: contact_values.sql.

SET client_encoding = 'UTF8';

-- Writes a list into a lead, a person and a customer, by INSERT and by UPDATE,
-- and tells what came of it; once, if all six agree. An error's place is told
-- where it is not <table>.<column>, <table>_<column>_check.
CREATE FUNCTION pg_temp.one(tab text, col text, list jsonb, by_update bool) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	stored text;
	message text; detail text; hint text; schema_name text; table_name text; column_name text; rule text;
BEGIN
	IF by_update THEN
		EXECUTE format('UPDATE lead.%1$I SET %2$I = $1 WHERE key = ''KEPT'' RETURNING %2$I::text', tab, col) INTO STRICT stored USING list;
	ELSE
		EXECUTE format(CASE tab
			WHEN 'lead' THEN 'INSERT INTO lead.%1$I (party_name, lead_type, lead_rating, lead_source, %2$I) VALUES (''Party'', ''B2B'', ''HOT'', ''WEB'', $1) RETURNING %2$I::text'
			WHEN 'person' THEN 'INSERT INTO lead.%1$I (last_name, %2$I) VALUES (''Party'', $1) RETURNING %2$I::text'
			ELSE 'INSERT INTO lead.%1$I (name, %2$I) VALUES (''Party'', $1) RETURNING %2$I::text' END, tab, col) INTO STRICT stored USING list;
	END IF;
	RETURN stored;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
		schema_name = SCHEMA_NAME, table_name = TABLE_NAME, column_name = COLUMN_NAME, rule = CONSTRAINT_NAME;
	RETURN concat_ws(E'\n', SQLSTATE || ': ' || message, 'DETAIL: ' || detail, 'HINT: ' || hint,
		CASE WHEN (schema_name, table_name, column_name, rule) <> ('lead', tab, col, tab || '_' || col || '_check')
			THEN format('AT: %s.%s.%s, %s', schema_name, table_name, column_name, rule) END);
END $$;
CREATE PROCEDURE pg_temp.put(col text, list jsonb) LANGUAGE plpgsql AS $$
DECLARE
	results text[];
BEGIN
	SELECT array_agg(DISTINCT pg_temp.one(tab, col, list, by_update))
	INTO results FROM unnest('{lead,person,customer}'::text[]) tab, unnest('{f,t}'::bool[]) by_update;
	RAISE INFO '%', array_to_string(results, E'\nAND: ');
END $$;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('KEPT', 'Party', 'B2B', 'HOT', 'WEB');
INSERT INTO lead.person (key, last_name) VALUES ('KEPT', 'Party');
INSERT INTO lead.customer (key, name) VALUES ('KEPT', 'Party');

-- Bare strings and objects ---------------------------------------------------

CALL pg_temp.put('phones', NULL);
CALL pg_temp.put('phones', '[]');
CALL pg_temp.put('phones', '["+420603123456"]');
CALL pg_temp.put('phones', '[{"value": "+420603123456"}, "+442079460018"]');
CALL pg_temp.put('emails', '["jo@Example.COM"]');
CALL pg_temp.put('websites', '["WWW.Example.com/Contact"]');
CALL pg_temp.put('data_boxes', '["6BNAAWP", " 48ia97h "]');
CALL pg_temp.put('contact_instants', '["@jo", {"value": "jo.12", "service": "signal"}]');

-- Order and unknown members are kept, whatever they hold; so are members of ours,
-- in whatever list they stand.
CALL pg_temp.put('emails', '[{"value": "b@example.com"}, {"value": "a@example.com"}, {"value": "c@example.com"}]');
CALL pg_temp.put('emails', '[{"x": null, "Value": 1, "value": "JO@EXAMPLE.com", "PRIMARY": "yes", "tags": ["b", "a", {"y": [[]]}], "": 1.50}]');
CALL pg_temp.put('emails', '[{"value": "a@example.com", "type": "work", "primary": true, "description": " as written ", "service": "", "extension": "x"}]');

-- Members of ours that are null are as good as absent.
CALL pg_temp.put('emails', '[{"value": "a@example.com", "type": null, "primary": null, "description": null, "service": null, "extension": null, "other": null}]');

-- What is no list or no entry -------------------------------------------------

CALL pg_temp.put('phones', 'null');
CALL pg_temp.put('phones', '"+420603123456"');
CALL pg_temp.put('phones', '12');
CALL pg_temp.put('phones', 'true');
CALL pg_temp.put('phones', '{"value": "+420603123456"}');
CALL pg_temp.put('phones', '["+420603123456", 420603123456]');
CALL pg_temp.put('phones', '[null]');
CALL pg_temp.put('phones', '[true]');
CALL pg_temp.put('phones', '[["+420603123456"]]');
CALL pg_temp.put('phones', '[[]]');

-- value is required, and text
CALL pg_temp.put('emails', '["a@example.com", {}]');
CALL pg_temp.put('emails', '[{"address": "a@example.com"}]');
CALL pg_temp.put('emails', '[{"VALUE": "a@example.com"}]');
CALL pg_temp.put('emails', '[{"value": null}]');
CALL pg_temp.put('phones', '[{"value": 420603123456}]');
CALL pg_temp.put('emails', '[{"value": ["a@example.com"]}]');
CALL pg_temp.put('emails', '[{"value": {"value": "a@example.com"}}]');
CALL pg_temp.put('emails', '[""]');
CALL pg_temp.put('contact_instants', '[" \t "]');
CALL pg_temp.put('contact_instants', '["\u00a0\u200b"]');

-- members of ours have a type
CALL pg_temp.put('emails', '[{"value": "a@example.com", "primary": "true"}]');
CALL pg_temp.put('emails', '[{"value": "a@example.com", "primary": 1}]');
CALL pg_temp.put('emails', '[{"value": "a@example.com", "primary": []}]');
CALL pg_temp.put('emails', '[{"value": "a@example.com", "type": 1}]');
CALL pg_temp.put('emails', '[{"value": "a@example.com", "type": ["work"]}]');
CALL pg_temp.put('emails', '[{"value": "a@example.com", "description": {}}]');
CALL pg_temp.put('contact_instants', '[{"value": "jo", "service": false}]');
CALL pg_temp.put('phones', '[{"value": "+420603123456", "extension": 12}]');

-- A value that is not understood ----------------------------------------------
-- Each list has its own hint; the entry is named by its index from 0.

CALL pg_temp.put('phones', '["+420603123456", "call me"]');
CALL pg_temp.put('emails', '["a@example.com", "b@example.com", {"type": "work", "value": "jo"}]');
CALL pg_temp.put('websites', '["ftp://example.com"]');
CALL pg_temp.put('data_boxes', '["6bnaawq"]');
CALL pg_temp.put('contact_instants', '["jo\nann"]');
CALL pg_temp.put('contact_instants', '[{"value": "jo\u0007", "service": "irc"}]');

-- Primary ---------------------------------------------------------------------

CALL pg_temp.put('emails', '[{"value": "a@example.com", "primary": false}, {"value": "b@example.com", "primary": true}]');
CALL pg_temp.put('emails', '[{"value": "a@example.com", "primary": false}, {"value": "b@example.com", "primary": false}]');
CALL pg_temp.put('emails', '[{"value": "a@example.com", "primary": true}, "b@example.com", {"value": "c@example.com", "primary": true}]');
-- a repeat of the primary entry is a repeat, not a second one
CALL pg_temp.put('emails', '[{"value": "a@example.com", "primary": true}, {"value": "a@EXAMPLE.com", "primary": true}]');

-- Exact repeats ---------------------------------------------------------------
-- Entries that are equal in normal form, whatever they were before.

CALL pg_temp.put('phones', '["+420603123456", "+442079460018", "+420603123456", {"value": "+420603123456"}, {"value": "+420603123456", "type": null}]');
CALL pg_temp.put('websites', '["example.com", "https://example.com/", "HTTPS://EXAMPLE.COM:443"]');
CALL pg_temp.put('phones', '["+420603123456", {"value": "+420603123456", "type": "mobile"}, {"value": "+420603123456", "x": 1}, {"value": "+420603123456", "x": 1.0}, {"x": 2, "value": "+420603123456"}]');
CALL pg_temp.put('emails', '["A@example.com", "a@example.com"]');

-- Limits ------------------------------------------------------------------------

SELECT jsonb_agg('u' || n || '@example.com') AS hundred FROM generate_series(1, 100) n \gset
SELECT jsonb_array_length(pg_temp.one(t, 'emails', :'hundred', u)::jsonb) AS entries, t, u
FROM unnest('{lead,person,customer}'::text[]) t, unnest('{f,t}'::bool[]) u;
CALL pg_temp.put('emails', (:'hundred'::jsonb || '"v@example.com"'));
-- counted as they are given, repeats too
CALL pg_temp.put('emails', array_to_json(array_fill('a@example.com'::text, '{101}'))::jsonb);
-- 2,000 characters, not bytes
SELECT length(pg_temp.one('lead', 'contact_instants', jsonb_build_array(repeat('ž', 2000)), false)::jsonb -> 0 ->> 'value');
CALL pg_temp.put('contact_instants', jsonb_build_array(repeat('ž', 2001)));
CALL pg_temp.put('phones', jsonb_build_array(repeat('0', 2001)));
-- what is refused is shown, not all of it where it is long
CALL pg_temp.put('data_boxes', jsonb_build_array(repeat('é', 100)));
CALL pg_temp.put('data_boxes', jsonb_build_array(repeat('é', 101)));
CALL pg_temp.put('emails', '["%s%n%d", "%"]');
-- members that we only keep have no limit
SELECT length(pg_temp.one('lead', 'emails', jsonb_build_array(jsonb_build_object('value', 'a@example.com', 'description', repeat('x', 5000))), false)::jsonb -> 0 ->> 'description');

-- Extensions --------------------------------------------------------------------

CALL pg_temp.put('phones', '["+44 20 7946 0018 ext. 12"]');
CALL pg_temp.put('phones', '[{"value": "+442079460018", "extension": "12"}]');
CALL pg_temp.put('phones', '[{"value": "+44 20 7946 0018 ext. 12", "extension": "12", "type": "office"}]');
CALL pg_temp.put('phones', '[{"value": "+44 20 7946 0018 ext. 12", "extension": null}]');
CALL pg_temp.put('phones', '[{"value": "+44 20 7946 0018 ext. 12", "extension": "13"}]');
CALL pg_temp.put('phones', '["+44 20 7946 0018 ext. 12", {"value": "+442079460018", "extension": "12"}, "+442079460018", "+44 20 7946 0018 ext. 13"]');

-- Only what changes is looked at --------------------------------------------------
-- A list stored before there were rules stays as it is while other columns change.

SET session_replication_role = replica;
UPDATE lead.lead SET emails = '["a@EXAMPLE.com", "a@EXAMPLE.com", {"value": "jo"}, {"primary": true}, {"primary": true}, 1, null]', websites = '[{"value": "x"}]' WHERE key = 'KEPT';
UPDATE lead.person SET emails = l.emails, websites = l.websites FROM lead.lead l WHERE l.key = 'KEPT' AND person.key = 'KEPT';
UPDATE lead.customer SET emails = l.emails, websites = l.websites FROM lead.lead l WHERE l.key = 'KEPT' AND customer.key = 'KEPT';
RESET session_replication_role;
UPDATE lead.lead SET description = 'changed', party_name = 'Changed', phones = '["+442079460018"]' WHERE key = 'KEPT' RETURNING emails, match_keys;
UPDATE lead.person SET last_name = 'Changed', phones = '["+442079460018"]' WHERE key = 'KEPT' RETURNING emails;
UPDATE lead.customer SET name = 'Changed', phones = '["+442079460018"]' WHERE key = 'KEPT' RETURNING emails, match_keys;
-- changed, it is looked at
CALL pg_temp.try($$UPDATE lead.lead SET emails = emails || '"b@example.com"' WHERE key = 'KEPT'$$);

-- Primary in the views ------------------------------------------------------------

UPDATE lead.lead SET emails = '["a@example.com", "b@example.com"]',
	phones = '[{"value": "+420603123456", "primary": false}, {"value": "+442079460018", "primary": true}]', websites = NULL WHERE key = 'KEPT';
SELECT primary_phone, primary_email, primary_website FROM lead.lead_report WHERE key = 'KEPT';

-- lead.default_region ---------------------------------------------------------------
-- An ISO code in capitals or nothing; set for a session, a role, a database. What
-- stands in the row decides nothing of it.

SET lead.default_region = 'cz';
SET lead.default_region = 'CZE';
SET lead.default_region = 'C';
SET lead.default_region = '42';
SET lead.default_region = ' CZ';
SET lead.default_region = 'ČZ';
CALL pg_temp.put('phones', '["603 123 456"]');
SET lead.default_region = 'CZ';
CALL pg_temp.put('phones', '["603 123 456"]');
SET lead.default_region = 'SK';
CALL pg_temp.put('phones', '["0905 123 456", "+420 603 123 456"]');
-- two letters that are no country
SET lead.default_region = 'ZZ';
CALL pg_temp.put('phones', '["603 123 456"]');
CALL pg_temp.put('phones', '["+420 603 123 456"]');
SET lead.default_region = '';
CALL pg_temp.put('phones', '["603 123 456"]');
RESET lead.default_region;
SHOW lead.default_region;

\set owner :USER
CREATE ROLE regress_lead_slovak;
ALTER ROLE regress_lead_slovak SET lead.default_region = 'Slovakia';
ALTER ROLE regress_lead_slovak SET lead.default_region = 'SK';
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET lead.default_region = ''CZ''', current_database()); END $$;
SELECT lead.grant_access('regress_lead_slovak', 'agent');
\c -
INSERT INTO lead.customer (name, phones) VALUES ('Party', '["603 123 456"]') RETURNING phones;
BEGIN;
SET LOCAL lead.default_region = 'GB';
INSERT INTO lead.customer (name, phones) VALUES ('Party', '["020 7946 0018"]') RETURNING phones;
ROLLBACK;
SHOW lead.default_region;
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET lead.default_region', current_database()); END $$;
ALTER ROLE regress_lead_slovak LOGIN;
\c - regress_lead_slovak
INSERT INTO lead.customer (name, phones) VALUES ('Party', '["0905 123 456"]') RETURNING phones;
\c - :owner
-- set before the first use of the extension in a session, it is judged at that use
SET lead.default_region = 'Slovakia';
INSERT INTO lead.customer (name, phones) VALUES ('Party', '["0905 123 456"]');
SELECT lead.revoke_access('regress_lead_slovak');
DROP ROLE regress_lead_slovak;
