\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\set tools :abs_srcdir '/data/tools.sql'
\i :fresh
\i :tools
-- Leads that come from elsewhere through lead.lead_import: what a line may say
-- and how, every refusal in its words, correction, duplicates, running again.

SET client_min_messages = warning;	-- progress has times
SET TimeZone = 'UTC';
SET lead.default_region = 'CZ';

-- a line with what every lead needs, and more
CREATE FUNCTION pg_temp.lead(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS
	$$ SELECT '{"party_name": "Acme", "lead_type": "B2B", "lead_rating": "HOT", "lead_source": "WEB"}'::jsonb || more $$;
CREATE FUNCTION pg_temp.put(batch text, line int, payload jsonb) RETURNS void LANGUAGE sql AS
	$$ INSERT INTO lead.lead_import (batch, line, payload) VALUES (batch, line, payload) $$;
CREATE VIEW pg_temp.lines AS
	SELECT i.batch, i.line, i.state, l.key, i.sqlstate, concat_ws(E'\n', i.message, i.detail, i.hint) AS reason,
		i.processed_at BETWEEN now() - interval '1 h' AND clock_timestamp() AS just_now, i.processed_by = current_user AS by_me
	FROM lead.lead_import i LEFT JOIN lead.lead l ON l.id = i.lead_id ORDER BY i.batch COLLATE "C", i.line;

-- Names and forms -------------------------------------------------------------------

-- every attribute, by the names of the columns and by those of tSM
SELECT pg_temp.put('names', 1, '{"id": "00000000-0000-0000-0000-000000000001", "key": "SNAKE", "party_name": "Snake", "lead_type": "B2B",
	"lead_rating": "HOT", "lead_source": "WEB", "priority": "HIGH", "description": "text", "status": "LATER", "status_reason": "asked",
	"deferred_until": "2999-01-01", "assigned_to": "jana", "phones": ["603 123 456"], "emails": [{"value": "a@example.com", "primary": true}],
	"websites": ["example.com"], "data_boxes": ["6bnaawp"], "contact_instants": [{"value": "snake", "service": "icq"}],
	"data_tags": ["fair", "fair", " vip "], "chars": {"region": "Brno", "seats": 3}, "processing_data": {"secret": 1}}'),
	pg_temp.put('names', 2, '{"id": "{00000000000000000000000000000002}", "key": "CAMEL", "partyName": "Camel", "leadType": "B2B",
	"leadRating": "HOT", "leadSource": "WEB", "priority": "HIGH", "description": "text", "status": "LATER", "statusReason": "asked",
	"deferredUntil": "2999-01-01T00:00:00Z", "assignedTo": "jana", "phones": ["603 123 456"], "emails": [{"value": "a@example.com", "primary": true}],
	"websites": ["example.com"], "dataBoxes": ["6bnaawp"], "contactInstants": [{"value": "snake", "service": "icq"}],
	"dataTags": ["fair", "vip"], "chars": {"region": "Brno", "seats": 3}, "processingData": {"secret": 1}}');
CALL lead.run_import('names');
SELECT jsonb_pretty(lead.as_json(l) - '{auditInfo,statusSince}'::text[]) FROM lead.lead l WHERE key = 'SNAKE';
SELECT lead.as_json(s) - '{auditInfo,statusSince,id,key,partyName}'::text[] = lead.as_json(c) - '{auditInfo,statusSince,id,key,partyName}'::text[] AS the_same,
	c.id, c.processing_data
FROM lead.lead s, lead.lead c WHERE s.key = 'SNAKE' AND c.key = 'CAMEL';
SELECT batch, line, state, key, just_now, by_me FROM pg_temp.lines;

-- CSV has strings only: blanks are not given, a string is a list of one, dots lead into chars
CREATE TEMP TABLE csv (n serial, party_name text, lead_type text, lead_rating text, lead_source text, priority text, phones text, emails text,
	data_tags text, "chars.region" text, "chars.seats" int, description text, id text, deferred_until text);
COPY csv (party_name, lead_type, lead_rating, lead_source, priority, phones, emails, data_tags, "chars.region", "chars.seats", description, id, deferred_until)
FROM STDIN (FORMAT csv);
Full,B2B,HOT,WEB,LOW,603 123 456,a@example.com,fair,Brno,3,"said ""yes"", twice",,
Bare,B2B,HOT,WEB,,,,,,,,"",""
Blank,B2B,HOT,WEB, ,"  ", , ,"	",,"",,
\.
INSERT INTO lead.lead_import (batch, line, payload) SELECT 'csv', n, to_jsonb(t) - 'n' FROM csv t;
CALL lead.run_import('csv');
SELECT l.party_name, l.priority, l.phones, l.emails, l.data_tags, l.chars, l.description
FROM lead.lead_import i JOIN lead.lead l ON l.id = i.lead_id WHERE i.batch = 'csv' ORDER BY i.line;

-- members of chars beside chars; the batch has a name by itself; line numbers are made
INSERT INTO lead.lead_import (payload) VALUES (pg_temp.lead('{"key": "BESIDE", "chars": {"a": 1}, "chars.b": [2], "chars.c.d": {"e": 3}, "chars.f": null}'));
CALL lead.run_import('import');
SELECT i.batch, i.line > 0 AS numbered, l.chars FROM lead.lead_import i JOIN lead.lead l ON l.id = i.lead_id WHERE l.key = 'BESIDE';

-- blanks around texts that stand for something are the file's; a number is its digits
SELECT pg_temp.put('forms', 1, '{"key": " F1\t", "party_name": " Blank ", "lead_type": "B2B ", "lead_rating": " HOT", "lead_source": "\nWEB", "assigned_to": " jana ",
	"priority": " LOW", "status": "LATER ", "deferred_until": " 2999-04-03 ", "description": " as it is "}'),
	pg_temp.put('forms', 2, pg_temp.lead('{"key": " F1"}')),
	pg_temp.put('forms', 3, pg_temp.lead('{"key": 12345, "party_name": 4711, "description": 1.50, "phones": [603123456, "603 123 457", {"value": "603123458"}], "emails": []}')),
	pg_temp.put('forms', 4, pg_temp.lead('{"key": "F4", "phones": 420603123456}'));
CALL lead.run_import('forms');
SELECT line, state, sqlstate, reason FROM pg_temp.lines WHERE batch = 'forms' AND state <> 'DONE';
SELECT '<' || l.key || '>' AS key, '<' || l.party_name || '>' AS party_name, l.lead_type, l.lead_rating, l.lead_source, '<' || l.assigned_to || '>' AS assigned_to,
	l.priority, l.status, l.deferred_until, '<' || l.description || '>' AS description, l.phones
FROM lead.lead_import i JOIN lead.lead l ON l.id = i.lead_id WHERE i.batch = 'forms' ORDER BY i.line;

-- defaults of the table hold for what is not given, also the user's
ALTER TABLE lead.lead ALTER lead_source SET DEFAULT 'FAIR';
INSERT INTO lead.lead_source (code, name) VALUES ('FAIR', 'Fair');
SELECT pg_temp.put('default', 1, '{"key": "DEFAULT", "party_name": "D", "lead_type": "B2B", "lead_rating": "HOT", "lead_source": ""}');
CALL lead.run_import('default');
SELECT lead_source FROM lead.lead WHERE key = 'DEFAULT';
ALTER TABLE lead.lead ALTER lead_source DROP DEFAULT;

-- Refusals ----------------------------------------------------------------------------

INSERT INTO lead.lead_import (batch, line, payload) SELECT 'refused', v.line, v.payload FROM (VALUES
	(1, '[]'::jsonb), (2, '"Acme"'), (3, '7'), (4, 'null'), (5, '{}'),
	(6, pg_temp.lead('{"party_name": " "}')), (7, pg_temp.lead() - 'lead_type'), (8, pg_temp.lead('{"party_name": [7]}')), (9, pg_temp.lead('{"key": true}')),
	(10, pg_temp.lead('{"partyName": "Acme"}')), (11, pg_temp.lead('{"chars": {"a": 1}, "chars.a": 2}')),
	(12, pg_temp.lead('{"party_nmae": "Acme"}')), (13, pg_temp.lead('{"leadTyp": "B2B"}')), (14, pg_temp.lead('{"turnover": 12}')),
	(15, pg_temp.lead(jsonb_build_object(repeat('name', 200), 1))), (16, pg_temp.lead('{"": 1}')), (17, pg_temp.lead('{"chars.": 1}')), (18, pg_temp.lead('{"Key": "A"}')),
	(20, pg_temp.lead('{"version": 3}')), (21, pg_temp.lead('{"inserted_by": "mallory"}')), (22, pg_temp.lead('{"editedAt": "2020-01-01"}')),
	(23, pg_temp.lead('{"auditInfo": {}}')), (24, pg_temp.lead('{"statusSince": "2020-01-01"}')), (25, pg_temp.lead('{"match_keys": []}')),
	(30, pg_temp.lead('{"priority": "URGENT"}')), (31, pg_temp.lead('{"priority": "high"}')), (32, pg_temp.lead('{"priority": 1}')),
	(33, pg_temp.lead('{"status": "WON"}')), (34, pg_temp.lead('{"status": true}')),
	(35, pg_temp.lead('{"id": "42"}')), (36, pg_temp.lead('{"id": "00000000-0000-0000-0000-0000000000001"}')), (37, pg_temp.lead('{"id": 42}')),
	(38, pg_temp.lead('{"status": "LATER", "deferred_until": "next week"}')), (39, pg_temp.lead('{"status": "LATER", "deferred_until": "2026-02-30"}')),
	(40, pg_temp.lead('{"status": "LATER", "deferred_until": 20260301}')), (41, pg_temp.lead('{"status": "LATER", "deferred_until": "2001-01-01"}')),
	(42, pg_temp.lead('{"status": "LATER", "deferred_until": "infinity"}')), (43, pg_temp.lead('{"status": "LATER", "deferred_until": "300000-01-01"}')),
	(44, pg_temp.lead('{"deferred_until": "2999-01-01"}')),
	(45, pg_temp.lead('{"status": "LATER", "deferred_until": "3.4.2999"}')), (46, pg_temp.lead('{"status": "LATER", "deferred_until": "2999-4-3"}')),
	(47, pg_temp.lead('{"status": "LATER", "deferred_until": "04/03/2999"}')), (48, pg_temp.lead('{"status": "LATER", "deferred_until": "29990403"}')),
	(49, pg_temp.lead('{"status": "LATER", "deferred_until": "2999-04-031"}')),
	(50, pg_temp.lead('{"phones": "call Jo"}')), (51, pg_temp.lead('{"phones": {"value": "603123456"}}')), (52, pg_temp.lead('{"emails": [7]}')), (53, pg_temp.lead('{"emails": 7}')),
	(54, pg_temp.lead('{"data_tags": [1]}')), (55, pg_temp.lead('{"data_tags": {}}')), (56, pg_temp.lead('{"data_tags": true}')), (57, pg_temp.lead('{"chars": "Brno"}')), (58, pg_temp.lead('{"chars": []}')),
	(60, pg_temp.lead('{"lead_type": "B2X"}')), (61, pg_temp.lead('{"status": "REJECTED"}')), (62, pg_temp.lead('{"status": "CONVERTED"}')),
	(63, pg_temp.lead(jsonb_build_object('key', repeat('k', 201)))), (64, pg_temp.lead('{"key": "SNAKE"}')), (65, pg_temp.lead('{"id": "00000000-0000-0000-0000-000000000001"}'))
) v (line, payload);
SELECT count(*) AS leads FROM lead.lead \gset before_
CALL lead.run_import('refused');
\pset format unaligned
\pset tuples_only on
\pset recordsep '\n\n'
SELECT line || ' ' || sqlstate || ' ' || reason FROM pg_temp.lines WHERE batch = 'refused';
\pset recordsep '\n'
\pset tuples_only off
\pset format aligned
SELECT count(*) = :before_leads AS no_lead_more, (SELECT string_agg(DISTINCT state, ',') FROM lead.lead_import WHERE batch = 'refused') AS states FROM lead.lead;
-- (the past of a lead)
SELECT pg_temp.put('past', 1, pg_temp.lead('{"insertedAt": "2020-01-01", "inserted_at": "2020-01-01"}')), pg_temp.put('past', 2, pg_temp.lead('{"history": "", "conversion": null}'));
CALL lead.run_import('past');
SELECT line, state, sqlstate, reason FROM pg_temp.lines WHERE batch = 'past';

-- Correction, and running again ---------------------------------------------------------

SELECT pg_temp.put('again', 1, pg_temp.lead('{"key": "A1"}')), pg_temp.put('again', 2, pg_temp.lead('{"key": "A2", "priority": "x"}')), pg_temp.put('again', 3, pg_temp.lead('{"key": "A3"}')),
	pg_temp.put('again', 4, pg_temp.lead('{"key": "A4", "priority": "x"}'));
CALL lead.run_import('again');
SELECT line, state, key, sqlstate FROM pg_temp.lines WHERE batch = 'again';
UPDATE lead.lead_import SET payload = payload || '{"priority": "LOW"}' WHERE batch = 'again' AND line = 2;
-- one of both is refused again, for another reason; a corrected payload of what is done changes nothing
UPDATE lead.lead_import SET payload = payload - 'priority' || '{"leadSource": "WEB"}' WHERE batch = 'again' AND line = 4;
UPDATE lead.lead_import SET payload = payload || '{"description": "late"}' WHERE batch = 'again' AND line = 1;
SELECT pg_temp.put('again', 5, pg_temp.lead('{"key": "A5"}'));
CALL lead.run_import('again');
SELECT line, state, key, sqlstate, reason FROM pg_temp.lines WHERE batch = 'again';
SELECT key, version, description FROM lead.lead WHERE key LIKE 'A_' ORDER BY key;
DELETE FROM lead.lead_import WHERE batch = 'again' AND line = 4;
CALL lead.run_import('again');
CALL lead.run_import('again', commit_every => 1);

-- stop: what is before the line stays done, the line keeps its reason, the rest is as it was
SELECT pg_temp.put('stop', n, pg_temp.lead(jsonb_build_object('key', 'S' || n, 'phones', CASE n WHEN 3 THEN 'ask Jo' ELSE '603123456' END))) FROM generate_series(1, 5) n \g /dev/null
CALL lead.run_import('stop', 'stop');
SELECT line, state, key, sqlstate, reason FROM pg_temp.lines WHERE batch = 'stop';
CALL lead.run_import('stop', on_error => 'stop', commit_every => 2);
UPDATE lead.lead_import SET payload = payload - 'phones' WHERE batch = 'stop' AND line = 3;
CALL lead.run_import('stop', on_error => 'stop', commit_every => 2);
SELECT count(*) FILTER (WHERE state = 'DONE' AND sqlstate IS NULL AND message IS NULL AND detail IS NULL AND hint IS NULL) AS done FROM lead.lead_import WHERE batch = 'stop';

-- lines in the order of their numbers, by whichever size of parts
SELECT pg_temp.put('order', 8 - n, pg_temp.lead(jsonb_build_object('description', n::text))) FROM generate_series(1, 7) n \g /dev/null
CALL lead.run_import('order', commit_every => 3);
SELECT string_agg(l.description, ' ' ORDER BY l.inserted_at) AS in_order, count(DISTINCT l.inserted_at) = 7 AS each_at_its_time
FROM lead.lead_import i JOIN lead.lead l ON l.id = i.lead_id WHERE i.batch = 'order';

-- Duplicates ----------------------------------------------------------------------------------

CREATE PROCEDURE pg_temp.duplicates(batch text) LANGUAGE sql AS $$
	DELETE FROM lead.lead_import i WHERE i.batch = duplicates.batch;
	INSERT INTO lead.lead_import (batch, line, payload) VALUES
		(batch, 1, '{"id": "00000000-0000-0000-0000-000000000001", "description": "by id", "priority": ""}'),
		(batch, 2, '{"key": "CAMEL", "description": "by key", "phones": []}'),
		(batch, 3, '{"id": "00000000-0000-0000-0000-000000000001", "key": "SNAKE-2", "chars": {"region": "Praha"}}'),
		(batch, 4, '{"id": "00000000-0000-0000-0000-000000000009", "key": "CAMEL"}'),
		(batch, 5, '{"id": "00000000-0000-0000-0000-000000000002", "key": "SNAKE-2"}'),
		(batch, 6, pg_temp.lead('{"key": "TWICE", "description": "first"}')),
		(batch, 7, pg_temp.lead('{"key": "TWICE", "description": "second"}')),
		(batch, 8, '{"key": "CAMEL"}');
$$;
CREATE VIEW pg_temp.two AS SELECT key, version, description, priority, jsonb_array_length(phones) AS phones, chars, data_tags FROM lead.lead WHERE id IN (pg_temp.id(1), pg_temp.id(2)) OR key = 'TWICE' ORDER BY id;
CALL pg_temp.duplicates('skip');
CALL lead.run_import('skip', on_duplicate => 'skip');
SELECT line, state, key, reason FROM pg_temp.lines WHERE batch = 'skip';
TABLE pg_temp.two;
DELETE FROM lead.lead WHERE key = 'TWICE';
CALL pg_temp.duplicates('insert');
CALL lead.run_import('insert', on_duplicate => 'insert');
SELECT line, state, key, sqlstate, reason FROM pg_temp.lines WHERE batch = 'insert';
TABLE pg_temp.two;
DELETE FROM lead.lead WHERE key = 'TWICE';
CALL pg_temp.duplicates('update');
CALL lead.run_import('update', on_duplicate => 'update');
SELECT line, state, key, sqlstate, reason FROM pg_temp.lines WHERE batch = 'update';
TABLE pg_temp.two;
-- chars given one by one join those that are there, chars as a whole replace them, also with members beside
SELECT pg_temp.put('chars', 1, pg_temp.lead('{"key": "CH", "chars": {"a": 1, "b": {"x": 1}}}')), pg_temp.put('chars', 2, '{"key": "CH", "chars.b": 2, "chars.c": "three", "chars.a": ""}');
CALL lead.run_import('chars', on_duplicate => 'update');
SELECT chars, version FROM lead.lead WHERE key = 'CH';
SELECT pg_temp.put('chars', 3, '{"key": "CH", "chars.d": 4, "chars": {"b": 5}}');
CALL lead.run_import('chars', on_duplicate => 'update');
SELECT chars FROM lead.lead WHERE key = 'CH';
SELECT pg_temp.put('chars', 4, '{"key": "CH", "chars.e": 6}'), pg_temp.put('chars', 5, '{"key": "CH", "chars": {"f": 7}}');
CALL lead.run_import('chars', 'stop', 'update', 1);
SELECT chars FROM lead.lead WHERE key = 'CH';
-- a key that nobody has, of a line that says too little for a new lead: it may be misspelt
SELECT pg_temp.put('misspelt', 1, '{"key": "EDx", "priority": "LOW"}'), pg_temp.put('misspelt', 2, '{"id": "00000000-0000-0000-0000-000000000077", "partyName": "A"}'),
	pg_temp.put('misspelt', 3, '{"id": "00000000-0000-0000-0000-000000000077", "key": "EDx"}'), pg_temp.put('misspelt', 4, '{"priority": "LOW"}'),
	pg_temp.put('misspelt', 5, pg_temp.lead('{"key": "EDx", "phones": "?"}'));
CALL lead.run_import('misspelt', on_duplicate => 'update');
SELECT line, state, sqlstate, reason FROM pg_temp.lines WHERE batch = 'misspelt';
CALL lead.run_import('misspelt', on_duplicate => 'skip');
SELECT line, state, sqlstate, reason FROM pg_temp.lines WHERE batch = 'misspelt' AND line = 1;
CALL lead.run_import('misspelt');
SELECT line, state, sqlstate, reason FROM pg_temp.lines WHERE batch = 'misspelt' AND line = 1;
-- an update is judged as any other, and a status is a move
SELECT pg_temp.put('moves', 1, '{"key": "TWICE", "status": "WORKING"}'), pg_temp.put('moves', 2, '{"key": "TWICE", "status": "REJECTED"}'),
	pg_temp.put('moves', 3, '{"key": "TWICE", "status": "REJECTED", "status_reason": "no answer"}'), pg_temp.put('moves', 4, '{"key": "TWICE", "status": "WORKING"}');
CALL lead.run_import('moves', on_duplicate => 'update');
SELECT line, state, sqlstate, reason FROM pg_temp.lines WHERE batch = 'moves';
SELECT h.* FROM lead.lead l, pg_temp.history(l.id) h WHERE l.key = 'TWICE';
SELECT * FROM pg_temp.broken_history();

-- Calls that make no sense ---------------------------------------------------------------------

CALL lead.run_import(NULL);
CALL lead.run_import('nothing of it');
CALL lead.run_import('again', 'ignore');
CALL lead.run_import('again', '');
CALL lead.run_import('again', on_duplicate => 'merge');
CALL lead.run_import('again', commit_every => 0);
CALL lead.run_import('again', commit_every => 1000000);
-- inside a transaction, a function or an exception block it does nothing
SELECT pg_temp.put('inside', 1, pg_temp.lead());
BEGIN;
CALL lead.run_import('inside');
ROLLBACK;
CALL pg_temp.try($$CALL lead.run_import('inside')$$);
CREATE PROCEDURE pg_temp.with_setting() LANGUAGE plpgsql SET work_mem = '4MB' AS $$
DECLARE done bigint; skipped bigint; refused bigint; BEGIN CALL lead.run_import('inside', NULL, NULL, NULL, done, skipped, refused); END $$;
CALL pg_temp.with_setting();
SELECT state FROM lead.lead_import WHERE batch = 'inside';
-- in a block that may commit it goes
DO $$ DECLARE done bigint; skipped bigint; refused bigint; BEGIN
	CALL lead.run_import('inside', NULL, NULL, NULL, done, skipped, refused);
	RAISE WARNING '% done, % skipped, % refused', done, skipped, refused;
	CALL lead.run_import('inside', NULL, NULL, NULL, done, skipped, refused);
	RAISE WARNING '% done, % skipped, % refused', done, skipped, refused;
END $$;

-- A deferred constraint of the user's is the line's fault, not the COMMIT's
ALTER TABLE lead.lead ADD CONSTRAINT one_vip EXCLUDE (description WITH =) WHERE (description = 'VIP') DEFERRABLE INITIALLY DEFERRED;
SELECT pg_temp.put('deferred', n, pg_temp.lead(jsonb_build_object('key', 'V' || n, 'description', CASE WHEN n < 3 THEN 'VIP' END))) FROM generate_series(1, 3) n \g /dev/null
CALL lead.run_import('deferred');
SELECT line, state, key, sqlstate FROM pg_temp.lines WHERE batch = 'deferred';
ALTER TABLE lead.lead DROP CONSTRAINT one_vip;

-- What a line itself must be ---------------------------------------------------------------------

CALL pg_temp.try($$INSERT INTO lead.lead_import (batch, payload) VALUES ('', '{}')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_import (batch, payload) VALUES (NULL, '{}')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_import (batch, payload) VALUES (repeat('b', 201), '{}')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_import (batch) VALUES ('x')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_import (batch, line, payload) VALUES ('x', NULL, '{}')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_import (batch, line, payload) VALUES ('x', 0, '{}')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_import (batch, line, payload) SELECT 'x', n, '{}' FROM generate_series(1, -9223372036854775807, -9223372036854775807) n$$);
CALL pg_temp.try($$UPDATE lead.lead_import SET line = -line WHERE batch = 'again' AND line = 1$$);
CALL pg_temp.try($$UPDATE lead.lead_import SET state = 'HALF' WHERE batch = 'again' AND line = 1$$);
-- one that no run has worked on is NEW, though its owner writes every column
INSERT INTO lead.lead_import (batch, line, payload, state, sqlstate, message, lead_id, processed_by) VALUES ('own', 1, pg_temp.lead(), 'DONE', '00000', 'fine', pg_temp.id(1), 'mallory'),
	('own', 2, pg_temp.lead(), NULL, NULL, NULL, NULL, NULL);
SELECT line, state, sqlstate, message, lead_id, processed_by FROM lead.lead_import WHERE batch = 'own' ORDER BY line;
-- one that a dump brings back is as it was
INSERT INTO lead.lead_import SELECT 'copy', line, payload, state, sqlstate, message, detail, hint, lead_id, processed_at, processed_by FROM lead.lead_import WHERE batch IN ('again', 'skip', 'insert') AND line = 1 LIMIT 1;
SELECT line, state, key, by_me FROM pg_temp.lines WHERE batch = 'copy';
CALL lead.run_import('copy');

-- Who may ----------------------------------------------------------------------------------------

CREATE ROLE regress_lead_reader;
CREATE ROLE regress_lead_agent;
CREATE ROLE regress_lead_limited;
SELECT lead.grant_access('regress_lead_reader', 'reader'), lead.grant_access('regress_lead_agent', 'agent'), lead.grant_access('regress_lead_limited', 'agent');
REVOKE INSERT ON lead.lead FROM regress_lead_limited;
GRANT INSERT (id, party_name, lead_type, lead_rating, lead_source) ON lead.lead TO regress_lead_limited;
SET ROLE regress_lead_agent;
INSERT INTO lead.lead_import (batch, line, payload) VALUES ('agents', 1, '{"key": "AGENT", "partyName": "A", "leadType": "B2B", "leadRating": "HOT", "leadSource": "WEB"}'), ('agents', 2, '{}');
CALL lead.run_import('agents');
SELECT i.line, i.state, i.processed_by, l.inserted_by FROM lead.lead_import i LEFT JOIN lead.lead l ON l.id = i.lead_id WHERE batch = 'agents' ORDER BY line;
-- columns of the run are nobody's, nor is the line's place
INSERT INTO lead.lead_import (batch, payload, state) VALUES ('agents', '{}', 'DONE');
INSERT INTO lead.lead_import (batch, payload, lead_id, processed_at) VALUES ('agents', '{}', NULL, now());
UPDATE lead.lead_import SET state = 'NEW';
UPDATE lead.lead_import SET lead_id = NULL;
UPDATE lead.lead_import SET batch = 'other';
TRUNCATE lead.lead_import;
UPDATE lead.lead_import SET payload = payload || '{"partyName": "B", "leadType": "B2B", "leadRating": "HOT", "leadSource": "WEB"}' WHERE batch = 'agents' AND line = 2;
CALL lead.run_import('agents');
DELETE FROM lead.lead_import WHERE batch = 'agents' AND line = 2;
SET ROLE regress_lead_reader;
SELECT count(*) FROM lead.lead_import WHERE batch = 'agents';
CALL lead.run_import('agents');
-- the lead is written with the rights of who runs it, each line for itself
SET ROLE regress_lead_limited;
INSERT INTO lead.lead_import (batch, line, payload) VALUES ('limited', 1, '{"party_name": "L", "lead_type": "B2B", "lead_rating": "HOT", "lead_source": "WEB"}'),
	('limited', 2, '{"party_name": "L", "lead_type": "B2B", "lead_rating": "HOT", "lead_source": "WEB", "priority": "HIGH"}');
CALL lead.run_import('limited');
RESET ROLE;
SELECT line, state, sqlstate, reason FROM pg_temp.lines WHERE batch = 'limited';
-- lines that he may not see he does not run
INSERT INTO lead.lead_import (batch, line, payload) VALUES ('shared', 1, pg_temp.lead('{"key": "MINE"}')), ('shared', 2, pg_temp.lead('{"key": "YOURS"}'));
ALTER TABLE lead.lead_import ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON lead.lead_import USING (payload ->> 'key' = 'MINE');
SET ROLE regress_lead_agent;
CALL lead.run_import('shared');
CALL lead.run_import('limited');
RESET ROLE;
SELECT line, state, key FROM pg_temp.lines WHERE batch = 'shared';
DROP POLICY mine ON lead.lead_import;
-- visible, but not to be written: not run either
CREATE POLICY see ON lead.lead_import FOR SELECT USING (true);
SET ROLE regress_lead_agent;
CALL lead.run_import('shared');
RESET ROLE;
DROP POLICY see ON lead.lead_import;
ALTER TABLE lead.lead_import DISABLE ROW LEVEL SECURITY;

-- A trigger that suppresses the state must not let the line be imported again and again
CREATE FUNCTION pg_temp.suppress() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER suppress BEFORE UPDATE ON lead.lead_import FOR EACH ROW EXECUTE FUNCTION pg_temp.suppress();
CALL lead.run_import('shared');
DROP TRIGGER suppress ON lead.lead_import;
-- nor a suppressed lead count as done
CREATE TRIGGER suppress BEFORE INSERT ON lead.lead FOR EACH ROW EXECUTE FUNCTION pg_temp.suppress();
CALL lead.run_import('shared');
SELECT line, state, sqlstate, reason FROM pg_temp.lines WHERE batch = 'shared';
DROP TRIGGER suppress ON lead.lead;

SELECT * FROM pg_temp.broken_history();
DROP OWNED BY regress_lead_reader, regress_lead_agent, regress_lead_limited;
DROP ROLE regress_lead_reader, regress_lead_agent, regress_lead_limited;
