\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
-- History, audit columns and conversions say what happened and who did it,
-- whatever an agent tries; and code of somebody else's never runs with more
-- rights than those of the user whose statement it is.

-- Tools -------------------------------------------------------------------

\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
SELECT current_user AS owner \gset
CREATE SCHEMA regress_lead_lab;
GRANT USAGE, CREATE ON SCHEMA regress_lead_lab TO PUBLIC;

-- Runs a statement as the caller: ok, or the error; ids and days are masked.
CREATE FUNCTION regress_lead_lab.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || regexp_replace(regexp_replace(SQLERRM,
		'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '(id)', 'g'), '\m\d+-\d+-\d+\M', '(day)', 'g');
END $$;
CREATE FUNCTION regress_lead_lab.lead_id(key text) RETURNS uuid LANGUAGE sql STABLE AS
	'SELECT l.id FROM lead.lead l WHERE l.key = lead_id.key';
-- names of roles, that of the superuser masked
CREATE FUNCTION regress_lead_lab.who(name text) RETURNS text LANGUAGE sql STABLE AS
	$$SELECT CASE WHEN name LIKE 'regress\_lead\_%' THEN name WHEN name IS NOT NULL THEN '(superuser)' END$$;
CREATE VIEW regress_lead_lab.history AS
	SELECT l.key, c.version, c.from_status, c.to_status, c.reason, regress_lead_lab.who(c.changed_by) AS changed_by, c.actor
	FROM lead.lead_status_change c JOIN lead.lead l ON l.id = c.lead_id;

GRANT SELECT ON regress_lead_lab.history TO PUBLIC;

CREATE ROLE regress_lead_admin LOGIN;
CREATE ROLE regress_lead_agent LOGIN;
CREATE ROLE regress_lead_other LOGIN;
SELECT lead.grant_access('regress_lead_admin', 'administrator'),
	lead.grant_access('regress_lead_agent', 'agent'),
	lead.grant_access('regress_lead_other', 'agent');

-- Direct writes -----------------------------------------------------------

SET ROLE regress_lead_agent;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('A', 'A', 'B2B', 'HOT', 'WEB');
SELECT regress_lead_lab.try($$INSERT INTO lead.lead_status_change (lead_id, version, to_status, changed_at, changed_by, xid)
	VALUES (regress_lead_lab.lead_id('A'), 2, 'WORKING', now(), 'regress_lead_admin', 1)$$);
SELECT regress_lead_lab.try($$UPDATE lead.lead_status_change SET changed_by = 'regress_lead_admin'$$);
SELECT regress_lead_lab.try($$DELETE FROM lead.lead_status_change$$);
SELECT regress_lead_lab.try($$MERGE INTO lead.lead_status_change c USING lead.lead l ON c.lead_id = l.id WHEN MATCHED THEN UPDATE SET changed_by = 'regress_lead_admin'$$);
SELECT regress_lead_lab.try($$INSERT INTO lead.lead_conversion (lead_id, version, kind, from_status, external_system, converted_at, converted_by)
	VALUES (regress_lead_lab.lead_id('A'), 2, 'CONVERTED_EXTERNAL', 'NEW', 'SAP', now(), 'regress_lead_admin')$$);
SELECT regress_lead_lab.try($$INSERT INTO lead.lead_merge (loser_id, winner_id, winner_version, loser_version, winner_before, loser_before, merged_at, merged_by)
	VALUES (regress_lead_lab.lead_id('A'), gen_random_uuid(), 1, 1, '{}', '{}', now(), 'regress_lead_admin')$$);
SELECT regress_lead_lab.try($$UPDATE lead.lead_merge SET winner_before = '{}'$$);
SELECT regress_lead_lab.try($$DELETE FROM lead.lead_merge$$);
SELECT regress_lead_lab.try($$INSERT INTO lead.lead_erasure (lead_id, version, reason, erased_at, erased_by, history_rows, conversions, merges, persons, persons_kept, accounts, kept)
	VALUES (regress_lead_lab.lead_id('A'), 2, 'asked', now(), 'regress_lead_admin', 1, 0, 0, 0, 0, 0, '{}')$$);
SELECT regress_lead_lab.try($$SELECT lead.do_erase(NULL::lead.lead_erasure, regress_lead_lab.lead_id('A'), 'asked')$$);
SELECT regress_lead_lab.try($$INSERT INTO lead.event_epoch VALUES (0, 1, 1, 1, now())$$);
SELECT regress_lead_lab.try($$UPDATE lead.event_epoch SET system_identifier = 1$$);
SELECT regress_lead_lab.try($$UPDATE lead.lead SET status = 'CONVERTED'$$);
SELECT regress_lead_lab.try($$UPDATE lead.lead SET status = 'CONVERTED_EXTERNAL'$$);
SELECT regress_lead_lab.try($$INSERT INTO lead.lead (status, party_name, lead_type, lead_rating, lead_source) VALUES ('CONVERTED', 'B', 'B2B', 'HOT', 'WEB')$$);
SELECT regress_lead_lab.try($$UPDATE lead.lead SET id = gen_random_uuid()$$);

-- Audit columns: a client's values are ignored, by INSERT, COPY, UPDATE, upsert and MERGE.

CREATE VIEW regress_lead_lab.audit AS
	SELECT key, version, inserted_by, inserted_by_actor, edited_by, edited_by_actor, match_keys,
		inserted_at > now() - interval '1 hour' AND edited_at >= inserted_at AND edited_at < now() + interval '1 hour' AS times_are_real,
		status_since BETWEEN inserted_at AND edited_at AS since_is_real
	FROM lead.lead;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, version, inserted_by, inserted_by_actor, inserted_at,
	edited_by, edited_by_actor, edited_at, status_since, match_keys)
VALUES ('F', 'F', 'B2B', 'HOT', 'WEB', 99, 'regress_lead_admin', 'ceo', '2001-01-01', 'regress_lead_admin', 'ceo', '2001-01-01', '2001-01-01', '{x}');
COPY lead.lead (key, party_name, lead_type, lead_rating, lead_source, version, inserted_by, inserted_by_actor, inserted_at,
	edited_by, edited_by_actor, edited_at, status_since, match_keys) FROM STDIN (FORMAT csv);
C,C,B2B,HOT,WEB,99,regress_lead_admin,ceo,2001-01-01,regress_lead_admin,ceo,2001-01-01,2001-01-01,{x}
\.
SELECT * FROM regress_lead_lab.audit ORDER BY key;
UPDATE lead.lead SET version = 99, inserted_by = 'regress_lead_admin', inserted_by_actor = 'ceo', inserted_at = '2001-01-01',
	edited_by = 'regress_lead_admin', edited_by_actor = 'ceo', edited_at = '2001-01-01', status_since = '2001-01-01', match_keys = '{x}'
WHERE key = 'F';
INSERT INTO lead.lead (id, key, party_name, lead_type, lead_rating, lead_source) SELECT id, key, party_name, lead_type, lead_rating, lead_source
	FROM lead.lead WHERE key = 'C'
ON CONFLICT (id) DO UPDATE SET version = 99, inserted_by = 'regress_lead_admin', edited_by = 'regress_lead_admin', inserted_at = '2001-01-01', edited_at = '2001-01-01',
	status_since = '2001-01-01', inserted_by_actor = 'ceo', edited_by_actor = 'ceo', match_keys = '{x}';
MERGE INTO lead.lead l USING (VALUES ('A')) v (key) ON l.key = v.key
WHEN MATCHED THEN UPDATE SET version = 99, inserted_by = 'regress_lead_admin', edited_by = 'regress_lead_admin', inserted_at = '2001-01-01', edited_at = '2001-01-01',
	status_since = '2001-01-01', inserted_by_actor = 'ceo', edited_by_actor = 'ceo', match_keys = '{x}';
SELECT * FROM regress_lead_lab.audit ORDER BY key;
SELECT * FROM regress_lead_lab.history ORDER BY key, version;

-- Settings ----------------------------------------------------------------
-- There is none by which a client could switch the guard off, and the one that
-- names an actor names no role.

\c - regress_lead_agent
SELECT lead.uuid_v7() IS NOT NULL AS library_is_loaded;
SELECT regress_lead_lab.try('SET lead.restoring = on');
SELECT regress_lead_lab.try('SET lead.time_zone = ''Pacific/Kiritimati''');
SELECT left(regress_lead_lab.try('SET ROLE regress_lead_admin'), 5);
SELECT left(regress_lead_lab.try('SET SESSION AUTHORIZATION regress_lead_admin'), 5);
SET lead.actor = 'regress_lead_admin';
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'A';
RESET lead.actor;
SELECT * FROM regress_lead_lab.history WHERE key = 'A' ORDER BY version;

-- Before the library is loaded in a session the server takes any name; what an
-- agent put there does not survive the loading.
\c - regress_lead_agent
SET lead.time_zone = 'Pacific/Kiritimati';
SET lead.actor = 'jana';
UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'A';
SELECT current_setting('lead.time_zone') = '' AS zone_is_default, current_setting('lead.actor') AS actor;
\c - regress_lead_agent
SET client_min_messages = error;
SET lead.restoring = on;
SET lead.pass = 'CONVERTED';
UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'A';
RESET client_min_messages;
SELECT current_setting('lead.restoring', true) AS restoring, current_setting('lead.pass', true) AS pass;

-- row_security = off is what a dump says; to the guard it says nothing.
SET row_security = off;
SET lead.actor = 'jana';
UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'A';
UPDATE lead.lead SET status = 'LATER' WHERE key = 'A';
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, version, inserted_by, status_since, inserted_at)
VALUES ('R', 'R', 'B2B', 'HOT', 'WEB', 7, 'regress_lead_admin', '2001-01-01', '2001-01-01');
SELECT * FROM regress_lead_lab.audit WHERE key IN ('A', 'R') ORDER BY key;
SELECT * FROM regress_lead_lab.history WHERE key IN ('A', 'R') ORDER BY key, version;
\c - :owner

-- An owner's SECURITY DEFINER helper --------------------------------------
-- What it does is judged and recorded like anything else; the outer user did it.

CREATE FUNCTION regress_lead_lab.set_status(key text, status lead.lead_status, reason text DEFAULT NULL) RETURNS void
LANGUAGE sql SECURITY DEFINER AS
	'UPDATE lead.lead SET status = set_status.status, status_reason = set_status.reason WHERE lead.key = set_status.key';
CREATE FUNCTION regress_lead_lab.create_lead(key text, lead_type text) RETURNS void LANGUAGE sql SECURITY DEFINER AS
	$$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES (create_lead.key, 'H', create_lead.lead_type, 'HOT', 'WEB')$$;
CREATE FUNCTION regress_lead_lab.set_type(key text, lead_type text) RETURNS void LANGUAGE sql SECURITY DEFINER AS
	'UPDATE lead.lead SET lead_type = set_type.lead_type WHERE lead.key = set_type.key';
CREATE FUNCTION regress_lead_lab.delete_lead(key text) RETURNS void LANGUAGE sql SECURITY DEFINER AS
	'DELETE FROM lead.lead WHERE lead.key = delete_lead.key';

SET ROLE regress_lead_agent;
SELECT regress_lead_lab.create_lead('H', 'B2B');
SELECT regress_lead_lab.try($$SELECT regress_lead_lab.set_status('H', 'CONVERTED')$$);
SELECT regress_lead_lab.try($$SELECT regress_lead_lab.set_status('H', 'REJECTED')$$);
SELECT regress_lead_lab.try($$SELECT regress_lead_lab.set_status('H', 'UNSUCCESSFUL', 'lost')$$);
SELECT regress_lead_lab.try($$SELECT regress_lead_lab.set_status('H', 'REJECTED', 'spam')$$);
SET row_security = off;
SELECT regress_lead_lab.try($$SELECT regress_lead_lab.set_status('H', 'CONVERTED')$$);
SELECT regress_lead_lab.try($$SELECT regress_lead_lab.set_status('H', 'IN_PROGRESS', 'no spam')$$);
RESET row_security;
SELECT * FROM regress_lead_lab.audit WHERE key = 'H';
SELECT * FROM regress_lead_lab.history WHERE key = 'H' ORDER BY version;
SELECT kind FROM lead.convert(regress_lead_lab.lead_id('H'));
SELECT regress_lead_lab.try($$SELECT regress_lead_lab.delete_lead('H')$$);
RESET ROLE;

-- The agent's own objects -------------------------------------------------

SET ROLE regress_lead_agent;
-- a table that looks like ours, with our triggers
CREATE TABLE regress_lead_lab.lead (LIKE lead.lead INCLUDING DEFAULTS);
CREATE TRIGGER guard_before BEFORE INSERT OR UPDATE OR DELETE ON regress_lead_lab.lead FOR EACH ROW EXECUTE FUNCTION lead.guard();
SELECT regress_lead_lab.try($$INSERT INTO regress_lead_lab.lead (id, key, party_name, lead_type, lead_rating, lead_source)
	VALUES (regress_lead_lab.lead_id('A'), 'X', 'X', 'B2B', 'HOT', 'WEB')$$);
DROP TRIGGER guard_before ON regress_lead_lab.lead;
CREATE TRIGGER guard_after AFTER INSERT OR UPDATE ON regress_lead_lab.lead FOR EACH ROW EXECUTE FUNCTION lead.guard();
SELECT regress_lead_lab.try($$INSERT INTO regress_lead_lab.lead (id, key, party_name, lead_type, lead_rating, lead_source)
	VALUES (regress_lead_lab.lead_id('A'), 'X', 'X', 'B2B', 'HOT', 'WEB')$$);
DROP TRIGGER guard_after ON regress_lead_lab.lead;
CREATE TRIGGER events AFTER INSERT ON regress_lead_lab.lead FOR EACH ROW EXECUTE FUNCTION lead.call_event_bindings();
SELECT regress_lead_lab.try($$INSERT INTO regress_lead_lab.lead (id, key, party_name, lead_type, lead_rating, lead_source)
	VALUES (regress_lead_lab.lead_id('A'), 'X', 'X', 'B2B', 'HOT', 'WEB')$$);
DROP TABLE regress_lead_lab.lead;
CREATE TEMP TABLE lead (LIKE lead.lead INCLUDING DEFAULTS);
CREATE TRIGGER guard_after AFTER INSERT ON pg_temp.lead FOR EACH ROW EXECUTE FUNCTION lead.guard();
SELECT regress_lead_lab.try($$INSERT INTO pg_temp.lead (id, key, party_name, lead_type, lead_rating, lead_source)
	VALUES (regress_lead_lab.lead_id('A'), 'X', 'X', 'B2B', 'HOT', 'WEB')$$);
DROP TABLE pg_temp.lead;
-- the other triggers do nothing there that the agent may not do
CREATE TABLE regress_lead_lab.rules (id uuid, code text, condition jsonpath);
CREATE TRIGGER a BEFORE INSERT ON regress_lead_lab.rules FOR EACH ROW EXECUTE FUNCTION lead.check_row();
CREATE TRIGGER b BEFORE INSERT ON regress_lead_lab.rules FOR EACH ROW EXECUTE FUNCTION lead.rules_changed('lead_status_rule');
CREATE TRIGGER c BEFORE INSERT ON regress_lead_lab.rules FOR EACH ROW EXECUTE FUNCTION lead.rules_changed('no such table');
INSERT INTO regress_lead_lab.rules (code) VALUES ('X');
SELECT id IS NOT NULL AS has_id, code FROM regress_lead_lab.rules;
SELECT regress_lead_lab.try($$UPDATE lead.lead SET status = 'REJECTED' WHERE key = 'A'$$);
-- wrong use of them is refused
CREATE TRIGGER d AFTER INSERT ON regress_lead_lab.rules FOR EACH ROW EXECUTE FUNCTION lead.check_row();
SELECT regress_lead_lab.try($$INSERT INTO regress_lead_lab.rules (code) VALUES ('Y')$$);
DROP TRIGGER d ON regress_lead_lab.rules;
CREATE TRIGGER d BEFORE INSERT ON regress_lead_lab.rules EXECUTE FUNCTION lead.guard();
SELECT regress_lead_lab.try($$INSERT INTO regress_lead_lab.rules (code) VALUES ('Y')$$);
DROP TRIGGER d ON regress_lead_lab.rules;
CREATE TRIGGER d BEFORE INSERT ON regress_lead_lab.rules FOR EACH ROW EXECUTE FUNCTION lead.rules_changed();
SELECT regress_lead_lab.try($$INSERT INTO regress_lead_lab.rules (code) VALUES ('Y')$$);
DROP TRIGGER d ON regress_lead_lab.rules;
CREATE TRIGGER d BEFORE INSERT ON regress_lead_lab.rules FOR EACH ROW EXECUTE FUNCTION lead.check_user_function('binding');
SELECT regress_lead_lab.try($$INSERT INTO regress_lead_lab.rules (code) VALUES ('Y')$$);
CREATE VIEW regress_lead_lab.instead AS SELECT * FROM lead.lead;
CREATE TRIGGER d INSTEAD OF UPDATE ON regress_lead_lab.instead FOR EACH ROW EXECUTE FUNCTION lead.guard();
SELECT regress_lead_lab.try($$UPDATE regress_lead_lab.instead SET status = 'CONVERTED' WHERE key = 'A'$$);

-- a view and a rule of the agent's act with his rights, and the outer user did it
CREATE VIEW regress_lead_lab.open_lead AS SELECT key, status, status_reason FROM lead.lead;
CREATE RULE note AS ON UPDATE TO regress_lead_lab.open_lead DO ALSO
	UPDATE lead.lead_status_change SET changed_by = 'regress_lead_admin';
SELECT regress_lead_lab.try($$UPDATE regress_lead_lab.open_lead SET status = 'NON_WORKING' WHERE key = 'A'$$);
DROP RULE note ON regress_lead_lab.open_lead;
GRANT SELECT, UPDATE ON regress_lead_lab.open_lead TO regress_lead_other;
SET ROLE regress_lead_other;
SELECT regress_lead_lab.try($$UPDATE regress_lead_lab.open_lead SET status = 'NON_WORKING' WHERE key = 'A'$$);
SELECT * FROM regress_lead_lab.history WHERE key = 'A' ORDER BY version;
RESET ROLE;

-- Foreign key actions -----------------------------------------------------
-- A table of the agent's that follows a code of ours, for which the owner has
-- given REFERENCES, has triggers. When an administrator renames the code they
-- run in his statement: the agent's rights, the administrator's name, and the
-- same rules as ever. Leads with the code are renamed without a word: no
-- refusal, no event, no privilege asked.

GRANT REFERENCES ON lead.lead_type TO regress_lead_agent;
CREATE TABLE regress_lead_lab.note (at int GENERATED ALWAYS AS IDENTITY, text text);
GRANT ALL ON regress_lead_lab.note TO PUBLIC;
CREATE FUNCTION regress_lead_lab.note_event(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS
	$$INSERT INTO regress_lead_lab.note (text) VALUES (format('%s of %s as %s', event, (new).key, regress_lead_lab.who(current_user)))$$;
INSERT INTO lead.event_binding (code, event, function) VALUES ('NOTE', 'UPDATE', 'regress_lead_lab.note_event');
INSERT INTO lead.lead_type (code, name, create_privilege) VALUES ('VIP', 'VIP', 'regress_lead_admin');
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('V', 'V', 'VIP', 'HOT', 'WEB');
UPDATE lead.lead_type SET validity_to = '2001-01-01' WHERE code = 'VIP';

SET ROLE regress_lead_agent;
CREATE TABLE regress_lead_lab.follower (lead_type text REFERENCES lead.lead_type ON UPDATE CASCADE, key text);
INSERT INTO regress_lead_lab.follower VALUES ('VIP', 'F');
CREATE FUNCTION regress_lead_lab.follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO regress_lead_lab.note (text) VALUES ('trigger as ' || regress_lead_lab.who(current_user));
	INSERT INTO regress_lead_lab.note (text) VALUES ('history: ' || regress_lead_lab.try('DELETE FROM lead.lead_status_change'));
	INSERT INTO regress_lead_lab.note (text) VALUES ('register: ' || regress_lead_lab.try('DELETE FROM lead.lead_source'));
	INSERT INTO regress_lead_lab.note (text) VALUES ('conversion: ' || regress_lead_lab.try('UPDATE lead.lead SET status = ''CONVERTED'' WHERE key = ''F'''));
	INSERT INTO regress_lead_lab.note (text) VALUES ('status: ' || regress_lead_lab.try('UPDATE lead.lead SET status = ''WORKING'' WHERE key = ''F'''));
	RETURN NEW;
END $$;
CREATE TRIGGER follow BEFORE UPDATE ON regress_lead_lab.follower FOR EACH ROW EXECUTE FUNCTION regress_lead_lab.follow();
RESET ROLE;
SET ROLE regress_lead_other;
UPDATE lead.lead SET description = 'before' WHERE key = 'V';
SET ROLE regress_lead_admin;
UPDATE lead.lead_type SET code = 'TOP' WHERE code = 'VIP';
RESET ROLE;
SELECT text FROM regress_lead_lab.note ORDER BY at;
SELECT key, lead_type, version, regress_lead_lab.who(edited_by) AS edited_by FROM lead.lead WHERE key IN ('F', 'V') ORDER BY key;
SELECT * FROM regress_lead_lab.history WHERE key IN ('F', 'V') ORDER BY key, version;
DROP TABLE regress_lead_lab.follower;
TRUNCATE regress_lead_lab.note;

-- The agent's own foreign key action, and in it the owner's helper, is no
-- renamed code: code, privilege and event are asked for as anywhere.
SET ROLE regress_lead_agent;
CREATE TABLE regress_lead_lab.parent (id int PRIMARY KEY);
CREATE TABLE regress_lead_lab.child (id int REFERENCES regress_lead_lab.parent ON UPDATE CASCADE, statement text);
CREATE FUNCTION regress_lead_lab.obey() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO regress_lead_lab.note (text) VALUES (NEW.statement || ': ' || regress_lead_lab.try(NEW.statement));
	RETURN NEW;
END $$;
CREATE TRIGGER obey BEFORE UPDATE ON regress_lead_lab.child FOR EACH ROW EXECUTE FUNCTION regress_lead_lab.obey();
INSERT INTO regress_lead_lab.parent VALUES (1);
INSERT INTO regress_lead_lab.child VALUES
	(1, $$SELECT regress_lead_lab.set_type('F', 'TOP')$$),
	(1, $$SELECT regress_lead_lab.set_type('F', 'GONE')$$),
	(1, $$SELECT regress_lead_lab.set_type('F', 'B2C')$$),
	(1, $$SELECT regress_lead_lab.set_status('F', 'CONVERTED')$$);
UPDATE regress_lead_lab.parent SET id = 2;
RESET ROLE;
SELECT text FROM regress_lead_lab.note ORDER BY at;
DELETE FROM lead.event_binding;
TRUNCATE regress_lead_lab.note;

-- Maintenance by a superuser (autovacuum's too) runs an index's function as the
-- table's owner; who was at work before is lost there, and a helper of ours in
-- it would bring the superuser back. So nothing of a lead changes there at all.
INSERT INTO lead.event_binding (code, event, function) VALUES ('NOTE', 'UPDATE', 'regress_lead_lab.note_event');
SET ROLE regress_lead_agent;
CREATE TABLE regress_lead_lab.indexed (statement text);
CREATE FUNCTION regress_lead_lab.run(statement text) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
	RAISE WARNING '%: %', left(statement, 40), regress_lead_lab.try(statement);
	RETURN 1;
END $$;
CREATE FUNCTION regress_lead_lab.indexed(statement text) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
CREATE INDEX ON regress_lead_lab.indexed (regress_lead_lab.indexed(statement));
RESET ROLE;
DO $$
DECLARE
	statement text;
BEGIN
	FOREACH statement IN ARRAY ARRAY[
		$q$UPDATE lead.lead SET status = 'WORKING' WHERE key = 'C'$q$,
		$q$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('Z', 'Z', 'B2B', 'HOT', 'WEB')$q$,
		$q$SELECT regress_lead_lab.set_status('C', 'WORKING')$q$,
		$q$SELECT regress_lead_lab.create_lead('Z', 'B2B')$q$,
		$q$SELECT regress_lead_lab.delete_lead('C')$q$,
		$q$SELECT lead.convert(regress_lead_lab.lead_id('C'))$q$,
		$q$SELECT count(*) FROM lead.lead_report$q$]
	LOOP
		SET LOCAL ROLE regress_lead_agent;
		CREATE OR REPLACE FUNCTION regress_lead_lab.indexed(statement text) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
		TRUNCATE regress_lead_lab.indexed;
		INSERT INTO regress_lead_lab.indexed VALUES (statement);
		CREATE OR REPLACE FUNCTION regress_lead_lab.indexed(statement text) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN regress_lead_lab.run(statement); END';
		RESET ROLE;
		ANALYZE regress_lead_lab.indexed;
	END LOOP;
END $$;
SELECT text FROM regress_lead_lab.note ORDER BY at;
SELECT * FROM regress_lead_lab.history WHERE key IN ('C', 'Z') ORDER BY key, version;
DROP TABLE regress_lead_lab.indexed;
DELETE FROM lead.event_binding;
TRUNCATE regress_lead_lab.note;

-- Functions of the user's -------------------------------------------------
-- They run as the outer user, and only such as he has reason to trust: a
-- superuser's, the lead table's owner's, his own.

SET ROLE regress_lead_agent;
CREATE FUNCTION regress_lead_lab.spy(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO regress_lead_lab.note (text) VALUES ('spy as ' || regress_lead_lab.who(current_user));
END $$;
SET ROLE regress_lead_admin;
INSERT INTO lead.event_binding (code, event, function) VALUES ('SPY', 'UPDATE', 'regress_lead_lab.spy');
SET ROLE regress_lead_agent;
SELECT 'owner of the function' AS caller, regress_lead_lab.try($$UPDATE lead.lead SET description = 'x' WHERE key = 'A'$$);
SELECT 'same, by a helper' AS caller, regress_lead_lab.try($$SELECT regress_lead_lab.set_type('A', 'B2C')$$);
SET ROLE regress_lead_other;
SELECT 'another agent' AS caller, regress_lead_lab.try($$UPDATE lead.lead SET description = 'y' WHERE key = 'A'$$);
SELECT 'same, by a helper' AS caller, regress_lead_lab.try($$SELECT regress_lead_lab.set_type('A', 'B2B')$$);
SET ROLE regress_lead_admin;
SELECT 'administrator' AS caller, regress_lead_lab.try($$UPDATE lead.lead SET description = 'y' WHERE key = 'A'$$);
SELECT 'administrator renaming a code' AS caller, regress_lead_lab.try($$UPDATE lead.lead_type SET code = 'B2X' WHERE code = 'B2C'$$);
RESET ROLE;
SELECT 'superuser' AS caller, regress_lead_lab.try($$UPDATE lead.lead SET description = 'y' WHERE key = 'A'$$);
SELECT 'superuser renaming a code' AS caller, regress_lead_lab.try($$UPDATE lead.lead_type SET code = 'B2C' WHERE code = 'B2X'$$);
SELECT key, description, lead_type FROM lead.lead WHERE key = 'A';
SELECT text FROM regress_lead_lab.note ORDER BY at;
-- a helper of the agent's own, which a superuser was talked into calling, is still the superuser's statement
SET ROLE regress_lead_agent;
CREATE FUNCTION regress_lead_lab.bait() RETURNS text LANGUAGE sql SECURITY DEFINER AS
	$_$SELECT regress_lead_lab.try($$UPDATE lead.lead SET description = 'z' WHERE key = 'A'$$)$_$;
RESET ROLE;
SELECT 'superuser by the agent''s helper' AS caller, regress_lead_lab.bait();
DELETE FROM lead.event_binding;
TRUNCATE regress_lead_lab.note;

-- a name is resolved at each call: who owns the schema can put another function in the place of ours
CREATE ROLE regress_lead_host;
CREATE SCHEMA regress_lead_host AUTHORIZATION regress_lead_host;
GRANT USAGE ON SCHEMA regress_lead_host TO PUBLIC;
SELECT lead.grant_access('regress_lead_host', 'reader');
CREATE FUNCTION regress_lead_host.hook(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS
	$$INSERT INTO regress_lead_lab.note (text) VALUES ('trusted as ' || regress_lead_lab.who(current_user))$$;
INSERT INTO lead.event_binding (code, event, function) VALUES ('HOOK', 'UPDATE', 'regress_lead_host.hook');
SET ROLE regress_lead_agent;
SELECT regress_lead_lab.try($$UPDATE lead.lead SET description = 'trusted' WHERE key = 'A'$$);
SET ROLE regress_lead_host;
DROP FUNCTION regress_lead_host.hook;
CREATE FUNCTION regress_lead_host.hook(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS
	$$INSERT INTO regress_lead_lab.note (text) VALUES ('planted as ' || regress_lead_lab.who(current_user))$$;
SET ROLE regress_lead_agent;
SELECT regress_lead_lab.try($$UPDATE lead.lead SET description = 'planted' WHERE key = 'A'$$);
RESET ROLE;
SELECT regress_lead_lab.try($$UPDATE lead.lead SET description = 'planted' WHERE key = 'A'$$);
SELECT text FROM regress_lead_lab.note ORDER BY at;
SELECT description FROM lead.lead WHERE key = 'A';
DELETE FROM lead.event_binding;
DROP SCHEMA regress_lead_host CASCADE;
SELECT lead.revoke_access('regress_lead_host');
DROP ROLE regress_lead_host;
TRUNCATE regress_lead_lab.note;

-- it cannot change its role, and one that nobody let the caller execute is refused
CREATE FUNCTION regress_lead_lab.climb(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO regress_lead_lab.note (text) VALUES
		('reset role: ' || regress_lead_lab.try('RESET ROLE')),
		('set role: ' || regress_lead_lab.try('SET ROLE regress_lead_admin')),
		('session: ' || regress_lead_lab.try('SET SESSION AUTHORIZATION regress_lead_admin')),
		('then ' || regress_lead_lab.who(current_user));
END $$;
INSERT INTO lead.event_binding (code, event, function) VALUES ('CLIMB', 'UPDATE', 'regress_lead_lab.climb');
SET ROLE regress_lead_agent;
UPDATE lead.lead SET description = 'climb' WHERE key = 'A';
RESET ROLE;
SELECT text FROM regress_lead_lab.note ORDER BY at;
REVOKE EXECUTE ON FUNCTION regress_lead_lab.climb FROM PUBLIC;
SET ROLE regress_lead_agent;
SELECT regress_lead_lab.try($$UPDATE lead.lead SET description = 'no' WHERE key = 'A'$$);
RESET ROLE;
DELETE FROM lead.event_binding;
TRUNCATE regress_lead_lab.note;

-- conversion targets by the same rule
SET ROLE regress_lead_agent;
CREATE FUNCTION regress_lead_lab.target(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO regress_lead_lab.note (text) VALUES ('target as ' || regress_lead_lab.who(current_user));
	INSERT INTO regress_lead_lab.note (text) VALUES ('in it: ' || regress_lead_lab.try('UPDATE lead.lead SET status = ''CONVERTED'' WHERE key IN (''A'', ''F'')'));
	RETURN 'C-1';
END $$;
CREATE FUNCTION regress_lead_lab.convert_for_me(key text) RETURNS text LANGUAGE sql SECURITY DEFINER AS
	'SELECT customer_ref FROM lead.convert(regress_lead_lab.lead_id(key))';
RESET ROLE;
INSERT INTO lead.conversion_target (function) VALUES ('regress_lead_lab.target');
SET ROLE regress_lead_other;
SELECT 'another agent' AS caller, regress_lead_lab.try($$SELECT lead.convert(regress_lead_lab.lead_id('A'))$$);
SELECT 'same, by a helper' AS caller, regress_lead_lab.try($$SELECT regress_lead_lab.convert_for_me('A')$$);
RESET ROLE;
SELECT 'superuser' AS caller, regress_lead_lab.try($$SELECT lead.convert(regress_lead_lab.lead_id('A'))$$);
SELECT key, status FROM lead.lead WHERE key = 'A';
SET ROLE regress_lead_agent;
SELECT 'owner of the function' AS caller, regress_lead_lab.try($$SELECT lead.convert(regress_lead_lab.lead_id('A'))$$);
RESET ROLE;
SELECT text FROM regress_lead_lab.note ORDER BY at;
SELECT kind, customer_ref, converted_by FROM lead.lead_conversion WHERE lead_id = regress_lead_lab.lead_id('A');
DELETE FROM lead.conversion_target;
TRUNCATE regress_lead_lab.note;

-- No pass without a conversion --------------------------------------------
-- CONVERTED is entered once, in the conversion itself; whatever is left over
-- from one that failed, was rolled back or has been made opens nothing.

CREATE FUNCTION regress_lead_lab.failing_target(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE plpgsql AS
	$$BEGIN RAISE EXCEPTION 'no'; END$$;
SET ROLE regress_lead_agent;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('P', 'P', 'B2B', 'HOT', 'WEB'), ('Q', 'Q', 'B2B', 'HOT', 'WEB');
RESET ROLE;
-- rolled back to a savepoint
BEGIN;
SAVEPOINT s;
SELECT kind FROM lead.convert(regress_lead_lab.lead_id('P'));
ROLLBACK TO s;
SELECT regress_lead_lab.try($$UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'P'$$);
COMMIT;
-- failed in the target
INSERT INTO lead.conversion_target (function) VALUES ('regress_lead_lab.failing_target');
BEGIN;
SELECT regress_lead_lab.try($$SELECT lead.convert(regress_lead_lab.lead_id('P'))$$);
SELECT regress_lead_lab.try($$UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'P'$$);
COMMIT;
DELETE FROM lead.conversion_target;
-- failed in the last step, with the pass given: row security refuses the new row
ALTER TABLE lead.lead ENABLE ROW LEVEL SECURITY;
CREATE POLICY agents ON lead.lead TO regress_lead_agent USING (true) WITH CHECK (status <> 'CONVERTED');
SET ROLE regress_lead_agent;
BEGIN;
SELECT regress_lead_lab.try($$SELECT lead.convert(regress_lead_lab.lead_id('P'))$$);
RESET ROLE;
SELECT regress_lead_lab.try($$UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'P'$$);
COMMIT;
DROP POLICY agents ON lead.lead;
ALTER TABLE lead.lead DISABLE ROW LEVEL SECURITY;
-- a trigger of the owner's suppresses the last step, or turns it into another
CREATE FUNCTION regress_lead_lab.suppress() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION regress_lead_lab.divert() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.status := 'WORKING'; RETURN NEW; END$$;
CREATE TRIGGER meddle BEFORE UPDATE OF status ON lead.lead FOR EACH ROW WHEN (NEW.status = 'CONVERTED') EXECUTE FUNCTION regress_lead_lab.suppress();
BEGIN;
SELECT regress_lead_lab.try($$SELECT lead.convert(regress_lead_lab.lead_id('P'))$$);
DROP TRIGGER meddle ON lead.lead;
SELECT regress_lead_lab.try($$UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'P'$$);
COMMIT;
CREATE TRIGGER meddle BEFORE UPDATE OF status ON lead.lead FOR EACH ROW WHEN (NEW.status = 'CONVERTED') EXECUTE FUNCTION regress_lead_lab.divert();
BEGIN;
SELECT regress_lead_lab.try($$SELECT lead.convert(regress_lead_lab.lead_id('P'))$$);
DROP TRIGGER meddle ON lead.lead;
SELECT status, (SELECT count(*) FROM lead.lead_conversion c WHERE c.lead_id = l.id) AS conversions FROM lead.lead l WHERE key = 'P';
SELECT regress_lead_lab.try($$UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'P'$$);
COMMIT;
CREATE TRIGGER meddle BEFORE UPDATE OF status ON lead.lead FOR EACH ROW WHEN (OLD.status = 'CONVERTED') EXECUTE FUNCTION regress_lead_lab.divert();
BEGIN;
SELECT kind FROM lead.convert(regress_lead_lab.lead_id('P'));
SELECT regress_lead_lab.try($$SELECT lead.revert_conversion(regress_lead_lab.lead_id('P'), 'mistake')$$);
DROP TRIGGER meddle ON lead.lead;
SELECT status, (SELECT count(*) FROM lead.lead_conversion c WHERE c.lead_id = l.id AND reverted_at IS NULL) AS open FROM lead.lead l WHERE key = 'P';
SELECT regress_lead_lab.try($$UPDATE lead.lead SET status = 'NEW' WHERE key = 'P'$$);
ROLLBACK;
DROP TRIGGER meddle ON lead.lead;
-- used by one lead, wanted by another; and used up
BEGIN;
SELECT kind FROM lead.convert(regress_lead_lab.lead_id('P'));
SELECT regress_lead_lab.try($$UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'Q'$$);
SELECT status FROM lead.revert_conversion(regress_lead_lab.lead_id('P'), 'mistake');
SELECT regress_lead_lab.try($$UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'P'$$);
COMMIT;
-- the passes of a merge and of its return, suppressed, turned, and used up
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, description)
VALUES ('MR', 'MR', 'B2B', 'HOT', 'WEB', NULL), ('MS', 'MS', 'B2B', 'HOT', 'WEB', 's');
INSERT INTO lead.lead_status_rule (from_status, to_status, allowed) VALUES ('NEW', 'REJECTED', false);
CREATE TRIGGER meddle BEFORE UPDATE OF status ON lead.lead FOR EACH ROW WHEN (NEW.status = 'REJECTED') EXECUTE FUNCTION regress_lead_lab.suppress();
BEGIN;
SELECT regress_lead_lab.try($$SELECT lead.merge(regress_lead_lab.lead_id('MR'), ARRAY[regress_lead_lab.lead_id('MS')])$$);
DROP TRIGGER meddle ON lead.lead;
SELECT regress_lead_lab.try($$UPDATE lead.lead SET status = 'REJECTED', status_reason = 'merged into MR' WHERE key = 'MS'$$);
COMMIT;
CREATE TRIGGER meddle BEFORE UPDATE OF status ON lead.lead FOR EACH ROW WHEN (NEW.status = 'REJECTED') EXECUTE FUNCTION regress_lead_lab.divert();
BEGIN;
SELECT regress_lead_lab.try($$SELECT lead.merge(regress_lead_lab.lead_id('MR'), ARRAY[regress_lead_lab.lead_id('MS')])$$);
DROP TRIGGER meddle ON lead.lead;
SELECT status, description, (SELECT count(*) FROM lead.lead_merge) AS merges FROM lead.lead WHERE key = 'MR';
SELECT regress_lead_lab.try($$UPDATE lead.lead SET status = 'REJECTED', status_reason = 'merged into MR' WHERE key = 'MS'$$);
COMMIT;
SELECT key FROM lead.merge(regress_lead_lab.lead_id('MR'), ARRAY[regress_lead_lab.lead_id('MS')]);
CREATE TRIGGER meddle BEFORE UPDATE OF status ON lead.lead FOR EACH ROW WHEN (OLD.status = 'REJECTED') EXECUTE FUNCTION regress_lead_lab.divert();
BEGIN;
SELECT regress_lead_lab.try($$SELECT lead.unmerge(regress_lead_lab.lead_id('MS'))$$);
DROP TRIGGER meddle ON lead.lead;
SELECT regress_lead_lab.try($$UPDATE lead.lead SET status = 'NEW', status_reason = 'x' WHERE key = 'MS'$$);
COMMIT;
-- put back unjudged, but nothing else with it
BEGIN;
SELECT key FROM lead.unmerge(regress_lead_lab.lead_id('MS'));
SELECT regress_lead_lab.try($$UPDATE lead.lead SET phones = '1' WHERE key = 'MS'$$);
SELECT regress_lead_lab.try($$UPDATE lead.lead SET phones = '1' WHERE key = 'MR'$$);
SELECT regress_lead_lab.try($$UPDATE lead.lead SET status = 'REJECTED', status_reason = 'x' WHERE key = 'MS'$$);
COMMIT;
-- a trigger of the owner's that would slip something in between
CREATE FUNCTION regress_lead_lab.slip() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN UPDATE lead.lead SET phones = '[{"value": "slipped"}]', status_reason = 'slipped' WHERE id = NEW.id AND description IS NULL; RETURN NEW; END$$;
SELECT key FROM lead.merge(regress_lead_lab.lead_id('MR'), ARRAY[regress_lead_lab.lead_id('MS')]);
CREATE TRIGGER "A" AFTER UPDATE ON lead.lead FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND NEW.key = 'MR') EXECUTE FUNCTION regress_lead_lab.slip();
SELECT regress_lead_lab.try($$SELECT lead.unmerge(regress_lead_lab.lead_id('MS'))$$);
DROP TRIGGER "A" ON lead.lead;
SELECT phones, status_reason FROM lead.lead WHERE key = 'MR';
DELETE FROM lead.lead_status_rule;
-- a converted lead leaves its status by no other way either
SELECT kind FROM lead.convert(regress_lead_lab.lead_id('P'));
SELECT regress_lead_lab.try($$UPDATE lead.lead SET status = 'NEW' WHERE key = 'P'$$);
SELECT regress_lead_lab.try($$UPDATE lead.lead SET status = 'CONVERTED_EXTERNAL' WHERE key = 'P'$$);
SELECT to_status, count(*) FROM regress_lead_lab.history WHERE key = 'P' GROUP BY 1 ORDER BY 1;

-- Who may create a lead of a type -----------------------------------------

CREATE ROLE regress_lead_vip;
CREATE ROLE regress_lead_member LOGIN IN ROLE regress_lead_vip;
SELECT lead.grant_access('regress_lead_member', 'agent');
INSERT INTO lead.lead_type (code, name, create_privilege) VALUES
	('GOLD', 'Gold', 'regress_lead_vip'), ('LOST', 'Lost', 'regress_lead_absent'), ('BLANK', 'Blank', '  ');
CREATE FUNCTION regress_lead_lab.create_as_member(key text) RETURNS void LANGUAGE sql SECURITY DEFINER AS
	$$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES (create_as_member.key, 'H', 'GOLD', 'HOT', 'WEB')$$;
ALTER FUNCTION regress_lead_lab.create_as_member OWNER TO regress_lead_member;

SET ROLE regress_lead_agent;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('N', 'N', 'GOLD', 'HOT', 'WEB');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('N', 'N', 'LOST', 'HOT', 'WEB');
\echo :LAST_ERROR_SQLSTATE
SELECT 'type changed to it' AS what, regress_lead_lab.try($$UPDATE lead.lead SET lead_type = 'GOLD' WHERE key = 'Q'$$);
SELECT 'by function of a member' AS what, regress_lead_lab.try($$SELECT regress_lead_lab.create_as_member('M2')$$);
SELECT 'blank is none' AS what, regress_lead_lab.try($$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('BL', 'B', 'BLANK', 'HOT', 'WEB')$$);
SET ROLE regress_lead_member;
SELECT 'member' AS what, regress_lead_lab.try($$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('M', 'M', 'GOLD', 'HOT', 'WEB')$$);
SELECT 'member, no such role' AS what, regress_lead_lab.try($$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('N', 'N', 'LOST', 'HOT', 'WEB')$$);
SELECT 'member, by function of the owner' AS what, regress_lead_lab.try($$SELECT regress_lead_lab.create_lead('M3', 'LOST')$$);
-- the privilege is to create, or to move there; not to work a lead that is there
SET ROLE regress_lead_agent;
SELECT 'other columns' AS what, regress_lead_lab.try($$UPDATE lead.lead SET description = 'x', lead_type = 'GOLD', status = 'WORKING' WHERE key = 'M'$$);
SELECT 'upsert of one that is there' AS what, regress_lead_lab.try($$INSERT INTO lead.lead (id, key, party_name, lead_type, lead_rating, lead_source)
	SELECT id, key, party_name, lead_type, lead_rating, lead_source FROM lead.lead WHERE key = 'M'
	ON CONFLICT (id) DO UPDATE SET description = 'y'$$);
SELECT 'type changed from it' AS what, regress_lead_lab.try($$UPDATE lead.lead SET lead_type = 'B2B' WHERE key = 'M2'$$);
SELECT 'and back' AS what, regress_lead_lab.try($$UPDATE lead.lead SET lead_type = 'GOLD' WHERE key = 'M2'$$);
-- nor is a renamed code anybody's creation, nor a renamed role anybody's privilege
SET ROLE regress_lead_admin;
UPDATE lead.lead_type SET code = 'GOLDEN' WHERE code = 'GOLD';
RESET ROLE;
SELECT key, lead_type FROM lead.lead WHERE key IN ('M', 'M2', 'M3') ORDER BY key;
ALTER ROLE regress_lead_vip RENAME TO regress_lead_vip2;
SET ROLE regress_lead_member;
SELECT 'role renamed' AS what, regress_lead_lab.try($$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('N', 'N', 'GOLDEN', 'HOT', 'WEB')$$);
RESET ROLE;
SELECT count(*) FROM lead.lead WHERE key = 'N';

SET client_min_messages = warning;
DROP SCHEMA regress_lead_lab CASCADE;
DROP SCHEMA lead CASCADE;
DROP ROLE regress_lead_admin, regress_lead_agent, regress_lead_other, regress_lead_member, regress_lead_vip2;
