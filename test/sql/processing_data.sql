-- processing_data: taken on write, never stored, never returned; there for the
-- rest of the transaction.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools
SET client_min_messages = warning;

CREATE FUNCTION pg_temp.data(number int DEFAULT 1) RETURNS jsonb LANGUAGE sql AS $$ SELECT lead.processing_data(pg_temp.id(number)) $$;

-- Written, read in the same transaction, gone after it.
BEGIN;
INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type, processing_data)
VALUES (pg_temp.id(1), 'L1', 'x', 'HOT', 'WEB', 'B2B', '{"by": "insert"}') RETURNING processing_data IS NULL AS not_returned;
SELECT processing_data IS NULL AS not_stored, pg_temp.data() FROM lead.lead WHERE key = 'L1';
SELECT lead.as_json(l) ? 'processingData' AS shown FROM lead.lead l WHERE key = 'L1';
UPDATE lead.lead SET processing_data = '{"by": "update"}' WHERE key = 'L1' RETURNING processing_data IS NULL AS not_returned;
SELECT pg_temp.data();
-- an UPDATE that brings none leaves it
UPDATE lead.lead SET description = 'x' WHERE key = 'L1';
UPDATE lead.lead SET processing_data = NULL WHERE key = 'L1';
SELECT pg_temp.data();
COMMIT;
SELECT pg_temp.data() IS NULL AS gone, processing_data IS NULL AS not_stored FROM lead.lead WHERE key = 'L1';
-- outside a transaction block the statement is the transaction
UPDATE lead.lead SET processing_data = '{"by": "alone"}' WHERE key = 'L1' RETURNING pg_temp.data();
SELECT pg_temp.data() IS NULL AS gone;
BEGIN;
UPDATE lead.lead SET processing_data = '{"by": "undone"}' WHERE key = 'L1';
ROLLBACK;
SELECT pg_temp.data() IS NULL AS gone;
-- of any JSON type; of other leads nothing
BEGIN;
UPDATE lead.lead SET processing_data = '[1, "two", null]' WHERE key = 'L1';
SELECT pg_temp.data(), pg_temp.data(2), lead.processing_data(NULL);
UPDATE lead.lead SET processing_data = '"text"' WHERE key = 'L1';
SELECT pg_temp.data();
COMMIT;

-- Savepoints: what was written inside goes, what was written before comes back.
BEGIN;
UPDATE lead.lead SET processing_data = '"before"' WHERE key = 'L1';
SAVEPOINT a;
UPDATE lead.lead SET processing_data = '"in a"' WHERE key = 'L1';
SELECT pg_temp.new_lead(2) \g /dev/null
UPDATE lead.lead SET processing_data = '"of 2"' WHERE key = 'L2';
SAVEPOINT b;
UPDATE lead.lead SET processing_data = '"in b"' WHERE key = 'L1';
SELECT pg_temp.data(), pg_temp.data(2);
RELEASE b;
SELECT pg_temp.data(), pg_temp.data(2);
ROLLBACK TO a;
SELECT pg_temp.data(), pg_temp.data(2);
SAVEPOINT c;
UPDATE lead.lead SET processing_data = '"in c"' WHERE key = 'L1';
RELEASE c;
RELEASE a;
SELECT pg_temp.data();
DO $$ BEGIN
	UPDATE lead.lead SET processing_data = '"in a block"' WHERE key = 'L1';
	RAISE division_by_zero;
EXCEPTION WHEN division_by_zero THEN NULL;
END $$;
SELECT pg_temp.data();
COMMIT;

-- A change that is refused leaves none.
BEGIN;
DO $$ BEGIN
	UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'x', processing_data = '"refused"' WHERE key = 'L1';
EXCEPTION WHEN SQLSTATE 'LD001' THEN NULL;
END $$;
SELECT pg_temp.data() IS NULL AS none;
COMMIT;

-- All ways to write it.
BEGIN;
SELECT pg_temp.data() FROM lead.transition(pg_temp.id(1), 'WORKING', processing_data => '"transition"');
SELECT pg_temp.data() FROM lead.transition(pg_temp.id(1), 'LATER', until => '2999-01-01', processing_data => '"later"');
SELECT pg_temp.data() FROM lead.transition(pg_temp.id(1), 'LATER', until => '2999-02-01', processing_data => '"postponed"');
SELECT pg_temp.data() FROM lead.convert(pg_temp.id(1), processing_data => '"convert"');
ROLLBACK;
BEGIN;
COPY lead.lead (id, key, party_name, lead_rating, lead_source, lead_type, processing_data) FROM STDIN;
00000000-0000-0000-0000-000000000003	L3	x	HOT	WEB	B2B	{"by": "copy"}
\.
SELECT pg_temp.data(3), processing_data IS NULL AS not_stored FROM lead.lead WHERE key = 'L3';
-- in an upsert it belongs in DO UPDATE SET: EXCLUDED no longer has it, the guard has taken it out of the proposed row
INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type, processing_data)
VALUES (pg_temp.id(3), 'L3', 'x', 'HOT', 'WEB', 'B2B', '"proposed"')
ON CONFLICT (id) DO UPDATE SET description = coalesce(excluded.processing_data::text, 'excluded has none'), processing_data = '"set"' RETURNING description, processing_data;
SELECT pg_temp.data(3);
MERGE INTO lead.lead l USING (SELECT 'L3' AS key) m ON m.key = l.key WHEN MATCHED THEN UPDATE SET processing_data = '"merge"';
SELECT pg_temp.data(3);
COMMIT;

-- A trigger and an event binding of the user's read it.
CREATE TABLE heard (ord serial, who text, data jsonb);
CREATE FUNCTION pg_temp.hear() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO heard (who, data) VALUES (TG_ARGV[0], lead.processing_data(NEW.id));
	RETURN NEW;
END $$;
CREATE TRIGGER aa_before BEFORE UPDATE ON lead.lead FOR EACH ROW EXECUTE FUNCTION pg_temp.hear('before the guard');
CREATE TRIGGER zzz_before BEFORE UPDATE ON lead.lead FOR EACH ROW EXECUTE FUNCTION pg_temp.hear('after the guard');
CREATE TRIGGER zz_after AFTER UPDATE ON lead.lead FOR EACH ROW EXECUTE FUNCTION pg_temp.hear('AFTER trigger');
CREATE FUNCTION public.regress_lead_hear(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS
	$$ INSERT INTO heard (who, data) VALUES ('binding', lead.processing_data(new.id)) $$;
INSERT INTO lead.event_binding (code, event, function) VALUES ('HEAR', 'UPDATE', 'public.regress_lead_hear');
UPDATE lead.lead SET processing_data = '{"ticket": 7}' WHERE key = 'L3';
SELECT who, data FROM heard ORDER BY ord;
DROP TRIGGER aa_before ON lead.lead;
DROP TRIGGER zzz_before ON lead.lead;
DROP TRIGGER zz_after ON lead.lead;
DELETE FROM lead.event_binding;
DROP FUNCTION public.regress_lead_hear;
DROP TABLE heard;

-- Limits: 1 MB for a lead at a time, 64 MB for a transaction.
CREATE FUNCTION pg_temp.blob(kilobytes int) RETURNS jsonb LANGUAGE sql AS $$ SELECT to_jsonb(repeat('x', kilobytes * 1024)) $$;
UPDATE lead.lead SET processing_data = pg_temp.blob(1023) WHERE key = 'L1' RETURNING length(pg_temp.data()::text) AS taken;
CALL pg_temp.try($$UPDATE lead.lead SET processing_data = pg_temp.blob(1024) WHERE key = 'L1'$$);
CREATE FUNCTION pg_temp.write_megabytes(megabytes int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..megabytes LOOP
		UPDATE lead.lead SET processing_data = pg_temp.blob(1023) WHERE key = 'L1';
	END LOOP;
END $$;
CALL pg_temp.try($$SELECT pg_temp.write_megabytes(64)$$);
CALL pg_temp.try($$SELECT pg_temp.write_megabytes(65)$$);
-- what a savepoint undid counts no more, nor does another transaction's
BEGIN;
SAVEPOINT s;
SELECT pg_temp.write_megabytes(40);
ROLLBACK TO s;
SELECT pg_temp.write_megabytes(40);
COMMIT;
SELECT pg_temp.write_megabytes(30);

-- On lead_type it is write-only too, and kept for nobody.
INSERT INTO lead.lead_type (code, name, processing_data) VALUES ('T', 'Type', '{"a": 1}') RETURNING code, processing_data IS NULL AS not_returned;
UPDATE lead.lead_type SET processing_data = '{"a": 1}' WHERE code = 'T' RETURNING code, processing_data IS NULL AS not_returned;
INSERT INTO lead.lead_type (code, name, processing_data) VALUES ('T', 'Type', '{"a": 1}') ON CONFLICT (code) DO UPDATE SET processing_data = '{"b": 1}' RETURNING processing_data IS NULL AS not_returned;
SELECT count(*) AS types, count(processing_data) AS stored FROM lead.lead_type;
-- And where somebody has switched the guard off the table still has none.
BEGIN;
SET LOCAL session_replication_role = replica;
\set VERBOSITY terse
UPDATE lead.lead SET processing_data = '{}' WHERE key = 'L1';
ROLLBACK;
\set VERBOSITY default

SELECT * FROM pg_temp.broken_history();
