\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
-- Row level security of the user's on our tables: views and functions show and
-- change no more than the tables let through, the history stays complete, and
-- the rules hold for those who cannot see them.
--
-- The tables belong to a role that is no superuser, and row security is forced,
-- so that the owner's own reading and writing is put to the test too.

\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
SELECT current_user AS superuser \gset
CREATE SCHEMA regress_lead_lab;
GRANT USAGE, CREATE ON SCHEMA regress_lead_lab TO PUBLIC;
CREATE FUNCTION regress_lead_lab.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || regexp_replace(SQLERRM, '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '(id)', 'g');
END $$;

CREATE ROLE regress_lead_owner;
CREATE ROLE regress_lead_north LOGIN;
CREATE ROLE regress_lead_south LOGIN;
CREATE ROLE regress_lead_blind LOGIN;
DO $$
DECLARE
	statement text;
BEGIN
	FOR statement IN
		SELECT format('ALTER %s %s OWNER TO regress_lead_owner',
			CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, c.oid::regclass)
		FROM pg_class c WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind IN ('r', 'v', 'S')
			AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'i' AND c.relkind = 'S')
		UNION ALL
		SELECT format('ALTER FUNCTION %s OWNER TO regress_lead_owner', p.oid::regprocedure)
		FROM pg_proc p WHERE p.pronamespace = 'lead'::regnamespace
			AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
		UNION ALL
		SELECT 'ALTER SCHEMA lead OWNER TO regress_lead_owner'
	LOOP
		EXECUTE statement;
	END LOOP;
END $$;
SET ROLE regress_lead_owner;
SELECT lead.grant_access('regress_lead_north', 'administrator'),
	lead.grant_access('regress_lead_south', 'agent'),
	lead.grant_access('regress_lead_blind', 'agent');

-- Nothing of ours reads with other rights than the caller's ---------------

SELECT 'view', c.relname FROM pg_class c
WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind = 'v'
	AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false);
SELECT 'function', p.proname FROM pg_proc p WHERE p.pronamespace = 'lead'::regnamespace AND p.prosecdef;

-- Leads of two regions; each agent has a policy for his own ---------------

RESET ROLE;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, chars, emails)
SELECT region || n, region || ' party', CASE WHEN n % 2 = 0 THEN 'B2B' ELSE 'B2C' END, 'HOT', CASE WHEN n < 3 THEN 'WEB' ELSE 'PHONE' END,
	jsonb_build_object('region', lower(region)), CASE WHEN n = 1 THEN jsonb_build_array('jo@' || lower(region) || '.example') ELSE '[]' END
FROM unnest(ARRAY['NORTH', 'SOUTH']) region, generate_series(1, 6) n;
INSERT INTO lead.person (key, last_name, lead_id) SELECT 'P-' || key, 'Person of ' || key, id FROM lead.lead;
SELECT count(*) FROM lead.lead l, LATERAL lead.transition(l.id, 'WORKING') WHERE l.key IN ('NORTH1', 'SOUTH1');
SELECT count(*) FROM lead.lead l, LATERAL lead.convert(l.id) WHERE l.key IN ('NORTH2', 'SOUTH2');
SELECT count(*) FROM lead.lead l, LATERAL lead.transition(l.id, 'LATER', NULL, clock_timestamp() + interval '200 ms') WHERE l.key IN ('NORTH3', 'SOUTH3');

SET ROLE regress_lead_owner;
CREATE FUNCTION regress_lead_lab.mine(chars jsonb) RETURNS boolean LANGUAGE sql STABLE AS
	$$SELECT 'regress_lead_' || (chars ->> 'region') = current_user$$;
ALTER TABLE lead.lead ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY region ON lead.lead USING (regress_lead_lab.mine(chars));

-- Views -------------------------------------------------------------------
-- For each: what the agent sees against what the table shows him.

CREATE FUNCTION regress_lead_lab.seen() RETURNS TABLE (what text, seen text) LANGUAGE sql AS $$
	SELECT 'lead', string_agg(key, ' ' ORDER BY key) FROM lead.lead
	UNION ALL
	SELECT 'lead_report', string_agg(key, ' ' ORDER BY key) FROM lead.lead_report
	UNION ALL
	SELECT 'funnel', string_agg(format('%s %s: %s, won %s', lead_source, lead_source_name, leads, won), '; ' ORDER BY lead_source) FROM lead.funnel
	UNION ALL
	SELECT 'funnel by type', string_agg(format('%s: %s', group_code, leads), '; ' ORDER BY group_code) FROM lead.funnel(by => 'type')
	UNION ALL
	SELECT 'conversion_rate', string_agg(format('%s %s: %s', lead_source, lead_type, leads), '; ' ORDER BY lead_source, lead_type) FROM lead.conversion_rate
	UNION ALL
	SELECT 'status_duration', string_agg(format('%s: %s', status, stays), '; ' ORDER BY status_order) FROM lead.status_duration
	UNION ALL
	SELECT 'history', count(*)::text FROM lead.lead_status_change
	UNION ALL
	SELECT 'status_period', count(*)::text FROM lead.status_period
	UNION ALL
	SELECT 'status_by_day', sum(d.leads)::text FROM lead.status_by_day d WHERE d.day = current_date
	UNION ALL
	SELECT 'status_as_of', string_agg(key, ' ' ORDER BY key) FROM lead.status_as_of()
	UNION ALL
	SELECT 'stuck_leads', string_agg(key, ' ' ORDER BY key) FROM lead.stuck_leads('0') WHERE status <> 'LATER'
	UNION ALL
	SELECT 'char_report', string_agg(l.key || ' ' || c.value, ', ' ORDER BY l.key) FROM lead.char_report c LEFT JOIN lead.lead l ON l.id = c.lead_id
	UNION ALL
	SELECT 'contact_report', string_agg(c.value, ' ' ORDER BY c.value) FROM lead.contact_report c
$$;
SET ROLE regress_lead_north;
SELECT * FROM regress_lead_lab.seen();
SET ROLE regress_lead_south;
SELECT * FROM regress_lead_lab.seen();
SET ROLE regress_lead_blind;
SELECT * FROM regress_lead_lab.seen();
-- forced: even the owner sees none, the superuser all
SET ROLE regress_lead_owner;
SELECT count(*) FROM lead.lead_report;
RESET ROLE;
SELECT count(*) FROM lead.lead_report;

-- history and customers have policies of their own, and the views obey those too
SET ROLE regress_lead_owner;
ALTER TABLE lead.lead_status_change ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_lead ON lead.lead_status_change FOR SELECT USING (EXISTS (SELECT FROM lead.lead l WHERE l.id = lead_id));
ALTER TABLE lead.customer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY named ON lead.customer USING (regress_lead_lab.mine(chars) AND current_user <> 'regress_lead_south');
ALTER TABLE lead.lead_conversion ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE lead.lead_merge ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY readable ON lead.lead_conversion FOR SELECT TO regress_lead_north, regress_lead_blind USING (true);
SET ROLE regress_lead_north;
SELECT * FROM regress_lead_lab.seen() WHERE what IN ('history', 'status_period', 'status_by_day', 'status_as_of');
SELECT key, is_won, customer_name FROM lead.lead_report WHERE is_won = 1;
SET ROLE regress_lead_south;
SELECT * FROM regress_lead_lab.seen() WHERE what IN ('history', 'status_period', 'status_by_day', 'status_as_of');
SELECT key, is_won, customer_id IS NULL AS customer_is_hidden, customer_name FROM lead.lead_report WHERE is_won = 1;
SELECT count(*) AS customers FROM lead.customer;

-- Functions ---------------------------------------------------------------
-- A lead that the policy hides is a lead that does not exist (P0002).

RESET ROLE;
SELECT id AS n1 FROM lead.lead WHERE key = 'NORTH1' \gset
SELECT id AS n2 FROM lead.lead WHERE key = 'NORTH2' \gset
SELECT id AS s1 FROM lead.lead WHERE key = 'SOUTH1' \gset
SELECT id AS s2 FROM lead.lead WHERE key = 'SOUTH2' \gset
SELECT c.customer_id AS s2_customer FROM lead.lead_conversion c WHERE c.lead_id = :'s2' \gset
SET ROLE regress_lead_north;
SELECT regress_lead_lab.try(format('SELECT lead.transition(%L, ''NON_WORKING'')', :'s1'));
SELECT regress_lead_lab.try(format('SELECT lead.allowed_transitions(%L)', :'s1'));
SELECT regress_lead_lab.try($$SELECT lead.patch_lead('SOUTH1', '{"description": "x"}')$$);
SELECT regress_lead_lab.try(format('SELECT lead.replace_lead(%L, ''{}'')', :'s1'));
SELECT regress_lead_lab.try(format('SELECT lead.convert(%L)', :'s1'));
SELECT regress_lead_lab.try(format('SELECT lead.convert_external(%L, ''SAP'')', :'s1'));
SELECT regress_lead_lab.try(format('SELECT lead.revert_conversion(%L, ''x'')', :'s2'));
SELECT regress_lead_lab.try(format('SELECT lead.convert(%L)', :'s2'));
-- among many, too: a dry run tells no more
SELECT ord, outcome, status, sqlstate FROM lead.convert_many(ARRAY[:'n1', :'s1', :'s2']::uuid[], all_or_none => true);
SELECT ord, outcome, status, sqlstate FROM lead.convert_many(ARRAY[:'n1', :'s1', :'s2']::uuid[], dry_run => true);
SELECT ord, outcome, status, sqlstate FROM lead.convert_external_many(ARRAY[:'s1', :'s2']::uuid[], 'SAP');
SELECT ord, outcome, status, sqlstate FROM lead.transition_many(ARRAY[:'s1', :'s2']::uuid[], 'NON_WORKING');
-- nor, where conversions are hidden, what a lead became
RESET ROLE;
CREATE POLICY regress_hide ON lead.lead_conversion AS RESTRICTIVE FOR SELECT TO regress_lead_north USING (false);
SET ROLE regress_lead_north;
SELECT outcome, status, customer_id, sqlstate, detail FROM lead.convert_many(ARRAY[:'n2']::uuid[], dry_run => true);
SELECT outcome, status, customer_id, sqlstate, detail FROM lead.convert_external_many(ARRAY[:'n2']::uuid[], 'SAP', dry_run => true);
RESET ROLE;
DROP POLICY regress_hide ON lead.lead_conversion;
SET ROLE regress_lead_north;
-- neither is a customer that it hides
SELECT regress_lead_lab.try(format('SELECT lead.convert(%L, %L)', :'n1', :'s2_customer'));
UPDATE lead.lead SET status = 'NON_WORKING' WHERE id = :'s1';
SELECT regress_lead_lab.try(format('SELECT lead.merge(%L, ARRAY[%L]::uuid[])', :'n1', :'s1'));
SELECT regress_lead_lab.try(format('SELECT lead.merge(%L, ARRAY[%L]::uuid[])', :'s1', :'n1'));
SELECT regress_lead_lab.try(format('SELECT lead.unmerge(%L)', :'s1'));
-- its own it may
SELECT regress_lead_lab.try(format('SELECT lead.transition(%L, ''NON_WORKING'')', :'n1'));
SELECT regress_lead_lab.try(format('SELECT lead.merge(%L, ARRAY(SELECT id FROM lead.lead WHERE key = %L))', :'n1', 'NORTH4'));
SELECT count(*) FROM lead.allowed_transitions(:'n1');
-- a merge that the policy hides from who asks holds all the same
SELECT regress_lead_lab.try(format('SELECT lead.merge(%L, ARRAY(SELECT id FROM lead.lead WHERE key = %L)); UPDATE lead.lead SET status = %L, status_reason = %L WHERE key = %L',
	:'n1', 'NORTH4', 'NEW', 'again', 'NORTH4'));
SELECT key, status FROM lead.unmerge((SELECT id FROM lead.lead WHERE key = 'NORTH4'));
-- claim and wake_due pass by what is hidden
SELECT pg_sleep(0.25);
SELECT key, status, assigned_to FROM lead.claim('jana', 100) ORDER BY key;
SELECT key, status FROM lead.wake_due() ORDER BY key;
RESET ROLE;
SELECT key, status FROM lead.lead ORDER BY key;

-- visible but not for changing: a function that changes it does not find it
SET ROLE regress_lead_owner;
CREATE POLICY reading ON lead.lead FOR SELECT TO regress_lead_blind USING (true);
SET ROLE regress_lead_blind;
SELECT count(*) FROM lead.lead_report;
SELECT regress_lead_lab.try(format('SELECT lead.transition(%L, ''WORKING'')', :'n1'));
SELECT regress_lead_lab.try(format('SELECT lead.convert(%L)', :'n1'));
SELECT count(*) FROM lead.claim('jana', 100);
SELECT count(*) FROM lead.allowed_transitions(:'n1');
SET ROLE regress_lead_owner;
DROP POLICY reading ON lead.lead;

-- Writing past the policy is refused, and leaves nothing ------------------

SET ROLE regress_lead_north;
SELECT regress_lead_lab.try($$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, chars)
	VALUES ('X', 'X', 'B2B', 'HOT', 'WEB', '{"region": "south"}')$$);
SELECT regress_lead_lab.try($$UPDATE lead.lead SET chars = '{"region": "south"}', status = 'WORKING' WHERE key = 'NORTH4'$$);
SELECT regress_lead_lab.try($$DELETE FROM lead.lead WHERE key LIKE 'SOUTH%'$$);
-- the customer that south's conversion would make is none that south may see
SET ROLE regress_lead_south;
SELECT regress_lead_lab.try(format('SELECT lead.convert(%L)', :'s1'));
-- row_security = off asks for an error instead of a filter
SET row_security = off;
SELECT left(regress_lead_lab.try(s.statement), 58)
FROM (VALUES (format('SELECT lead.transition(%L, ''NON_WORKING'')', :'s1')), (format('SELECT lead.convert(%L)', :'s1')),
	('SELECT FROM lead.lead_report'), ('SELECT FROM lead.funnel'), ('UPDATE lead.lead SET status = ''NON_WORKING''')) s (statement);
RESET row_security;
-- a conversion that the policy hides: the lead is kept for it, and converting
-- again makes no second one, though the caller sees none
SET ROLE regress_lead_owner;
ALTER POLICY readable ON lead.lead_conversion TO regress_lead_blind;
SET ROLE regress_lead_north;
SELECT regress_lead_lab.try($$DELETE FROM lead.lead WHERE key = 'NORTH2'$$);
SELECT lead.convert(:'n2') IS NULL AS sees_none;
RESET ROLE;
SELECT count(*) FROM lead.lead WHERE key = 'X';
SELECT key, status FROM lead.lead WHERE key IN ('NORTH4', 'SOUTH1') ORDER BY key;
SELECT count(*) AS customers, (SELECT count(*) FROM lead.account) AS accounts, (SELECT count(*) FROM lead.lead_conversion) AS conversions FROM lead.customer;

-- History -----------------------------------------------------------------
-- Nobody has a policy to write it; the guard needs none.

SET ROLE regress_lead_south;
UPDATE lead.lead SET status = 'NON_WORKING' WHERE key = 'SOUTH1';
SELECT lead.convert_external((SELECT id FROM lead.lead WHERE key = 'SOUTH1'), 'SAP', 'C-1') IS NULL AS sees_none;
SELECT key FROM lead.revert_conversion((SELECT id FROM lead.lead WHERE key = 'SOUTH1'), 'mistake');
SET ROLE regress_lead_north;
SELECT key FROM lead.revert_conversion((SELECT id FROM lead.lead WHERE key = 'NORTH2'), 'mistake');
RESET ROLE;
-- every lead: one row at its creation, then a chain without a gap to its present status
SELECT count(*) AS leads,
	count(*) FILTER (WHERE h.first_version = 1 AND h.first_from IS NULL AND h.last_to = l.status AND h.chained) AS complete
FROM lead.lead l JOIN (
	SELECT c.lead_id, min(c.version) AS first_version,
		(array_agg(c.from_status ORDER BY c.version))[1] AS first_from,
		(array_agg(c.to_status ORDER BY c.version DESC))[1] AS last_to,
		bool_and(c.version = 1 OR c.from_status = c.previous) AS chained
	FROM (SELECT c.*, lag(c.to_status) OVER (PARTITION BY c.lead_id ORDER BY c.version) AS previous FROM lead.lead_status_change c) c
	GROUP BY c.lead_id) h ON h.lead_id = l.id;
SELECT c.from_status, c.to_status, c.changed_by FROM lead.lead_status_change c JOIN lead.lead l ON l.id = c.lead_id WHERE l.key = 'SOUTH1' AND c.version > 2 ORDER BY c.version;
SELECT l.key, c.kind, c.converted_by LIKE 'regress%' AS by_agent, c.reverted_by FROM lead.lead_conversion c JOIN lead.lead l ON l.id = c.lead_id ORDER BY l.key;

-- Rules -------------------------------------------------------------------
-- Row security on the tables of rules hides them from the eye. They hold all
-- the same, whoever of the session read them first, and also when a policy
-- would show each role other rows.

SET ROLE regress_lead_owner;
ALTER TABLE lead.lead_conversion DISABLE ROW LEVEL SECURITY;
ALTER TABLE lead.customer DISABLE ROW LEVEL SECURITY;
INSERT INTO lead.lead_status_rule (from_status, to_status, allowed) VALUES ('NEW', 'NON_WORKING', false);
INSERT INTO lead.lead_status_rule (from_status, to_status, condition, message) VALUES ('NEW', 'WORKING', '$.chars.budget > 0', 'No budget.');
UPDATE lead.lead_source SET validity_to = '2001-01-01' WHERE code = 'EVENT';
CREATE TABLE regress_lead_lab.note (text text);
GRANT ALL ON regress_lead_lab.note TO PUBLIC;
CREATE FUNCTION regress_lead_lab.note_event(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS
	$$INSERT INTO regress_lead_lab.note VALUES (event || ' as ' || current_user)$$;
CREATE FUNCTION regress_lead_lab.target(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE sql AS
	$$SELECT 'C-1'$$;
INSERT INTO lead.event_binding (code, event, function) VALUES ('NOTE', 'STATUS_CHANGE', 'regress_lead_lab.note_event');
INSERT INTO lead.conversion_target (lead_type, function) VALUES ('B2B', 'regress_lead_lab.target');
RESET ROLE;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, chars)
SELECT 'OLD-' || region, 'Old', 'B2C', 'HOT', 'WEB', jsonb_build_object('region', region) FROM unnest('{north,south}'::text[]) region;
SET ROLE regress_lead_owner;
INSERT INTO lead.entity_spec (code, name) VALUES ('SPEC', 'Spec');
INSERT INTO lead.characteristic (entity_spec_id, name, required) SELECT id, 'budget', true FROM lead.entity_spec;
UPDATE lead.lead_type SET entity_spec_id = (SELECT id FROM lead.entity_spec) WHERE code = 'B2C';
ALTER TABLE lead.lead_status_rule ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY north ON lead.lead_status_rule TO regress_lead_north USING (to_status = 'WORKING');
ALTER TABLE lead.lead_type ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY north ON lead.lead_type TO regress_lead_north USING (code = 'B2B');
ALTER TABLE lead.lead_rating ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE lead.lead_source ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE lead.event_binding ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE lead.event_epoch ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE lead.conversion_target ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE lead.characteristic ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE lead.entity_spec ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE FUNCTION regress_lead_lab.work(region text) RETURNS TABLE (what text, result text) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY SELECT 'rules and codes seen', (SELECT count(*) FROM lead.lead_status_rule) || ' ' || (SELECT count(*) FROM lead.lead_type);
	RETURN QUERY SELECT 'create', regress_lead_lab.try(format($q$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, chars)
		VALUES ('W-%1$s', 'W', 'B2B', 'HOT', 'WEB', '{"region": "%1$s"}')$q$, region));
	RETURN QUERY SELECT 'required', regress_lead_lab.try(format($q$INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, chars)
		VALUES ('C-%1$s', 'C', 'B2C', 'HOT', 'WEB', '{"region": "%1$s"}')$q$, region));
	RETURN QUERY SELECT 'unknown code', regress_lead_lab.try(format($q$INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, chars)
		VALUES ('W', 'B2B', 'NONE', 'WEB', '{"region": "%s"}')$q$, region));
	RETURN QUERY SELECT 'expired code', split_part(regress_lead_lab.try(format($q$INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, chars)
		VALUES ('W', 'B2B', 'HOT', 'EVENT', '{"region": "%s"}')$q$, region)), ' ', 1);
	RETURN QUERY SELECT 'forbidden pair', regress_lead_lab.try(format('UPDATE lead.lead SET status = ''NON_WORKING'' WHERE key = ''W-%s''', region));
	RETURN QUERY SELECT 'condition', regress_lead_lab.try(format('UPDATE lead.lead SET status = ''WORKING'' WHERE key = ''W-%s''', region));
	RETURN QUERY SELECT 'event', regress_lead_lab.try(format('UPDATE lead.lead SET status = ''IN_PROGRESS'' WHERE key = ''W-%s''', region));
	RETURN QUERY SELECT 'target', regress_lead_lab.try(format('SELECT lead.convert(id) FROM lead.lead WHERE key = ''W-%s''', region));
	RETURN QUERY SELECT 'required of an older lead', regress_lead_lab.try(format('SELECT lead.convert(id) FROM lead.lead WHERE key = ''OLD-%s''', region));
	RETURN QUERY SELECT 'problems seen', string_agg(key || ' ' || problems::text, ', ' ORDER BY key) FROM lead.check_chars() WHERE key LIKE 'OLD%';
	RETURN QUERY SELECT 'customer', string_agg(customer_ref, ' ') FROM lead.lead_report WHERE key = 'W-' || region;
END $$;
-- one session in which south reads the rules first, and one in which north does
\c -
SET ROLE regress_lead_south;
SELECT * FROM regress_lead_lab.work('south');
SET ROLE regress_lead_north;
SELECT * FROM regress_lead_lab.work('north');
RESET ROLE;
SELECT text FROM regress_lead_lab.note ORDER BY text;
DELETE FROM lead.lead_conversion WHERE customer_ref = 'C-1';
DELETE FROM lead.lead WHERE key ~ '^[CW]-';
\c - regress_lead_north
SELECT * FROM regress_lead_lab.work('north');
\c - :superuser
SET ROLE regress_lead_north;
SELECT count(*) FROM lead.lead WHERE key = 'W-north' AND regress_lead_lab.try(format('UPDATE lead.lead SET description = ''x'' WHERE id = %L', id)) = 'ok';
SET ROLE regress_lead_south;
SELECT * FROM regress_lead_lab.work('south');
RESET ROLE;

SET client_min_messages = warning;
DROP SCHEMA regress_lead_lab CASCADE;
DROP SCHEMA lead CASCADE;
DROP ROLE regress_lead_owner, regress_lead_north, regress_lead_south, regress_lead_blind;
