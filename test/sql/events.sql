-- Event bindings: functions of the user's, called in the transaction of a change.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
SET client_min_messages = warning;

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

DROP SCHEMA IF EXISTS app CASCADE;
CREATE SCHEMA app;
-- What was heard: by which function, of what; and what could be seen then.
CREATE TABLE app.heard (n int GENERATED ALWAYS AS IDENTITY, by text, event text, old_row lead.lead, new_row lead.lead,
	change lead.lead_status_change, conversion lead.lead_conversion, data jsonb);
CREATE FUNCTION app.hear(by text, event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO app.heard (by, event, old_row, new_row, change, conversion, data) VALUES (by, event, old, new,
		(SELECT c FROM lead.lead_status_change c WHERE c.lead_id = new.id AND c.version = new.version),
		(SELECT c FROM lead.lead_conversion c WHERE c.lead_id = new.id AND c.version = new.version),
		lead.processing_data(coalesce(new.id, old.id)));
END $$;
DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY '{one,two,three,four,five,six,seven,eight,nine}'::text[] LOOP
		EXECUTE format('CREATE FUNCTION app.%1$s(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS
			$f$ SELECT app.hear(%1$L, event, old, new) $f$', name);
	END LOOP;
END $$;
CREATE VIEW app.told AS SELECT n, by, event, (old_row).key AS old, (old_row).status AS old_status, (old_row).version AS old_version,
	(new_row).key AS new, (new_row).status AS new_status, (new_row).version AS new_version FROM app.heard;
CREATE PROCEDURE pg_temp.add(VARIADIC keys text[]) LANGUAGE sql AS $$
	INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type) SELECT k, 'Party', 'WARM', 'WEB', 'B2B' FROM unnest(keys) k $$;

-- Each event, and no other -----------------------------------------------------------

INSERT INTO lead.event_binding (code, event, function) VALUES
	('1', 'CREATE', 'app.one'), ('2', 'UPDATE', 'app.one'), ('3', 'STATUS_CHANGE', 'app.one'), ('4', 'CONVERT', 'app.one'), ('5', 'DELETE', 'app.one');
CALL pg_temp.add('A');
UPDATE lead.lead SET description = 'new' WHERE key = 'A';
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'A';
UPDATE lead.lead SET status = 'LATER', deferred_until = '2999-01-01' WHERE key = 'A';
SELECT event, old, old_status, old_version, new, new_status, new_version FROM app.told ORDER BY n;
TRUNCATE app.heard;
-- a postponement leaves the status; an UPDATE that changes nothing is one; one of no row is none
UPDATE lead.lead SET deferred_until = '2999-01-02' WHERE key = 'A';
UPDATE lead.lead SET key = key WHERE key = 'A';
UPDATE lead.lead SET status = 'LATER' WHERE key = 'A';
UPDATE lead.lead SET description = 'x' WHERE false;
SELECT event, old_version, new_version FROM app.told ORDER BY n;
TRUNCATE app.heard;
-- conversion and reversal
SELECT kind FROM lead.convert((SELECT id FROM lead.lead WHERE key = 'A'), reason => 'signed');
SELECT kind FROM lead.convert((SELECT id FROM lead.lead WHERE key = 'A'));
SELECT status FROM lead.revert_conversion((SELECT id FROM lead.lead WHERE key = 'A'), 'test');
SELECT kind FROM lead.convert_external((SELECT id FROM lead.lead WHERE key = 'A'), 'SAP');
SELECT event, old_status, new_status, new_version FROM app.told ORDER BY n;
TRUNCATE app.heard;
-- by functions and by other verbs
CALL pg_temp.add('B', 'C');
DELETE FROM lead.lead WHERE key = 'C';
COPY lead.lead (key, party_name, lead_rating, lead_source, lead_type) FROM stdin;
D	Party	WARM	WEB	B2B
\.
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type) VALUES ('B', 'Upsert', 'WARM', 'WEB', 'B2B'), ('E', 'Upsert', 'WARM', 'WEB', 'B2B')
	ON CONFLICT (key) DO UPDATE SET party_name = excluded.party_name;
MERGE INTO lead.lead l USING (VALUES ('D'), ('F')) v (key) ON l.key = v.key
	WHEN MATCHED THEN UPDATE SET status = 'NON_WORKING'
	WHEN NOT MATCHED THEN INSERT (key, party_name, lead_rating, lead_source, lead_type) VALUES (v.key, 'Merge', 'WARM', 'WEB', 'B2B');
SELECT key FROM lead.claim('ema');
SELECT event, old, old_status, new, new_status FROM app.told ORDER BY n;
TRUNCATE app.heard;
-- what did not happen is not told: a row that a trigger suppressed, a refused change
CREATE FUNCTION app.suppress() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER suppress BEFORE UPDATE OR DELETE ON lead.lead FOR EACH ROW WHEN (old.key = 'F') EXECUTE FUNCTION app.suppress();
UPDATE lead.lead SET description = 'x' WHERE key = 'F';
DELETE FROM lead.lead WHERE key = 'F';
DROP TRIGGER suppress ON lead.lead;
SELECT pg_temp.try($$UPDATE lead.lead SET status = 'UNSUCCESSFUL' WHERE key = 'F'$$) LIKE 'LD00%' AS refused;
SELECT count(*) AS told FROM app.heard;

-- Order, conditions, enabled --------------------------------------------------------------

DELETE FROM lead.event_binding;
INSERT INTO lead.event_binding (code, event, function, condition, enabled) VALUES
	('b', 'UPDATE', 'app.four', NULL, true),
	('á', 'UPDATE', 'app.five', NULL, true),
	('B', 'STATUS_CHANGE', 'app.three', NULL, true),
	('9', 'UPDATE', 'app.two', NULL, true),
	('10', 'UPDATE', 'app.one', NULL, true),
	('c', 'UPDATE', 'app.six', '$.priority == "HIGH"', true),
	('d', 'UPDATE', 'app.seven', '$.description > 1', true),
	('e', 'UPDATE', 'app.eight', NULL, false),
	('f', 'DELETE', 'app.nine', '$.key == "G"', true),
	('g', 'CREATE', 'app.nine', 'exists($.emails[*])', NULL);
-- by code, byte by byte; a condition that is unknown does not hold
UPDATE lead.lead SET status = 'WORKING', description = 'text' WHERE key = 'B';
SELECT by, event FROM app.told ORDER BY n;
TRUNCATE app.heard;
-- a condition is asked of the new row, in a DELETE of the old
UPDATE lead.lead SET priority = 'HIGH' WHERE key = 'B';
UPDATE lead.lead SET priority = 'LOW' WHERE key = 'B';
CALL pg_temp.add('G', 'H');
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, emails) VALUES ('I', 'Party', 'WARM', 'WEB', 'B2B', '["a@x.example"]');
DELETE FROM lead.lead WHERE key IN ('G', 'H');
SELECT by, event, old, new FROM app.told WHERE by IN ('six', 'nine') ORDER BY n;
TRUNCATE app.heard;
-- switched over, it is heard at once
UPDATE lead.event_binding SET enabled = code = 'e';
UPDATE lead.lead SET description = 'x' WHERE key = 'B';
SELECT by FROM app.told ORDER BY n;
TRUNCATE app.heard;
-- what cannot be a binding
SELECT pg_temp.try($$INSERT INTO lead.event_binding (code, event, function) VALUES ('x', 'SAVED', 'app.one')$$) LIKE '23514%' AS unknown_event;
SELECT pg_temp.try($$INSERT INTO lead.event_binding (code, event, function) VALUES (' ', 'UPDATE', 'app.one')$$)
UNION ALL SELECT pg_temp.try($$INSERT INTO lead.event_binding (code, event, function) VALUES ('x', NULL, 'app.one')$$)
UNION ALL SELECT pg_temp.try($$INSERT INTO lead.event_binding (code, event, function, condition) VALUES ('x', 'UPDATE', 'app.one', '$.priority')$$);

-- What a binding sees --------------------------------------------------------------------------

DELETE FROM lead.event_binding;
INSERT INTO lead.event_binding (code, event, function) VALUES ('1', 'CREATE', 'app.one'), ('2', 'STATUS_CHANGE', 'app.two'), ('3', 'CONVERT', 'app.three');
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, processing_data) VALUES ('J', 'Party', 'WARM', 'WEB', 'B2B', '{"form": 7}');
SELECT kind FROM lead.convert((SELECT id FROM lead.lead WHERE key = 'J'), reason => 'signed', processing_data => '{"pen": "blue"}');
-- the history row of this very version, the conversion with its customer, processing_data; never processing_data in the row
SELECT by, event, (change).from_status, (change).to_status, (change).reason, (conversion).kind,
	c.name AS customer, data, (new_row).processing_data FROM app.heard LEFT JOIN lead.customer c ON c.id = (conversion).customer_id ORDER BY n;
-- the row that it gets is the row that is stored
SELECT new_row IS NOT DISTINCT FROM l AS stored FROM app.heard, lead.lead l WHERE l.key = 'J' AND by = 'three';
TRUNCATE app.heard;
-- also where the user has added and dropped columns, with a default that old rows get unwritten
DELETE FROM lead.event_binding;
CREATE TABLE app.kept (n int GENERATED ALWAYS AS IDENTITY, old_row jsonb, new_row jsonb);
CREATE FUNCTION app.keep(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS
	$$ INSERT INTO app.kept (old_row, new_row) VALUES (to_jsonb(old), to_jsonb(new)) $$;
INSERT INTO lead.event_binding (code, event, function) VALUES ('1', 'UPDATE', 'app.keep'), ('2', 'DELETE', 'app.keep');
ALTER TABLE app.heard DROP COLUMN old_row CASCADE, DROP COLUMN new_row;
ALTER TABLE lead.lead ADD COLUMN score int DEFAULT 7, ADD COLUMN gone text DEFAULT 'gone', ADD COLUMN region text DEFAULT 'Brno';
ALTER TABLE lead.lead DROP COLUMN gone;
UPDATE lead.lead SET region = 'Praha' WHERE key = 'B';
DELETE FROM lead.lead WHERE key = 'F';
SELECT old_row ->> 'key' AS key, old_row ->> 'score' AS old_score, old_row ->> 'region' AS old_region, new_row ->> 'score' AS new_score,
	new_row ->> 'region' AS new_region, new_row ->> 'edited_at' > old_row ->> 'edited_at' AS later, new_row ? 'gone' AS gone FROM app.kept ORDER BY n;
ALTER TABLE lead.lead DROP COLUMN score, DROP COLUMN region;

-- Many rows ------------------------------------------------------------------------------------------

DELETE FROM lead.event_binding;
CREATE TABLE app.tally (event text PRIMARY KEY, calls int NOT NULL DEFAULT 0);
INSERT INTO app.tally VALUES ('CREATE'), ('UPDATE'), ('DELETE');
CREATE FUNCTION app.count(event text, old lead.lead, new lead.lead) RETURNS int LANGUAGE sql AS
	$$ UPDATE app.tally t SET calls = calls + 1 WHERE t.event = count.event RETURNING calls $$;
INSERT INTO lead.event_binding (code, event, function, condition) VALUES
	('1', 'CREATE', 'app.count', NULL), ('2', 'UPDATE', 'app.count', '$.priority == "HIGH"'), ('3', 'DELETE', 'app.count', NULL);
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, priority)
SELECT 'M' || n, 'Party', 'COLD', 'EVENT', 'B2C', CASE WHEN n % 4 = 0 THEN 'HIGH' END FROM generate_series(1, 1000) n;
UPDATE lead.lead SET status = 'WORKING' WHERE key LIKE 'M%';
DELETE FROM lead.lead WHERE key LIKE 'M_';
SELECT * FROM app.tally ORDER BY event;

-- A renamed code cascades to the leads: not an event of theirs
UPDATE app.tally SET calls = 0;
UPDATE lead.event_binding SET condition = NULL WHERE code = '2';
UPDATE lead.lead_type SET code = 'RESIDENT' WHERE code = 'B2C';
UPDATE lead.lead_source SET code = 'FAIR' WHERE code = 'EVENT';
SELECT count(*) AS renamed, (SELECT calls FROM app.tally WHERE event = 'UPDATE') AS told FROM lead.lead WHERE lead_type = 'RESIDENT' AND lead_source = 'FAIR';
-- a change in the same transaction is
BEGIN;
UPDATE lead.lead_rating SET code = 'ICE' WHERE code = 'COLD';
UPDATE lead.lead SET lead_type = 'B2B' WHERE key = 'M10';
COMMIT;
SELECT calls AS told FROM app.tally WHERE event = 'UPDATE';
DELETE FROM lead.lead WHERE key LIKE 'M%';

-- An error refuses the change and leaves nothing -------------------------------------------------------

DELETE FROM lead.event_binding;
CREATE FUNCTION app.fail(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO app.heard (by, event) VALUES ('fail', event);
	RAISE EXCEPTION '% of % is not to be', event, coalesce(new.key, old.key) USING ERRCODE = 'XX123';
END $$;
CALL pg_temp.add('P', 'Q');
INSERT INTO lead.event_binding (code, event, function, condition) VALUES
	('1', 'CREATE', 'app.fail', '$.key == "R"'), ('2', 'UPDATE', 'app.fail', '$.description == "bad"'), ('3', 'DELETE', 'app.fail', NULL), ('4', 'CONVERT', 'app.fail', NULL);
SELECT count(*) AS leads, (SELECT count(*) FROM lead.lead_status_change) AS changes, (SELECT count(*) FROM lead.customer) AS customers FROM lead.lead \gset
UPDATE lead.lead SET description = 'bad' WHERE key = 'P';
\echo :LAST_ERROR_SQLSTATE
SELECT pg_temp.try($$CALL pg_temp.add('R', 'S')$$)
UNION ALL SELECT pg_temp.try($$UPDATE lead.lead SET status = 'WORKING', description = CASE key WHEN 'Q' THEN 'bad' END WHERE key IN ('P', 'Q')$$)
UNION ALL SELECT pg_temp.try($$DELETE FROM lead.lead WHERE key = 'P'$$)
UNION ALL SELECT pg_temp.try($$SELECT lead.convert((SELECT id FROM lead.lead WHERE key = 'P'))$$);
SELECT count(*) = :leads AS same_leads, (SELECT count(*) = :changes FROM lead.lead_status_change) AS same_changes,
	(SELECT count(*) = :customers FROM lead.customer) AS same_customers,
	(SELECT count(*) FROM lead.lead_conversion v JOIN lead.lead l ON l.id = v.lead_id WHERE l.key = 'P') AS conversions, (SELECT count(*) FROM app.heard WHERE by = 'fail') AS told FROM lead.lead;
SELECT key, status, version, description FROM lead.lead WHERE key IN ('P', 'Q') ORDER BY key;
-- one that has gone, or takes no such arguments any more, refuses too
DROP FUNCTION app.fail(text, lead.lead, lead.lead);
UPDATE lead.lead SET description = 'bad' WHERE key = 'P';
\echo :LAST_ERROR_SQLSTATE
CREATE FUNCTION app.fail(event text, new lead.lead) RETURNS void LANGUAGE sql AS '';
SELECT pg_temp.try($$UPDATE lead.lead SET description = 'bad' WHERE key = 'P'$$);
UPDATE lead.lead SET description = 'good' WHERE key = 'P' RETURNING version;
CREATE ROLE regress_lead_stranger;
CREATE FUNCTION app.fail(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS '';
ALTER FUNCTION app.fail(text, lead.lead, lead.lead) OWNER TO regress_lead_stranger;
SELECT pg_temp.try($$UPDATE lead.lead SET description = 'bad' WHERE key = 'P'$$);
DROP OWNED BY regress_lead_stranger;
DROP ROLE regress_lead_stranger;
-- refused when stored
DELETE FROM lead.event_binding;
CREATE FUNCTION app.order(old lead.lead, new lead.lead, event text) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION app.of_records(event text, old record, new record) RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION app.set(event text, old lead.lead, new lead.lead) RETURNS SETOF int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE app.procedure(event text, old lead.lead, new lead.lead) LANGUAGE sql AS '';
SELECT name, pg_temp.try(format('INSERT INTO lead.event_binding (code, event, function) VALUES (''x'', ''UPDATE'', %L)', name)) FROM (VALUES
	(1, 'app.none'), (2, 'one'), (3, 'a.b.c'), (4, 'app.order'), (5, 'app.of_records'), (6, 'app.set'), (7, 'app.procedure'), (8, 'app.one(text)'), (9, NULL)) t (n, name) ORDER BY n;
INSERT INTO lead.event_binding (code, event, function) VALUES ('x', 'UPDATE', 'app.order');
\echo :LAST_ERROR_SQLSTATE
-- a STRICT function is not called with NULL: of an UPDATE it hears
ALTER TABLE app.heard ADD COLUMN old_row lead.lead, ADD COLUMN new_row lead.lead;
TRUNCATE app.heard;
ALTER FUNCTION app.one(text, lead.lead, lead.lead) STRICT;
INSERT INTO lead.event_binding (code, event, function) VALUES ('1', 'CREATE', 'app.one'), ('2', 'UPDATE', 'app.one'), ('3', 'DELETE', 'app.one');
CALL pg_temp.add('T');
UPDATE lead.lead SET status_reason = NULL WHERE key = 'T';
DELETE FROM lead.lead WHERE key = 'T';
SELECT event FROM app.heard ORDER BY n;
ALTER FUNCTION app.one(text, lead.lead, lead.lead) CALLED ON NULL INPUT;

-- Changes that bindings make ---------------------------------------------------------------------------

DELETE FROM lead.event_binding;
TRUNCATE app.heard;
CREATE FUNCTION app.edit(by text, event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS $$
	SELECT app.hear(by, event, old, new);
	UPDATE lead.lead SET description = concat(description, by, ' ') WHERE id = new.id;
$$;
CREATE FUNCTION app.edit_a(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS $$ SELECT app.edit('a', event, old, new) $$;
CREATE FUNCTION app.edit_b(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS $$ SELECT app.edit('b', event, old, new) $$;
CREATE FUNCTION app.add_another(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS $$
	INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type) VALUES (new.key || '+', 'Party', 'WARM', 'WEB', 'B2B') $$;
-- one does not hear of its own
INSERT INTO lead.event_binding (code, event, function) VALUES ('1', 'UPDATE', 'app.edit_a'), ('3', 'CREATE', 'app.add_another');
CALL pg_temp.add('U');
SELECT key FROM lead.lead WHERE key LIKE 'U%' ORDER BY key;
UPDATE lead.lead SET description = '' WHERE key = 'U';
SELECT description, version FROM lead.lead WHERE key = 'U';
SELECT by, event FROM app.heard ORDER BY n;
-- another does: b of the change and of a's, a of b's
INSERT INTO lead.event_binding (code, event, function) VALUES ('2', 'UPDATE', 'app.edit_b');
UPDATE lead.lead SET description = '' WHERE key = 'U';
SELECT description, version FROM lead.lead WHERE key = 'U';
-- the same function under two codes is two bindings
UPDATE lead.event_binding SET function = 'app.edit_a' WHERE code = '2';
UPDATE lead.lead SET description = '' WHERE key = 'U';
SELECT description FROM lead.lead WHERE key = 'U';

-- one may convert the lead that it is told of, at its creation too
DELETE FROM lead.event_binding;
CREATE FUNCTION app.convert(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS $$ SELECT lead.convert(new.id, reason => event) $$;
INSERT INTO lead.event_binding (code, event, function, condition) VALUES
	('1', 'CREATE', 'app.convert', '$.priority == "HIGH"'), ('2', 'STATUS_CHANGE', 'app.convert', '$.status == "WORKING"'), ('3', 'CONVERT', 'app.three', NULL);
TRUNCATE app.heard;
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, priority) VALUES ('V', 'Party', 'WARM', 'WEB', 'B2B', 'HIGH') RETURNING status;
CALL pg_temp.add('W', 'X');
UPDATE lead.lead SET status = 'WORKING' WHERE key IN ('W', 'X');
SELECT l.key, h.version, h.from_status, h.to_status, h.reason, h.version = v.version AS conversion FROM lead.lead l
JOIN lead.lead_status_change h ON h.lead_id = l.id JOIN lead.lead_conversion v ON v.lead_id = l.id WHERE l.key IN ('V', 'W', 'X') ORDER BY l.key, h.version;
SELECT by, event, (new_row).key, (new_row).version FROM app.heard ORDER BY n;
-- so may a trigger of the user's, whether it fires before the guard has written the history or after
DELETE FROM lead.event_binding;
CREATE FUNCTION app.converts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM lead.convert(new.id); RETURN NULL; END $$;
CREATE TRIGGER "A_first" AFTER UPDATE ON lead.lead FOR EACH ROW WHEN (new.status = 'WORKING' AND new.key = 'Y') EXECUTE FUNCTION app.converts();
CREATE TRIGGER z_last AFTER UPDATE ON lead.lead FOR EACH ROW WHEN (new.status = 'WORKING' AND new.key = 'Z') EXECUTE FUNCTION app.converts();
CALL pg_temp.add('Y', 'Z');
UPDATE lead.lead SET status = 'WORKING' WHERE key IN ('Y', 'Z');
SELECT l.key, l.status, h.version, h.from_status, h.to_status, h.changed_at > h.entered_at AS later
FROM lead.lead l JOIN lead.lead_status_change h ON h.lead_id = l.id WHERE l.key IN ('Y', 'Z') ORDER BY l.key, h.version;
DROP TRIGGER "A_first" ON lead.lead;
DROP TRIGGER z_last ON lead.lead;

-- Each of these hears of one step and takes the next one: eight deep is allowed, nine is not
DELETE FROM lead.event_binding;
CREATE FUNCTION app.step(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS
	$$ UPDATE lead.lead SET chars = jsonb_build_object('step', (new.chars ->> 'step')::int + 1) WHERE id = new.id $$;
INSERT INTO lead.event_binding (code, event, function, condition)
SELECT n, 'UPDATE', 'app.step', format('$.chars.step == %s', n)::jsonpath FROM generate_series(1, 9) n;
UPDATE lead.lead SET chars = '{"step": 2}' WHERE key = 'U';
SELECT chars, version FROM lead.lead WHERE key = 'U';
UPDATE lead.lead SET chars = '{"step": 1}' WHERE key = 'U';
\echo :LAST_ERROR_SQLSTATE
SELECT chars, version FROM lead.lead WHERE key = 'U';
-- after an error, caught or not, all is as before: none counts as running
SELECT pg_temp.try($$UPDATE lead.lead SET chars = '{"step": 1}' WHERE key = 'U'$$);
BEGIN;
SAVEPOINT s;
UPDATE lead.lead SET chars = '{"step": 1}' WHERE key = 'U';
ROLLBACK TO s;
UPDATE lead.lead SET chars = '{"step": 2}' WHERE key = 'U';
COMMIT;
SELECT chars, version FROM lead.lead WHERE key = 'U';

-- Bindings that change bindings: those that an event calls are settled when it happens
DELETE FROM lead.event_binding;
TRUNCATE app.heard;
CREATE FUNCTION app.meddle(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM app.hear('meddle', event, old, new);
	EXECUTE new.description;
	UPDATE lead.lead SET party_name = 'Meddled' WHERE id = new.id;
END $$;
INSERT INTO lead.event_binding (code, event, function) VALUES ('1', 'UPDATE', 'app.meddle'), ('2', 'UPDATE', 'app.two'), ('3', 'UPDATE', 'app.three');
BEGIN;
UPDATE lead.lead SET description = 'DELETE FROM lead.event_binding WHERE code = ''2''' WHERE key = 'U';
SELECT by, new_version FROM (SELECT n, by, (new_row).version AS new_version FROM app.heard) t ORDER BY n;
TRUNCATE app.heard;
UPDATE lead.lead SET description = 'SELECT' WHERE key = 'U';
SELECT by FROM app.heard ORDER BY n;
ROLLBACK;
BEGIN;
UPDATE lead.lead SET description = 'DELETE FROM lead.event_binding' WHERE key = 'U';
SELECT by FROM app.heard ORDER BY n;
TRUNCATE app.heard;
UPDATE lead.lead SET description = 'SELECT' WHERE key = 'U';
SELECT count(*) AS told FROM app.heard;
ROLLBACK;
BEGIN;
UPDATE lead.lead SET description = 'TRUNCATE lead.event_binding; INSERT INTO lead.event_binding (code, event, function) VALUES (''0'', ''UPDATE'', ''app.nine'')' WHERE key = 'U';
SELECT by FROM app.heard ORDER BY n;
ROLLBACK;
-- one that gives itself another name with each call would never end
BEGIN;
UPDATE lead.lead SET description = 'UPDATE lead.event_binding SET code = code || ''+'' WHERE code LIKE ''1%''' WHERE key = 'U';
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
SELECT code FROM lead.event_binding ORDER BY code;
-- a function that goes while another runs
SELECT pg_temp.try($$UPDATE lead.lead SET description = 'DROP FUNCTION app.three(text, lead.lead, lead.lead)' WHERE key = 'U'$$);

DELETE FROM lead.event_binding;
DROP SCHEMA app CASCADE;
