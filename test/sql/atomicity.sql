-- A conversion is all or nothing: whatever fails on the way leaves no trace, and
-- no permission to enter CONVERTED outlives it.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
SET client_min_messages = warning;

CREATE FUNCTION pg_temp.id(number int) RETURNS uuid IMMUTABLE LANGUAGE sql AS
	$$ SELECT ('00000000-0000-0000-0000-' || lpad(number::text, 12, '0'))::uuid $$;
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	RETURN concat_ws(' ', SQLSTATE, SQLERRM);
END $$;
-- Number and content of the rows of every table, ours and the application's.
CREATE FUNCTION pg_temp.state() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	place regclass; one text; everything text := '';
BEGIN
	FOR place IN SELECT oid FROM pg_class WHERE relkind = 'r'
		AND relnamespace IN ('lead'::regnamespace, 'app'::regnamespace) ORDER BY relname
	LOOP
		EXECUTE format('SELECT concat_ws('':'', %L, count(*), string_agg(t::text, ''|'' ORDER BY t::text)) FROM %s t', place, place) INTO one;
		everything := everything || one || E'\n';
	END LOOP;
	RETURN md5(everything);
END $$;

DROP SCHEMA IF EXISTS app CASCADE;
CREATE SCHEMA app;
CREATE TABLE app.client (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
CREATE TABLE app.audit (what text);
INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type)
SELECT pg_temp.id(n), 'L' || n, 'Party ' || n, 'WARM', 'WEB', CASE WHEN n >= 100 THEN 'B2C' ELSE 'B2B' END
FROM generate_series(1, 120) n WHERE n <= 20 OR n >= 100;
INSERT INTO lead.person (key, last_name, lead_id) SELECT 'P' || n, 'Of lead ' || n, pg_temp.id(n) FROM generate_series(1, 20) n;
INSERT INTO lead.customer (id, key, name) VALUES (pg_temp.id(900), 'C', 'Customer');
CREATE FUNCTION app.target(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	client int;
BEGIN
	INSERT INTO app.client (name) VALUES (lead.party_name) RETURNING id INTO client;
	IF processing_data ->> 'fail' = 'target' THEN RAISE EXCEPTION 'target fails' USING ERRCODE = 'XX123'; END IF;
	RETURN client;
END $$;
INSERT INTO lead.conversion_target (lead_type, function) VALUES ('B2C', 'app.target');

-- An error anywhere ----------------------------------------------------------------

CREATE FUNCTION app.fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO app.audit VALUES (TG_TABLE_NAME);
	RAISE EXCEPTION '% % of % fails', TG_WHEN, TG_OP, TG_TABLE_NAME USING ERRCODE = 'XX123';
END $$;
CREATE FUNCTION app.fail_binding(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO app.audit VALUES (event);
	RAISE EXCEPTION '% fails', event USING ERRCODE = 'XX123';
END $$;
-- Each case breaks something, converts and says what came; the state before and
-- after must be the same, and the conversion must work once it is mended.
CREATE TABLE pg_temp.case (n serial, what text, break text, mend text, convert text DEFAULT 'SELECT lead.convert(pg_temp.id(1))');
INSERT INTO pg_temp.case (what, break, mend)
SELECT format('%s %s %s %s', moment, verb, per, place),
	format('CREATE TRIGGER fails %s %s ON lead.%s FOR EACH %s EXECUTE FUNCTION app.fail()', moment, verb, place, per),
	format('DROP TRIGGER fails ON lead.%s', place)
FROM (VALUES ('INSERT', 'customer'), ('INSERT', 'account'), ('UPDATE', 'person'), ('UPDATE', 'lead'), ('INSERT', 'lead_conversion'),
	('INSERT', 'lead_status_change')) t (verb, place),
	(VALUES ('BEFORE'), ('AFTER')) m (moment), (VALUES ('ROW'), ('STATEMENT')) p (per);
INSERT INTO pg_temp.case (what, break, mend, convert) VALUES
	('attach', 'CREATE TRIGGER fails AFTER UPDATE ON lead.customer FOR EACH ROW EXECUTE FUNCTION app.fail()',
		'DROP TRIGGER fails ON lead.customer', 'SELECT lead.convert(pg_temp.id(1), pg_temp.id(900))'),
	('attach, new account', 'CREATE TRIGGER fails AFTER INSERT ON lead.account FOR EACH ROW EXECUTE FUNCTION app.fail()',
		'DROP TRIGGER fails ON lead.account', 'SELECT lead.convert(pg_temp.id(1), pg_temp.id(900))'),
	('external', 'CREATE TRIGGER fails AFTER UPDATE ON lead.lead FOR EACH ROW EXECUTE FUNCTION app.fail()',
		'DROP TRIGGER fails ON lead.lead', 'SELECT lead.convert_external(pg_temp.id(1), ''SAP'')'),
	('binding UPDATE', 'INSERT INTO lead.event_binding (code, event, function) VALUES (''x'', ''UPDATE'', ''app.fail_binding'')', 'DELETE FROM lead.event_binding', DEFAULT),
	('binding CONVERT', 'INSERT INTO lead.event_binding (code, event, function) VALUES (''x'', ''CONVERT'', ''app.fail_binding'')', 'DELETE FROM lead.event_binding', DEFAULT),
	('target', 'SELECT', 'SELECT', 'SELECT lead.convert(pg_temp.id(100), processing_data => ''{"fail": "target"}'')'),
	('binding after target', 'INSERT INTO lead.event_binding (code, event, function) VALUES (''x'', ''CONVERT'', ''app.fail_binding'')',
		'DELETE FROM lead.event_binding', 'SELECT lead.convert(pg_temp.id(100))'),
	('CHECK of the user''s', 'ALTER TABLE lead.account ADD CONSTRAINT user_check CHECK (name <> ''Party 1'')',
		'ALTER TABLE lead.account DROP CONSTRAINT user_check', DEFAULT);
CREATE FUNCTION pg_temp.run(c pg_temp.case) RETURNS TABLE (refused text, no_trace boolean, then_works boolean) LANGUAGE plpgsql AS $$
DECLARE
	before text;
BEGIN
	EXECUTE c.break;
	before := pg_temp.state();
	refused := pg_temp.try(c.convert);
	no_trace := pg_temp.state() = before;
	EXECUTE c.mend;
	BEGIN
		EXECUTE replace(c.convert, '"fail"', '"pass"');
		then_works := true;
		RAISE EXCEPTION 'undo' USING ERRCODE = 'XX999';
	EXCEPTION WHEN SQLSTATE 'XX999' THEN
		NULL;
	END;
	RETURN NEXT;
END $$;
SELECT c.what, r.* FROM pg_temp.case c, pg_temp.run(c) r ORDER BY c.n;
-- the same for a reversal
SELECT kind FROM lead.convert(pg_temp.id(2));
TRUNCATE pg_temp.case;
INSERT INTO pg_temp.case (what, break, mend, convert)
SELECT format('%s %s', moment, place), format('CREATE TRIGGER fails %s UPDATE ON lead.%s FOR EACH ROW EXECUTE FUNCTION app.fail()', moment, place),
	format('DROP TRIGGER fails ON lead.%s', place), 'SELECT lead.revert_conversion(pg_temp.id(2), ''test'')'
FROM (VALUES ('person'), ('lead'), ('lead_conversion')) t (place), (VALUES ('BEFORE'), ('AFTER')) m (moment);
SELECT c.what, r.* FROM pg_temp.case c, pg_temp.run(c) r ORDER BY c.n;

-- The statement as a client sends it: without a block around, and within a transaction
SELECT pg_temp.state() AS state \gset
CREATE TRIGGER fails AFTER UPDATE ON lead.lead FOR EACH ROW EXECUTE FUNCTION app.fail();
SELECT lead.convert(pg_temp.id(3));
BEGIN;
UPDATE lead.person SET first_name = 'Kept' WHERE key = 'P4';
SAVEPOINT s;
SELECT lead.convert(pg_temp.id(3));
ROLLBACK TO s;
COMMIT;
DROP TRIGGER fails ON lead.lead;
SELECT first_name FROM lead.person WHERE key = 'P4';
UPDATE lead.person SET first_name = NULL WHERE key = 'P4';
SELECT pg_temp.state() = :'state' AS no_trace;
-- in a statement over many leads, one that is refused takes all with it
UPDATE lead.lead SET status = 'REJECTED', status_reason = 'x' WHERE key = 'L10';
SELECT pg_temp.state() AS state \gset
SELECT pg_temp.try($$SELECT count(lead.convert(id)) FROM (SELECT id FROM lead.lead WHERE key IN ('L10', 'L11', 'L12') ORDER BY key DESC) l$$);
SELECT pg_temp.state() = :'state' AS no_trace;

-- A constraint that is deferred refuses at COMMIT -----------------------------------------

SELECT pg_temp.state() AS state \gset
CREATE CONSTRAINT TRIGGER fails AFTER INSERT ON lead.lead_conversion DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.fail();
BEGIN;
SELECT kind FROM lead.convert(pg_temp.id(3));
SELECT kind, reverted_at IS NULL AS open FROM lead.lead_conversion WHERE lead_id = pg_temp.id(3);
COMMIT;
BEGIN;
SELECT kind FROM lead.convert(pg_temp.id(101));
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK;
DROP TRIGGER fails ON lead.lead_conversion;
ALTER TABLE app.client ADD CONSTRAINT one_name UNIQUE (name) DEFERRABLE INITIALLY DEFERRED;
INSERT INTO app.client (name) VALUES ('Party 101');
SELECT pg_temp.state() AS state2 \gset
SELECT kind FROM lead.convert(pg_temp.id(101));
SELECT pg_temp.state() = :'state2' AS no_trace;
DELETE FROM app.client;
SELECT pg_temp.state() = :'state' AS no_trace;

-- A row that is silently suppressed is noticed: no half of a conversion -----------------------

CREATE FUNCTION app.suppress() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
TRUNCATE pg_temp.case;
INSERT INTO pg_temp.case (what, break, mend)
SELECT place, format('CREATE TRIGGER suppresses BEFORE %s ON lead.%s FOR EACH ROW EXECUTE FUNCTION app.suppress()', verb, place),
	format('DROP TRIGGER suppresses ON lead.%s', place)
FROM (VALUES ('INSERT', 'customer'), ('INSERT', 'account'), ('UPDATE', 'lead'), ('INSERT', 'lead_conversion'), ('INSERT', 'lead_status_change')) t (verb, place);
INSERT INTO pg_temp.case (what, break, mend, convert) VALUES
	('reversal: lead_conversion', 'CREATE TRIGGER suppresses BEFORE UPDATE ON lead.lead_conversion FOR EACH ROW EXECUTE FUNCTION app.suppress()',
		'DROP TRIGGER suppresses ON lead.lead_conversion', 'SELECT lead.revert_conversion(pg_temp.id(2), ''test'')'),
	('reversal: lead', 'CREATE TRIGGER suppresses BEFORE UPDATE ON lead.lead FOR EACH ROW EXECUTE FUNCTION app.suppress()',
		'DROP TRIGGER suppresses ON lead.lead', 'SELECT lead.revert_conversion(pg_temp.id(2), ''test'')');
SELECT c.what, r.* FROM pg_temp.case c, pg_temp.run(c) r ORDER BY c.n;

-- No permission outlives its conversion ------------------------------------------------------------

-- after the conversion itself
SELECT kind FROM lead.convert(pg_temp.id(13));
SELECT status FROM lead.revert_conversion(pg_temp.id(13), 'test');
SELECT pg_temp.try($$UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'L13'$$);
BEGIN;
SELECT kind FROM lead.convert(pg_temp.id(13));
SELECT pg_temp.try($$UPDATE lead.lead SET status = 'NEW' WHERE key = 'L13'$$);
SELECT status FROM lead.revert_conversion(pg_temp.id(13), 'test');
SELECT pg_temp.try($$UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'L13'$$);
COMMIT;
-- after ROLLBACK TO, where the conversion was complete
BEGIN;
SAVEPOINT s;
SELECT kind FROM lead.convert(pg_temp.id(14));
ROLLBACK TO s;
UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'L14';
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
-- where it failed after the permission was given: in a trigger before the guard, after it, in a binding
CREATE TRIGGER fails BEFORE UPDATE ON lead.lead FOR EACH ROW WHEN (new.status = 'CONVERTED') EXECUTE FUNCTION app.fail();
BEGIN;
SAVEPOINT s;
SELECT lead.convert(pg_temp.id(14));
ROLLBACK TO s;
ALTER TABLE lead.lead DISABLE TRIGGER fails;
UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'L14';
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
DROP TRIGGER fails ON lead.lead;
CREATE TRIGGER zzz_fails BEFORE UPDATE ON lead.lead FOR EACH ROW WHEN (new.status = 'CONVERTED') EXECUTE FUNCTION app.fail();
BEGIN;
SAVEPOINT s;
SELECT lead.convert(pg_temp.id(14));
ROLLBACK TO s;
ALTER TABLE lead.lead DISABLE TRIGGER zzz_fails;
UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'L14';
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
DROP TRIGGER zzz_fails ON lead.lead;
-- caught in a block of PL/pgSQL, also one that is nested in others
CREATE TRIGGER fails BEFORE UPDATE ON lead.lead FOR EACH ROW
	WHEN (new.status = 'CONVERTED' AND new.status_reason = 'fail') EXECUTE FUNCTION app.fail();
DO $$
DECLARE
	came text := '';
BEGIN
	BEGIN
		PERFORM lead.convert(pg_temp.id(14), reason => 'fail');
	EXCEPTION WHEN SQLSTATE 'XX123' THEN came := 'inner failed';
	END;
	BEGIN
		UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'L14';
	EXCEPTION WHEN OTHERS THEN came := came || ', then ' || SQLSTATE;
	END;
	BEGIN
		BEGIN
			PERFORM lead.convert(pg_temp.id(14), reason => 'fail');
		EXCEPTION WHEN division_by_zero THEN came := 'never';
		END;
	EXCEPTION WHEN SQLSTATE 'XX123' THEN
		BEGIN
			UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'L14';
		EXCEPTION WHEN OTHERS THEN came := came || ', outer ' || SQLSTATE;
		END;
	END;
	RAISE WARNING '%', came;
END $$;
DROP TRIGGER fails ON lead.lead;
-- where a user's trigger suppressed the UPDATE, so that nothing used it: in the same
-- transaction, after an error that was caught
CREATE TRIGGER suppresses BEFORE UPDATE ON lead.lead FOR EACH ROW
	WHEN (new.status = 'CONVERTED' AND new.status_reason = 'suppress') EXECUTE FUNCTION app.suppress();
BEGIN;
DO $$ BEGIN
	PERFORM lead.convert(pg_temp.id(14), reason => 'suppress');
EXCEPTION WHEN OTHERS THEN RAISE WARNING '% %', SQLSTATE, SQLERRM;
END $$;
UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'L14';
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
DROP TRIGGER suppresses ON lead.lead;
-- where a user's trigger turned the move into another, or into none
CREATE FUNCTION app.divert() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN new.status := ''WORKING''; RETURN new; END';
CREATE FUNCTION app.keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN old; END';
SELECT pg_temp.state() AS state \gset
CREATE TRIGGER diverts BEFORE UPDATE ON lead.lead FOR EACH ROW WHEN (new.status = 'CONVERTED') EXECUTE FUNCTION app.divert();
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(15))$$);
DROP TRIGGER diverts ON lead.lead;
CREATE TRIGGER keeps BEFORE UPDATE ON lead.lead FOR EACH ROW WHEN (new.status IS DISTINCT FROM old.status) EXECUTE FUNCTION app.keep();
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(12))$$);
SELECT pg_temp.try($$SELECT lead.revert_conversion(pg_temp.id(2), 'test')$$);
BEGIN;
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(12))$$);
ALTER TABLE lead.lead DISABLE TRIGGER keeps;
UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'L12';
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
DROP TRIGGER keeps ON lead.lead;
SELECT pg_temp.state() = :'state' AS no_trace;
-- inside a conversion: what a target left behind in a block that failed is worth nothing
-- (the inner conversion of another lead is undone, and so is its permission)
CREATE OR REPLACE FUNCTION app.target(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	BEGIN
		PERFORM lead.convert(pg_temp.id(16));
		RAISE EXCEPTION 'undo' USING ERRCODE = 'XX999';
	EXCEPTION WHEN SQLSTATE 'XX999' THEN NULL;
	END;
	UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'L16';
	RETURN 'x';
END $$;
SELECT lead.convert(pg_temp.id(102));
\echo :LAST_ERROR_SQLSTATE
-- a permission is for one lead and one move: a binding of the conversion gets none
CREATE FUNCTION app.enter(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS
	$$ UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'L17' $$;
INSERT INTO lead.event_binding (code, event, function) VALUES ('x', 'CONVERT', 'app.enter');
SELECT lead.convert(pg_temp.id(18));
\echo :LAST_ERROR_SQLSTATE
DELETE FROM lead.event_binding;
-- a user's BEFORE trigger that moves the lead itself while the permission is there
CREATE FUNCTION app.first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF pg_trigger_depth() = 1 THEN UPDATE lead.lead SET status = 'CONVERTED' WHERE id = new.id; END IF;
	RETURN new;
END $$;
CREATE TRIGGER first BEFORE UPDATE ON lead.lead FOR EACH ROW WHEN (new.status = 'CONVERTED') EXECUTE FUNCTION app.first();
SELECT pg_temp.state() AS state \gset
SELECT pg_temp.try($$SELECT lead.convert(pg_temp.id(18))$$) <> 'done' AS refused;
SELECT pg_temp.state() = :'state' AS no_trace;
DROP TRIGGER first ON lead.lead;

-- Every converted lead has one open conversion, and every open conversion such a lead ---------------

SELECT l.key FROM lead.lead l FULL JOIN (SELECT * FROM lead.lead_conversion WHERE reverted_at IS NULL) v ON v.lead_id = l.id
WHERE (l.status IN ('CONVERTED', 'CONVERTED_EXTERNAL')) IS DISTINCT FROM (v.lead_id IS NOT NULL) OR v.kind <> l.status;
SELECT count(*) AS unreferred FROM lead.customer c WHERE key <> 'C' AND NOT EXISTS (SELECT FROM lead.lead_conversion v WHERE v.customer_id = c.id);
DROP SCHEMA app CASCADE;
