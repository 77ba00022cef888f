-- lead.duplicate_policy: a certain duplicate (the same phone, e-mail or data
-- box) is ignored, warned of or refused, when a lead is created and when a
-- conversion would make a second customer. Two sessions: iso_duplicates.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools
\pset format unaligned
\pset tuples_only on

-- Lead L<number> by its address; errors and warnings are shown whole.
CREATE PROCEDURE pg_temp.add(number int, email text, lead_type text DEFAULT 'B2B') LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO lead.lead (id, key, party_name, lead_type, lead_rating, lead_source, emails)
	VALUES (pg_temp.id(number), 'L' || number, 'Party ' || number, lead_type, 'WARM', 'WEB', CASE WHEN email <> '' THEN jsonb_build_array(email) END);
	RAISE INFO 'added';
EXCEPTION WHEN SQLSTATE 'LD011' THEN
	RAISE INFO 'LD011: %', SQLERRM;
END $$;
CREATE PROCEDURE pg_temp.convert(number int, customer_id uuid DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM lead.convert(pg_temp.id(number), customer_id);
	RAISE INFO 'converted';
EXCEPTION WHEN SQLSTATE 'LD011' THEN
	RAISE INFO 'LD011: %', SQLERRM;
END $$;
INSERT INTO lead.customer (id, key, name, emails, phones, data_boxes)
VALUES (pg_temp.id(901), 'C901', 'Customer 901', '["known@gmail.com"]', '["+420603123456"]', '["6bnaawp"]');

-- What is in force without a row: creation as if nothing were, a warning at conversion

CALL pg_temp.add(1, 'one@gmail.com');
CALL pg_temp.add(2, 'one@gmail.com');
CALL pg_temp.add(3, 'known@gmail.com');
BEGIN;
CALL pg_temp.convert(3);
ROLLBACK;
\set VERBOSITY sqlstate
BEGIN;
CALL pg_temp.convert(3);
ROLLBACK;
\set VERBOSITY default

-- The table -----------------------------------------------------------------------

INSERT INTO lead.duplicate_policy DEFAULT VALUES RETURNING id IS NOT NULL, lead_type, on_create, on_convert, description;
CALL pg_temp.try($$INSERT INTO lead.duplicate_policy DEFAULT VALUES$$);
UPDATE lead.duplicate_policy SET on_create = 'refuse', on_convert = 'refuse' RETURNING on_create, on_convert;
UPDATE lead.duplicate_policy SET on_create = NULL, on_convert = NULL, id = NULL RETURNING on_create, on_convert;	-- as it was
DELETE FROM lead.duplicate_policy;
INSERT INTO lead.duplicate_policy (id, lead_type, on_create, on_convert) VALUES (NULL, 'B2B', NULL, NULL) RETURNING on_create, on_convert;
CALL pg_temp.try($$INSERT INTO lead.duplicate_policy (lead_type) VALUES ('B2B')$$);
CALL pg_temp.try($$INSERT INTO lead.duplicate_policy (lead_type) VALUES ('NONE')$$);
CALL pg_temp.try($$INSERT INTO lead.duplicate_policy (lead_type) VALUES ('')$$);
CALL pg_temp.try(format($$INSERT INTO lead.duplicate_policy (lead_type) VALUES (%L)$$, repeat('x', 201)));
-- a bad value is refused by the CHECK; the server's detail has an id in it
\set VERBOSITY terse
INSERT INTO lead.duplicate_policy (on_create) VALUES ('stop');
INSERT INTO lead.duplicate_policy (on_create) VALUES ('');
INSERT INTO lead.duplicate_policy (on_create) VALUES ('REFUSE');
UPDATE lead.duplicate_policy SET on_convert = 'ask';
\set VERBOSITY default
-- it goes with its type, and follows a renamed code
INSERT INTO lead.lead_type (code, name) VALUES ('OLD', 'Old');
INSERT INTO lead.duplicate_policy (lead_type, on_create) VALUES ('OLD', 'refuse');
UPDATE lead.lead_type SET code = 'RENAMED' WHERE code = 'OLD';
CALL pg_temp.add(5, 'five@gmail.com', 'RENAMED');
CALL pg_temp.add(6, 'five@gmail.com', 'RENAMED');
DELETE FROM lead.lead WHERE key = 'L5';
DELETE FROM lead.lead_type WHERE code = 'RENAMED';
SELECT lead_type FROM lead.duplicate_policy;
DELETE FROM lead.duplicate_policy;

-- Creation: warn --------------------------------------------------------------------

INSERT INTO lead.duplicate_policy (on_create) VALUES ('warn');
BEGIN;
CALL pg_temp.add(11, 'one@gmail.com');
\set VERBOSITY sqlstate
CALL pg_temp.add(10, 'one@gmail.com');
\set VERBOSITY default
-- the oldest is named, and all kinds shared with it
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails, phones, data_boxes, websites)
VALUES ('L12', 'Party 12', 'B2B', 'WARM', 'WEB', '["twelve@gmail.com"]', '["+420603111222"]', '["48ia97h"]', '["twelve.example"]');
INSERT INTO lead.lead (id, key, party_name, lead_type, lead_rating, lead_source, emails, phones, data_boxes, websites)
VALUES (pg_temp.id(13), 'L13', 'Party 12', 'B2B', 'WARM', 'WEB', '["one@gmail.com", "twelve@gmail.com"]', '["+420603111222"]', '["48ia97h"]', '["twelve.example"]');
UPDATE lead.lead SET status = 'REJECTED', status_reason = 'no' WHERE key IN ('L1', 'L2', 'L11', 'L12');
INSERT INTO lead.lead (id, key, party_name, lead_type, lead_rating, lead_source, emails, phones, data_boxes, websites)
VALUES (pg_temp.id(14), 'L14', 'Party 12', 'B2B', 'WARM', 'WEB', '["twelve@gmail.com"]', '["+420603111222"]', '["48ia97h"]', '["twelve.example"]');
-- name and domain are not certain; nor is a customer a lead
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, websites) VALUES ('L15', 'Party 12', 'B2B', 'WARM', 'WEB', '["twelve.example"]');
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, data_boxes) VALUES ('L16', 'Party 16', 'B2B', 'WARM', 'WEB', '["6bnaawp"]');
-- a change is not a creation
UPDATE lead.lead SET emails = '["known@gmail.com"]' WHERE key = 'L16';
-- all rows are there
SELECT string_agg(key, ' ' ORDER BY key) FROM lead.lead;
ROLLBACK;

-- Creation: refuse --------------------------------------------------------------------

UPDATE lead.duplicate_policy SET on_create = 'refuse';
CALL pg_temp.try($$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails) VALUES ('L21', 'Party', 'B2B', 'WARM', 'WEB', '["ONE@gmail.com"]')$$);
CALL pg_temp.try($$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails) VALUES ('L21', 'Party', 'B2B', 'WARM', 'WEB', '["two@gmail.com"]')$$);
CALL pg_temp.try($$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails, phones) VALUES ('L22', 'Party', 'B2B', 'WARM', 'WEB', '["two@gmail.com"]', '["+420603123456"]')$$);
CALL pg_temp.try($$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, phones) VALUES ('L22', 'Party', 'B2B', 'WARM', 'WEB', '["+420603123456"]')$$);
CALL pg_temp.try($$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, phones) VALUES ('L23', 'Party', 'B2B', 'WARM', 'WEB', '["+420603123456"]')$$);
CALL pg_temp.try($$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, data_boxes) VALUES ('L24', 'Party', 'B2B', 'WARM', 'WEB', '["48ia97h"]'), ('L25', 'Party', 'B2B', 'WARM', 'WEB', '["48IA97H"]')$$);
-- a repeat in one statement refuses all of it
SELECT key FROM lead.lead WHERE key IN ('L21', 'L22', 'L23', 'L24', 'L25') ORDER BY key;
\set VERBOSITY terse
COPY lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails) FROM STDIN;
L31	Copied	B2B	WARM	WEB	["copied@gmail.com"]
L32	Copied	B2B	WARM	WEB	["other@gmail.com"]
L33	Copied	B2B	WARM	WEB	["copied@gmail.com"]
\.
COPY lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails) FROM STDIN;
L31	Copied	B2B	WARM	WEB	["copied@gmail.com"]
L32	Copied	B2B	WARM	WEB	["one@gmail.com"]
\.
\set VERBOSITY default
CALL pg_temp.try($$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails) SELECT 'L3' || n, 'Party', 'B2B', 'WARM', 'WEB', '["three@gmail.com"]' FROM generate_series(1, 3) n$$);
SELECT count(*) FROM lead.lead WHERE key LIKE 'L3_';
-- what the transaction itself has done counts, and what it took back does not
BEGIN;
CALL pg_temp.add(41, 'own@gmail.com');
CALL pg_temp.add(42, 'own@gmail.com');
DELETE FROM lead.lead WHERE key = 'L41';
CALL pg_temp.add(42, 'own@gmail.com');
SAVEPOINT s;
CALL pg_temp.add(43, 'back@gmail.com');
ROLLBACK TO s;
CALL pg_temp.add(44, 'back@gmail.com');
UPDATE lead.lead SET emails = '[]' WHERE key = 'L44';
CALL pg_temp.add(45, 'back@gmail.com');
UPDATE lead.lead SET status = 'REJECTED', status_reason = 'no' WHERE key = 'L45';
CALL pg_temp.add(46, 'back@gmail.com');
SELECT kind FROM lead.convert_external(pg_temp.id(46), 'SAP');
CALL pg_temp.add(47, 'back@gmail.com');
ROLLBACK;
-- one without contacts is nobody's duplicate
CALL pg_temp.add(48, '');
CALL pg_temp.add(49, '');
-- no lead is created, so none is refused
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails) VALUES ('L1', 'Party', 'B2B', 'WARM', 'WEB', '["one@gmail.com"]')
ON CONFLICT (key) DO UPDATE SET party_name = 'Upserted' RETURNING key, party_name, version;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails) VALUES ('L1', 'Party', 'B2B', 'WARM', 'WEB', '["one@gmail.com"]')
ON CONFLICT (key) DO UPDATE SET emails = excluded.emails RETURNING key, party_name, version;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails) VALUES ('L1', 'Party', 'B2B', 'WARM', 'WEB', '["one@gmail.com"]')
ON CONFLICT DO NOTHING;
MERGE INTO lead.lead l USING (VALUES ('L1', '["one@gmail.com"]'::jsonb)) n (key, emails) ON l.key = n.key
WHEN MATCHED THEN UPDATE SET emails = n.emails
WHEN NOT MATCHED THEN INSERT (key, party_name, lead_type, lead_rating, lead_source, emails) VALUES (n.key, 'Party', 'B2B', 'WARM', 'WEB', n.emails);
CALL pg_temp.try($$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails) VALUES ('L50', 'Party', 'B2B', 'WARM', 'WEB', '["one@gmail.com"]') ON CONFLICT (key) DO UPDATE SET party_name = 'Upserted'$$);
CALL pg_temp.try($$MERGE INTO lead.lead l USING (VALUES ('L50', '["one@gmail.com"]'::jsonb)) n (key, emails) ON l.key = n.key
	WHEN MATCHED THEN UPDATE SET emails = n.emails
	WHEN NOT MATCHED THEN INSERT (key, party_name, lead_type, lead_rating, lead_source, emails) VALUES (n.key, 'Party', 'B2B', 'WARM', 'WEB', n.emails)$$);
-- whatever is written as its keys
CALL pg_temp.try($$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails, match_keys) VALUES ('L50', 'Party', 'B2B', 'WARM', 'WEB', '["one@gmail.com"]', '{}')$$);
-- nothing of a refused one stays
SELECT count(*) FROM lead.lead_status_change c WHERE NOT EXISTS (SELECT FROM lead.lead l WHERE l.id = c.lead_id);
SELECT * FROM pg_temp.broken_history();

-- By type: its own row before the one for all ------------------------------------------

INSERT INTO lead.duplicate_policy (lead_type, on_create) VALUES ('B2C', 'ignore');
CALL pg_temp.add(61, 'one@gmail.com', 'B2C');
CALL pg_temp.add(62, 'one@gmail.com', 'B2B');
UPDATE lead.duplicate_policy SET on_create = 'warn' WHERE lead_type = 'B2C';
CALL pg_temp.add(62, 'one@gmail.com', 'B2C');
-- leads of every type are looked at, whatever their own policy
CALL pg_temp.add(63, 'b2c@gmail.com', 'B2C');
CALL pg_temp.add(64, 'b2c@gmail.com', 'B2B');
DELETE FROM lead.duplicate_policy WHERE lead_type IS NULL;
CALL pg_temp.add(65, 'b2c@gmail.com', 'B2B');
TRUNCATE lead.duplicate_policy;
CALL pg_temp.add(66, 'b2c@gmail.com', 'B2C');

-- Conversion ------------------------------------------------------------------------------

INSERT INTO lead.duplicate_policy (on_convert) VALUES ('refuse');
CALL pg_temp.try($$SELECT * FROM lead.convert(pg_temp.id(3))$$);
SELECT status, version FROM lead.lead WHERE key = 'L3';
-- several: the hint has them all, the message the first
INSERT INTO lead.customer (id, key, name, emails) VALUES (pg_temp.id(902), 'C902', 'Customer 902', '["known@gmail.com"]');
CALL pg_temp.try($$SELECT * FROM lead.convert(pg_temp.id(3))$$);
INSERT INTO lead.customer (id, key, name, emails) SELECT pg_temp.id(n), 'C' || n, 'Customer ' || n, '["many@gmail.com"]' FROM generate_series(911, 922) n;
CALL pg_temp.add(71, 'many@gmail.com');
CALL pg_temp.try($$SELECT * FROM lead.convert(pg_temp.id(71))$$);
-- with a customer named there is nothing to judge
BEGIN;
CALL pg_temp.convert(3, pg_temp.id(902));
ROLLBACK;
BEGIN;
CALL pg_temp.convert(3, pg_temp.id(911));
ROLLBACK;
-- nor in another system, nor without contacts, nor where names are equal only
BEGIN;
SELECT kind FROM lead.convert_external(pg_temp.id(3), 'SAP');
CALL pg_temp.convert(48);
CALL pg_temp.convert(49);
ROLLBACK;
-- two leads of one party: the second
BEGIN;
CALL pg_temp.convert(1);
CALL pg_temp.convert(1);	-- a replay makes no customer
CALL pg_temp.convert(2);
UPDATE lead.duplicate_policy SET on_convert = 'warn';
\set VERBOSITY terse
CALL pg_temp.convert(2);
\set VERBOSITY default
-- reverted and converted anew it attaches to the customer that it made: no warning
SELECT customer_id AS made FROM lead.convert(pg_temp.id(2)) \gset
SELECT status FROM lead.revert_conversion(pg_temp.id(2), 'mistake');
CALL pg_temp.convert(2);
SELECT customer_id = :'made' FROM lead.convert(pg_temp.id(2));
UPDATE lead.duplicate_policy SET on_convert = 'refuse';
SELECT status FROM lead.revert_conversion(pg_temp.id(2), 'mistake');
CALL pg_temp.convert(2);
SELECT customer_id = :'made' FROM lead.convert(pg_temp.id(2));
ROLLBACK;
-- by type; ignore says nothing
INSERT INTO lead.duplicate_policy (lead_type, on_convert) VALUES ('B2B', 'ignore');
BEGIN;
CALL pg_temp.convert(3);
ROLLBACK;
-- targets of the user's own are not concerned
DELETE FROM lead.duplicate_policy WHERE lead_type = 'B2B';
CREATE SCHEMA regress_lead_lab;
CREATE FUNCTION regress_lead_lab.target(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$;
INSERT INTO lead.conversion_target (function) VALUES ('regress_lead_lab.target');
BEGIN;
CALL pg_temp.convert(3);
ROLLBACK;
DELETE FROM lead.conversion_target;

-- Who may not see the other is not told which it is -------------------------------------------

CREATE ROLE regress_lead_agent;
CREATE ROLE regress_lead_writer;
SELECT lead.grant_access('regress_lead_agent', 'agent'), lead.grant_access('regress_lead_writer', 'agent');
GRANT USAGE ON SCHEMA regress_lead_lab TO regress_lead_agent;
REVOKE SELECT ON lead.lead FROM regress_lead_writer;
UPDATE lead.duplicate_policy SET on_create = 'refuse', on_convert = 'refuse';
\set add 'INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails) VALUES (''L81'', ''Party'', ''B2B'', ''WARM'', ''WEB'', ''["one@gmail.com"]'')'
SET ROLE regress_lead_agent;
CALL pg_temp.try(:'add');
CALL pg_temp.try($$SELECT * FROM lead.convert('00000000-0000-0000-0000-000000000003')$$);
SET ROLE regress_lead_writer;	-- may write, not read
CALL pg_temp.try(:'add');
RESET ROLE;
BEGIN;
REVOKE SELECT ON lead.customer FROM regress_lead_agent;
GRANT SELECT (id) ON lead.customer TO regress_lead_agent;
SET LOCAL ROLE regress_lead_agent;
CALL pg_temp.try($$SELECT * FROM lead.convert('00000000-0000-0000-0000-000000000003')$$);
ROLLBACK;
-- row security: the duplicate is one although he cannot see it
ALTER TABLE lead.lead ENABLE ROW LEVEL SECURITY;
ALTER TABLE lead.lead FORCE ROW LEVEL SECURITY;
ALTER TABLE lead.customer ENABLE ROW LEVEL SECURITY;
ALTER TABLE lead.customer FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON lead.lead TO regress_lead_agent USING (key IN ('L3', 'L48', 'L81'));
CREATE POLICY own ON lead.customer TO regress_lead_agent USING (key NOT LIKE 'C9%');
SET ROLE regress_lead_agent;
SELECT count(*) FROM lead.lead WHERE key = 'L1';
CALL pg_temp.try(:'add');
CALL pg_temp.try($$SELECT * FROM lead.convert('00000000-0000-0000-0000-000000000003')$$);
RESET ROLE;
UPDATE lead.duplicate_policy SET on_create = 'warn', on_convert = 'warn';
SET ROLE regress_lead_agent;
BEGIN;
CALL pg_temp.try(:'add');
CALL pg_temp.convert(3);
ROLLBACK;
-- rules hold for those who may not read them
RESET ROLE;
UPDATE lead.duplicate_policy SET on_create = 'refuse';
REVOKE SELECT ON lead.duplicate_policy FROM regress_lead_agent;
ALTER TABLE lead.duplicate_policy ENABLE ROW LEVEL SECURITY;
SET ROLE regress_lead_agent;
CALL pg_temp.try($$SELECT * FROM lead.duplicate_policy$$);
CALL pg_temp.try(:'add');
RESET ROLE;
ALTER TABLE lead.duplicate_policy DISABLE ROW LEVEL SECURITY;
ALTER TABLE lead.lead NO FORCE ROW LEVEL SECURITY;
ALTER TABLE lead.lead DISABLE ROW LEVEL SECURITY;
DROP POLICY own ON lead.lead;
DROP POLICY own ON lead.customer;
ALTER TABLE lead.customer NO FORCE ROW LEVEL SECURITY;
ALTER TABLE lead.customer DISABLE ROW LEVEL SECURITY;
-- only administrators write them
SELECT lead.grant_access('regress_lead_agent', 'agent');
SET ROLE regress_lead_agent;
CALL pg_temp.try($$UPDATE lead.duplicate_policy SET on_create = 'ignore'$$);
RESET ROLE;
SELECT lead.grant_access('regress_lead_agent', 'administrator');
SET ROLE regress_lead_agent;
CALL pg_temp.try($$UPDATE lead.duplicate_policy SET on_create = 'refuse'$$);
RESET ROLE;

-- Locks: one for each certain key; beyond a fair share of the lock table the gate alone ---------

CREATE VIEW pg_temp.held AS
	SELECT (l.classid, l.objid) = (0, 0) AS gate, l.mode, count(*) FROM pg_locks l
	WHERE l.locktype = 'advisory' AND l.pid = pg_backend_pid() GROUP BY 1, 2;
BEGIN;
INSERT INTO lead.lead (id, key, party_name, lead_type, lead_rating, lead_source, emails, phones, websites)
VALUES (pg_temp.id(91), 'L91', 'Party', 'B2B', 'WARM', 'WEB', '["a@locks.example", "b@locks.example"]', '["+420603999888"]', '["locks.example"]');
SELECT * FROM pg_temp.held ORDER BY gate;
SAVEPOINT s;
CALL pg_temp.add(92, 'c@locks.example');
ROLLBACK TO s;
SELECT * FROM pg_temp.held ORDER BY gate;
INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, emails)
SELECT 'Bulk ' || n, 'B2B', 'WARM', 'WEB', jsonb_build_array('bulk' || n || '@gmail.com') FROM generate_series(1, 3000) n;
SELECT gate, mode, count <= current_setting('max_locks_per_transaction')::int AS fair FROM pg_temp.held ORDER BY gate, mode;
-- still free of repeats
CALL pg_temp.add(93, 'bulk2999@gmail.com');
CALL pg_temp.add(93, 'a@locks.example');
COMMIT;
SELECT count(*) FROM pg_temp.held;
-- the count begins anew with each transaction
BEGIN;
CALL pg_temp.add(94, 'anew@locks.example');
SELECT * FROM pg_temp.held ORDER BY gate;
ROLLBACK;
-- where nothing is refused nothing is locked
UPDATE lead.duplicate_policy SET on_create = 'warn';
BEGIN;
CALL pg_temp.add(95, 'a@locks.example');
SELECT count(*) FROM pg_temp.held;
ROLLBACK;

SET client_min_messages = warning;
DROP SCHEMA regress_lead_lab CASCADE;
DROP OWNED BY regress_lead_agent, regress_lead_writer;
DROP ROLE regress_lead_agent, regress_lead_writer;
