\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools
-- Leads written as JSON documents: lead.create_lead, lead.replace_lead and
-- lead.patch_lead. The merge itself is in merge_patch.
SET client_min_messages = warning;

-- A lead as a document without what differs from run to run.
CREATE FUNCTION pg_temp.shown(l lead.lead) RETURNS jsonb LANGUAGE sql AS
	$$ SELECT (lead.as_json(l) - '{id,statusSince,auditInfo}'::text[]) || jsonb_build_object('version', l.version) $$;
CREATE FUNCTION pg_temp.document(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS
	$$ SELECT '{"partyName": "Acme", "leadType": "B2B", "leadRating": "HOT", "leadSource": "WEB"}'::jsonb || more $$;

-- Creating ------------------------------------------------------------------------

-- with everything, by the names of tSM and by those of the columns
SELECT pg_temp.shown(l) FROM lead.create_lead('{"id": "00000000-0000-0000-0000-000000000001", "key": "L1", "status": "LATER", "statusReason": "on holiday", "deferredUntil": "2999-12-31T23:59:59.5+02:00",
	"partyName": " Acme \"Ltd\" ", "leadType": "B2B", "leadRating": "HOT", "leadSource": "WEB", "description": "two\nlines", "priority": "HIGH", "assignedTo": "ema",
	"phones": ["+44 20 7946 0018", {"value": "+442079460019", "type": "work"}], "emails": [{"value": "Jo@EXAMPLE.com"}], "websites": ["example.com"], "dataBoxes": ["6bnaawp"],
	"contactInstants": [{"value": "acme", "service": "chat"}], "dataTags": [" a ", "b", "a"], "chars": {"seats": 40, "rate": 1.50, "none": null}}') l;
SELECT pg_temp.shown(l) FROM lead.create_lead('{"key": "L2", "party_name": "Acme", "lead_type": "B2B", "leadRating": "HOT", "lead_source": "WEB", "data_tags": ["a"], "assigned_to": "ema"}') l;
-- with what it takes: null is as left out, ids and keys are made
SELECT pg_temp.shown(l) - 'key', l.key ~ '^LEAD-\d{6}$' AS key_made FROM lead.create_lead(pg_temp.document('{"id": null, "key": null, "status": null, "priority": null, "phones": null, "chars": null, "processingData": null}')) l;
-- what lead.as_json shows may stand there and does nothing
SELECT l.status_since = l.inserted_at AS now, l.inserted_by = session_user AS by_me, l.version FROM lead.create_lead(pg_temp.document(
	'{"statusSince": "2001-01-01T00:00:00Z", "auditInfo": {"whoInserted": "x", "whenInserted": "2001-01-01T00:00:00Z", "whoEdited": "x", "whenEdited": null, "version": null}}')) l;
SELECT l.version FROM lead.create_lead(pg_temp.document('{"status_since": "x", "audit_info": null}')) l;
-- processingData reaches the transaction and is not stored
BEGIN;
SELECT l.processing_data, lead.processing_data(l.id) FROM lead.create_lead(pg_temp.document('{"processingData": {"campaign": 7}}')) l;
ROLLBACK;
-- a status is judged as in an INSERT
SELECT status FROM lead.create_lead(pg_temp.document('{"status": "WORKING"}'));
CALL pg_temp.try($$SELECT lead.create_lead(pg_temp.document('{"status": "REJECTED", "statusReason": "x"}'))$$);
CALL pg_temp.try($$SELECT lead.create_lead(pg_temp.document('{"status": "CONVERTED"}'))$$);
CALL pg_temp.try($$SELECT lead.create_lead(pg_temp.document('{"status": "LATER"}'))$$);
CALL pg_temp.try($$SELECT lead.create_lead(pg_temp.document('{"deferredUntil": "2999-01-01T00:00:00Z"}'))$$);
-- what is taken, unknown, missing
CALL pg_temp.try($$SELECT lead.create_lead(pg_temp.document('{"key": "L1"}'))$$);
CALL pg_temp.try($$SELECT lead.create_lead(pg_temp.document('{"id": "00000000-0000-0000-0000-000000000001"}'))$$);
CALL pg_temp.try($$SELECT lead.create_lead(pg_temp.document('{"leadSource": "WEBB"}'))$$);
CALL pg_temp.try($$SELECT lead.create_lead('{"leadType": "B2B", "leadRating": "HOT", "leadSource": "WEB"}')$$);
CALL pg_temp.try($$SELECT lead.create_lead(pg_temp.document('{"partyName": " "}'))$$);
CALL pg_temp.try($$SELECT lead.create_lead('{}')$$);
CALL pg_temp.try($$SELECT lead.create_lead(NULL)$$);
-- a new lead is of no version
CALL pg_temp.try($$SELECT lead.create_lead(pg_temp.document('{"auditInfo": {"version": 1}}'))$$);

-- Documents ------------------------------------------------------------------------
-- Each call makes the same of them.

CREATE TEMP TABLE wrong (n serial, more jsonb);
INSERT INTO wrong (more) VALUES ('{"partyNam": "x"}'), ('{"parti_name": "x"}'), ('{"Phones": []}'), ('{"secretNote": "x"}'), ('{"chars.region": "x"}'), ('{"": 1}'),
	('{"lead_type": "B2B"}'), ('{"status_reason": "x", "statusReason": "x"}'), ('{"auditInfo": {}, "audit_info": {}}'),
	('{"matchKeys": []}'), ('{"inserted_by": "x"}'), ('{"version": 1}'), ('{"history": []}'), ('{"insertedAt": "2001-01-01T00:00:00Z"}'), ('{"inserted_at": null}'), ('{"conversion": {}}'),
	('{"auditInfo": 1}'), ('{"auditInfo": []}'), ('{"auditInfo": {"verion": 1}}'), ('{"auditInfo": {"version": "1"}}'),
	('{"description": 1}'), ('{"partyName": ["x"]}'), ('{"key": true}'), ('{"assignedTo": {"name": "x"}}'),
	('{"phones": "+442079460018"}'), ('{"phones": 442079460018}'), ('{"emails": {"value": "a@example.com"}}'), ('{"phones": ["call me"]}'), ('{"dataTags": "a"}'), ('{"dataTags": [1]}'), ('{"chars": []}'), ('{"chars": "x"}'),
	('{"priority": "high"}'), ('{"priority": ""}'), ('{"status": " NEW"}'), ('{"status": 1}'), ('{"id": "x"}'), ('{"id": 1}'),
	('{"deferredUntil": "2999-01-01"}'), ('{"deferredUntil": "2999-01-01T00:00:00"}'), ('{"deferredUntil": "tomorrow"}'), ('{"deferredUntil": 1}'), ('{"deferredUntil": "infinity"}'),
	('{"deferredUntil": "+294277-01-01T00:00:00Z"}'), ('{"deferredUntil": "-000043-03-15T00:00:00Z"}');
CREATE FUNCTION pg_temp.refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text; hint text; col text;
BEGIN
	EXECUTE statement;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, col = COLUMN_NAME;
	RETURN concat_ws(' / ', SQLSTATE || ': ' || SQLERRM, nullif(detail, ''), nullif(hint, ''), nullif(col, ''));
END $$;
\pset format unaligned
\pset tuples_only on
SELECT w.more::text || ' -> ' || pg_temp.refusal(format('SELECT lead.create_lead(pg_temp.document(%L))', w.more)) FROM wrong w ORDER BY w.n;
-- a replacement and a patch refuse the same for the same reason
SELECT w.more, c.made, r.made
FROM wrong w, LATERAL (SELECT pg_temp.refusal(format('SELECT lead.create_lead(pg_temp.document(%L))', w.more)) AS made) c,
	LATERAL (VALUES (pg_temp.refusal(format('SELECT lead.replace_lead(''L2'', pg_temp.document(%L))', w.more))), (pg_temp.refusal(format('SELECT lead.patch_lead(''L2'', pg_temp.document(%L))', w.more)))) r (made)
WHERE r.made <> c.made;
\pset format aligned
\pset tuples_only off
SELECT count(*), max(version) FROM lead.lead WHERE key = 'L2';

-- Replacing ------------------------------------------------------------------------

-- what is left out becomes empty; id, key and status stay
SELECT pg_temp.shown(l) FROM lead.replace_lead('L1', pg_temp.document('{"priority": "LOW", "emails": null, "chars": {"a": null}}')) l;
-- by the id, in any of its forms; another key is a new key
SELECT pg_temp.shown(l) FROM lead.replace_lead('00000000-0000-0000-0000-000000000001', pg_temp.document('{"key": "N1"}')) l;
SELECT key FROM lead.replace_lead('{00000000000000000000000000000001}', pg_temp.document('{"id": "00000000-0000-0000-0000-000000000001", "key": " "}'));
CALL pg_temp.try($$SELECT lead.replace_lead('N1', pg_temp.document('{"key": "L2"}'))$$);
CALL pg_temp.try($$SELECT lead.replace_lead('N1', pg_temp.document('{"id": "00000000-0000-0000-0000-000000000002"}'))$$);
SELECT key FROM lead.patch_lead('N1', '{"key": "L1"}');
-- no key but the id itself; the id of one is the key of another: the id it is
SELECT key FROM lead.create_lead(pg_temp.document('{"id": "00000000-0000-0000-0000-000000000003", "key": "00000000-0000-0000-0000-000000000001"}'));
SELECT key FROM lead.create_lead(pg_temp.document('{"key": "00000000-0000-0000-0000-000000000009"}'));
SELECT l.key, l.description FROM lead.patch_lead('00000000-0000-0000-0000-000000000001', '{"description": "by id"}') l;
SELECT l.key, l.description FROM lead.patch_lead('00000000-0000-0000-0000-000000000009', '{"description": "by key"}') l;
DELETE FROM lead.lead WHERE key LIKE '0000%';
-- nobody
CALL pg_temp.try($$SELECT lead.replace_lead('L9', pg_temp.document())$$);
CALL pg_temp.try($$SELECT lead.patch_lead('00000000-0000-0000-0000-000000000009', '{}')$$);
CALL pg_temp.try($$SELECT lead.replace_lead(NULL, '{}')$$);
CALL pg_temp.try($$SELECT lead.replace_lead(' ', '{}')$$);
CALL pg_temp.try($$SELECT lead.replace_lead('L1', NULL)$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1')$$);
CALL pg_temp.try($$SELECT lead.replace_lead('L1', '{"partyName": "Acme", "leadType": "B2B", "leadRating": "HOT"}')$$);

-- Status ------------------------------------------------------------------------

-- reason and date stay with the status, and go with it
SELECT status, status_reason, deferred_until AT TIME ZONE 'UTC' AS until, version FROM lead.replace_lead('L1', pg_temp.document('{"status": "LATER", "statusReason": null}'));
SELECT status, status_reason, deferred_until AT TIME ZONE 'UTC' AS until, version FROM lead.replace_lead('L1', pg_temp.document('{"deferredUntil": "2999-06-01T00:00:00Z"}'));
SELECT * FROM pg_temp.history(pg_temp.id(1));
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"deferredUntil": null}')$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"deferredUntil": "2001-01-01T00:00:00Z"}')$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"statusReason": "another"}')$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"statusReason": null}')$$);
-- a document that was read, with another status: its date goes, its reason counts as given
BEGIN;
SELECT n.status, n.status_reason, n.deferred_until FROM lead.lead l, lead.replace_lead('L1', lead.as_json(l) || '{"status": "REJECTED"}') n WHERE l.key = 'L1';
ROLLBACK;
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"status": "REJECTED"}')$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"status": "REJECTED", "statusReason": " "}')$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"status": "WORKING", "deferredUntil": "2999-07-01T00:00:00Z"}')$$);
SELECT status, status_reason, deferred_until FROM lead.patch_lead('L1', '{"status": "WORKING"}');
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"status": "NEW"}')$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"status": "CONVERTED"}')$$);
CALL pg_temp.try($$SELECT lead.replace_lead('L1', pg_temp.document('{"status": "LATER"}'))$$);
SELECT status, status_reason FROM lead.replace_lead('L1', pg_temp.document('{"status": "UNSUCCESSFUL", "statusReason": "price"}'));
-- the same reason once more is a reason
SELECT status, status_reason FROM lead.patch_lead('L1', '{"status": "IN_PROGRESS", "statusReason": "price"}');
SELECT * FROM pg_temp.history(pg_temp.id(1));

-- Nothing changed ------------------------------------------------------------------------
-- No UPDATE: neither version nor edited_at nor the row itself, no event, no trigger.

CREATE FUNCTION pg_temp.told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'update of %, processing data %', NEW.key, lead.processing_data(NEW.id); RETURN NULL; END $$;
CREATE TRIGGER told AFTER UPDATE ON lead.lead FOR EACH ROW EXECUTE FUNCTION pg_temp.told();
SELECT pg_temp.shown(l) FROM lead.patch_lead('L1', '{"phones": [{"value": "+44 20 7946 0018", "type": "work"}, "+442079460019"], "emails": ["Jo@EXAMPLE.com"], "dataTags": ["a", "b"], "priority": "HIGH", "description": "d", "assignedTo": "ema"}') l;
CREATE TEMP TABLE before AS SELECT l.ctid AS place, l.xmin AS writer, l AS row FROM lead.lead l WHERE key = 'L1';
SELECT l.version FROM lead.patch_lead('L1', '{}') l;
SELECT l.version FROM lead.patch_lead('L1', '{"processingData": null, "auditInfo": {}, "statusSince": null}') l;
SELECT l.version FROM lead.patch_lead('L1', '{"priority": "HIGH", "status": "IN_PROGRESS", "statusReason": "price", "chars": {}, "chars": {"x": null}}') l;
-- other words for the same
SELECT l.version FROM lead.patch_lead('L1', '{"phones": [{"type": "work", "value": "(+44) 20-7946-0018"}, "+44 2079460019", {"value": "+442079460019"}], "emails": [{"value": "Jo@example.COM"}], "dataTags": [" a", "b ", "", "a"], "key": " "}') l;
SELECT n.version FROM lead.lead l, lead.replace_lead(l.key, lead.as_json(l)) n WHERE l.key = 'L1';
SELECT n.version FROM lead.lead l, lead.patch_lead(l.id::text, lead.as_json(l)) n WHERE l.key = 'L1';
SELECT b.row = l AND b.place = l.ctid AND b.writer = l.xmin AS untouched FROM before b, lead.lead l WHERE l.key = 'L1';
-- but whoever gives processingData is heard
SELECT l.version FROM lead.patch_lead('L1', '{"processingData": {"campaign": 7}}') l;
SELECT n.version FROM lead.lead l, lead.replace_lead(l.key, lead.as_json(l) || '{"processingData": "text"}') n WHERE l.key = 'L1';
DROP TRIGGER told ON lead.lead;

-- The optimistic lock ------------------------------------------------------------------------

SELECT version FROM lead.lead WHERE key = 'L1' \gset
SELECT l.version - :version AS more, l.description FROM lead.patch_lead('L1', jsonb_build_object('description', 'locked', 'auditInfo', jsonb_build_object('version', :version))) l;
CALL pg_temp.try(format($$SELECT lead.patch_lead('L1', '{"description": "lost", "auditInfo": {"version": %s}}')$$, :version));
CALL pg_temp.try(format($$SELECT lead.patch_lead('L1', '{"description": "early", "auditInfo": {"version": %s}}')$$, :version + 2));
-- asked also where nothing would change
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"auditInfo": {"version": 1}}')$$);
CALL pg_temp.try($$SELECT lead.replace_lead('L1', pg_temp.document('{"auditInfo": {"version": 1}}'))$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"auditInfo": {"version": 1.5}}')$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"auditInfo": {"version": -1e1000}}')$$);
SELECT l.description FROM lead.patch_lead('L1', jsonb_build_object('auditInfo', jsonb_build_object('version', (:version + 1)::numeric(20, 2)))) l;

-- Your own columns ------------------------------------------------------------------------

ALTER TABLE lead.lead ADD COLUMN gone text, ADD COLUMN secret_note text DEFAULT 'x', ADD COLUMN name text;
ALTER TABLE lead.lead DROP COLUMN gone;
CALL pg_temp.try($$SELECT lead.create_lead(pg_temp.document('{"secret_note": "y"}'))$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"name": "y"}')$$);
UPDATE lead.lead SET secret_note = 'mine', name = 'mine' WHERE key = 'L1';
SELECT l.secret_note, l.name, l.description FROM lead.replace_lead('L1', pg_temp.document()) l;
SELECT l.secret_note, l.name FROM lead.create_lead(pg_temp.document()) l;
ALTER TABLE lead.lead DROP COLUMN secret_note, DROP COLUMN name;

-- What is not written, is hidden, or is no lead ------------------------------------------------------------------------

CREATE FUNCTION pg_temp.suppress() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER suppress BEFORE INSERT OR UPDATE ON lead.lead FOR EACH ROW EXECUTE FUNCTION pg_temp.suppress();
CALL pg_temp.try($$SELECT lead.create_lead(pg_temp.document())$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"description": "suppressed"}')$$);
DROP TRIGGER suppress ON lead.lead;
CALL pg_temp.try($$SELECT lead.do_create_lead(NULL::text, '{}')$$);
CALL pg_temp.try($$SELECT lead.do_patch_lead(NULL::lead.customer, 'L1', '{}')$$);
-- the whole table at once
SELECT count(*) > 5 AS some, bool_and(n.description = 'every') AS all_of_them, bool_and(n.version = l.version + 1) AS once FROM lead.lead l, lead.patch_lead(l.key, '{"description": "every"}') n;

-- Who may ------------------------------------------------------------------------

CREATE ROLE regress_lead_reader;
CREATE ROLE regress_lead_agent;
CREATE ROLE regress_lead_clerk;
SELECT lead.grant_access('regress_lead_reader', 'reader'), lead.grant_access('regress_lead_agent', 'agent'), lead.grant_access('regress_lead_clerk', 'reader') \g /dev/null
SET ROLE regress_lead_reader;
CALL pg_temp.try($$SELECT lead.create_lead('{}')$$);
CALL pg_temp.try($$SELECT lead.replace_lead('L1', '{}')$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{}')$$);
-- members are everybody's, but write as he
CALL pg_temp.try($$SELECT lead.do_create_lead(NULL::lead.lead, '{"partyName": "x", "leadType": "B2B", "leadRating": "HOT", "leadSource": "WEB"}')$$);
CALL pg_temp.try($$SELECT lead.do_patch_lead(NULL::lead.lead, 'L1', '{"description": "x"}')$$);
CALL pg_temp.try($$SELECT lead.do_patch_lead(NULL::lead.lead, 'L1', '{}')$$);
RESET ROLE;
-- who may write one column may patch it, and send back a document that changes only that
GRANT EXECUTE ON FUNCTION lead.replace_lead, lead.patch_lead TO regress_lead_clerk;
GRANT UPDATE (description) ON lead.lead TO regress_lead_clerk;
SET ROLE regress_lead_clerk;
SELECT l.description, l.edited_by FROM lead.patch_lead('L1', '{"description": "by a clerk"}') l;
SELECT n.description FROM lead.lead l, lead.replace_lead('L1', lead.as_json(l) || '{"description": "by a clerk again"}') n WHERE l.key = 'L1';
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"description": "x", "priority": "LOW"}')$$);
RESET ROLE;
-- row security: what one may not see is not there; what one may not write is refused
ALTER TABLE lead.lead ENABLE ROW LEVEL SECURITY;
CREATE POLICY see ON lead.lead FOR SELECT TO regress_lead_agent USING (assigned_to IS DISTINCT FROM 'petr');
CREATE POLICY write ON lead.lead FOR UPDATE TO regress_lead_agent USING (assigned_to = 'jana') WITH CHECK (assigned_to IS NOT NULL);
CREATE POLICY make ON lead.lead FOR INSERT TO regress_lead_agent WITH CHECK (assigned_to IS NOT NULL);
UPDATE lead.lead SET assigned_to = CASE key WHEN 'L1' THEN 'jana' ELSE 'petr' END WHERE key IN ('L1', 'L2');
SELECT key FROM lead.create_lead(pg_temp.document('{"key": "L3"}'));
SET ROLE regress_lead_agent;
SELECT key FROM lead.patch_lead('L1', '{"description": "mine"}');
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"assignedTo": null}')$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L2', '{"description": "hidden"}')$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L3', '{"description": "seen, not mine"}')$$);
CALL pg_temp.try($$SELECT lead.create_lead('{"key": "L4", "partyName": "x", "leadType": "B2B", "leadRating": "HOT", "leadSource": "WEB"}')$$);
SELECT key, inserted_by FROM lead.create_lead('{"key": "L4", "partyName": "x", "leadType": "B2B", "leadRating": "HOT", "leadSource": "WEB", "assignedTo": "jana"}');
-- stored, but not shown to him
SELECT key FROM lead.create_lead('{"key": "L5", "partyName": "x", "leadType": "B2B", "leadRating": "HOT", "leadSource": "WEB", "assignedTo": "petr"}');
RESET ROLE;
SELECT key, assigned_to, inserted_by FROM lead.lead WHERE key IN ('L4', 'L5') ORDER BY key;

-- chars that are no object, stored while the triggers were off, count as none
BEGIN;
ALTER TABLE lead.lead DISABLE TRIGGER USER;
UPDATE lead.lead SET chars = '["a", "b", "c"]' WHERE key = 'L1';
UPDATE lead.lead SET chars = '"text"' WHERE key = 'L2';
ALTER TABLE lead.lead ENABLE TRIGGER USER;
SELECT chars FROM lead.patch_lead('L1', '{"chars": {"a": {"b": 1}, "z": null}}');
SELECT chars FROM lead.patch_lead('L2', '{"chars": {"a": {"b": 1}, "z": null}}');
ROLLBACK;

SELECT * FROM pg_temp.broken_history();
DROP OWNED BY regress_lead_reader, regress_lead_agent, regress_lead_clerk;
DROP ROLE regress_lead_reader, regress_lead_agent, regress_lead_clerk;
