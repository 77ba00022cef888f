-- Calls for many leads whose writes fail: by the user's target, triggers and
-- constraints. Only the guilty are refused, and finding them costs little.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools
SET client_min_messages = warning;

CREATE FUNCTION pg_temp.ids(VARIADIC numbers int[]) RETURNS uuid[] LANGUAGE sql IMMUTABLE AS
	$$ SELECT array_agg(pg_temp.id(n) ORDER BY o) FROM unnest(numbers) WITH ORDINALITY u (n, o) $$;
CREATE FUNCTION pg_temp.told(o lead.outcome) RETURNS TABLE (ord bigint, lead text, outcome text, status lead.lead_status, ref text, sqlstate text, said text)
	LANGUAGE sql AS $$
	SELECT o.ord, right(o.lead_id::text, 2), o.outcome, o.status, o.customer_ref, o.sqlstate,
		regexp_replace(concat_ws(E'\n', o.message, o.detail, o.hint), '\m(?!00000000-)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\M', '(id)', 'g')
$$;
CREATE SCHEMA regress_many;
SET search_path = regress_many, pg_catalog;
-- Leads 1 to n, each with a person.
CREATE PROCEDURE pg_temp.begin_anew(leads int) LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE lead.lead, lead.customer, lead.account, lead.person, lead.lead_conversion, lead.lead_merge, lead.lead_erasure, lead.lead_status_change;
	INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type) SELECT pg_temp.id(n), 'L' || n, 'Party ' || n, 'WARM', 'WEB', 'B2B' FROM generate_series(1, leads) n;
	INSERT INTO lead.person (key, last_name, lead_id) SELECT 'P' || n, 'Person', pg_temp.id(n) FROM generate_series(1, leads) n;
END $$;
CREATE VIEW pg_temp.count AS
	SELECT (SELECT count(*) FROM lead.lead l WHERE l.status = 'CONVERTED') AS converted, (SELECT count(*) FROM lead.lead_conversion) AS conversions,
		(SELECT count(*) FROM lead.customer) AS customers, (SELECT count(*) FROM lead.account) AS accounts,
		(SELECT count(customer_id) FROM lead.person) AS persons, (SELECT count(*) FROM lead.lead_status_change) AS changes;

-- The target ------------------------------------------------------------------

CREATE TABLE client (ref text, data jsonb);
CREATE FUNCTION target(l lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE plpgsql SET search_path = regress_many, pg_catalog AS $$
BEGIN
	INSERT INTO client VALUES ('C-' || l.key, processing_data);
	IF l.key = 'L2' THEN
		RAISE EXCEPTION 'no client for %', l.key USING ERRCODE = 'ZZ001', DETAIL = 'Not he.', HINT = 'Ask.';
	END IF;
	RETURN CASE l.key WHEN 'L3' THEN NULL WHEN 'L4' THEN ' ' ELSE 'C-' || l.key END;
END $$;
INSERT INTO lead.conversion_target (function) VALUES ('regress_many.target');
CALL pg_temp.begin_anew(6);
SELECT t.* FROM lead.convert_many(pg_temp.ids(6, 5, 4, 3, 2, 1, 1, 2), dry_run => true) o, pg_temp.told(o) t;
TABLE client;
SELECT t.* FROM lead.convert_many(pg_temp.ids(6, 5, 4, 3, 2, 1, 1, 2), processing_data => '{"a": 1}') o, pg_temp.told(o) t;
TABLE client;
SELECT * FROM pg_temp.count;
CALL pg_temp.begin_anew(6);
SELECT t.* FROM lead.convert_many(pg_temp.ids(1, 2, 3), all_or_none => true) o, pg_temp.told(o) t;
SELECT count(*) FROM client WHERE data IS NULL;
-- with no target that is to be had
ALTER FUNCTION target RENAME TO gone;
SELECT t.* FROM lead.convert_many(pg_temp.ids(1)) o, pg_temp.told(o) t;
TRUNCATE lead.conversion_target;

-- Triggers that raise or suppress, on every table that is written ----------------------

CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF to_jsonb(NEW)::text ~ TG_ARGV[0] THEN
		IF TG_ARGV[1] = 'suppress' THEN
			RETURN NULL;
		END IF;
		RAISE EXCEPTION 'trigger on % says no', TG_TABLE_NAME USING DETAIL = 'It says so.', HINT = 'Obey.';
	END IF;
	RETURN NEW;
END $$;
-- Which of ten leads fail, how, and what is there afterwards.
CREATE FUNCTION pg_temp.fails(table_name text, event text, moment text, pattern text, act text) RETURNS TABLE (lead text, sqlstate text, said text, others_converted boolean, nothing_else boolean) LANGUAGE plpgsql AS $$
BEGIN
	CALL pg_temp.begin_anew(10);
	EXECUTE format('CREATE TRIGGER mine %s %s ON lead.%I FOR EACH ROW EXECUTE FUNCTION regress_many.refuse(%L, %L)', moment, event, table_name, pattern, act);
	CREATE TEMP TABLE found AS SELECT t.* FROM lead.convert_many(pg_temp.ids(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)) o, pg_temp.told(o) t;
	EXECUTE format('DROP TRIGGER mine ON lead.%I', table_name);
	RETURN QUERY SELECT f.lead, f.sqlstate, f.said,
			(SELECT bool_and(g.outcome = 'CONVERTED') FROM found g WHERE g.lead <> f.lead),
			(SELECT (c.converted, c.conversions, c.customers, c.accounts, c.changes) = (9, 9, 9, 9, 19) FROM pg_temp.count c)
		FROM found f WHERE f.outcome <> 'CONVERTED';
	DROP TABLE found;
END $$;
SELECT 'customer' AS what, f.* FROM pg_temp.fails('customer', 'INSERT', 'BEFORE', 'Party 7', 'raise') f
UNION ALL SELECT 'customer', f.* FROM pg_temp.fails('customer', 'INSERT', 'BEFORE', 'Party 7', 'suppress') f
UNION ALL SELECT 'customer after', f.* FROM pg_temp.fails('customer', 'INSERT', 'AFTER', 'Party 7', 'raise') f
UNION ALL SELECT 'account', f.* FROM pg_temp.fails('account', 'INSERT', 'BEFORE', 'Party 7', 'raise') f
UNION ALL SELECT 'account', f.* FROM pg_temp.fails('account', 'INSERT', 'BEFORE', 'Party 7', 'suppress') f
UNION ALL SELECT 'person', f.* FROM pg_temp.fails('person', 'UPDATE', 'BEFORE', 'P7', 'raise') f
UNION ALL SELECT 'conversion', f.* FROM pg_temp.fails('lead_conversion', 'INSERT', 'BEFORE', '000000000007', 'raise') f
UNION ALL SELECT 'conversion', f.* FROM pg_temp.fails('lead_conversion', 'INSERT', 'BEFORE', '000000000007', 'suppress') f
UNION ALL SELECT 'lead', f.* FROM pg_temp.fails('lead', 'UPDATE', 'BEFORE', 'Party 7', 'raise') f
UNION ALL SELECT 'lead', f.* FROM pg_temp.fails('lead', 'UPDATE', 'BEFORE', 'Party 7', 'suppress') f
UNION ALL SELECT 'lead after', f.* FROM pg_temp.fails('lead', 'UPDATE', 'AFTER', 'Party 7', 'raise') f;
-- a person whom a trigger keeps stays, and that is no failure
SELECT * FROM pg_temp.fails('person', 'UPDATE', 'BEFORE', 'P7', 'suppress');
SELECT * FROM pg_temp.count;
SELECT * FROM pg_temp.broken_history();
-- a trigger on the history
CREATE TRIGGER mine BEFORE INSERT ON lead.lead_status_change FOR EACH ROW WHEN (NEW.version > 1) EXECUTE FUNCTION refuse('000000000003', 'raise');
CALL pg_temp.begin_anew(4);
SELECT t.* FROM lead.transition_many(pg_temp.ids(1, 2, 3, 4), 'WORKING') o, pg_temp.told(o) t;
SELECT t.* FROM lead.convert_external_many(pg_temp.ids(1, 2, 3, 4), 'SAP') o, pg_temp.told(o) t;
DROP TRIGGER mine ON lead.lead_status_change;

-- Constraints -----------------------------------------------------------------

CALL pg_temp.begin_anew(4);
UPDATE lead.lead SET party_name = 'Same' WHERE key IN ('L2', 'L4');
CREATE UNIQUE INDEX mine ON lead.customer (name);
SELECT t.ord, t.lead, t.outcome, t.sqlstate FROM lead.convert_many(pg_temp.ids(4, 3, 2, 1)) o, pg_temp.told(o) t;
SELECT t.ord, t.lead, t.outcome, t.sqlstate FROM lead.convert_many(pg_temp.ids(4, 3)) o, pg_temp.told(o) t;
DROP INDEX lead.mine;
-- one that is deferred names its guilty lead, too, and is checked at once for the rest of the transaction
CREATE TABLE allowed (name text PRIMARY KEY);
INSERT INTO allowed SELECT 'Party ' || n FROM generate_series(1, 10) n WHERE n <> 3;
TRUNCATE lead.customer CASCADE;
ALTER TABLE lead.customer ADD CONSTRAINT mine FOREIGN KEY (name) REFERENCES allowed DEFERRABLE INITIALLY DEFERRED;
CALL pg_temp.begin_anew(5);
SELECT t.ord, t.lead, t.outcome, t.sqlstate, t.said FROM lead.convert_many(pg_temp.ids(1, 2, 3, 4, 5)) o, pg_temp.told(o) t;
BEGIN;
INSERT INTO lead.customer (name) VALUES ('Party 3');
DELETE FROM lead.customer WHERE name = 'Party 3';
SELECT count(*) FROM lead.convert_many(pg_temp.ids(1));
CALL pg_temp.try($$INSERT INTO lead.customer (name) VALUES ('Party 3')$$);
ROLLBACK;
-- what was wrong before the call is the caller's
BEGIN;
INSERT INTO lead.customer (name) VALUES ('Party 3');
CALL pg_temp.try($$SELECT * FROM lead.convert_many(pg_temp.ids(1))$$);
ROLLBACK;
-- a dry run, and all_or_none undone, leave it deferred
BEGIN;
SELECT t.outcome, t.sqlstate FROM lead.convert_many(pg_temp.ids(3), dry_run => true) o, pg_temp.told(o) t;
SELECT t.outcome, t.sqlstate FROM lead.convert_many(pg_temp.ids(3), all_or_none => true) o, pg_temp.told(o) t;
CALL pg_temp.try($$INSERT INTO lead.customer (name) VALUES ('Party 3')$$);
ROLLBACK;
ALTER TABLE lead.customer DROP CONSTRAINT mine;

-- Triggers that help -----------------------------------------------------------

CREATE FUNCTION fill_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.status = 'REJECTED' AND NEW.key <> 'L2' THEN
		NEW.status_reason := coalesce(NEW.status_reason, 'by the trigger');
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER a_mine BEFORE UPDATE ON lead.lead FOR EACH ROW EXECUTE FUNCTION fill_reason();
CALL pg_temp.begin_anew(3);
-- the rules alone, then with the trigger
SELECT t.* FROM lead.transition_many(pg_temp.ids(1, 2, 3), 'REJECTED', dry_run => true) o, pg_temp.told(o) t;
SELECT t.* FROM lead.transition_many(pg_temp.ids(1, 2, 3), 'REJECTED') o, pg_temp.told(o) t;
SELECT key, status, status_reason FROM lead.lead ORDER BY key;
DROP TRIGGER a_mine ON lead.lead;

-- Triggers that write other leads of the same call ----------------------------------
-- The customer of Ln has a trigger that converts, moves or edits L(n+1).

CREATE FUNCTION next_one() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	other uuid := (SELECT l.id FROM lead.lead l WHERE l.party_name = 'Party ' || split_part(NEW.name, ' ', 2)::int + 1);
BEGIN
	IF split_part(NEW.name, ' ', 2)::int % 2 = 0 THEN
		RETURN NULL;
	ELSIF TG_ARGV[0] = 'convert' THEN
		PERFORM lead.convert(other);
	ELSIF TG_ARGV[0] = 'convert many' THEN
		PERFORM lead.convert_many(ARRAY[other]);
	ELSIF TG_ARGV[0] = 'itself' THEN
		PERFORM lead.convert(l.id) FROM lead.lead l WHERE l.party_name = NEW.name;
	ELSIF TG_ARGV[0] = 'itself of many' THEN
		PERFORM lead.convert_many(ARRAY[l.id]) FROM lead.lead l WHERE l.party_name = NEW.name;
	ELSIF TG_ARGV[0] = 'reject' THEN
		UPDATE lead.lead SET status = 'REJECTED', status_reason = 'other' WHERE id = other;
	ELSE
		UPDATE lead.lead SET description = 'edited' WHERE id = other;
	END IF;
	RETURN NULL;
END $$;
CREATE PROCEDURE pg_temp.chain(act text) LANGUAGE plpgsql AS $$
BEGIN
	DROP TRIGGER IF EXISTS mine ON lead.customer;
	EXECUTE format('CREATE TRIGGER mine AFTER INSERT ON lead.customer FOR EACH ROW EXECUTE FUNCTION regress_many.next_one(%L)', act);
	CALL pg_temp.begin_anew(4);
END $$;
CALL pg_temp.chain('convert');
SELECT t.ord, t.lead, t.outcome, t.sqlstate, t.said FROM lead.convert_many(pg_temp.ids(1, 2, 3, 4)) o, pg_temp.told(o) t;
SELECT * FROM pg_temp.count;
CALL pg_temp.chain('convert many');
SELECT t.ord, t.lead, t.outcome, t.sqlstate, t.said FROM lead.convert_many(pg_temp.ids(1, 2, 3, 4)) o, pg_temp.told(o) t;
SELECT * FROM pg_temp.count;
CALL pg_temp.chain('edit');
SELECT t.ord, t.lead, t.outcome, t.sqlstate, t.said FROM lead.convert_many(pg_temp.ids(1, 2, 3, 4)) o, pg_temp.told(o) t;
SELECT key, description, version FROM lead.lead ORDER BY key;
CALL pg_temp.chain('reject');
SELECT t.ord, t.lead, t.outcome, t.status, t.sqlstate, t.said FROM lead.convert_many(pg_temp.ids(1, 2, 3, 4)) o, pg_temp.told(o) t;
CALL pg_temp.chain('itself');
SELECT t.ord, t.lead, t.outcome, t.sqlstate, t.said FROM lead.convert_many(pg_temp.ids(1, 2)) o, pg_temp.told(o) t;
CALL pg_temp.chain('itself of many');
SELECT t.ord, t.lead, t.outcome, t.sqlstate, t.said FROM lead.convert_many(pg_temp.ids(1, 2)) o, pg_temp.told(o) t;
-- what a trigger converted is undone with the rest
CALL pg_temp.chain('convert');
SELECT t.ord, t.lead, t.outcome, t.status, t.sqlstate FROM lead.convert_many(pg_temp.ids(1, 2, 77), all_or_none => true) o, pg_temp.told(o) t;
SELECT * FROM pg_temp.count;
ALTER TABLE lead.customer ADD CONSTRAINT mine CHECK (name <> 'Party 3');
SELECT t.ord, t.lead, t.outcome, t.status, t.sqlstate FROM lead.convert_many(pg_temp.ids(1, 2, 3), all_or_none => true) o, pg_temp.told(o) t;
SELECT * FROM pg_temp.count;
ALTER TABLE lead.customer DROP CONSTRAINT mine;
DROP TRIGGER mine ON lead.customer;
SELECT * FROM pg_temp.broken_history();

-- The cost of a few guilty -------------------------------------------------------
-- Subtransactions are not to be counted, but each writes customers with one
-- statement, and each row drawn from a sequence is written.

CREATE SEQUENCE statements;
CREATE SEQUENCE rows_written;
CREATE FUNCTION count_statement() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('regress_many.statements'); RETURN NULL; END $$;
CREATE FUNCTION count_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM nextval('regress_many.rows_written');
	IF NEW.name IN ('Party 17', 'Party 6171', 'Party 11111') THEN
		RAISE EXCEPTION 'guilty';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER mine_statement BEFORE INSERT ON lead.customer EXECUTE FUNCTION count_statement();
CREATE TRIGGER mine_row BEFORE INSERT ON lead.customer FOR EACH ROW EXECUTE FUNCTION count_row();
CALL pg_temp.begin_anew(12000);
SELECT outcome, sqlstate, message, count(*) FROM lead.convert_many(ARRAY(SELECT id FROM lead.lead)) GROUP BY 1, 2, 3 ORDER BY 1;
SELECT (SELECT last_value FROM statements) <= 120 AS few_statements, (SELECT last_value FROM rows_written) <= 5 * 12000 AS few_rows;
SELECT * FROM pg_temp.count;
-- All or none names each that is guilty, in whatever part of the call it is.
SELECT outcome, sqlstate, message, count(*) FROM lead.convert_many(ARRAY(SELECT l.id FROM lead.lead l), all_or_none => true) GROUP BY 1, 2, 3 ORDER BY 1, 2;
DROP TRIGGER mine_row ON lead.customer;
UPDATE lead.lead SET status = 'REJECTED', status_reason = 'lost' WHERE key IN ('L17', 'L6171', 'L11111');
SELECT outcome, sqlstate, message, count(*) FROM lead.transition_many(ARRAY(SELECT l.id FROM lead.lead l WHERE l.status <> 'CONVERTED'), 'NEW', all_or_none => true) GROUP BY 1, 2, 3;

-- Large rows come in parts that are small in number.
CALL pg_temp.begin_anew(130);
SELECT setval('statements', 1, false);
UPDATE lead.lead SET description = (SELECT string_agg(md5(lead.key || g), '') FROM generate_series(1, 12000) g);
SELECT outcome, count(*) FROM lead.convert_many(ARRAY(SELECT l.id FROM lead.lead l)) GROUP BY 1;
SELECT last_value AS statements FROM statements;
SELECT * FROM pg_temp.count;

RESET search_path;
DROP SCHEMA regress_many CASCADE;
