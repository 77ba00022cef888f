-- Registers: when a code may be given to a lead, who may create a lead of a
-- type, and what a new name for a code does.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools
SET client_min_messages = warning;
SET datestyle = 'ISO';

CREATE FUNCTION pg_temp.create_lead(key text, lead_type text DEFAULT 'B2B', lead_rating text DEFAULT 'HOT', lead_source text DEFAULT 'WEB') RETURNS text LANGUAGE sql AS $$
	INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type) VALUES (key, 'x', lead_rating, lead_source, lead_type) RETURNING key
$$;

-- Starter registers -----------------------------------------------------------------

SELECT code, name FROM lead.lead_type ORDER BY code;
SELECT code, name FROM lead.lead_rating ORDER BY code;
SELECT code, name FROM lead.lead_source ORDER BY code;
-- a register with rows is left alone; an empty one is filled, and told
SELECT * FROM lead.add_starter_registers();
DELETE FROM lead.lead_rating;
DELETE FROM lead.lead_type WHERE code = 'B2C';
SELECT * FROM lead.add_starter_registers() ORDER BY register, code;
INSERT INTO lead.lead_type (code, name) VALUES ('B2C', 'Residential customer');

-- Unknown codes ----------------------------------------------------------------------

CALL pg_temp.try($$SELECT pg_temp.create_lead('a', lead_type => 'b2b')$$);
CALL pg_temp.try($$SELECT pg_temp.create_lead('a', lead_rating => 'TEPID')$$);
SELECT pg_temp.create_lead('L1');
CALL pg_temp.try($$UPDATE lead.lead SET lead_source = 'FAX' WHERE key = 'L1'$$);
-- ten are listed, in order, and how many more there are
INSERT INTO lead.lead_source (code, name) SELECT c, c FROM unnest('{ADS,EXHIBITION,BLOG}'::text[]) c;
CALL pg_temp.try($$SELECT pg_temp.create_lead('a', lead_source => 'FAX')$$);
INSERT INTO lead.lead_source (code, name) SELECT c, c FROM unnest(ARRAY['ÚŘAD', 'A "quoted" one']) c;
CALL pg_temp.try($$SELECT pg_temp.create_lead('a', lead_source => 'FAX')$$);
-- where the register is empty there is a hint how to fill it
BEGIN;
DELETE FROM lead.lead;
DELETE FROM lead.lead_rating;
CALL pg_temp.try($$SELECT pg_temp.create_lead('a')$$);
SELECT count(*) FROM lead.add_starter_registers();
SELECT pg_temp.create_lead('a');
ROLLBACK;
-- a code that leads have cannot be deleted
CALL pg_temp.try($$DELETE FROM lead.lead_source WHERE code = 'WEB'$$);

-- Validity ---------------------------------------------------------------------------

CALL pg_temp.try($$INSERT INTO lead.lead_type (code, name, validity_from, validity_to) VALUES ('X', 'X', '2026-01-02', '2026-01-01')$$);
-- both ends belong to it, NULL is open
INSERT INTO lead.lead_source (code, name, validity_from, validity_to) VALUES
	('OPEN', 'x', NULL, NULL), ('TODAY', 'x', current_date, current_date), ('FROM TODAY', 'x', current_date, NULL), ('TO TODAY', 'x', NULL, current_date),
	('ENDED', 'x', NULL, current_date - 1), ('TO COME', 'x', current_date + 1, NULL), ('LONG AGO', 'x', '2001-01-01', '2001-12-31'),
	('INFINITE', 'x', '-infinity', 'infinity'), ('NEVER', 'x', 'infinity', 'infinity');
INSERT INTO lead.lead_type (code, name, validity_to) VALUES ('ENDED', 'x', current_date - 1);
INSERT INTO lead.lead_rating (code, name, validity_from) VALUES ('TO COME', 'x', current_date + 1);
SELECT pg_temp.create_lead('V1', lead_source => 'OPEN'), pg_temp.create_lead('V2', lead_source => 'TODAY'), pg_temp.create_lead('V3', lead_source => 'FROM TODAY'),
	pg_temp.create_lead('V4', lead_source => 'TO TODAY'), pg_temp.create_lead('V5', lead_source => 'INFINITE');
CALL pg_temp.try($$SELECT pg_temp.create_lead('a', lead_source => 'ENDED')$$);
CALL pg_temp.try($$SELECT pg_temp.create_lead('a', lead_source => 'TO COME')$$);
CALL pg_temp.try($$SELECT pg_temp.create_lead('a', lead_source => 'LONG AGO')$$);
CALL pg_temp.try($$SELECT pg_temp.create_lead('a', lead_source => 'NEVER')$$);
CALL pg_temp.try($$SELECT pg_temp.create_lead('a', lead_type => 'ENDED')$$);
CALL pg_temp.try($$SELECT pg_temp.create_lead('a', lead_rating => 'TO COME')$$);
CALL pg_temp.try($$UPDATE lead.lead SET lead_source = 'ENDED' WHERE key = 'L1'$$);
CALL pg_temp.try($$UPDATE lead.lead SET lead_type = 'ENDED' WHERE key = 'L1'$$);
-- a lead keeps a code that has expired, and may be edited, moved and converted with it
UPDATE lead.lead_source SET validity_to = current_date - 1 WHERE code = 'OPEN';
UPDATE lead.lead SET description = 'edited', lead_source = 'OPEN', lead_rating = 'HOT' WHERE key = 'V1' RETURNING description, lead_source;
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'V1' RETURNING status;
SELECT kind FROM lead.lead l, lead.convert(l.id) WHERE l.key = 'V1';
-- but once it has another it cannot get the old one back
UPDATE lead.lead SET lead_source = 'WEB' WHERE key = 'V1';
CALL pg_temp.try($$UPDATE lead.lead SET lead_source = 'OPEN' WHERE key = 'V1'$$);

-- "Today" is the day in lead.time_zone. These two are 26 hours apart, so it is
-- never the same day in both.
INSERT INTO lead.lead_source (code, name, validity_to) VALUES ('TZ', 'x', (now() AT TIME ZONE 'Etc/GMT+12')::date);
SET lead.time_zone = 'Etc/GMT+12';
SELECT pg_temp.create_lead('Z1', lead_source => 'TZ');
SET lead.time_zone = 'Pacific/Kiritimati';
\set VERBOSITY sqlstate
SELECT pg_temp.create_lead('Z2', lead_source => 'TZ');
\set VERBOSITY default
UPDATE lead.lead_source SET validity_to = NULL, validity_from = (now() AT TIME ZONE 'Pacific/Kiritimati')::date WHERE code = 'TZ';
SELECT pg_temp.create_lead('Z3', lead_source => 'TZ');
-- the session's zone is of no account while it is set
SET TimeZone = 'Etc/GMT+12';
SELECT pg_temp.create_lead('Z4', lead_source => 'TZ');
-- empty: the session's
SET lead.time_zone = '';
\set VERBOSITY sqlstate
SELECT pg_temp.create_lead('Z5', lead_source => 'TZ');
\set VERBOSITY default
SET TimeZone = 'Pacific/Kiritimati';
SELECT pg_temp.create_lead('Z6', lead_source => 'TZ');
RESET TimeZone;
SET datestyle = 'ISO';
-- the year and month in a key are of that day too
UPDATE lead.lead_type SET mnemonic_code = '{YYYY}/{MM}/{SEQ}' WHERE code = 'B2B';
SET lead.time_zone = 'Pacific/Kiritimati';
SELECT starts_with(pg_temp.create_lead(NULL), to_char(now() AT TIME ZONE 'Pacific/Kiritimati', 'YYYY/MM/')) AS there;
SET lead.time_zone = 'Etc/GMT+12';
SELECT starts_with(pg_temp.create_lead(NULL), to_char(now() AT TIME ZONE 'Etc/GMT+12', 'YYYY/MM/')) AS here;
RESET lead.time_zone;
UPDATE lead.lead_type SET mnemonic_code = NULL WHERE code = 'B2B';
SET lead.time_zone = 'Atlantis/Poseidonis';
-- a client cannot choose the day
CREATE ROLE regress_lead_agent;
SELECT lead.grant_access('regress_lead_agent', 'agent');
SET ROLE regress_lead_agent;
SET lead.time_zone = 'Etc/GMT+12';
SELECT set_config('lead.time_zone', 'Etc/GMT+12', true);
RESET ROLE;
-- not even before the library is loaded, when the server lets anybody set anything
\c -
SET ROLE regress_lead_agent;
SET lead.time_zone = 'Etc/GMT+12';
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type) VALUES ('Z7', 'x', 'HOT', 'WEB', 'B2B') RETURNING key;
SHOW lead.time_zone;
RESET ROLE;
\c -
\set ECHO none
\i :tools
SET client_min_messages = warning;
SET datestyle = 'ISO';
CREATE FUNCTION pg_temp.create_lead(key text, lead_type text DEFAULT 'B2B', lead_rating text DEFAULT 'HOT', lead_source text DEFAULT 'WEB') RETURNS text LANGUAGE sql AS $$
	INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type) VALUES (key, 'x', lead_rating, lead_source, lead_type) RETURNING key
$$;

-- Who may create -----------------------------------------------------------------------

CREATE ROLE regress_lead_vip_sales;
CREATE ROLE regress_lead_senior IN ROLE regress_lead_vip_sales;
CREATE ROLE regress_lead_stranger NOINHERIT IN ROLE regress_lead_vip_sales;
SELECT lead.grant_access('regress_lead_senior', 'agent'), lead.grant_access('regress_lead_stranger', 'agent');
INSERT INTO lead.lead_type (code, name, create_privilege) VALUES ('VIP', 'x', 'regress_lead_vip_sales'), ('LOST', 'x', 'regress_lead_no_such_role'), ('BLANK', 'x', ' ');
SET ROLE regress_lead_agent;
CALL pg_temp.try($$SELECT pg_temp.create_lead('a', 'VIP')$$);
CALL pg_temp.try($$SELECT pg_temp.create_lead('a', 'LOST')$$);
SELECT pg_temp.create_lead('P1', 'BLANK'), pg_temp.create_lead('P2', 'B2B');
-- nor move one there
CALL pg_temp.try($$UPDATE lead.lead SET lead_type = 'VIP' WHERE key = 'P2'$$);
-- membership with inheritance is asked for; without it the role must be set
SET ROLE regress_lead_stranger;
CALL pg_temp.try($$SELECT pg_temp.create_lead('a', 'VIP')$$);
SET ROLE regress_lead_senior;
SELECT pg_temp.create_lead('P3', 'VIP');
UPDATE lead.lead SET lead_type = 'VIP' WHERE key = 'P2' RETURNING lead_type;
-- others work it as any other
SET ROLE regress_lead_agent;
UPDATE lead.lead SET status = 'WORKING', description = 'x', lead_type = 'VIP' WHERE key = 'P3' RETURNING status;
RESET ROLE;
-- a superuser may always
SELECT pg_temp.create_lead('P4', 'VIP'), pg_temp.create_lead('P5', 'LOST');

-- New names for codes ---------------------------------------------------------------------

CREATE ROLE regress_lead_administrator;
SELECT lead.grant_access('regress_lead_administrator', 'administrator');
CREATE FUNCTION public.regress_lead_refuse(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'an event was raised: %', event; END $$;
INSERT INTO lead.event_binding (code, event, function) VALUES ('A', 'UPDATE', 'public.regress_lead_refuse');
UPDATE lead.event_binding SET enabled = false;
UPDATE lead.lead SET key = 'first' WHERE key = 'L1';
SELECT pg_temp.new_lead(1), pg_temp.new_lead(2, 'REJECTED'), pg_temp.new_lead(3, 'CONVERTED'), pg_temp.new_lead(4, 'LATER') \g /dev/null
UPDATE lead.lead SET lead_type = 'VIP', lead_source = 'TODAY' WHERE key ~ '^L[1-4]$';
UPDATE lead.lead_source SET validity_from = NULL, validity_to = current_date - 1 WHERE code = 'TODAY';
UPDATE lead.event_binding SET enabled = true;
CREATE TEMP TABLE before AS SELECT * FROM lead.lead WHERE lead_type = 'VIP' OR lead_source = 'TODAY';
CREATE TEMP TABLE history_before AS SELECT * FROM lead.lead_status_change;
-- an administrator who may not create VIP leads renames the type and an expired source
SET ROLE regress_lead_administrator;
UPDATE lead.lead_type SET code = 'VERY VIP' WHERE code = 'VIP';
UPDATE lead.lead_source SET code = 'YESTERDAY' WHERE code = 'TODAY';
UPDATE lead.lead_rating SET code = 'WARMISH' WHERE code = 'WARM' RETURNING code;
RESET ROLE;
SELECT l.key, l.status, l.lead_type, l.lead_source, l.lead_rating, l.version - b.version AS more_versions, l.edited_by, l.inserted_by = b.inserted_by AS inserted_same,
	to_jsonb(l) - '{lead_type,lead_source,lead_rating,version,edited_at,edited_by}'::text[] = to_jsonb(b) - '{lead_type,lead_source,lead_rating,version,edited_at,edited_by}'::text[] AS otherwise_same
FROM lead.lead l JOIN before b USING (id) ORDER BY l.key;
SELECT count(*) AS history_changed FROM lead.lead_status_change c FULL JOIN history_before h USING (lead_id, version) WHERE to_jsonb(c) IS DISTINCT FROM to_jsonb(h);
-- the new name is a code like any other, the old one is none
UPDATE lead.event_binding SET enabled = false;
CALL pg_temp.try($$UPDATE lead.lead SET lead_source = 'YESTERDAY' WHERE key = 'first'$$);
CALL pg_temp.try($$UPDATE lead.lead SET lead_type = 'VIP' WHERE key = 'first'$$);
UPDATE lead.lead SET lead_type = 'VERY VIP' WHERE key = 'first' RETURNING lead_type;
-- an UPDATE of the user's that gives a code is judged, also in the same transaction as a rename
BEGIN;
UPDATE lead.lead_source SET code = 'LAST WEEK' WHERE code = 'YESTERDAY';
CALL pg_temp.try($$UPDATE lead.lead SET lead_source = 'LAST WEEK' WHERE key = 'first'$$);
SELECT lead_source, count(*) FROM lead.lead WHERE lead_source IN ('LAST WEEK', 'YESTERDAY') GROUP BY 1;
ROLLBACK;
-- and so is one that a trigger on the register makes
CREATE FUNCTION pg_temp.spread() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE lead.lead SET lead_source = NEW.code WHERE key = 'first';
	RETURN NULL;
END $$;
CREATE TRIGGER zz_spread AFTER UPDATE ON lead.lead_source FOR EACH ROW EXECUTE FUNCTION pg_temp.spread();
CALL pg_temp.try($$UPDATE lead.lead_source SET code = 'LAST WEEK' WHERE code = 'YESTERDAY'$$);
DROP TRIGGER zz_spread ON lead.lead_source;
-- a name that another code has is refused
CALL pg_temp.try($$UPDATE lead.lead_source SET code = 'WEB' WHERE code = 'YESTERDAY'$$);
-- a target follows its type
CREATE FUNCTION public.regress_lead_target(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE sql AS $$ SELECT 'C-1' $$;
INSERT INTO lead.conversion_target (lead_type, function) VALUES ('VERY VIP', 'public.regress_lead_target');
UPDATE lead.lead_type SET code = 'VIP' WHERE code = 'VERY VIP';
SELECT lead_type, function FROM lead.conversion_target;
SELECT customer_ref FROM lead.convert(pg_temp.id(1));
CALL pg_temp.try($$DELETE FROM lead.lead_type WHERE code = 'VIP'$$);

SELECT * FROM pg_temp.broken_history();

DELETE FROM lead.event_binding;
DELETE FROM lead.conversion_target;
DROP FUNCTION public.regress_lead_refuse, public.regress_lead_target;
DROP OWNED BY regress_lead_agent, regress_lead_senior, regress_lead_stranger, regress_lead_vip_sales, regress_lead_administrator;
DROP ROLE regress_lead_agent, regress_lead_senior, regress_lead_stranger, regress_lead_vip_sales, regress_lead_administrator;
