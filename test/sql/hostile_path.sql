\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
-- Objects that somebody has put where a search_path finds them before the
-- server's own: operators, functions, aggregates, types and tables, in a schema
-- of his and as temporary objects. A superuser with such a path does all that
-- can be done with lead. Whatever of it were to run would trip a wire.

\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
SET client_min_messages = warning;

-- The wire ----------------------------------------------------------------
-- A sequence, since an error must not hide that it was touched.

CREATE SCHEMA regress_lead_lab;
GRANT USAGE ON SCHEMA regress_lead_lab TO PUBLIC;
CREATE SEQUENCE regress_lead_lab.wire;
GRANT ALL ON SEQUENCE regress_lead_lab.wire TO PUBLIC;
CREATE FUNCTION regress_lead_lab.trip(what text) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
	PERFORM nextval('regress_lead_lab.wire');
	RAISE WARNING 'tripped by %', what;
	RETURN true;
END $$;

-- Types: text written without its schema is this one where the path says so; of
-- a temporary one it need not even say so.
CREATE FUNCTION regress_lead_lab.set_trap(place name) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
	base text;
BEGIN
	FOREACH base IN ARRAY ARRAY['text', 'uuid', 'jsonb', 'jsonpath', 'timestamptz', 'date', 'int4', 'int8', 'bool', 'numeric', 'oid', 'regclass', 'name'] LOOP
		EXECUTE format('CREATE DOMAIN %s.%s AS pg_catalog.%s CHECK (regress_lead_lab.trip(%L))', place, base, base, 'type ' || place || '.' || base);
	END LOOP;
	EXECUTE format('CREATE DOMAIN %s.lead_status AS lead.lead_status CHECK (regress_lead_lab.trip(%L))', place, 'type lead_status');
	EXECUTE format('CREATE DOMAIN %s.lead_priority AS lead.lead_priority CHECK (regress_lead_lab.trip(%L))', place, 'type lead_priority');
END $$;

-- The trap ----------------------------------------------------------------

CREATE ROLE regress_lead_mallory;
CREATE ROLE regress_lead_victim;
CREATE SCHEMA regress_lead_evil AUTHORIZATION regress_lead_mallory;
GRANT USAGE ON SCHEMA regress_lead_evil TO PUBLIC;
SELECT lead.grant_access('regress_lead_mallory', 'agent');
SET ROLE regress_lead_mallory;

-- twins of the server's operators and functions over the types that we use
DO $$
DECLARE
	types oid[] := ARRAY['text', 'name', 'uuid', 'jsonb', 'jsonpath', 'timestamptz', 'date', 'interval', 'int4', 'int8', 'numeric', 'float8',
		'bool', 'oid', 'regclass', '"char"', 'text[]', 'uuid[]', 'lead.lead_status', 'lead.lead_priority']::regtype[]::oid[];
	twin record;
BEGIN
	FOR twin IN
		SELECT row_number() OVER () AS n, o.*
		FROM (
			SELECT o.oprname, o.oprleft::regtype AS l, o.oprright::regtype AS r, o.oprresult::regtype AS result
			FROM pg_operator o
			WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprkind = 'b'
				AND o.oprleft = ANY (types) AND o.oprright = ANY (types)
			UNION
			SELECT v.name, t, t, CASE v.name WHEN '||' THEN t ELSE 'bool' END
			FROM (VALUES ('='), ('<>'), ('<'), ('<='), ('>'), ('>='), ('||')) v (name), unnest(types::regtype[]) t) o
	LOOP
		EXECUTE format('CREATE FUNCTION regress_lead_evil.op%s(%s, %s) RETURNS %s LANGUAGE plpgsql AS $f$BEGIN PERFORM regress_lead_lab.trip(%L); RETURN NULL; END$f$',
			twin.n, twin.l, twin.r, twin.result, format('operator %s(%s,%s)', twin.oprname, twin.l, twin.r));
		EXECUTE format('CREATE OPERATOR regress_lead_evil.%s (FUNCTION = regress_lead_evil.op%s, LEFTARG = %s, RIGHTARG = %s)',
			twin.oprname, twin.n, twin.l, twin.r);
	END LOOP;
	FOR twin IN
		SELECT p.proname, p.oid::regprocedure AS signature, pg_get_function_identity_arguments(p.oid) AS arguments,
			p.prorettype::regtype AS result, p.proretset AS setof
		FROM pg_proc p
		WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.provariadic = 0
			AND p.proallargtypes IS NULL AND p.prorettype::regtype = ANY (types::regtype[])
			AND p.proargtypes::oid[] <@ types AND p.proname !~ '^(pg_stat|pg_ls|binary_upgrade)'
	LOOP
		EXECUTE format('CREATE FUNCTION regress_lead_evil.%I(%s) RETURNS %s %s LANGUAGE plpgsql AS $f$BEGIN PERFORM regress_lead_lab.trip(%L); RETURN%s; END$f$',
			twin.proname, twin.arguments, CASE WHEN twin.setof THEN 'SETOF' END, twin.result, twin.signature::text,
			CASE WHEN NOT twin.setof THEN ' NULL' END);
	END LOOP;
END $$;
CREATE FUNCTION regress_lead_evil.step(uuid[], uuid) RETURNS uuid[] LANGUAGE plpgsql AS $$BEGIN PERFORM regress_lead_lab.trip('array_agg'); RETURN NULL; END$$;
CREATE AGGREGATE regress_lead_evil.array_agg(uuid) (SFUNC = regress_lead_evil.step, STYPE = uuid[]);
CREATE FUNCTION regress_lead_evil.step(jsonb, jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$BEGIN PERFORM regress_lead_lab.trip('jsonb_agg'); RETURN NULL; END$$;
CREATE AGGREGATE regress_lead_evil.jsonb_agg(jsonb) (SFUNC = regress_lead_evil.step, STYPE = jsonb);
CREATE FUNCTION regress_lead_evil.step(int8, uuid) RETURNS int8 LANGUAGE plpgsql AS $$BEGIN PERFORM regress_lead_lab.trip('count'); RETURN 0; END$$;
CREATE AGGREGATE regress_lead_evil.count(uuid) (SFUNC = regress_lead_evil.step, STYPE = int8);
CREATE FUNCTION regress_lead_evil.jsonb_array_elements(jsonb) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$BEGIN PERFORM regress_lead_lab.trip('jsonb_array_elements'); END$$;

-- functions and tables that bear the names of ours
CREATE FUNCTION regress_lead_evil.check_argument(text, text) RETURNS text LANGUAGE plpgsql AS $$BEGIN PERFORM regress_lead_lab.trip('check_argument'); RETURN NULL; END$$;
CREATE FUNCTION regress_lead_evil.uuid_v7() RETURNS uuid LANGUAGE plpgsql AS $$BEGIN PERFORM regress_lead_lab.trip('uuid_v7'); RETURN NULL; END$$;
CREATE FUNCTION regress_lead_evil.caught() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM regress_lead_lab.trip(TG_TABLE_NAME::pg_catalog.text); RETURN NEW; END$$;
DO $$
DECLARE
	ours record;
	place text;
BEGIN
	FOR ours IN SELECT relname FROM pg_class WHERE relnamespace = 'lead'::regnamespace AND relkind IN ('r', 'v') LOOP
		FOREACH place IN ARRAY ARRAY['regress_lead_evil', 'pg_temp'] LOOP
			EXECUTE format('CREATE TABLE %s.%I (LIKE lead.%I)', place, ours.relname, ours.relname);
			EXECUTE format('CREATE TRIGGER caught BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s.%I EXECUTE FUNCTION regress_lead_evil.caught()', place, ours.relname);
		END LOOP;
	END LOOP;
END $$;

RESET ROLE;

-- The wire works ----------------------------------------------------------

SET ROLE regress_lead_mallory;
SELECT FROM regress_lead_lab.set_trap('regress_lead_evil');
RESET ROLE;
SET search_path = regress_lead_evil, pg_catalog;
SELECT 1 = 1;
SELECT upper('a');
SELECT 'a'::text;
SELECT count(lead.uuid_v7());
SELECT * FROM lead_report;
INSERT INTO lead_status_change SELECT FROM lead_report;
SET search_path = pg_catalog, pg_temp;
SELECT is_called FROM regress_lead_lab.wire;
SELECT setval('regress_lead_lab.wire', 1, false);

-- A path that begins with the trap ----------------------------------------
-- In sessions that have read no rules yet: a superuser, then an agent.

CREATE FUNCTION regress_lead_lab.event(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql RETURN NULL;
CREATE FUNCTION regress_lead_lab.target(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE sql RETURN 'C-1';
\set calls :abs_srcdir '/data/hostile_calls.sql'
\c -
SET client_min_messages = warning;
SET search_path = regress_lead_evil, pg_catalog;
\i :calls
SET search_path = pg_catalog, pg_temp;
SELECT is_called FROM regress_lead_lab.wire;

SELECT lead.grant_access('regress_lead_victim', 'administrator');
\c -
SET client_min_messages = warning;
SET search_path = regress_lead_evil, pg_catalog;
SET ROLE regress_lead_victim;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('V', 'V', 'B2B', 'HOT', 'WEB');
UPDATE lead.lead SET status = 'WORKING';
SELECT kind FROM lead.lead l, LATERAL lead.convert(l.id) c;
SELECT key, status FROM lead.lead_report;
RESET ROLE;
SET search_path = pg_catalog, pg_temp;
SELECT is_called FROM regress_lead_lab.wire;
DELETE FROM lead.lead_conversion;
DELETE FROM lead.lead;

-- Temporary objects, on the path without being named ----------------------

\c -
SET client_min_messages = warning;
SET ROLE regress_lead_mallory;
DO $$
DECLARE
	ours record;
BEGIN
	FOR ours IN SELECT relname FROM pg_class WHERE relnamespace = 'lead'::regnamespace AND relkind IN ('r', 'v') LOOP
		EXECUTE format('CREATE TABLE pg_temp.%I (LIKE lead.%I)', ours.relname, ours.relname);
		EXECUTE format('CREATE TRIGGER caught BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON pg_temp.%I EXECUTE FUNCTION regress_lead_evil.caught()', ours.relname);
	END LOOP;
END $$;
SELECT FROM regress_lead_lab.set_trap('pg_temp');
RESET ROLE;
SELECT 'a'::text;
SELECT pg_catalog.setval('regress_lead_lab.wire', 1, false);
\i :calls
SELECT is_called FROM regress_lead_lab.wire;

-- The errors are put together without it too ------------------------------

\c -
SET client_min_messages = warning;
SET search_path = regress_lead_evil, pg_catalog;
INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source) VALUES ('V', 'B2B', 'HOT', 'NONE');
INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, status) VALUES ('V', 'B2B', 'HOT', 'WEB', 'REJECTED');
INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, phones) VALUES ('V', 'B2B', 'HOT', 'WEB', '{}');
INSERT INTO lead.event_binding (code, event, function) VALUES ('X', 'CREATE', 'event');
INSERT INTO lead.lead_status_rule (to_status, condition) VALUES ('WORKING', '$.x');
INSERT INTO lead.entity_spec (code, name, closed) VALUES ('SPEC', 'Spec', true);
INSERT INTO lead.characteristic (entity_spec_id, name, default_value, condition) SELECT id, 'budget', '0', '$ > 0' FROM lead.entity_spec;
INSERT INTO lead.characteristic (entity_spec_id, name, required) SELECT id, 'budget', true FROM lead.entity_spec;
INSERT INTO lead.lead_type (code, name, entity_spec_id) SELECT 'OWN', 'Own', id FROM lead.entity_spec;
INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, chars) VALUES ('V', 'OWN', 'HOT', 'WEB', '{"x": 1}');
SELECT lead.check_chars('NONE');
SELECT lead.transition('00000000-0000-7000-8000-000000000009', 'WORKING');
SELECT lead.claim('');
SELECT * FROM lead.funnel(by => 'colour');
SELECT lead.grant_access('regress_lead_victim', 'colour');
SET search_path = pg_catalog, pg_temp;
SELECT is_called FROM regress_lead_lab.wire;

-- The install and the removal ---------------------------------------------

SET search_path = regress_lead_evil, pg_catalog;
DROP SCHEMA lead CASCADE;
CREATE EXTENSION lead;
SELECT FROM lead.add_starter_registers();
DROP FUNCTION IF EXISTS regress_lead_lab.event, regress_lead_lab.target;
CREATE FUNCTION regress_lead_lab.event(event pg_catalog.text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql RETURN NULL;
CREATE FUNCTION regress_lead_lab.target(lead lead.lead, customer_ref pg_catalog.text, processing_data pg_catalog.jsonb) RETURNS pg_catalog.text LANGUAGE sql RETURN 'C-1';
\i :calls
SET search_path = pg_catalog, pg_temp;
SELECT is_called FROM regress_lead_lab.wire;
SELECT count(*) FROM pg_depend WHERE refclassid = 'pg_namespace'::regclass AND refobjid = 'lead'::regnamespace AND classid = 'pg_class'::regclass
	AND objid IN (SELECT oid FROM pg_class WHERE relkind = 'r');

DROP SCHEMA lead CASCADE;
DROP SCHEMA regress_lead_evil CASCADE;
DROP SCHEMA regress_lead_lab CASCADE;
DROP OWNED BY regress_lead_mallory, regress_lead_victim;
DROP ROLE regress_lead_mallory, regress_lead_victim;
