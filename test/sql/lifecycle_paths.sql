-- Whatever path a change takes, the guard judges it and the history has it.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools

CREATE TEMP VIEW lead_now AS
	SELECT l.key, l.status, l.status_reason, l.description, l.version,
		(SELECT string_agg(c.version || ' ' || c.to_status, ', ' ORDER BY c.version) FROM lead.lead_status_change c WHERE c.lead_id = l.id) AS history
	FROM lead.lead l;
-- a full row, as a client writes it that knows no other way
CREATE TEMP VIEW full_row AS
	SELECT l.id, l.key, l.status, l.party_name, l.lead_rating, l.description, l.priority, l.lead_source, l.contact_instants, l.phones, l.emails,
		l.websites, l.data_boxes, l.data_tags, l.chars, l.lead_type, l.status_reason, l.deferred_until, l.assigned_to
	FROM lead.lead l;

-- COPY -----------------------------------------------------------------------------

COPY lead.lead (key, party_name, lead_rating, lead_source, lead_type, status, status_reason, deferred_until, data_tags, emails, version, inserted_by) FROM STDIN;
C1	Copied 1	HOT	WEB	B2B	NEW	\N	\N	{a}	["a@example.com"]	\N	\N
C2	Copied 2	HOT	WEB	B2B	\N	\N	\N	\N	\N	7	somebody
C3	Copied 3	HOT	WEB	B2B	LATER	on holiday	2999-01-01	{}	[]	1	\N
C4	Copied 4	HOT	WEB	B2B	WORKING	by phone	\N	{}	[]	1	\N
\.
SELECT key, status, status_reason, version, history FROM lead_now ORDER BY key;
SELECT key, data_tags, emails, inserted_by = session_user AS by_me FROM lead.lead ORDER BY key;
-- one row that may not be there refuses all
COPY lead.lead (key, party_name, lead_rating, lead_source, lead_type, status) FROM STDIN;
C5	Copied 5	HOT	WEB	B2B	NEW
C6	Copied 6	HOT	WEB	B2B	REJECTED
\.
COPY lead.lead (key, party_name, lead_rating, lead_source, lead_type, status) FROM STDIN;
C5	Copied 5	HOT	WEB	B2B	CONVERTED
\.
COPY lead.lead (key, party_name, lead_rating, lead_source, lead_type, status) FROM STDIN;
C5	Copied 5	HOT	WEB	B2B	LATER
\.
COPY lead.lead (key, party_name, lead_rating, lead_source, lead_type) FROM STDIN;
C5	Copied 5	HOT	FAX	B2B
\.
COPY lead.lead (key, party_name, lead_rating, lead_source, lead_type) FROM STDIN;
C5	 	HOT	WEB	B2B
\.
SELECT count(*) FROM lead.lead;

-- A view of the user's ---------------------------------------------------------------

CREATE VIEW my_lead AS SELECT * FROM lead.lead;
CALL pg_temp.try($$UPDATE my_lead SET status = 'NEW' WHERE key = 'C4'$$);
UPDATE my_lead SET status = 'IN_PROGRESS' WHERE key = 'C4' RETURNING status;
DROP VIEW my_lead;

-- MERGE -------------------------------------------------------------------------------

SELECT pg_temp.new_lead(1), pg_temp.new_lead(2, 'WORKING'), pg_temp.new_lead(3, 'REJECTED') \g /dev/null
CREATE TEMP TABLE incoming (key text, status lead.lead_status, reason text, what text);
CREATE FUNCTION pg_temp.merge() RETURNS void LANGUAGE sql AS $$
	MERGE INTO lead.lead l USING incoming i ON l.key = i.key
	WHEN MATCHED AND i.what = 'delete' THEN DELETE
	WHEN MATCHED AND i.what = 'skip' THEN DO NOTHING
	WHEN MATCHED THEN UPDATE SET status = i.status, status_reason = i.reason
	WHEN NOT MATCHED THEN INSERT (key, party_name, lead_rating, lead_source, lead_type, status) VALUES (i.key, 'Merged', 'HOT', 'WEB', 'B2B', i.status)
$$;
INSERT INTO incoming VALUES ('L1', 'IN_PROGRESS', NULL, ''), ('L2', 'CONVERTED', NULL, 'skip'), ('L3', 'NEW', 'wrongly rejected', ''), ('M1', 'WORKING', NULL, ''), ('C1', NULL, NULL, 'delete');
SELECT pg_temp.merge();
SELECT key, status, status_reason, version, history FROM lead_now WHERE key ~ '^[LM]' OR key = 'C1' ORDER BY key;
SELECT count(*) AS history_of_deleted FROM lead.lead_status_change c WHERE NOT EXISTS (SELECT FROM lead.lead l WHERE l.id = c.lead_id);
-- refused, and nothing of it done
TRUNCATE incoming;
INSERT INTO incoming VALUES ('M2', 'NEW', NULL, ''), ('L1', 'NEW', NULL, '');
CALL pg_temp.try($$SELECT pg_temp.merge()$$);
UPDATE incoming SET status = 'CONVERTED' WHERE key = 'L1';
CALL pg_temp.try($$SELECT pg_temp.merge()$$);
UPDATE incoming SET status = 'REJECTED' WHERE key = 'L1';
CALL pg_temp.try($$SELECT pg_temp.merge()$$);
TRUNCATE incoming;
INSERT INTO incoming VALUES ('L1', 'WORKING', NULL, ''), ('M2', 'UNSUCCESSFUL', NULL, '');
CALL pg_temp.try($$SELECT pg_temp.merge()$$);
SELECT key, status, version, history FROM lead_now WHERE key ~ '^[LM]' ORDER BY key;

-- INSERT … ON CONFLICT ---------------------------------------------------------------------

SELECT pg_temp.new_lead(10, 'REJECTED'), pg_temp.new_lead(11, 'CONVERTED'), pg_temp.new_lead(12, 'UNSUCCESSFUL'), pg_temp.new_lead(13, 'LATER') \g /dev/null
CREATE FUNCTION pg_temp.upsert(row_to_write full_row) RETURNS bigint LANGUAGE sql AS $$
	WITH written AS (
		INSERT INTO lead.lead (id, key, status, party_name, lead_rating, description, priority, lead_source, contact_instants, phones, emails, websites,
			data_boxes, data_tags, chars, lead_type, status_reason, deferred_until, assigned_to)
		SELECT (row_to_write).*
		ON CONFLICT (id) DO UPDATE SET key = excluded.key, status = excluded.status, party_name = excluded.party_name,
			lead_rating = excluded.lead_rating, description = excluded.description, priority = excluded.priority, lead_source = excluded.lead_source,
			contact_instants = excluded.contact_instants, phones = excluded.phones, emails = excluded.emails, websites = excluded.websites,
			data_boxes = excluded.data_boxes, data_tags = excluded.data_tags, chars = excluded.chars, lead_type = excluded.lead_type,
			status_reason = excluded.status_reason, deferred_until = excluded.deferred_until, assigned_to = excluded.assigned_to
		RETURNING 1
	)
	SELECT count(*) FROM written
$$;
-- closed leads, with a change that is legal though none could be created so
UPDATE lead.lead SET description = 'before' WHERE key ~ '^L1[0-3]$';
CREATE FUNCTION pg_temp.edited(key text, changes jsonb) RETURNS full_row LANGUAGE sql AS
	$$ SELECT jsonb_populate_record(r, changes) FROM full_row r WHERE r.key = edited.key $$;
SELECT k, pg_temp.upsert(pg_temp.edited(k, '{"description": "after", "party_name": "Renamed"}')) FROM unnest('{L10,L11,L12,L13}'::text[]) k;
SELECT pg_temp.upsert(pg_temp.edited('L12', '{"status": "IN_PROGRESS", "status_reason": "they called"}'));
SELECT pg_temp.upsert(pg_temp.edited('L13', '{"deferred_until": "2999-06-01 00:00+00"}'));
SELECT * FROM lead_now WHERE key ~ '^L1[0-3]$' ORDER BY key;
-- illegal
CALL pg_temp.try($$SELECT pg_temp.upsert(pg_temp.edited('L10', '{"status": "WORKING", "status_reason": "x"}'))$$);
CALL pg_temp.try($$SELECT pg_temp.upsert(pg_temp.edited('L10', '{"status": "CONVERTED", "status_reason": "x"}'))$$);
CALL pg_temp.try($$SELECT pg_temp.upsert(pg_temp.edited('L10', '{"status": "NEW", "status_reason": " "}'))$$);
CALL pg_temp.try($$SELECT pg_temp.upsert(pg_temp.edited('L10', '{"status_reason": "another"}'))$$);
CALL pg_temp.try($$SELECT pg_temp.upsert(pg_temp.edited('L11', '{"status": "NEW"}'))$$);
CALL pg_temp.try($$SELECT pg_temp.upsert(pg_temp.edited('L13', '{"deferred_until": "2001-01-01"}'))$$);
-- where there is no such lead it is a creation
CALL pg_temp.try($$SELECT pg_temp.upsert(pg_temp.edited('L10', '{"id": "00000000-0000-0000-0000-000000000014", "key": "L14"}'))$$);
SELECT pg_temp.upsert(pg_temp.edited('L13', '{"id": "00000000-0000-0000-0000-000000000014", "key": "L14"}'));
-- a code that has expired since is no obstacle either, until it is given anew
INSERT INTO lead.lead_source (code, name, validity_to) VALUES ('OLD', 'Old', '2001-01-01');
UPDATE lead.lead_source SET validity_to = NULL WHERE code = 'OLD';
UPDATE lead.lead SET lead_source = 'OLD' WHERE key = 'L10';
UPDATE lead.lead_source SET validity_to = '2001-01-01' WHERE code = 'OLD';
SELECT pg_temp.upsert(pg_temp.edited('L10', '{"description": "expired source"}'));
CALL pg_temp.try($$SELECT pg_temp.upsert(pg_temp.edited('L13', '{"lead_source": "OLD"}'))$$);
-- by key; with a WHERE that spares the row; DO NOTHING
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, status) VALUES ('L10', 'x', 'HOT', 'WEB', 'B2B', 'REJECTED')
	ON CONFLICT (key) DO UPDATE SET status = 'IN_PROGRESS', status_reason = 'by key' RETURNING key, status, party_name;
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, status) VALUES ('L10', 'x', 'HOT', 'WEB', 'B2B', 'CONVERTED')
	ON CONFLICT (key) DO UPDATE SET status = 'CONVERTED' WHERE false RETURNING key;
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, status) VALUES ('L10', 'x', 'HOT', 'OLD', 'B2B', 'REJECTED'), ('L11', 'x', 'HOT', 'WEB', 'B2B', 'CONVERTED')
	ON CONFLICT DO NOTHING RETURNING key;
CALL pg_temp.try($$INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, status) VALUES ('L15', 'x', 'HOT', 'WEB', 'B2B', 'REJECTED') ON CONFLICT DO NOTHING$$);
SELECT * FROM lead_now WHERE key ~ '^L1[0-9]$' ORDER BY key;

-- UPDATE … FROM, WITH, cursors, sub-selects ----------------------------------------------------

SELECT pg_temp.new_lead(20), pg_temp.new_lead(21), pg_temp.new_lead(22, 'WORKING') \g /dev/null
CREATE TEMP TABLE decision (key text, status text, reason text);
INSERT INTO decision VALUES ('L20', 'WORKING', NULL), ('L21', 'REJECTED', 'too small'), ('L22', 'UNSUCCESSFUL', 'price');
UPDATE lead.lead l SET status = d.status, status_reason = d.reason FROM decision d WHERE d.key = l.key;
SELECT key, status, status_reason, version, history FROM lead_now WHERE key ~ '^L2[0-9]$' ORDER BY key;
DELETE FROM decision WHERE key = 'L22';
UPDATE decision SET status = 'NON_WORKING';
CALL pg_temp.try($$UPDATE lead.lead l SET status = d.status, status_reason = 'x' FROM decision d WHERE d.key = l.key$$);
-- two rows for one lead: one of them counts, once
INSERT INTO decision SELECT 'L20', 'IN_PROGRESS', NULL FROM generate_series(1, 3);
UPDATE lead.lead l SET status = 'IN_PROGRESS' FROM decision d WHERE d.key = l.key AND d.status = 'IN_PROGRESS';
UPDATE lead.lead l SET (status, status_reason) = (SELECT 'LATER', 'sub-select'), deferred_until = '2999-01-01' WHERE key = 'L20';
-- a writable WITH; the row is changed once in a statement
WITH created AS (
	INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type) VALUES (pg_temp.id(23), 'L23', 'With', 'HOT', 'WEB', 'B2B') RETURNING id
), moved AS (
	UPDATE lead.lead SET status = 'WORKING' WHERE key IN ('L20', 'L23') RETURNING key, status
)
SELECT moved.* FROM moved;
CALL pg_temp.try($$WITH moved AS (UPDATE lead.lead SET status = 'NEW' WHERE key = 'L23' RETURNING 1), other AS (UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'L20' RETURNING 1) SELECT count(*) FROM moved, other$$);
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM lead.lead WHERE key = 'L23' FOR UPDATE;
FETCH c \g /dev/null
UPDATE lead.lead SET status = 'NON_WORKING' WHERE CURRENT OF c;
COMMIT;
SELECT key, status, status_reason, version, history FROM lead_now WHERE key ~ '^L2[0-9]$' ORDER BY key;

-- Triggers of the user's -------------------------------------------------------------------------

-- One function does as the lead's description says. Once it stands before the
-- guard in the order of names, once after it.
CREATE FUNCTION pg_temp.obey() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	command text[] := regexp_match(NEW.description, '^set (\w+) (.*)$');
BEGIN
	IF command IS NULL THEN RETURN NEW; END IF;
	CASE command[1]
		WHEN 'nothing' THEN RETURN NULL;
		WHEN 'status' THEN NEW.status := nullif(command[2], 'null');
		WHEN 'reasoned' THEN NEW.status := command[2]; NEW.status_reason := 'by trigger';
		WHEN 'later' THEN NEW.status := 'LATER'; NEW.deferred_until := command[2];
		ELSE NEW := jsonb_populate_record(NEW, jsonb_build_object(command[1], CASE command[2] WHEN 'null' THEN NULL ELSE command[2] END));
	END CASE;
	RETURN NEW;
END $$;
CREATE TRIGGER aa_user BEFORE INSERT OR UPDATE ON lead.lead FOR EACH ROW EXECUTE FUNCTION pg_temp.obey();
ALTER TABLE lead.lead DISABLE TRIGGER aa_user;
CREATE TRIGGER zzz_user BEFORE INSERT OR UPDATE ON lead.lead FOR EACH ROW EXECUTE FUNCTION pg_temp.obey();
ALTER TABLE lead.lead DISABLE TRIGGER zzz_user;

-- What comes of a command in an UPDATE of a lead in NEW, and in an INSERT: the
-- error, or what was stored. Whatever was stored is in the history.
CREATE FUNCTION pg_temp.under(trigger_name text, operation text, command text, set_status text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	constant_id constant uuid := pg_temp.id(99);
	stored lead.lead;
	told text; rule text;
BEGIN
	IF operation = 'UPDATE' THEN
		PERFORM pg_temp.new_lead(99);
	END IF;
	EXECUTE format('ALTER TABLE lead.lead ENABLE TRIGGER %I', trigger_name);
	BEGIN
		IF operation = 'UPDATE' THEN
			UPDATE lead.lead l SET description = command, status = coalesce(set_status, l.status::text) WHERE l.id = constant_id RETURNING * INTO stored;
		ELSE
			INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type, status, description)
			VALUES (constant_id, 'L99', 'x', 'HOT', 'WEB', 'B2B', set_status, command) RETURNING * INTO stored;
		END IF;
		told := concat_ws(' ', coalesce(stored.status::text, 'no row'), stored.status_reason, 'version ' || stored.version,
			CASE WHEN stored.id <> constant_id THEN 'other id' END, CASE WHEN stored.processing_data IS NOT NULL THEN 'with data' END,
			'data ' || lead.processing_data(stored.id)::text,
			(SELECT 'broken: ' || string_agg(b.problem, ', ') FROM pg_temp.broken_history() b));
		RAISE EXCEPTION USING ERRCODE = 'ZZ000';
	EXCEPTION
		WHEN SQLSTATE 'ZZ000' THEN NULL;
		WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS rule = CONSTRAINT_NAME;
			told := concat_ws(' ', SQLSTATE, regexp_replace(SQLERRM, 'relation "lead".*', 'relation "lead" …'), '[' || nullif(rule, '') || ']');
	END;
	EXECUTE format('ALTER TABLE lead.lead DISABLE TRIGGER %I', trigger_name);
	DELETE FROM lead.lead l WHERE l.id = constant_id;
	RETURN told;
END $$;
CREATE TEMP TABLE command (ord serial, command text, set_status text);
INSERT INTO command (command, set_status) VALUES
	('none', 'WORKING'),
	('set status WORKING', NULL), ('set status WORKING', 'IN_PROGRESS'), ('set status NEW', 'WORKING'),
	('set status UNSUCCESSFUL', NULL), ('set status UNSUCCESSFUL', 'WORKING'),
	('set status REJECTED', 'WORKING'), ('set reasoned REJECTED', NULL), ('set reasoned REJECTED', 'WORKING'),
	('set status CONVERTED', NULL), ('set status CONVERTED', 'WORKING'), ('set status CONVERTED_EXTERNAL', 'WORKING'),
	('set status null', NULL),
	('set later 2999-01-01', NULL), ('set later 2999-01-01', 'WORKING'), ('set later 2001-01-01', 'WORKING'), ('set deferred_until 2999-01-01', NULL),
	('set status_reason other', NULL), ('set status_reason other', 'WORKING'),
	('set status_since 2001-01-01', NULL), ('set status_since 2001-01-01', 'WORKING'),
	('set id 00000000-0000-0000-0000-000000000098', NULL), ('set id null', NULL),
	('set version 7', NULL), ('set version null', NULL),
	('set processing_data {"a": 1}', NULL),
	('set nothing ', NULL);
SELECT ord, command, set_status, pg_temp.under('aa_user', 'UPDATE', command, set_status) FROM command ORDER BY ord;
SELECT ord, command, set_status, pg_temp.under('zzz_user', 'UPDATE', command, set_status) FROM command ORDER BY ord;
SELECT ord, command, set_status, pg_temp.under('aa_user', 'INSERT', command, set_status) FROM command ORDER BY ord;
SELECT ord, command, set_status, pg_temp.under('zzz_user', 'INSERT', command, set_status) FROM command ORDER BY ord;

-- The error for a late change names what to do.
SELECT pg_temp.new_lead(30), pg_temp.new_lead(31) \g /dev/null
ALTER TABLE lead.lead ENABLE TRIGGER zzz_user;
CALL pg_temp.try($$UPDATE lead.lead SET description = 'set status WORKING' WHERE key = 'L30'$$);
-- What a trigger suppresses did not happen, and a function says so.
CALL pg_temp.try($$UPDATE lead.lead SET description = 'set nothing ' WHERE key = 'L30'$$);
UPDATE lead.lead SET description = NULL WHERE key = 'L30';
DROP TRIGGER zzz_user ON lead.lead;
CREATE FUNCTION pg_temp.suppress() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER aaa_suppress BEFORE UPDATE ON lead.lead FOR EACH ROW WHEN (NEW.status = 'WORKING') EXECUTE FUNCTION pg_temp.suppress();
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L30' RETURNING status;
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(30), 'WORKING')$$);
DROP TRIGGER aaa_suppress ON lead.lead;
DROP TRIGGER aa_user ON lead.lead;
-- An AFTER trigger that moves the lead on: both moves are judged and recorded.
CREATE FUNCTION pg_temp.move_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE lead.lead SET status = CASE NEW.status WHEN 'IN_PROGRESS' THEN 'WORKING' ELSE 'NEW' END::text WHERE id = NEW.id;
	RETURN NULL;
END $$;
CREATE TRIGGER zz_move_on AFTER INSERT OR UPDATE OF status ON lead.lead FOR EACH ROW
	WHEN (NEW.status IN ('IN_PROGRESS', 'NON_WORKING')) EXECUTE FUNCTION pg_temp.move_on();
SELECT status, version FROM lead.transition(pg_temp.id(30), 'IN_PROGRESS');
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(31), 'NON_WORKING')$$);
INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type, status) VALUES (pg_temp.id(32), 'L32', 'x', 'HOT', 'WEB', 'B2B', 'IN_PROGRESS');
SELECT key, status, version, history FROM lead_now WHERE key ~ '^L3[0-2]$' ORDER BY key;
DROP TRIGGER zz_move_on ON lead.lead;

SELECT * FROM pg_temp.broken_history();
