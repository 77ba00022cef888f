\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
-- Columns and tables of the user's own beside ours: they may bear any name, and
-- the triggers of ours leave them alone.
ALTER TABLE lead.customer ADD COLUMN code text, ADD COLUMN event text, ADD COLUMN condition jsonpath;
ALTER TABLE lead.person ADD COLUMN name text, ADD COLUMN function text, ADD COLUMN first_seen date,
	ADD COLUMN active boolean DEFAULT true,
	ADD COLUMN full_name text NOT NULL GENERATED ALWAYS AS (coalesce(first_name || ' ', '') || last_name) STORED;
ALTER TABLE lead.entity_spec ADD COLUMN status text;
ALTER TABLE lead.lead ADD COLUMN region text GENERATED ALWAYS AS (chars ->> 'region') STORED;

INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, chars)
	VALUES ('L1', 'Own', 'B2B', 'HOT', 'WEB', '{"region": "Brno"}') RETURNING region;
INSERT INTO lead.person (key, first_name, last_name, active, lead_id)
	SELECT 'P1', 'Ada', 'Own', NULL, id FROM lead.lead RETURNING full_name, active, first_seen, name;
INSERT INTO lead.entity_spec (code, name) VALUES ('S', 'Spec') RETURNING status;
SELECT kind FROM lead.convert((SELECT id FROM lead.lead WHERE key = 'L1'));
SELECT name, code, event FROM lead.customer;
UPDATE lead.customer SET condition = '$.a' RETURNING condition;

-- A required column of the user's is refused in our words: the server's would print the row.
ALTER TABLE lead.lead ADD COLUMN branch text;
UPDATE lead.lead SET branch = 'X';
ALTER TABLE lead.lead ALTER COLUMN branch SET NOT NULL;
INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source) VALUES ('No branch', 'B2B', 'HOT', 'WEB');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE lead.lead DROP COLUMN branch;

-- A row for a binding is matched by name: from a table whose columns stand in
-- another order it is the same row, never other bytes.
CREATE TABLE heard (key text, status lead.lead_status, version int, party_name text);
CREATE FUNCTION hear(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql
AS $$ INSERT INTO public.heard VALUES (new.key, new.status, new.version, new.party_name) $$;
INSERT INTO lead.event_binding (code, event, function) VALUES ('hear', 'CREATE', 'public.hear');
SELECT format('CREATE TABLE shuffled (%s)', string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attname DESC))
FROM pg_attribute WHERE attrelid = 'lead.lead'::regclass AND attnum > 0 AND NOT attisdropped \gexec
CREATE TRIGGER hear AFTER INSERT ON shuffled FOR EACH ROW EXECUTE FUNCTION lead.call_event_bindings();
INSERT INTO shuffled (id, key, status, party_name, lead_type, lead_rating, lead_source, chars, status_since, version, inserted_at, edited_at)
	VALUES (gen_random_uuid(), 'S1', 'WORKING', 'Shuffled', 'B2B', 'HOT', 'WEB', '{}', now(), 7, now(), now());
SELECT * FROM heard;
DROP TABLE shuffled;

-- A row argument must be a lead.
SELECT lead.transition_allowed(ROW(1, 'x'), 'NEW');
\echo :LAST_ERROR_SQLSTATE

-- A template that came in past the check ends with an error, not in a search for ever.
SET session_replication_role = replica;
UPDATE lead.lead_type SET mnemonic_code = '{TYPE}' WHERE code = 'B2C';
RESET session_replication_role;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('B2C', 'Taken', 'B2C', 'HOT', 'WEB');
INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source) VALUES ('Free', 'B2C', 'HOT', 'WEB');
\echo :LAST_ERROR_SQLSTATE
DELETE FROM lead.event_binding;
DROP TABLE heard;
DROP FUNCTION hear;

-- A column of ours that comes to stand elsewhere is found there by the next row,
-- and in its old place when that is taken back.
BEGIN;
UPDATE lead.lead SET assigned_to = 'jo' WHERE key = 'L1';
SAVEPOINT before;
ALTER TABLE lead.lead RENAME assigned_to TO formerly;
ALTER TABLE lead.lead ADD COLUMN assigned_to text;
UPDATE lead.lead SET assigned_to = ' ', formerly = ' ' WHERE key = 'L1' RETURNING assigned_to, quote_literal(formerly) AS formerly;
ROLLBACK TO before;
UPDATE lead.lead SET assigned_to = ' ' WHERE key = 'L1' RETURNING assigned_to IS NULL AS found;
ROLLBACK;

-- Columns under the names by which our own queries call the tables, and their types.
BEGIN;
ALTER TABLE lead.lead ADD COLUMN l int DEFAULT 1, ADD COLUMN lead text DEFAULT 'x', ADD COLUMN n int, ADD COLUMN row int;
ALTER TABLE lead.lead_conversion ADD COLUMN c int DEFAULT 1;
ALTER TABLE lead.lead_erasure ADD COLUMN e int DEFAULT 1;
ALTER TABLE lead.lead_merge ADD COLUMN m int DEFAULT 1;
INSERT INTO lead.lead (id, key, party_name, lead_type, lead_rating, lead_source)
SELECT ('00000000-0000-7000-8000-00000000000' || i)::uuid, 'O' || i, 'Party', 'B2B', 'HOT', 'WEB' FROM generate_series(1, 4) i;
SELECT key, l, lead FROM lead.claim('jo', 1);
SELECT key, status, l FROM lead.transition('00000000-0000-7000-8000-000000000001', 'LATER', until => clock_timestamp() + '300 ms');
SELECT pg_sleep(0.35) \g /dev/null
SELECT key, status, l FROM lead.wake_due();
SELECT key, l FROM lead.merge('00000000-0000-7000-8000-000000000002', '{00000000-0000-7000-8000-000000000003}');
SELECT key, l FROM lead.unmerge('00000000-0000-7000-8000-000000000003');
SELECT kind, c FROM lead.convert('00000000-0000-7000-8000-000000000004');
SELECT key, l FROM lead.revert_conversion('00000000-0000-7000-8000-000000000004', 'no');
SELECT count(*) FROM lead.allowed_transitions('00000000-0000-7000-8000-000000000004') WHERE allowed;
SELECT count(*) > 0 FROM lead.find_duplicates('00000000-0000-7000-8000-000000000004');
SELECT reason, e FROM lead.erase('00000000-0000-7000-8000-000000000004', 'asked');
ROLLBACK;

-- A value added to the enum is no status of a lead, and stops nothing else.
ALTER TYPE lead.lead_status ADD VALUE 'ON_HOLD';
INSERT INTO lead.lead_status_rule (from_status, to_status) VALUES ('WORKING', 'ON_HOLD');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, assigned_to) VALUES ('L2', 'On', 'B2B', 'HOT', 'WEB', ' ')
	RETURNING assigned_to IS NULL AS nobody;
UPDATE lead.lead SET status = 'ON_HOLD' WHERE key = 'L2';
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY sqlstate
SELECT lead.grant_access(current_user, 'reader');
\echo :LAST_ERROR_SQLSTATE
