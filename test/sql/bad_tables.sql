\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
-- An owner may do anything to his tables. Columns of ours that are gone, have
-- another type or hold NULL, and tables of another owner, give an error that
-- says so; never a crash, an internal error (XX…), or something half done. And
-- columns of the owner's own may come and go.

\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
SET client_min_messages = error;
CREATE SCHEMA regress_lead_lab;
SET search_path = regress_lead_lab, pg_catalog;

CREATE FUNCTION try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || regexp_replace(SQLERRM, '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '(id)', 'g');
END $$;
CREATE FUNCTION target(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE sql AS $$SELECT 'C-1'$$;
CREATE FUNCTION event(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS $$SELECT NULL$$;

-- something of everything, and leads in the statuses that the work starts from
INSERT INTO lead.entity_spec (code, name) VALUES ('SPEC', 'Spec');
INSERT INTO lead.characteristic (entity_spec_id, name, required, default_value, condition, message)
SELECT id, v.name, v.name = 'budget', v.default_value, v.condition, 'message' FROM lead.entity_spec, (VALUES ('budget', NULL, '$ > 0'), ('seats', '1'::jsonb, '$ > 0'::jsonpath)) v (name, default_value, condition);
UPDATE lead.lead_type SET entity_spec_id = (SELECT id FROM lead.entity_spec), create_privilege = current_user, mnemonic_code = 'B2B',
	validity_from = '2001-01-01', validity_to = '2101-01-01' WHERE code = 'B2B';
INSERT INTO lead.lead_type (code, name) VALUES ('OWN', 'Own');
INSERT INTO lead.lead_status_rule (from_status, to_status, needs_reason, condition, message)
VALUES ('NEW', 'WORKING', false, '$.partyName != "X"', 'message'), ('NEW', 'IN_PROGRESS', NULL, 'exists($.key)', NULL);
INSERT INTO lead.conversion_target (lead_type, function) VALUES ('OWN', 'regress_lead_lab.target');
INSERT INTO lead.event_binding (code, event, function, condition) VALUES ('E', 'UPDATE', 'regress_lead_lab.event', '$.partyName != "X"');
INSERT INTO lead.duplicate_policy (on_create, on_convert) VALUES ('refuse', 'refuse');
INSERT INTO lead.lead (id, key, party_name, lead_type, lead_rating, lead_source, chars)
SELECT format('00000000-0000-7000-8000-%s', lpad(n::text, 12, '0'))::uuid, 'L' || n, 'Lead', CASE WHEN n IN (3, 11, 12) THEN 'OWN' ELSE 'B2B' END, 'HOT', 'WEB', '{"budget": 1}'
FROM generate_series(1, 12) n;
INSERT INTO lead.person (last_name, lead_id) SELECT 'Person', id FROM lead.lead;
INSERT INTO lead.customer (id, name) VALUES ('00000000-0000-7000-8000-000000000100', 'Customer');
SELECT kind FROM lead.convert('00000000-0000-7000-8000-000000000005');
SELECT kind FROM lead.convert_external('00000000-0000-7000-8000-000000000006', 'SAP');
SELECT status FROM lead.transition('00000000-0000-7000-8000-000000000007', 'LATER', NULL, clock_timestamp() + interval '10 ms');
UPDATE lead.lead SET description = 'x', chars = '{"budget": 1, "size": 2}' WHERE key IN ('L10', 'L12');
SELECT key FROM lead.merge('00000000-0000-7000-8000-000000000011', ARRAY['00000000-0000-7000-8000-000000000012']::uuid[]);
SELECT pg_sleep(0.02);

-- The work, each step on its own: the SQLSTATEs that come out, ok among them.
CREATE TABLE step (at int, statement text);
INSERT INTO step VALUES
	(1, $$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, chars, processing_data) VALUES ('N', 'N', 'B2B', 'HOT', 'WEB', '{"budget": 1}', '{}')$$),
	(2, $$INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source) VALUES ('N', 'B2C', 'HOT', 'WEB')$$),
	(3, $$UPDATE lead.lead SET description = 'x', lead_type = 'B2B', lead_source = 'PHONE' WHERE key = 'L1'$$),
	(4, $$UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L1'$$),
	(5, $$SELECT lead.transition('00000000-0000-7000-8000-000000000002', 'IN_PROGRESS', 'why')$$),
	(6, $$SELECT lead.allowed_transitions('00000000-0000-7000-8000-000000000002')$$),
	(7, $$SELECT lead.claim('jana', 1, 'B2B')$$),
	(8, $$SELECT lead.wake_due()$$),
	(9, $$SELECT lead.convert('00000000-0000-7000-8000-000000000001')$$),
	(10, $$SELECT lead.convert('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000100')$$),
	(11, $$SELECT lead.convert('00000000-0000-7000-8000-000000000003')$$),
	(12, $$SELECT lead.convert('00000000-0000-7000-8000-000000000005')$$),
	(13, $$SELECT lead.convert_external('00000000-0000-7000-8000-000000000006', 'SAP')$$),
	(14, $$SELECT lead.convert_external('00000000-0000-7000-8000-000000000008', 'SAP', 'C-1')$$),
	(15, $$SELECT lead.revert_conversion('00000000-0000-7000-8000-000000000005', 'mistake')$$),
	(16, $$SELECT lead.convert('00000000-0000-7000-8000-000000000005')$$),
	(17, $$SELECT lead.as_json(l) FROM lead.lead l$$),
	(18, $$SELECT lead.transition_allowed(l, 'WORKING'), lead.chars_problems(l.lead_type, l.chars) FROM lead.lead l$$),
	(19, $$INSERT INTO lead.person (last_name) VALUES ('P')$$),
	(20, $$INSERT INTO lead.account (name, customer_id) VALUES ('A', '00000000-0000-7000-8000-000000000100')$$),
	(21, $$INSERT INTO lead.customer (name) VALUES ('C')$$),
	(22, $$UPDATE lead.lead_type SET code = 'B2X' WHERE code = 'B2B'$$),
	(23, $$INSERT INTO lead.lead_status_rule (from_status, to_status, condition) VALUES ('NEW', 'LATER', '$.x > 1')$$),
	(24, $$INSERT INTO lead.event_binding (code, event, function) VALUES ('X', 'CREATE', 'regress_lead_lab.event')$$),
	(25, $$INSERT INTO lead.conversion_target (function) VALUES ('regress_lead_lab.target')$$),
	(26, $$DELETE FROM lead.lead WHERE key = 'L4'$$),
	(27, $$UPDATE lead.lead SET chars = '{"budget": 2}' WHERE key = 'L8'$$),
	(28, $$INSERT INTO lead.characteristic (entity_spec_id, name, default_value, condition) SELECT id, 'new', '1', '$ > 0' FROM lead.entity_spec$$),
	(29, $$SELECT lead.merge('00000000-0000-7000-8000-000000000009', ARRAY['00000000-0000-7000-8000-000000000010']::uuid[])$$),
	(30, $$SELECT lead.unmerge('00000000-0000-7000-8000-000000000012')$$),
	(31, $$INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, phones) VALUES ('N', 'B2C', 'HOT', 'WEB', '["+442079460018"]')$$),
	(32, $$SELECT lead.find_duplicates('00000000-0000-7000-8000-000000000011')$$),
	(33, $$SELECT lead.find_matches('Lead', phones => '{+442079460018}')$$),
	(34, $$SELECT lead.duplicate_groups(0.5)$$),
	(35, $$INSERT INTO lead.duplicate_policy (lead_type) VALUES ('B2C')$$),
	(36, $$SELECT lead.erase('00000000-0000-7000-8000-000000000005', 'asked')$$),
	(37, $$SELECT lead.erase('00000000-0000-7000-8000-000000000007', 'asked')$$),
	(38, $$INSERT INTO lead.lead_import (payload) VALUES ('{}')$$),
	(39, $$SELECT lead.import_leads('[{"key": "L1", "description": "imported"}]', true, 'update')$$),
	(40, $$SELECT lead.create_lead('{"key": "D", "partyName": "D", "leadType": "B2C", "leadRating": "HOT", "leadSource": "WEB", "description": "x", "priority": "LOW"}')$$),
	(41, $$SELECT lead.replace_lead('L1', '{"partyName": "Lead", "leadType": "B2C", "leadRating": "HOT", "leadSource": "WEB", "priority": "LOW", "chars": {"budget": 3}}')$$),
	(42, $$SELECT lead.patch_lead('L2', '{"description": "patched", "dataTags": ["a"], "chars": {"size": 1}}')$$);
CREATE FUNCTION work() RETURNS TABLE (at int, result text) LANGUAGE plpgsql AS $$
DECLARE
	s step;
BEGIN
	FOR s IN SELECT * FROM step ORDER BY step.at LOOP
		at := s.at;
		result := try(s.statement);
		RETURN NEXT;
	END LOOP;
END $$;
CREATE TYPE outcome AS (at int, result text);

-- on the tables as they are all of it works
BEGIN;
SELECT * FROM work() WHERE result <> 'ok';
SELECT count(*) FROM work();
ROLLBACK;

-- Does something to a column, does the work, undoes both: the results other than
-- ok that came out, and whether any lead was left without its history.
CREATE FUNCTION after(VARIADIC changes text[]) RETURNS SETOF outcome LANGUAGE plpgsql AS $$
DECLARE
	results outcome[];
	change text;
BEGIN
	BEGIN
		FOREACH change IN ARRAY changes LOOP
			EXECUTE change;
		END LOOP;
		results := ARRAY(SELECT ROW(w.at, w.result)::outcome FROM work() w WHERE w.result <> 'ok');
		RAISE EXCEPTION 'undo' USING ERRCODE = 'UNDO0';
	EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
		NULL;
	WHEN OTHERS THEN
		results := ARRAY[ROW(0, SQLSTATE || ' ' || SQLERRM)::outcome];
	END;
	RETURN QUERY SELECT * FROM unnest(results);
END $$;
CREATE VIEW our_column AS
	SELECT c.relname::text AS tab, a.attname::text AS col, a.atttypid::regtype AS type, a.attnum
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind = 'r';
-- what an error may be: ours, or the server's about the column that is not there or is another
CREATE FUNCTION is_clear(result text) RETURNS boolean LANGUAGE sql AS $$
	SELECT left(result, 5) IN ('55000', '42703', '42704', '42P01', '42883', '42804', '42830', '42846', '42P10', '22P02', '23502', '23503', '23505', '23514', '22023', 'P0002', '42501')
		OR result LIKE 'LD0%'
$$;

-- Each column dropped -----------------------------------------------------

CREATE TABLE dropped AS
	SELECT c.tab, c.col, o.at, o.result
	FROM our_column c, LATERAL after(format('ALTER TABLE lead.%I DROP COLUMN %I CASCADE', c.tab, c.col)) o;
SELECT tab, col, at, result FROM dropped WHERE NOT is_clear(result) ORDER BY tab, col, at;
-- of the lead's columns the guard says which one
SELECT DISTINCT result FROM dropped WHERE tab = 'lead' AND at IN (1, 3) AND result NOT LIKE '42%' ORDER BY result;
SELECT count(DISTINCT (tab, col)) > 100 AS many_were_missed FROM dropped;

-- Each column of another type ---------------------------------------------
-- What stands in the way goes first: views, functions, keys, defaults, checks.

CREATE FUNCTION obstacles() RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(statement ORDER BY ord, statement)
	FROM (
		SELECT 1 AS ord, format('DROP VIEW IF EXISTS lead.%I CASCADE', c.relname) AS statement
		FROM pg_class c WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind = 'v'
		UNION ALL
		SELECT 1, format('DROP FUNCTION IF EXISTS %s CASCADE', p.oid::regprocedure)
		FROM pg_proc p WHERE p.pronamespace = 'lead'::regnamespace AND p.prosqlbody IS NOT NULL
			AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_class'::regclass)
		UNION ALL
		SELECT 2, format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', o.conrelid::regclass, o.conname)
		FROM pg_constraint o WHERE o.connamespace = 'lead'::regnamespace AND o.contype IN ('f', 'p', 'u', 'c')
		UNION ALL
		SELECT 3, format('DROP INDEX IF EXISTS %s', i.indexrelid::regclass)
		FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'lead'::regnamespace) s
$$;
CREATE FUNCTION retype(tab text, col text, type regtype) RETURNS text[] LANGUAGE sql AS $$
	SELECT obstacles() || format('ALTER TABLE lead.%1$I ALTER %2$I DROP NOT NULL, ALTER %2$I DROP DEFAULT, ALTER %2$I TYPE %3$s USING %4$s', tab, col, type,
		CASE type WHEN 'text'::regtype THEN quote_ident(col) || '::text' ELSE '7' END)
$$;
-- without the obstacles, and no column changed, all still works
SELECT o.* FROM after(VARIADIC obstacles()) o;
CREATE TABLE retyped AS
	SELECT c.tab, c.col, t.type, o.at, o.result
	FROM our_column c, unnest('{text,int}'::regtype[]) t (type), LATERAL after(VARIADIC retype(c.tab, c.col, t.type)) o
	WHERE c.type <> t.type;
-- 22003: a number of 64 bits that does not fit
SELECT tab, col, type, at, result FROM retyped WHERE NOT is_clear(result) AND result NOT LIKE '22003 integer%' ORDER BY tab, col, type, at;
-- the guard says which of the lead's columns it is
SELECT type, count(DISTINCT col) > 15 AS many FROM retyped WHERE tab = 'lead' AND at = 1 AND result = '55000 table lead.lead is not as the extension made it' GROUP BY type ORDER BY type::text;

-- Each column NULL --------------------------------------------------------
-- in the rows that are there, which the triggers were kept from seeing

CREATE TABLE nulled AS
	SELECT c.tab, c.col, o.at, o.result
	FROM our_column c, LATERAL after(VARIADIC obstacles() || ARRAY[
		format('ALTER TABLE lead.%I ALTER %I DROP NOT NULL, DISABLE TRIGGER USER', c.tab, c.col),
		format('UPDATE lead.%I SET %I = NULL', c.tab, c.col),
		format('ALTER TABLE lead.%I ENABLE TRIGGER USER', c.tab)]) o;
SELECT tab, col, at, result FROM nulled WHERE NOT is_clear(result) ORDER BY tab, col, at;

-- Tables, functions and types that are gone -------------------------------

CREATE TABLE gone AS
	SELECT c.relname, o.at, o.result
	FROM pg_class c, LATERAL after(format('DROP %s lead.%I CASCADE', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, c.relname)) o
	WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind IN ('r', 'S', 'v') AND c.relname <> 'lead'
	UNION ALL
	SELECT c.relname || ' renamed', o.at, o.result
	FROM pg_class c, LATERAL after(format('ALTER TABLE lead.%I RENAME TO renamed', c.relname)) o
	WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind IN ('r', 'S')
	UNION ALL
	SELECT 'schema renamed', o.at, o.result FROM after('ALTER SCHEMA lead RENAME TO lead_renamed', 'CREATE SCHEMA lead') o;
SELECT relname, at, result FROM gone WHERE NOT is_clear(result) ORDER BY relname, at;
SELECT relname, count(*) > 0 AS missed FROM gone GROUP BY relname ORDER BY relname;

-- Columns of the owner's own ----------------------------------------------

SELECT * FROM after('ALTER TABLE lead.lead ADD COLUMN mine text NOT NULL DEFAULT ''x'', ADD COLUMN "status " int, ADD COLUMN score numeric GENERATED ALWAYS AS (version * 2) STORED');
SELECT * FROM after('ALTER TABLE lead.lead ADD COLUMN mine text', 'ALTER TABLE lead.lead DROP COLUMN mine', 'ALTER TABLE lead.lead ADD COLUMN other int');
SELECT * FROM after('ALTER TABLE lead.customer ADD COLUMN mine text DEFAULT ''x''', 'ALTER TABLE lead.lead_status_change ADD COLUMN mine timestamptz DEFAULT now()',
	'ALTER TABLE lead.lead_conversion ADD COLUMN mine text', 'ALTER TABLE lead.lead_type ADD COLUMN mine text', 'ALTER TABLE lead.person ADD COLUMN mine int');
-- a dropped column leaves a hole in front of ours
SELECT * FROM after('ALTER TABLE lead.lead RENAME COLUMN description TO old_description', 'ALTER TABLE lead.lead ADD COLUMN description text',
	'ALTER TABLE lead.lead DROP COLUMN old_description CASCADE') o;
-- one that is required is missed as in any table, and nothing is stored
SELECT * FROM after('ALTER TABLE lead.customer ADD COLUMN mine text NOT NULL DEFAULT ''x''', 'ALTER TABLE lead.customer ALTER mine DROP DEFAULT') o ORDER BY at;
ALTER TABLE lead.lead ADD COLUMN secret text DEFAULT 'secret';
SELECT lead.as_json(l)::text LIKE '%secret%' AS shown FROM lead.lead l WHERE key = 'L1';
ALTER TABLE lead.lead DROP COLUMN secret;

-- One table of another owner ----------------------------------------------
-- Each table is read and written with the rights of its own owner. One who may
-- not even look into the schema stops the work; one who may does not.

CREATE ROLE regress_lead_stranger;
CREATE TABLE estranged AS
	SELECT c.relname, o.at, o.result
	FROM pg_class c, LATERAL after(format('ALTER TABLE lead.%I OWNER TO regress_lead_stranger', c.relname)) o
	WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind = 'r';
SELECT DISTINCT relname, result FROM estranged ORDER BY 1, 2;
SELECT c.relname, o.at, o.result
FROM pg_class c, LATERAL after(format('ALTER TABLE lead.%I OWNER TO regress_lead_stranger', c.relname),
	'GRANT USAGE ON SCHEMA lead TO regress_lead_stranger', 'GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA lead TO regress_lead_stranger') o
WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind = 'r' ORDER BY 1, 2;

-- After all of it nothing has changed -------------------------------------

BEGIN;
SELECT * FROM work() WHERE result <> 'ok';
ROLLBACK;
SELECT count(*) AS leads, count(h.lead_id) AS histories, (SELECT count(*) FROM lead.lead_conversion) AS conversions, (SELECT count(*) FROM lead.customer) AS customers
FROM lead.lead l LEFT JOIN lead.lead_status_change h ON h.lead_id = l.id AND h.version = l.version;

RESET search_path;
DROP SCHEMA regress_lead_lab CASCADE;
DROP SCHEMA lead CASCADE;
DROP ROLE regress_lead_stranger;
