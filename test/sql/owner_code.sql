\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
-- Code of the owner's that runs inside what only the owner writes: triggers,
-- checks, defaults and index expressions of history, conversions, merges and
-- erasures. It runs as the owner, so no object of the caller's may get a say in
-- it, however carelessly it is written.

\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT FROM lead.add_starter_registers();

CREATE SCHEMA regress_lead_lab;
CREATE TABLE regress_lead_lab.seen (n int GENERATED ALWAYS AS IDENTITY, what text, as_owner boolean, path text);
GRANT USAGE ON SCHEMA regress_lead_lab TO PUBLIC;
GRANT INSERT ON regress_lead_lab.seen TO PUBLIC;
CREATE ROLE regress_lead_agent;
SELECT lead.grant_access('regress_lead_agent', 'administrator');
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO regress_lead_agent', current_database()); END $$;

-- what the agent brings: an operator, a function and a type under names of the server's
SET ROLE regress_lead_agent;
CREATE SCHEMA regress_lead_evil;
GRANT USAGE ON SCHEMA regress_lead_evil TO PUBLIC;
CREATE FUNCTION regress_lead_evil.eq(a uuid, b uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RAISE WARNING 'caught: an operator as %', current_user;
	RETURN pg_catalog.uuid_eq(a, b);
END $$;
CREATE OPERATOR regress_lead_evil.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = regress_lead_evil.eq);
CREATE FUNCTION regress_lead_evil.length(text) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
	RAISE WARNING 'caught: a function as %', current_user;
	RETURN 1;
END $$;
RESET ROLE;

-- what the owner has, as people write it
CREATE FUNCTION regress_lead_lab.note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	subject uuid := coalesce(to_jsonb(NEW) ->> 'lead_id', to_jsonb(NEW) ->> 'loser_id')::uuid;
BEGIN
	INSERT INTO regress_lead_lab.seen (what, as_owner, path)
	SELECT TG_TABLE_NAME, current_user <> 'regress_lead_agent', current_setting('search_path')
	FROM lead.lead l WHERE l.id = subject AND length(l.party_name) > 0;
	RETURN NULL;
END $$;
DO $$
DECLARE
	ours text;
BEGIN
	FOREACH ours IN ARRAY ARRAY['lead_status_change', 'lead_conversion', 'lead_merge', 'lead_erasure'] LOOP
		EXECUTE format('CREATE TRIGGER note AFTER INSERT ON lead.%I FOR EACH ROW EXECUTE FUNCTION regress_lead_lab.note()', ours);
	END LOOP;
END $$;

CREATE FUNCTION pg_temp.work(n int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO lead.lead (id, party_name, lead_type, lead_rating, lead_source)
	SELECT pg_catalog.format('00000000-0000-0000-0000-%s', pg_catalog.lpad(i::pg_catalog.text, 12, '0'))::pg_catalog.uuid, 'Party ' OPERATOR(pg_catalog.||) i, 'B2B', 'HOT', 'WEB'
	FROM pg_catalog.generate_series(n, n OPERATOR(pg_catalog.+) 2) i;
	PERFORM lead.merge(pg_catalog.format('00000000-0000-0000-0000-%s', pg_catalog.lpad(n::pg_catalog.text, 12, '0'))::pg_catalog.uuid,
		ARRAY[pg_catalog.format('00000000-0000-0000-0000-%s', pg_catalog.lpad((n OPERATOR(pg_catalog.+) 1)::pg_catalog.text, 12, '0'))::pg_catalog.uuid]);
	PERFORM lead.convert(pg_catalog.format('00000000-0000-0000-0000-%s', pg_catalog.lpad((n OPERATOR(pg_catalog.+) 2)::pg_catalog.text, 12, '0'))::pg_catalog.uuid);
	PERFORM lead.erase(pg_catalog.format('00000000-0000-0000-0000-%s', pg_catalog.lpad((n OPERATOR(pg_catalog.+) 2)::pg_catalog.text, 12, '0'))::pg_catalog.uuid, 'asked');
END $$;

-- The attack: nothing of his runs.
SET ROLE regress_lead_agent;
SET search_path = regress_lead_evil, pg_catalog;
SELECT pg_temp.work(1);
RESET search_path;
RESET ROLE;
SELECT DISTINCT what, as_owner, path FROM regress_lead_lab.seen ORDER BY what;
-- his own path is as it was, also after an error
SET ROLE regress_lead_agent;
SET search_path = regress_lead_evil, pg_catalog;
SELECT lead.merge('00000000-0000-0000-0000-000000000001', '{00000000-0000-0000-0000-000000000003}');
SHOW search_path;
RESET search_path;
RESET ROLE;

-- A check, a default, an index expression, without any trigger: the same.
DROP TRIGGER note ON lead.lead_status_change;
CREATE FUNCTION regress_lead_lab.careless(value text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN length(value) > 0; END $$;
SET ROLE regress_lead_agent;
SET search_path = regress_lead_evil, pg_catalog;
SELECT 'control';
SELECT regress_lead_lab.careless('x');
RESET ROLE;
RESET search_path;
ALTER TABLE lead.lead_status_change ADD CONSTRAINT careless CHECK (regress_lead_lab.careless(changed_by));
SET ROLE regress_lead_agent;
SET search_path = regress_lead_evil, pg_catalog;
SELECT pg_temp.work(11);
RESET search_path;
RESET ROLE;
ALTER TABLE lead.lead_status_change DROP CONSTRAINT careless;
ALTER TABLE lead.lead_status_change ADD COLUMN own boolean DEFAULT regress_lead_lab.careless('x');
SET ROLE regress_lead_agent;
SET search_path = regress_lead_evil, pg_catalog;
SELECT pg_temp.work(21);
RESET search_path;
RESET ROLE;
ALTER TABLE lead.lead_status_change DROP COLUMN own;
CREATE INDEX careless ON lead.lead_status_change (regress_lead_lab.careless(changed_by));
SET ROLE regress_lead_agent;
SET search_path = regress_lead_evil, pg_catalog;
SELECT pg_temp.work(31);
RESET search_path;
RESET ROLE;
SELECT count(*) FROM lead.lead_status_change;

DO $$ BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM regress_lead_agent', current_database()); END $$;
DROP SCHEMA lead CASCADE;
DROP SCHEMA regress_lead_evil CASCADE;
DROP SCHEMA regress_lead_lab CASCADE;
DROP OWNED BY regress_lead_agent;
DROP ROLE regress_lead_agent;
