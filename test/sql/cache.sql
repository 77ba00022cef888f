-- Rules are read once and kept; whatever changes them is in force at once. Here
-- all that one session can show; other sessions: specs iso_cache_….
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
SET client_min_messages = warning;

DROP SCHEMA IF EXISTS app CASCADE;
CREATE SCHEMA app;
CREATE FUNCTION app.make_own() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'CREATE FUNCTION app.target(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE sql AS ''SELECT ''''own'''' ''';
	EXECUTE 'CREATE FUNCTION app.hear(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS '''' ';
END $$;
SELECT app.make_own();

-- What stands against chars that have a colour alone: a required budget is missing,
-- a closed specification knows no colour.
CREATE FUNCTION pg_temp.chars() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT coalesce(string_agg(substring(problem FROM '\w+'), ' '), 'fine') FROM unnest(lead.chars_problems('B2B', '{"colour": "red"}')) problem);
END $$;
-- Asks every cached table one question and changes nothing: may a NEW lead be
-- WORKING, how is a key of type B2B made, are rating NICE and source FAIR known,
-- what stands against the chars, where does a conversion lead, is anybody told of
-- events, what becomes of a duplicate.
CREATE FUNCTION pg_temp.ask() RETURNS TABLE (working text, key text, rating text, source text, chars text, conversion text, told boolean, twin text) LANGUAGE plpgsql AS $$
DECLARE
	it uuid;
BEGIN
	told := lead.has_event_bindings();
	chars := pg_temp.chars();
	BEGIN
		INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type, chars) VALUES ('Party', 'WARM', 'WEB', 'B2B', '{"budget": 1}') RETURNING lead.id, lead.key INTO it, key;
		key := regexp_replace(key, '\d+', 'n');
		working := (SELECT coalesce(t.refusals[1], 'yes') FROM lead.allowed_transitions(it) t WHERE t.to_status::text = 'WORKING');
		working := regexp_replace(working, '^lead "[^"]*" ', '');
		BEGIN
			UPDATE lead.lead SET lead_rating = 'NICE' WHERE id = it;
			rating := 'known';
		EXCEPTION WHEN OTHERS THEN rating := SQLSTATE;
		END;
		BEGIN
			UPDATE lead.lead SET lead_source = 'FAIR' WHERE id = it;
			source := 'known';
		EXCEPTION WHEN OTHERS THEN source := SQLSTATE;
		END;
		BEGIN
			conversion := (SELECT coalesce(customer_ref, 'built-in') FROM lead.convert(it));
		EXCEPTION WHEN OTHERS THEN conversion := SQLSTATE;
		END;
		BEGIN
			INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type, phones)
			SELECT 'Twin', 'WARM', 'WEB', 'B2C', '["+442079460018"]' FROM generate_series(1, 2);
			twin := 'stored';
		EXCEPTION WHEN OTHERS THEN twin := SQLSTATE;
		END;
		RAISE EXCEPTION 'undo' USING ERRCODE = 'XX999';
	EXCEPTION WHEN SQLSTATE 'XX999' THEN NULL;
	END;
	RETURN NEXT;
END $$;
CREATE PROCEDURE pg_temp.change() LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO lead.lead_status_rule (from_status, to_status, allowed) VALUES ('NEW', 'WORKING', false);
	INSERT INTO lead.lead_rating (code, name) VALUES ('NICE', 'Nice');
	INSERT INTO lead.lead_source (code, name) VALUES ('FAIR', 'Fair');
	INSERT INTO lead.entity_spec (code, name, closed) VALUES ('S', 'Spec', true);
	INSERT INTO lead.characteristic (entity_spec_id, name, required) SELECT id, 'budget', true FROM lead.entity_spec;
	UPDATE lead.lead_type SET mnemonic_code = 'KEY', entity_spec_id = (SELECT id FROM lead.entity_spec) WHERE code = 'B2B';
	INSERT INTO lead.conversion_target (function) VALUES ('app.target');
	INSERT INTO lead.event_binding (code, event, function) VALUES ('x', 'UPDATE', 'app.hear');
	INSERT INTO lead.duplicate_policy (on_create) VALUES ('refuse');
END $$;

-- In force at the next command, gone with a rollback ------------------------------------

SELECT * FROM pg_temp.ask();
BEGIN;
CALL pg_temp.change();
SELECT * FROM pg_temp.ask();
ROLLBACK;
SELECT * FROM pg_temp.ask();
BEGIN;
SAVEPOINT s;
CALL pg_temp.change();
SELECT * FROM pg_temp.ask();
ROLLBACK TO s;
SELECT * FROM pg_temp.ask();
SAVEPOINT s;
CALL pg_temp.change();
RELEASE s;
SELECT * FROM pg_temp.ask();
COMMIT;
SELECT * FROM pg_temp.ask();
-- UPDATE, DELETE, MERGE, COPY
BEGIN;
UPDATE lead.lead_status_rule SET allowed = true, condition = '$.leadRating == "HOT"';
UPDATE lead.lead_rating SET validity_to = '2001-01-01' WHERE code = 'NICE';
DELETE FROM lead.lead_source WHERE code = 'FAIR';
MERGE INTO lead.lead_type t USING (VALUES ('B2B')) v (code) ON t.code = v.code WHEN MATCHED THEN UPDATE SET mnemonic_code = 'MERGED-{SEQ}';
UPDATE lead.characteristic SET required = false;
UPDATE lead.event_binding SET enabled = false;
SELECT * FROM pg_temp.ask();
DELETE FROM lead.lead_status_rule;
COPY lead.lead_status_rule (from_status, to_status, allowed) FROM stdin;
NEW	WORKING	f
\.
DELETE FROM lead.conversion_target;
UPDATE lead.entity_spec SET closed = false;
SELECT * FROM pg_temp.ask();
ROLLBACK;
SELECT * FROM pg_temp.ask();
-- TRUNCATE, and its rollback
BEGIN;
UPDATE lead.entity_spec SET closed = false;
TRUNCATE lead.lead_status_rule, lead.characteristic, lead.conversion_target, lead.event_binding;
SELECT * FROM pg_temp.ask();
ROLLBACK;
SELECT * FROM pg_temp.ask();
BEGIN;
ALTER TABLE lead.lead_type DROP CONSTRAINT lead_type_entity_spec_id_fkey;
ALTER TABLE lead.characteristic DROP CONSTRAINT characteristic_entity_spec_id_fkey;
SELECT pg_temp.chars();
TRUNCATE lead.entity_spec;
SELECT pg_temp.chars();
ROLLBACK;
-- another specification is chosen, gets the characteristics, and goes again with them
BEGIN;
INSERT INTO lead.entity_spec (code, name) VALUES ('OTHER', 'Other');
UPDATE lead.lead_type SET entity_spec_id = (SELECT id FROM lead.entity_spec WHERE code = 'OTHER') WHERE code = 'B2B';
SELECT pg_temp.chars();
UPDATE lead.characteristic SET entity_spec_id = (SELECT id FROM lead.entity_spec WHERE code = 'OTHER');
SELECT pg_temp.chars();
UPDATE lead.lead_type SET entity_spec_id = NULL;
SELECT pg_temp.chars();
DELETE FROM lead.entity_spec WHERE code = 'OTHER';
UPDATE lead.lead_type SET entity_spec_id = (SELECT id FROM lead.entity_spec WHERE code = 'S') WHERE code = 'B2B';
SELECT pg_temp.chars();
ROLLBACK;
SELECT pg_temp.chars();
-- a renamed code: the leads that the foreign key takes along meet the new one
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, chars) VALUES ('R', 'Party', 'NICE', 'FAIR', 'B2B', '{"budget": 1}');
BEGIN;
UPDATE lead.lead_rating SET code = 'NICER' WHERE code = 'NICE';
UPDATE lead.lead_source SET code = 'FAIRER' WHERE code = 'FAIR';
SELECT lead_rating, lead_source FROM lead.lead WHERE key = 'R';
UPDATE lead.lead SET lead_rating = 'WARM' WHERE key = 'R';
UPDATE lead.lead SET lead_rating = 'NICER' WHERE key = 'R' RETURNING lead_rating;
SELECT * FROM pg_temp.ask();
ROLLBACK;
-- also where a replication worker makes the change
SET session_replication_role = replica;
UPDATE lead.lead_status_rule SET allowed = true;
UPDATE lead.lead_rating SET validity_to = '2001-01-01' WHERE code = 'NICE';
UPDATE lead.entity_spec SET closed = false;
UPDATE lead.characteristic SET name = 'price', required = false WHERE name = 'budget';
RESET session_replication_role;
SELECT * FROM pg_temp.ask();

-- It is a cache: what tells nobody is not seen; what tells all of everything is heard ---------

ALTER TABLE lead.lead_status_rule DISABLE TRIGGER rules_changed;
SELECT working FROM pg_temp.ask();
UPDATE lead.lead_status_rule SET allowed = false;
SELECT working FROM pg_temp.ask();
-- a relcache invalidation of no relation in particular
SET client_min_messages = error;
CREATE PUBLICATION regress_lead_all FOR ALL TABLES;
SET client_min_messages = warning;
SELECT working FROM pg_temp.ask();
DROP PUBLICATION regress_lead_all;
SELECT working FROM pg_temp.ask();
-- the trigger tells of the table that its argument names, wherever it stands (a shard, say)
UPDATE lead.lead_status_rule SET allowed = true;
SELECT working FROM pg_temp.ask();
CREATE TABLE app.shard (n int);
CREATE TRIGGER rules_changed BEFORE INSERT ON app.shard FOR EACH ROW EXECUTE FUNCTION lead.rules_changed('lead_status_rule');
INSERT INTO app.shard VALUES (1);
SELECT working FROM pg_temp.ask();
ALTER TABLE lead.lead_status_rule ENABLE ALWAYS TRIGGER rules_changed;

-- Row security on the rule tables: one cache for all roles of a session, read in full -----------

CREATE ROLE regress_lead_owner;
CREATE ROLE regress_lead_one;
CREATE ROLE regress_lead_two;
SELECT lead.grant_access('regress_lead_one', 'agent'), lead.grant_access('regress_lead_two', 'agent');
GRANT USAGE ON SCHEMA app, lead TO regress_lead_owner;
DELETE FROM lead.event_binding;
DELETE FROM lead.conversion_target;
UPDATE lead.characteristic SET required = false;
UPDATE lead.lead_status_rule SET allowed = false;
-- an owner that is no superuser, so that FORCE binds him
ALTER TABLE lead.lead_status_rule OWNER TO regress_lead_owner;
ALTER TABLE lead.lead_status_rule ENABLE ROW LEVEL SECURITY;
ALTER TABLE lead.lead_status_rule FORCE ROW LEVEL SECURITY;
CREATE POLICY one_sees ON lead.lead_status_rule FOR SELECT TO regress_lead_one USING (true);
ALTER TABLE lead.lead_rating OWNER TO regress_lead_owner;
ALTER TABLE lead.lead_rating ENABLE ROW LEVEL SECURITY;
ALTER TABLE lead.lead_rating FORCE ROW LEVEL SECURITY;
CREATE POLICY two_sees ON lead.lead_rating FOR SELECT TO regress_lead_two USING (true);
UPDATE lead.lead_rating SET validity_to = NULL;
-- each in turn reads the tables first, then the other asks
SET ROLE regress_lead_two;
SELECT count(*) AS rules, (SELECT count(*) FROM lead.lead_rating) AS ratings FROM lead.lead_status_rule;
SELECT working, rating FROM pg_temp.ask();
SET ROLE regress_lead_one;
SELECT count(*) AS rules, (SELECT count(*) FROM lead.lead_rating) AS ratings FROM lead.lead_status_rule;
SELECT working, rating FROM pg_temp.ask();
RESET ROLE;
UPDATE lead.lead_status_rule SET message = 'changed';
UPDATE lead.lead_rating SET name = name;
SET ROLE regress_lead_one;
SELECT working, rating FROM pg_temp.ask();
SET ROLE regress_lead_two;
SELECT working, rating FROM pg_temp.ask();
RESET ROLE;
UPDATE lead.lead_status_rule SET allowed = true;
SET row_security = off;
SET ROLE regress_lead_two;
SELECT working, rating FROM pg_temp.ask();
RESET ROLE;
RESET row_security;
ALTER TABLE lead.lead_status_rule OWNER TO CURRENT_USER;
ALTER TABLE lead.lead_rating OWNER TO CURRENT_USER;
DROP OWNED BY regress_lead_one, regress_lead_two, regress_lead_owner;
DROP ROLE regress_lead_one, regress_lead_two, regress_lead_owner;

-- Reports in a parallel plan: they ask no rules, and rules can be asked beside them --------------

DO $$ BEGIN
	PERFORM set_config('debug_parallel_query', 'on', false);
EXCEPTION WHEN undefined_object THEN
	PERFORM set_config('force_parallel_mode', 'on', false);
END $$;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
CREATE FUNCTION pg_temp.is_parallel(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ 'Gather' THEN RETURN true; END IF;
	END LOOP;
	RETURN false;
END $$;
UPDATE lead.lead_status_rule SET message = 'nothing is in the cache now';
SELECT query, pg_temp.is_parallel(query) FROM (VALUES
	(1, 'SELECT key, status, lead_rating_name, customer_name FROM lead.lead_report'), (2, 'SELECT * FROM lead.conversion_rate'),
	(6, 'SELECT key, status FROM lead.status_as_of()'), (7, 'SELECT * FROM lead.status_by_day'), (8, 'SELECT key FROM lead.stuck_leads'),
	(9, 'SELECT * FROM lead.char_report'), (10, 'SELECT * FROM lead.contact_report'),
	(3, 'SELECT * FROM lead.status_transition'), (4, 'SELECT lead.as_json(l) FROM lead.lead l'), (5, 'SELECT lead.status_diagram()')) t (n, query) ORDER BY n;
SELECT key, status, lead_rating_name, customer_name FROM lead.lead_report;
SELECT key, age_days, times_reopened, primary_phone FROM lead.lead_report;
SELECT lead_source, leads FROM lead.funnel;
SELECT group_code, leads FROM lead.funnel(NULL, NULL, 'type');
SELECT count(*) FROM lead.status_period;
SELECT key, status FROM lead.status_as_of();
SELECT sum(leads) FROM lead.status_by_day WHERE day = current_date;
SELECT key FROM lead.stuck_leads('0');
SELECT count(*) FROM lead.char_report;
SELECT count(*) FROM lead.contact_report;
SELECT count(*) FROM lead.status_transition WHERE origin = 'rule';
SELECT lead.as_json(l) ->> 'key' AS key FROM lead.lead l;
-- what may load the cache is kept out of parallel plans
SELECT pg_temp.is_parallel('SELECT lead.has_event_bindings()') AS binding, pg_temp.is_parallel('SELECT lead.transition_allowed(l, ''WORKING'') FROM lead.lead l') AS allowed,
	pg_temp.is_parallel('SELECT lead.chars_problems(lead_type, chars) FROM lead.lead') AS chars, pg_temp.is_parallel('SELECT * FROM lead.check_chars()') AS check_chars,
	pg_temp.is_parallel('SELECT * FROM lead.allowed_transitions(NULL)') AS transitions, pg_temp.is_parallel('SELECT lead.convert(id) FROM lead.lead') AS convert;
SELECT * FROM pg_temp.ask();
SELECT r.key, lead.transition_allowed(l, 'WORKING') AS may FROM lead.lead_report r JOIN lead.lead l USING (id);
SELECT key, status FROM lead.claim('ema');
DO $$ BEGIN
	PERFORM set_config('debug_parallel_query', 'off', false);
EXCEPTION WHEN undefined_object THEN
	PERFORM set_config('force_parallel_mode', 'off', false);
END $$;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- A rule table that is not there is an error of its own; when it is back, all is well --------------

ALTER TABLE lead.lead_status_rule RENAME TO gone;
UPDATE lead.lead SET status = 'NON_WORKING' WHERE key = 'R';
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE lead.gone RENAME TO lead_status_rule;
SELECT working FROM pg_temp.ask();

-- The extension goes and comes, and what was kept goes with it -------------------------------------

BEGIN;
DROP SCHEMA lead CASCADE;
ROLLBACK;
SELECT * FROM pg_temp.ask();
BEGIN;
DROP EXTENSION lead CASCADE;
ROLLBACK;
SELECT * FROM pg_temp.ask();
-- another one within a transaction that is rolled back
BEGIN;
DROP SCHEMA lead CASCADE;
CREATE EXTENSION lead;
SELECT count(*) AS added FROM lead.add_starter_registers();
SELECT app.make_own();
SELECT * FROM pg_temp.ask();
CALL pg_temp.change();
SELECT * FROM pg_temp.ask();
ROLLBACK;
SELECT * FROM pg_temp.ask();
-- another one for good: its own enum, its own tables, no rule of the old one's
DROP SCHEMA lead CASCADE;
CREATE EXTENSION lead;
SELECT count(*) AS added FROM lead.add_starter_registers();
SELECT * FROM pg_temp.ask();
SELECT app.make_own();
CALL pg_temp.change();
SELECT * FROM pg_temp.ask();
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, chars) VALUES ('R', 'Party', 'NICE', 'FAIR', 'B2B', '{"budget": 1}');
SELECT key, status FROM lead.transition((SELECT id FROM lead.lead WHERE key = 'R'), 'IN_PROGRESS');
SELECT from_status, to_status FROM lead.lead_status_change ORDER BY version;
DROP SCHEMA app CASCADE;
