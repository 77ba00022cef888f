\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\set tools :abs_srcdir '/data/tools.sql'
\i :fresh
\i :tools
-- A few leads from an application, an outcome each: lead.import_leads.

CREATE FUNCTION pg_temp.lead(more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS
	$$ SELECT '{"party_name": "Acme", "lead_type": "B2B", "lead_rating": "HOT", "lead_source": "WEB"}'::jsonb || more $$;
-- outcomes with the key for the id
CREATE FUNCTION pg_temp.outcomes(leads jsonb, all_or_none boolean DEFAULT NULL, on_duplicate text DEFAULT NULL)
	RETURNS TABLE (ord bigint, lead text, outcome text, status text, sqlstate text, reason text) LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE o ON COMMIT DROP AS SELECT * FROM lead.import_leads(leads, all_or_none, on_duplicate);
	RETURN QUERY SELECT o.ord, coalesce(l.key, o.lead_id::text), o.outcome, o.status::text, o.sqlstate, concat_ws(E'\n', o.message, o.detail, o.hint)
		FROM o LEFT JOIN lead.lead l ON l.id = o.lead_id ORDER BY o.ord;
	DROP TABLE o;
END $$;

-- created, in order; one refused leaves the others alone
SELECT * FROM pg_temp.outcomes(jsonb_build_array(pg_temp.lead('{"key": "A"}'), pg_temp.lead('{"key": "B", "priority": "x"}'), pg_temp.lead('{"key": "C", "status": "WORKING"}'),
	7, '[]', NULL, '{}', pg_temp.lead('{"key": "A"}')));
SELECT key, status, version FROM lead.lead ORDER BY key;
-- duplicates
SELECT * FROM pg_temp.outcomes('[{"key": "A", "description": "new"}, {"key": "C"}]', NULL, 'update');
SELECT * FROM pg_temp.outcomes('[{"key": "A", "description": "newer"}, {"key": "C"}]', false, 'skip');
SELECT * FROM pg_temp.outcomes('[{"key": "A", "description": "newer"}]', NULL, 'insert');
SELECT key, status, version, description FROM lead.lead ORDER BY key;
-- all or none: nothing stays, and each says why
SELECT * FROM pg_temp.outcomes(jsonb_build_array(pg_temp.lead('{"key": "D"}'), pg_temp.lead('{"key": "E", "phones": "x"}'), '{"key": "A", "description": "undone"}'::jsonb, pg_temp.lead('{"lead_type": "?"}')), true, 'update');
SELECT * FROM pg_temp.outcomes(jsonb_build_array(pg_temp.lead('{"key": "D"}'), '{"key": "A"}'::jsonb), true, 'skip');
SELECT key, version, description FROM lead.lead ORDER BY key;
-- what a lead is the duplicate of was undone with it
BEGIN;
INSERT INTO lead.duplicate_policy (on_create) VALUES ('refuse');
SELECT ord, outcome, sqlstate, right(hint, 38) AS hint FROM lead.import_leads(jsonb_build_array(pg_temp.lead('{"key": "D1", "emails": "same@example.com"}'), pg_temp.lead('{"key": "D2", "emails": "same@example.com"}')), true);
SELECT ord, outcome, sqlstate, right(hint, 38) AS hint FROM lead.import_leads(jsonb_build_array(pg_temp.lead('{"key": "D1", "emails": "same@example.com"}'), pg_temp.lead('{"key": "D2", "emails": "same@example.com"}')));
ROLLBACK;
-- a deferred constraint of the user's is the element's fault, not the COMMIT's
ALTER TABLE lead.lead ADD CONSTRAINT one_vip EXCLUDE (description WITH =) WHERE (description = 'VIP') DEFERRABLE INITIALLY DEFERRED;
SELECT ord, outcome, sqlstate FROM lead.import_leads(jsonb_build_array(pg_temp.lead('{"key": "V1", "description": "VIP"}'), pg_temp.lead('{"key": "V2", "description": "VIP"}'), pg_temp.lead('{"key": "V3"}')));
SELECT ord, outcome, sqlstate FROM lead.import_leads(jsonb_build_array(pg_temp.lead('{"key": "V4"}'), pg_temp.lead('{"key": "V5", "description": "VIP"}')), true);
SELECT key FROM lead.lead WHERE key LIKE 'V_' ORDER BY key;
DELETE FROM lead.lead WHERE key LIKE 'V_';
ALTER TABLE lead.lead DROP CONSTRAINT one_vip;
-- in a transaction of the caller's, which may still roll back
BEGIN;
SELECT outcome FROM lead.import_leads(jsonb_build_array(pg_temp.lead('{"key": "F"}'), '{}'::jsonb));
SELECT count(*) FROM lead.lead WHERE key = 'F';
ROLLBACK;
SELECT count(*) FROM lead.lead WHERE key = 'F';
-- nothing to do, and many
SELECT * FROM lead.import_leads('[]');
SELECT * FROM lead.import_leads('[]', true);
SELECT outcome, count(*), min(ord), max(ord) FROM lead.import_leads((SELECT jsonb_agg(pg_temp.lead(jsonb_build_object('key', 'M' || n, 'priority', CASE WHEN n % 100 = 0 THEN 'x' ELSE 'LOW' END)) ORDER BY n) FROM generate_series(1, 1000) n)) GROUP BY outcome ORDER BY outcome;
-- processing_data reaches triggers of the transaction
CREATE FUNCTION pg_temp.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE INFO 'processing data %', lead.processing_data(NEW.id); RETURN NEW; END $$;
CREATE TRIGGER tell AFTER INSERT ON lead.lead FOR EACH ROW EXECUTE FUNCTION pg_temp.tell();
SELECT outcome FROM lead.import_leads(jsonb_build_array(pg_temp.lead('{"processingData": {"a": 1}}'), pg_temp.lead('{"processing_data": "text"}')));
DROP TRIGGER tell ON lead.lead;
-- what is everybody's ends the call: a cancelled statement says nothing of the lead
CREATE FUNCTION pg_temp.sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END $$;
CREATE TRIGGER sleep BEFORE INSERT ON lead.lead FOR EACH ROW EXECUTE FUNCTION pg_temp.sleep();
SET statement_timeout = 300;
SELECT outcome FROM lead.import_leads((SELECT jsonb_agg(pg_temp.lead()) FROM generate_series(1, 1000)));
RESET statement_timeout;
DROP TRIGGER sleep ON lead.lead;

-- more sets of columns than statements are kept, twice, with a bad one among them
SELECT outcome, count(*) FROM generate_series(1, 2) round, LATERAL lead.import_leads((
	SELECT jsonb_agg(pg_temp.lead(jsonb_strip_nulls(jsonb_build_object('key', 'K' || round || '-' || n, 'priority', CASE WHEN n & 1 > 0 THEN 'LOW' END,
		'description', CASE WHEN n & 2 > 0 THEN 'x' END, 'assigned_to', CASE WHEN n & 4 > 0 THEN 'x' END, 'phones', CASE WHEN n & 8 > 0 THEN '+420603123456' END,
		'emails', CASE WHEN n & 16 > 0 THEN 'a@example.com' END, 'data_tags', CASE WHEN n & 32 > 0 THEN 'x' END, 'status', CASE WHEN n & 64 > 0 THEN 'WORKING' END,
		'websites', CASE WHEN n & 128 > 0 THEN 'example.com' END, 'data_boxes', CASE WHEN n = 255 THEN '?' END))) ORDER BY n)
	FROM generate_series(0, 255) n)) GROUP BY outcome ORDER BY outcome;
SELECT outcome, count(*) FROM lead.import_leads((
	SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('key', 'K1-' || n, 'priority', CASE WHEN n & 1 > 0 THEN 'HIGH' END, 'status', CASE WHEN n & 2 > 0 THEN 'IN_PROGRESS' END)) ORDER BY n)
	FROM generate_series(0, 254) n), NULL, 'update') GROUP BY outcome ORDER BY outcome;
SELECT priority, status, count(*) FROM lead.lead WHERE key LIKE 'K1-%' GROUP BY 1, 2 ORDER BY 1, 2;

-- calls that make no sense
CALL pg_temp.try($$SELECT lead.import_leads(NULL)$$);
CALL pg_temp.try($$SELECT lead.import_leads('{}')$$);
CALL pg_temp.try($$SELECT lead.import_leads('7')$$);
CALL pg_temp.try($$SELECT lead.import_leads('null')$$);
CALL pg_temp.try($$SELECT lead.import_leads('[]', NULL, 'merge')$$);
-- who may not insert at all is told so once; row security is a matter of each lead
CREATE ROLE regress_lead_reader;
CREATE ROLE regress_lead_agent;
SELECT lead.grant_access('regress_lead_reader', 'reader'), lead.grant_access('regress_lead_agent', 'agent');
SET ROLE regress_lead_reader;
SELECT * FROM lead.import_leads('[]');
RESET ROLE;
ALTER TABLE lead.lead ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON lead.lead TO regress_lead_agent USING (assigned_to = 'jana') WITH CHECK (assigned_to IS NOT NULL);
SET ROLE regress_lead_agent;
-- stored, but not shown to him; not stored; the key of one that he does not see is taken all the same
SELECT ord, outcome, status, sqlstate, message FROM lead.import_leads('[
	{"key": "R1", "party_name": "R", "lead_type": "B2B", "lead_rating": "HOT", "lead_source": "WEB", "assigned_to": "petr"},
	{"key": "R2", "party_name": "R", "lead_type": "B2B", "lead_rating": "HOT", "lead_source": "WEB"},
	{"key": "R3", "party_name": "R", "lead_type": "B2B", "lead_rating": "HOT", "lead_source": "WEB", "assigned_to": "jana"},
	{"key": "R1", "party_name": "R", "lead_type": "B2B", "lead_rating": "HOT", "lead_source": "WEB", "assigned_to": "jana"}]', NULL, 'update');
RESET ROLE;
SELECT key, assigned_to, inserted_by FROM lead.lead WHERE key LIKE 'R_' ORDER BY key;
SELECT * FROM pg_temp.broken_history();
DROP OWNED BY regress_lead_reader, regress_lead_agent;
DROP ROLE regress_lead_reader, regress_lead_agent;
