-- Names that are similar, not equal: they count where extension pg_trgm is
-- present, wherever it is installed, with an index and without.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\pset format unaligned
\pset tuples_only on
SELECT NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') AS missing \gset
\if :missing
\echo 'SKIPPED: extension pg_trgm is not available'
\quit
\endif

CREATE FUNCTION pg_temp.found(name text, VARIADIC emails text[] DEFAULT NULL) RETURNS TABLE (name text, score numeric, reasons text[]) LANGUAGE sql AS $$
	SELECT coalesce(l.party_name, c.name), m.score, m.reasons
	FROM lead.find_matches(name, emails) WITH ORDINALITY m (lead_id, customer_id, score, reasons, ord)
		LEFT JOIN lead.lead l ON l.id = m.lead_id LEFT JOIN lead.customer c ON c.id = m.customer_id ORDER BY m.ord
$$;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails) VALUES
	('L1', 'Bohemia Glassworks', 'B2B', 'WARM', 'WEB', '["jo@gmail.com"]'),
	('L2', 'Bohemia Glaswork s.r.o.', 'B2B', 'WARM', 'WEB', '["al@gmail.com"]'),
	('L3', 'Moravia Steel', 'B2B', 'WARM', 'WEB', NULL),
	('L4', 'Bohemian Glassworks', 'B2B', 'WARM', 'WEB', NULL);
INSERT INTO lead.customer (name) VALUES ('BOHEMIA GLASSWORKS Inc.'), ('Bohemia-Glasswork'), ('Glass');
UPDATE lead.lead SET status = 'REJECTED', status_reason = 'no' WHERE key = 'L4';

-- absent: equal names only
SELECT * FROM pg_temp.found('Bohemia Glassworks');

-- present
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pg_trgm CASCADE;
CREATE EXTENSION pg_trgm;
RESET client_min_messages;
SELECT * FROM pg_temp.found('Bohemia Glassworks');
-- together with a contact; more than alone, less than an equal name
SELECT * FROM pg_temp.found('Bohemia Glassworks', 'al@gmail.com');
-- a stored lead
SELECT coalesce(l.party_name, c.name) AS name, d.score, d.reasons
FROM lead.lead a, lead.find_duplicates(a.id) d LEFT JOIN lead.lead l ON l.id = d.lead_id LEFT JOIN lead.customer c ON c.id = d.customer_id
WHERE a.key = 'L2' ORDER BY d.score DESC, name;
-- case, accents and legal forms do not count; nothing is similar to no name
SELECT count(*) FROM pg_temp.found('böhemia  glasswörkş a.s.');
SELECT count(*) FROM pg_temp.found('***');
SELECT count(*) FROM pg_temp.found('Glass of Bohemia');
-- duplicate_groups takes equal ones only
SELECT count(*) FROM lead.duplicate_groups(0.5);
-- what the session has set for itself does not matter, and stays
SET pg_trgm.similarity_threshold = 0.95;
SELECT count(*) FROM pg_temp.found('Bohemia Glassworks');
SHOW pg_trgm.similarity_threshold;
SET pg_trgm.similarity_threshold = 0.01;
SELECT count(*) FROM pg_temp.found('Bohemia Glassworks');
SHOW pg_trgm.similarity_threshold;
RESET pg_trgm.similarity_threshold;
-- in a session that has not used it yet
\c -
CREATE FUNCTION pg_temp.found(name text) RETURNS TABLE (name text, score numeric, reasons text[]) LANGUAGE sql AS $$
	SELECT coalesce(l.party_name, c.name), m.score, m.reasons
	FROM lead.find_matches(name) WITH ORDINALITY m (lead_id, customer_id, score, reasons, ord)
		LEFT JOIN lead.lead l ON l.id = m.lead_id LEFT JOIN lead.customer c ON c.id = m.customer_id ORDER BY m.ord
$$;
SELECT * FROM pg_temp.found('Bohemia Glassworks');
SHOW pg_trgm.similarity_threshold;

-- With indexes: the same answer by them
CREATE INDEX lead_similar_idx ON lead.lead USING gin (lead.name_key(party_name) gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX customer_similar_idx ON lead.customer USING gin (lead.name_key(name) gin_trgm_ops) WITH (fastupdate = off);
INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source)
SELECT md5(n::text), 'B2B', 'WARM', 'WEB' FROM generate_series(1, 3000) n;
INSERT INTO lead.customer (name) SELECT md5((-n)::text) FROM generate_series(1, 3000) n;
ANALYZE lead.lead, lead.customer;
CREATE FUNCTION pg_temp.scans() RETURNS TABLE (name text, scans bigint) LANGUAGE sql AS $$
	SELECT indexrelname::text, idx_scan FROM pg_stat_user_indexes WHERE schemaname = 'lead' AND indexrelname ~ 'similar'
	UNION ALL
	SELECT relname::text, seq_scan FROM pg_stat_user_tables WHERE schemaname = 'lead' AND relname IN ('lead', 'customer')
$$;
SELECT pg_stat_force_next_flush();
CREATE TEMP TABLE before AS SELECT * FROM pg_temp.scans();
SELECT count(*) FROM lead.find_matches('Bohemia Glassworks');
SELECT pg_stat_force_next_flush();
SELECT a.name, a.scans - b.scans FROM pg_temp.scans() a JOIN before b USING (name) ORDER BY a.name COLLATE "C";

-- In a schema of its own, with a name that needs quotes; who may not use it goes without
CREATE SCHEMA "Regress Lead ""lab""";
ALTER EXTENSION pg_trgm SET SCHEMA "Regress Lead ""lab""";
SELECT * FROM pg_temp.found('Bohemia Glassworks');
CREATE ROLE regress_lead_reader;
SELECT lead.grant_access('regress_lead_reader', 'reader');
SET ROLE regress_lead_reader;
SELECT count(*) FROM lead.find_matches('Bohemia Glassworks');
RESET ROLE;
GRANT USAGE ON SCHEMA "Regress Lead ""lab""" TO regress_lead_reader;
SET ROLE regress_lead_reader;
SELECT count(*) FROM lead.find_matches('Bohemia Glassworks');
-- functions and operators of his own, first in his path, are not called
CREATE FUNCTION pg_temp.similarity(text, text) RETURNS real LANGUAGE plpgsql AS $$ BEGIN RAISE 'called'; END $$;
CREATE FUNCTION pg_temp.similar_op(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'called'; END $$;
CREATE OPERATOR pg_temp.% (FUNCTION = pg_temp.similar_op, LEFTARG = text, RIGHTARG = text);
SET search_path = pg_temp, pg_catalog;
SELECT count(*) FROM lead.find_matches('Bohemia Glassworks');
RESET search_path;
RESET ROLE;
DROP OWNED BY regress_lead_reader;
DROP ROLE regress_lead_reader;

-- Gone again
SET client_min_messages = warning;
DROP EXTENSION pg_trgm CASCADE;
DROP SCHEMA "Regress Lead ""lab""";
SELECT count(*) FROM lead.find_matches('Bohemia Glassworks');
