-- Who did it: the login role (or SET ROLE), and the person behind a pooled login.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools
SET client_min_messages = warning;

CREATE ROLE regress_lead_agent;
CREATE ROLE regress_lead_owner;
SELECT lead.grant_access('regress_lead_agent', 'agent'), lead.grant_access('regress_lead_owner', 'agent');
CREATE TEMP VIEW who AS
	SELECT l.key, l.version, replace(l.inserted_by, session_user, '(me)') AS inserted_by, l.inserted_by_actor,
		replace(l.edited_by, session_user, '(me)') AS edited_by, l.edited_by_actor,
		replace(c.changed_by, session_user, '(me)') AS changed_by, c.actor AS change_actor
	FROM lead.lead l JOIN LATERAL (SELECT * FROM lead.lead_status_change c WHERE c.lead_id = l.id ORDER BY c.version DESC LIMIT 1) c ON true;

-- The actor ------------------------------------------------------------------------

-- none
SELECT pg_temp.new_lead(1) \g /dev/null
SELECT * FROM who;
-- for a transaction
BEGIN;
SET LOCAL lead.actor = 'jana@example.com';
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L1';
SELECT pg_temp.new_lead(2) \g /dev/null
COMMIT;
SELECT * FROM who ORDER BY key;
-- the next change names nobody; who created it stays
UPDATE lead.lead SET description = 'x';
SELECT * FROM who ORDER BY key;
-- by a function that takes a parameter, as a pool's clients do
PREPARE set_actor (text) AS SELECT set_config('lead.actor', $1, true);
BEGIN;
EXECUTE set_actor ('petr');
SELECT lead.claim('petr') \g /dev/null
EXECUTE set_actor ('');
UPDATE lead.lead SET description = 'y' WHERE key = 'L1';
COMMIT;
SELECT * FROM who ORDER BY key;
-- a savepoint undone takes its actor with it
BEGIN;
SET LOCAL lead.actor = 'outside';
SAVEPOINT s;
SET LOCAL lead.actor = 'inside';
ROLLBACK TO s;
UPDATE lead.lead SET description = 'z' WHERE key = 'L1' RETURNING edited_by_actor;
COMMIT;
-- a conversion and its reversal
BEGIN;
SET LOCAL lead.actor = 'jana';
SELECT converted_by = session_user AS by_me, converted_by_actor FROM lead.convert(pg_temp.id(1));
SET LOCAL lead.actor = 'eva';
SELECT edited_by_actor FROM lead.revert_conversion(pg_temp.id(1), 'x');
SELECT reverted_by = session_user AS by_me, reverted_by_actor, converted_by_actor FROM lead.lead_conversion;
COMMIT;
-- at most 200 characters
SET lead.actor = 'x';
DO $$
DECLARE
	detail text;
BEGIN
	PERFORM set_config('lead.actor', repeat('ř', 201), false);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RAISE INFO '%: %', SQLSTATE, detail;
END $$;
SHOW lead.actor;
SELECT length(set_config('lead.actor', repeat('ř', 200), false));
UPDATE lead.lead SET description = 'w' WHERE key = 'L1' RETURNING length(edited_by_actor);
RESET lead.actor;
-- a setting of ours that there is none of is not taken quietly
SET lead.actr = 'x';

-- a session's first command may name it, before the library is there
\c -
BEGIN;
SET LOCAL lead.actor = 'first';
UPDATE lead.lead SET description = 'v' WHERE key = 'L1' RETURNING edited_by_actor;
COMMIT;
UPDATE lead.lead SET description = 'u' WHERE key = 'L1' RETURNING edited_by_actor;
\set ECHO none
\i :tools
SET client_min_messages = warning;
CREATE TEMP VIEW who AS
	SELECT l.key, l.version, replace(l.inserted_by, session_user, '(me)') AS inserted_by, l.inserted_by_actor,
		replace(l.edited_by, session_user, '(me)') AS edited_by, l.edited_by_actor,
		replace(c.changed_by, session_user, '(me)') AS changed_by, c.actor AS change_actor
	FROM lead.lead l JOIN LATERAL (SELECT * FROM lead.lead_status_change c WHERE c.lead_id = l.id ORDER BY c.version DESC LIMIT 1) c ON true;

-- The role -----------------------------------------------------------------------------

-- SET ROLE is recorded, whatever actor is named
SET ROLE regress_lead_agent;
SET lead.actor = 'postgres';
SELECT pg_temp.new_lead(3, 'WORKING') \g /dev/null
RESET lead.actor;
RESET ROLE;
SELECT * FROM who WHERE key = 'L3';
-- so is SET SESSION AUTHORIZATION
SET SESSION AUTHORIZATION regress_lead_agent;
UPDATE lead.lead SET status = 'NON_WORKING' WHERE key = 'L3' RETURNING edited_by;
RESET SESSION AUTHORIZATION;
-- A SECURITY DEFINER function of somebody else's: who called it, not its owner
CREATE FUNCTION public.regress_lead_move(key text, status text) RETURNS void SECURITY DEFINER SET search_path = pg_catalog, pg_temp LANGUAGE sql AS
	$$ UPDATE lead.lead l SET status = regress_lead_move.status WHERE l.key = regress_lead_move.key $$;
ALTER FUNCTION public.regress_lead_move OWNER TO regress_lead_owner;
SET ROLE regress_lead_agent;
SELECT public.regress_lead_move('L3', 'IN_PROGRESS');
RESET ROLE;
SELECT edited_by, changed_by FROM who WHERE key = 'L3';
SELECT public.regress_lead_move('L3', 'WORKING');
SELECT edited_by, changed_by FROM who WHERE key = 'L3';
-- and a conversion inside it
CREATE FUNCTION public.regress_lead_convert(id uuid) RETURNS void SECURITY DEFINER SET search_path = pg_catalog, pg_temp LANGUAGE sql AS
	$$ SELECT lead.convert(id) $$;
ALTER FUNCTION public.regress_lead_convert OWNER TO regress_lead_owner;
SET ROLE regress_lead_agent;
SELECT public.regress_lead_convert(pg_temp.id(3));
RESET ROLE;
SELECT c.converted_by, w.edited_by, w.changed_by FROM lead.lead_conversion c, who w WHERE c.lead_id = pg_temp.id(3) AND w.key = 'L3';
-- A role that has gone is recorded by what it was called.
DROP FUNCTION public.regress_lead_move, public.regress_lead_convert;
DROP OWNED BY regress_lead_agent, regress_lead_owner;
DROP ROLE regress_lead_agent, regress_lead_owner;
SELECT inserted_by, edited_by, changed_by FROM who WHERE key = 'L3';
SELECT DISTINCT replace(changed_by, session_user, '(me)') AS changed_by FROM lead.lead_status_change ORDER BY 1;

SELECT * FROM pg_temp.broken_history();
