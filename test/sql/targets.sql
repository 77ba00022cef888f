-- Conversion into tables of the user's own, through lead.conversion_target.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
SET client_min_messages = warning;

CREATE FUNCTION pg_temp.id(number int) RETURNS uuid IMMUTABLE LANGUAGE sql AS
	$$ SELECT ('00000000-0000-0000-0000-' || lpad(number::text, 12, '0'))::uuid $$;
CREATE PROCEDURE pg_temp.add(number int, type text DEFAULT 'B2B') LANGUAGE sql AS $$
	INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type)
	VALUES (pg_temp.id(number), 'L' || number, 'Party ' || number, 'WARM', 'WEB', type) $$;
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; place text; about text;
BEGIN
	EXECUTE statement;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, place = TABLE_NAME, about = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(' ', SQLSTATE, message || '.', nullif(about, ''), CASE WHEN place <> '' THEN format('[%s]', place) END);
END $$;
-- Number and content of the rows of every table that a conversion may touch.
CREATE FUNCTION pg_temp.state() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	place regclass; one text; everything text := '';
BEGIN
	FOR place IN SELECT oid FROM pg_class WHERE relkind = 'r'
		AND relnamespace IN ('lead'::regnamespace, 'crm'::regnamespace) ORDER BY relname
	LOOP
		EXECUTE format('SELECT concat_ws('':'', %L, count(*), string_agg(t::text, ''|'' ORDER BY t::text)) FROM %s t', place, place) INTO one;
		everything := everything || one || E'\n';
	END LOOP;
	RETURN md5(everything);
END $$;

DROP SCHEMA IF EXISTS crm CASCADE;
CREATE SCHEMA crm;
CREATE TABLE crm.client (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, leads int NOT NULL DEFAULT 1);
CREATE TABLE crm.call (n int GENERATED ALWAYS AS IDENTITY, function text, lead_key text, customer_ref text, data jsonb, written jsonb);
CREATE FUNCTION crm.to_client(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	client int;
BEGIN
	INSERT INTO crm.call (function, lead_key, customer_ref, data, written)
	VALUES ('to_client', lead.key, customer_ref, processing_data, lead.processing_data(lead.id));
	IF customer_ref IS NULL THEN
		INSERT INTO crm.client (name) VALUES (lead.party_name) RETURNING id INTO client;
	ELSE
		UPDATE crm.client c SET leads = leads + 1 WHERE c.id = customer_ref::int RETURNING c.id INTO STRICT client;
	END IF;
	RETURN client;
END $$;
CREATE FUNCTION crm.to_person(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE sql AS $$
	INSERT INTO crm.call (function, lead_key, customer_ref) VALUES ('to_person', lead.key, customer_ref)
	RETURNING coalesce(customer_ref, 'P-' || lead.key);
$$;

-- Which target serves which lead ------------------------------------------------

INSERT INTO lead.conversion_target (lead_type, function) VALUES ('B2C', 'crm.to_person');
CALL pg_temp.add(1); CALL pg_temp.add(2, 'B2C'); CALL pg_temp.add(3); CALL pg_temp.add(4, 'B2C'); CALL pg_temp.add(5);
SELECT kind, customer_id IS NOT NULL AS customer, customer_ref FROM lead.convert(pg_temp.id(1));
SELECT kind, customer_id, account_id, customer_ref FROM lead.convert(pg_temp.id(2));
-- one for all other types
INSERT INTO lead.conversion_target (function) VALUES ('crm.to_client');
SELECT customer_id, customer_ref FROM lead.convert(pg_temp.id(3));
SELECT customer_id, customer_ref FROM lead.convert(pg_temp.id(4));
SELECT function, lead_key FROM crm.call ORDER BY n;
-- it follows the code of its type
UPDATE lead.lead_type SET code = 'RESIDENT' WHERE code = 'B2C';
CALL pg_temp.add(6, 'RESIDENT');
SELECT customer_ref FROM lead.convert(pg_temp.id(6));
-- one for a type, one for all others, no two
SELECT pg_temp.try($$INSERT INTO lead.conversion_target (function) VALUES ('crm.to_person')$$);
SELECT pg_temp.try($$INSERT INTO lead.conversion_target (lead_type, function) VALUES ('RESIDENT', 'crm.to_client')$$);
SELECT pg_temp.try($$INSERT INTO lead.conversion_target (lead_type, function) VALUES ('NONE', 'crm.to_client')$$) LIKE '23503%' AS refused;
-- a conversion elsewhere asks no target
SELECT kind, external_system FROM lead.convert_external(pg_temp.id(5), 'SAP');
SELECT count(*) AS calls FROM crm.call;

-- What is written ----------------------------------------------------------------

CALL pg_temp.add(10);
UPDATE lead.lead SET status = 'WORKING', description = 'something' WHERE key = 'L10';
INSERT INTO lead.person (key, last_name, lead_id) VALUES ('P10', 'Of the lead', pg_temp.id(10));
SELECT count(*) AS customers, (SELECT count(*) FROM lead.account) AS accounts FROM lead.customer \gset
SELECT kind, version, from_status, customer_id, account_id, customer_ref,
	external_system, person_ids, reason FROM lead.convert(pg_temp.id(10), reason => 'signed');
SELECT l.status, l.status_reason, l.version, p.customer_id FROM lead.lead l JOIN lead.person p ON p.lead_id = l.id WHERE l.key = 'L10';
SELECT count(*) = :customers AS no_customer, (SELECT count(*) = :accounts FROM lead.account) AS no_account FROM lead.customer;
SELECT c.id::text = v.customer_ref AS referred, c.name, c.leads FROM crm.client c JOIN lead.lead_conversion v ON v.lead_id = pg_temp.id(10) ORDER BY c.id DESC LIMIT 1;
SELECT from_status, to_status, reason FROM lead.lead_status_change WHERE lead_id = pg_temp.id(10) ORDER BY version;

-- Attaching by reference, again, and elsewhere --------------------------------------

CALL pg_temp.add(11); CALL pg_temp.add(12);
SELECT customer_ref FROM lead.convert(pg_temp.id(11), customer_ref => '1');
SELECT id, leads FROM crm.client ORDER BY id;
SELECT count(*) AS calls FROM crm.call \gset
SELECT version, customer_ref FROM lead.convert(pg_temp.id(11));
SELECT version, customer_ref FROM lead.convert(pg_temp.id(11), customer_ref => '1');
SELECT lead.convert(pg_temp.id(11), customer_ref => '2');
\echo :LAST_ERROR_SQLSTATE
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(11), pg_temp.id(900))$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.convert_external(pg_temp.id(11), 'SAP')$$);
-- customers of another table are not known by customer_id
SELECT lead.convert(pg_temp.id(12), pg_temp.id(900));
\echo :LAST_ERROR_SQLSTATE
-- one that the target does not know is the target's error
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(12), customer_ref => '999')$$);
SELECT count(*) = :calls AS no_call, (SELECT status FROM lead.lead WHERE key = 'L12') AS status FROM crm.call;

-- After a reversal the target gets its reference again, unless one is named
SELECT status FROM lead.revert_conversion(pg_temp.id(11), 'test');
SELECT customer_ref FROM lead.convert(pg_temp.id(11));
SELECT status FROM lead.revert_conversion(pg_temp.id(11), 'test');
SELECT customer_ref FROM lead.convert(pg_temp.id(11), customer_ref => '2');
SELECT lead_key, customer_ref FROM crm.call ORDER BY n DESC LIMIT 2;
SELECT version, customer_ref, reverted_at IS NULL AS open FROM lead.lead_conversion WHERE lead_id = pg_temp.id(11) ORDER BY version;
-- from the built-in customer to the user's own and back: each has its own reference
SELECT status FROM lead.revert_conversion(pg_temp.id(1), 'test');
SELECT customer_id, customer_ref IS NOT NULL AS referred FROM lead.convert(pg_temp.id(1));
SELECT customer_ref FROM crm.call WHERE lead_key = 'L1';
SELECT status FROM lead.revert_conversion(pg_temp.id(1), 'test');
BEGIN;
DELETE FROM lead.conversion_target WHERE lead_type IS NULL;
SELECT customer_id = (SELECT customer_id FROM lead.lead_conversion WHERE lead_id = pg_temp.id(1) AND version = 2) AS same_as_before, customer_ref
FROM lead.convert(pg_temp.id(1));
SELECT count(*) = :customers AS no_other FROM lead.customer;
ROLLBACK;

-- processing_data reaches the target --------------------------------------------------

CALL pg_temp.add(15); CALL pg_temp.add(16); CALL pg_temp.add(17);
SELECT kind FROM lead.convert(pg_temp.id(15), processing_data => '{"via": "argument"}');
BEGIN;
UPDATE lead.lead SET processing_data = '{"via": "update"}' WHERE key = 'L16';
SELECT kind FROM lead.convert(pg_temp.id(16));
COMMIT;
SELECT kind FROM lead.convert(pg_temp.id(17));
SELECT lead_key, data, written FROM crm.call WHERE lead_key IN ('L15', 'L16', 'L17') ORDER BY n;
SELECT count(*) AS stored FROM lead.lead WHERE processing_data IS NOT NULL;

-- What a target must return ----------------------------------------------------------------

CREATE FUNCTION crm.returns(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO crm.client (name) VALUES (lead.key);
	RETURN processing_data #>> '{}';
END $$;
UPDATE lead.conversion_target SET function = 'crm.returns' WHERE lead_type IS NULL;
CALL pg_temp.add(20);
SELECT pg_temp.state() AS state \gset
SELECT lead.convert(pg_temp.id(20));
\echo :LAST_ERROR_SQLSTATE
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(20), processing_data => '" \t\n"')$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(20), processing_data => '""')$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(20), processing_data => to_jsonb(repeat('ž', 201)))$$);
SELECT pg_temp.state() = :'state' AS no_trace;
SELECT length(customer_ref) FROM lead.convert(pg_temp.id(20), processing_data => to_jsonb(repeat('ž', 200)));
-- a STRICT function is not called without a reference, so it returns none
CALL pg_temp.add(21);
ALTER FUNCTION crm.to_person(lead.lead, text, jsonb) STRICT;
UPDATE lead.conversion_target SET function = 'crm.to_person' WHERE lead_type IS NULL;
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(21), processing_data => '1')$$);
SELECT customer_ref FROM lead.convert(pg_temp.id(21), customer_ref => 'mine', processing_data => '1');
ALTER FUNCTION crm.to_person(lead.lead, text, jsonb) CALLED ON NULL INPUT;

-- Functions that cannot be one: refused when stored ---------------------------------------------

CREATE FUNCTION crm.two(lead.lead, text) RETURNS text LANGUAGE sql AS 'SELECT ''x''';
CREATE FUNCTION crm.order(text, lead.lead, jsonb) RETURNS text LANGUAGE sql AS 'SELECT ''x''';
CREATE FUNCTION crm.of_record(record, text, jsonb) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN ''x''; END';
CREATE FUNCTION crm.returns_int(lead.lead, text, jsonb) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION crm.returns_set(lead.lead, text, jsonb) RETURNS SETOF text LANGUAGE sql AS 'SELECT ''x''';
CREATE FUNCTION crm.returns_nothing(lead.lead, text, jsonb) RETURNS void LANGUAGE sql AS '';
CREATE PROCEDURE crm.procedure(lead.lead, text, jsonb) LANGUAGE sql AS '';
CREATE FUNCTION crm."Odd Name"(lead.lead, text, jsonb) RETURNS text LANGUAGE sql AS 'SELECT ''odd''';
SELECT name, pg_temp.try(format('UPDATE lead.conversion_target SET function = %L WHERE lead_type IS NULL', name)) FROM (VALUES
	(1, 'crm.none'), (2, 'none.to_client'), (3, 'to_client'), (4, 'db.crm.to_client'), (5, 'crm.to_client(lead.lead, text, jsonb)'),
	(6, 'crm.'), (7, 'crm.two'), (8, 'crm.order'), (9, 'crm.of_record'), (10, 'crm.returns_int'), (11, 'crm.returns_set'),
	(12, 'crm.returns_nothing'), (13, 'crm.procedure'), (14, 'CRM.to_client; DROP TABLE crm.client'), (15, ' '), (16, NULL),
	(17, 'crm.Odd Name')) t (n, name) ORDER BY n;
UPDATE lead.conversion_target SET function = 'nowhere.at_all' WHERE lead_type IS NULL;
\echo :LAST_ERROR_SQLSTATE
-- names are read as SQL reads them
UPDATE lead.conversion_target SET function = 'crm."Odd Name"' WHERE lead_type IS NULL;
CALL pg_temp.add(25);
SELECT customer_ref FROM lead.convert(pg_temp.id(25));

-- Functions that have gone, or changed: refused when used, with all else that stands against it --------

CREATE FUNCTION crm.passing(lead.lead, text, jsonb) RETURNS text LANGUAGE sql AS 'SELECT ''passed''';
UPDATE lead.conversion_target SET function = 'crm.passing' WHERE lead_type IS NULL;
CALL pg_temp.add(26);
SELECT pg_temp.state() AS state \gset
INSERT INTO lead.lead_status_rule (from_status, to_status, needs_reason) VALUES ('NEW', 'CONVERTED', true);
DROP FUNCTION crm.passing(lead.lead, text, jsonb);
SELECT lead.convert(pg_temp.id(26));
\echo :LAST_ERROR_SQLSTATE
DELETE FROM lead.lead_status_rule;
SELECT lead.convert(pg_temp.id(26));
\echo :LAST_ERROR_SQLSTATE
CREATE FUNCTION crm.passing(lead.lead, text, jsonb) RETURNS int LANGUAGE sql AS 'SELECT 1';
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(26))$$);
DROP FUNCTION crm.passing(lead.lead, text, jsonb);
CREATE FUNCTION crm.passing(lead.lead, text, jsonb) RETURNS text LANGUAGE sql AS 'SELECT ''passed''';
ALTER FUNCTION crm.passing(lead.lead, text, jsonb) RENAME TO passed;
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(26))$$);
ALTER FUNCTION crm.passed(lead.lead, text, jsonb) RENAME TO passing;
ALTER SCHEMA crm RENAME TO crm2;
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(26))$$);
ALTER SCHEMA crm2 RENAME TO crm;
CREATE ROLE regress_lead_stranger;
ALTER FUNCTION crm.passing(lead.lead, text, jsonb) OWNER TO regress_lead_stranger;
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(26))$$);
DROP OWNED BY regress_lead_stranger;
DROP ROLE regress_lead_stranger;
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(26))$$);
SELECT pg_temp.state() = :'state' AS no_trace;
CREATE FUNCTION crm.passing(lead.lead, text, jsonb) RETURNS text LANGUAGE sql AS 'SELECT ''passed''';
SELECT customer_ref FROM lead.convert(pg_temp.id(26));

-- What a target may do, and what not -------------------------------------------------------------

-- "why" in processing_data chooses
CREATE FUNCTION crm.acts(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
	own crm.client; key text := lead.key; id uuid := lead.id; status lead.lead_status := lead.status;
BEGIN
	INSERT INTO crm.client (name) VALUES (key) RETURNING * INTO own;
	CASE processing_data ->> 'why'
		WHEN 'fails' THEN RAISE EXCEPTION 'no more clients today' USING ERRCODE = 'XX123';
		WHEN 'divides' THEN PERFORM 1 / 0;
		WHEN 'edits' THEN UPDATE lead.lead l SET description = 'edited', chars = '{"edited": true}' WHERE l.id = id;
		WHEN 'moves' THEN UPDATE lead.lead l SET status = 'WORKING' WHERE l.id = id;
		WHEN 'moves and returns' THEN
			UPDATE lead.lead l SET status = 'IN_PROGRESS' WHERE l.id = id;
			UPDATE lead.lead l SET status = 'LATER', deferred_until = '2999-01-01' WHERE l.id = id;
			UPDATE lead.lead l SET status = 'NEW' WHERE l.id = id;
		WHEN 'enters' THEN UPDATE lead.lead l SET status = 'CONVERTED' WHERE l.id = id;
		WHEN 'deletes' THEN DELETE FROM lead.lead l WHERE l.id = id;
		WHEN 'spoils' THEN UPDATE lead.lead l SET lead_rating = 'COLD' WHERE l.id = id;
		WHEN 'recurses' THEN PERFORM lead.convert(id, processing_data => processing_data);
		WHEN 'converts it first' THEN PERFORM lead.convert(id, processing_data => '{}');
		WHEN 'converts it elsewhere' THEN PERFORM lead.convert_external(id, 'SAP');
		WHEN 'converts another' THEN PERFORM lead.convert(pg_temp.id(59), processing_data => '{}');
		WHEN 'sets the path' THEN PERFORM set_config('search_path', 'evil, pg_catalog', false);
		WHEN 'sets the role' THEN EXECUTE 'SET ROLE regress_lead_other';
		WHEN 'sets the session' THEN EXECUTE 'SET SESSION AUTHORIZATION regress_lead_other';
		WHEN 'resets the role' THEN EXECUTE 'RESET ROLE';
		WHEN 'catches' THEN
			BEGIN
				INSERT INTO crm.client (name) VALUES ('rolled back');
				UPDATE lead.lead l SET description = 'rolled back' WHERE l.id = id;
				PERFORM lead.convert(pg_temp.id(59), processing_data => '{"why": "fails"}');
			EXCEPTION WHEN SQLSTATE 'XX123' THEN
				RAISE WARNING 'caught: %', SQLERRM;
			END;
		ELSE NULL;
	END CASE;
	RETURN own.id;
END $$;
UPDATE lead.conversion_target SET function = 'crm.acts' WHERE lead_type IS NULL;
DO $$ BEGIN FOR n IN 40..59 LOOP CALL pg_temp.add(n); END LOOP; END $$;

-- its error is the statement's, and leaves no trace
SELECT pg_temp.state() AS state \gset
SELECT lead.convert(pg_temp.id(40), processing_data => '{"why": "fails"}');
\echo :LAST_ERROR_SQLSTATE
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(40), processing_data => '{"why": "divides"}')$$);
SELECT pg_temp.state() = :'state' AS no_trace;
SELECT key, status, version FROM lead.lead WHERE key = 'L40';
-- nor does it stand in the way of the next call, in the same transaction
BEGIN;
SAVEPOINT s;
SELECT lead.convert(pg_temp.id(40), processing_data => '{"why": "fails"}');
ROLLBACK TO s;
SELECT kind, version FROM lead.convert(pg_temp.id(40));
COMMIT;

-- it may edit the lead: the edit is kept, the conversion comes after it
SELECT version, from_status FROM lead.convert(pg_temp.id(41), processing_data => '{"why": "edits"}');
SELECT status, version, description, chars FROM lead.lead WHERE key = 'L41';
SELECT version, from_status, to_status FROM lead.lead_status_change WHERE lead_id = pg_temp.id(41) ORDER BY version;
-- but leaves the status to the conversion
SELECT lead.convert(pg_temp.id(42), processing_data => '{"why": "moves"}');
\echo :LAST_ERROR_SQLSTATE
SELECT version, from_status FROM lead.convert(pg_temp.id(43), processing_data => '{"why": "moves and returns"}');
SELECT pg_temp.state() AS state \gset
SELECT why, pg_temp.try(format('SELECT lead.convert(pg_temp.id(44), processing_data => %L)', jsonb_build_object('why', why)))
FROM (VALUES (1, 'enters'), (2, 'converts it first'), (3, 'converts it elsewhere'), (4, 'deletes')) t (n, why) ORDER BY n;
-- the rules are asked once more about the lead as the target left it
INSERT INTO lead.lead_status_rule (from_status, to_status, condition, message) VALUES ('NEW', 'CONVERTED', '$.leadRating != "COLD"', 'Not when cold.');
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(44), processing_data => '{"why": "spoils"}')$$);
DELETE FROM lead.lead_status_rule;
SELECT pg_temp.state() = :'state' AS no_trace;
-- a target that would have no end is stopped
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(44), processing_data => '{"why": "recurses"}')$$);
SELECT pg_temp.state() = :'state' AS no_trace;
-- another lead may be converted on the way
SELECT version, from_status FROM lead.convert(pg_temp.id(45), processing_data => '{"why": "converts another"}');
SELECT l.key, l.status, v.customer_ref = c.id::text AS own_client
FROM lead.lead l JOIN lead.lead_conversion v ON v.lead_id = l.id JOIN crm.client c ON c.name = l.key WHERE l.key IN ('L45', 'L59') ORDER BY l.key;
SELECT status FROM lead.revert_conversion(pg_temp.id(59), 'test');
-- an error that it catches undoes what was done inside, and nothing else
SELECT version, from_status FROM lead.convert(pg_temp.id(46), processing_data => '{"why": "catches"}');
SELECT key, status, description FROM lead.lead WHERE key IN ('L46', 'L59') ORDER BY key;
SELECT count(*) AS rolled_back FROM crm.client WHERE name = 'rolled back';
-- the role cannot be changed
CREATE ROLE regress_lead_other;
SELECT why, pg_temp.try(format('SELECT lead.convert(pg_temp.id(47), processing_data => %L)', jsonb_build_object('why', why)))
FROM (VALUES (1, 'sets the role'), (2, 'sets the session'), (3, 'resets the role')) t (n, why) ORDER BY n;
SELECT current_user = session_user AS same_user, status FROM lead.lead WHERE key = 'L47';
DROP ROLE regress_lead_other;
-- a search_path that it leaves behind is of no consequence: what is ours names its schema
CREATE SCHEMA evil;
CREATE FUNCTION evil.no(uuid, uuid) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''evil operator''; END';
CREATE FUNCTION evil.no(lead.lead_status, lead.lead_status) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''evil operator''; END';
CREATE FUNCTION evil.no(int, int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''evil operator''; END';
CREATE OPERATOR evil.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = evil.no);
CREATE OPERATOR evil.= (LEFTARG = lead.lead_status, RIGHTARG = lead.lead_status, FUNCTION = evil.no);
CREATE OPERATOR evil.= (LEFTARG = int, RIGHTARG = int, FUNCTION = evil.no);
CREATE FUNCTION evil.convert(uuid) RETURNS text LANGUAGE sql AS 'SELECT ''evil''';
SELECT version, from_status FROM lead.convert(pg_temp.id(48), processing_data => '{"why": "sets the path"}');
SHOW search_path;
SELECT status FROM lead.revert_conversion('00000000-0000-0000-0000-000000000048', 'test');
SELECT kind FROM lead.convert('00000000-0000-0000-0000-000000000048');
RESET search_path;
DROP SCHEMA evil CASCADE;

-- Columns that the user adds and drops ------------------------------------------------------------

CREATE FUNCTION crm.sees(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN concat_ws('/', lead.key, lead.lead_type, lead.version, lead.edited_at IS NOT NULL, to_jsonb(lead) ->> 'score', to_jsonb(lead) ->> 'region');
END $$;
UPDATE lead.conversion_target SET function = 'crm.sees' WHERE lead_type IS NULL;
SELECT customer_ref FROM lead.convert(pg_temp.id(50));
-- a default that stored rows get without being written
ALTER TABLE lead.lead ADD COLUMN score int DEFAULT 7;
SELECT customer_ref FROM lead.convert(pg_temp.id(51));
ALTER TABLE lead.lead ADD COLUMN gone text DEFAULT 'gone', ADD COLUMN region text;
UPDATE lead.lead SET region = 'Brno', score = 8 WHERE key = 'L52';
ALTER TABLE lead.lead DROP COLUMN gone;
SELECT customer_ref FROM lead.convert(pg_temp.id(52));
SELECT customer_ref FROM lead.convert(pg_temp.id(53));
SELECT key, score, region, status FROM lead.lead WHERE key IN ('L51', 'L52', 'L53') ORDER BY key;
-- what the functions return has them too
SELECT score, region, status FROM lead.revert_conversion(pg_temp.id(52), 'test');
ALTER TABLE lead.lead DROP COLUMN score, DROP COLUMN region;
SELECT customer_ref FROM lead.convert(pg_temp.id(54));
SELECT key, status FROM lead.revert_conversion(pg_temp.id(54), 'test');

DROP SCHEMA crm CASCADE;
