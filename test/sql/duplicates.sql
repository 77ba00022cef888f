-- lead.find_duplicates, lead.find_matches and lead.duplicate_groups: who is
-- found, with which score and reasons, in which order, and who is shown what.
-- Names that are only similar: similar_names.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools
\pset format unaligned
\pset tuples_only on

-- A lead with a name and contacts, its key L<number>; a customer, C<number>.
CREATE FUNCTION pg_temp.party(number int, name text, contacts jsonb DEFAULT '{}', is_customer boolean DEFAULT false) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF is_customer THEN
		INSERT INTO lead.customer (id, key, name, phones, emails, websites, data_boxes)
		VALUES (pg_temp.id(number), 'C' || number, name, contacts -> 'p', contacts -> 'e', contacts -> 'w', contacts -> 'b');
	ELSE
		INSERT INTO lead.lead (id, key, party_name, lead_type, lead_rating, lead_source, phones, emails, websites, data_boxes)
		VALUES (pg_temp.id(number), 'L' || number, name, 'B2B', 'WARM', 'WEB', contacts -> 'p', contacts -> 'e', contacts -> 'w', contacts -> 'b');
	END IF;
END $$;
-- Keys of those found, with scores and reasons.
CREATE FUNCTION pg_temp.found(number int) RETURNS TABLE (who text, score numeric, reasons text[]) LANGUAGE sql AS $$
	SELECT coalesce(l.key, c.key), d.score, d.reasons
	FROM lead.find_duplicates(pg_temp.id(number)) WITH ORDINALITY d (lead_id, customer_id, score, reasons, ord)
		LEFT JOIN lead.lead l ON l.id = d.lead_id LEFT JOIN lead.customer c ON c.id = d.customer_id ORDER BY d.ord
$$;
CREATE FUNCTION pg_temp.state(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN EXECUTE statement; RETURN 'done'; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE; END $$;
-- Groups by keys.
CREATE FUNCTION pg_temp.groups(min_score float8 DEFAULT NULL) RETURNS TABLE (leads text, customers text, score numeric, reasons text[]) LANGUAGE sql AS $$
	SELECT (SELECT string_agg(l.key, ' ' ORDER BY u.ord) FROM unnest(g.lead_ids) WITH ORDINALITY u (id, ord) JOIN lead.lead l USING (id)),
		(SELECT string_agg(c.key, ' ' ORDER BY u.ord) FROM unnest(g.customer_ids) WITH ORDINALITY u (id, ord) JOIN lead.customer c USING (id)),
		g.score, g.reasons
	FROM lead.duplicate_groups(min_score) WITH ORDINALITY g (lead_ids, customer_ids, score, reasons, ord) ORDER BY g.ord
$$;

-- Each kind alone, and together ----------------------------------------------

SELECT pg_temp.party(1, 'Alfa', '{"p": ["+420603123456"], "e": ["jo@gmail.com"], "w": ["alfa.example"], "b": ["6bnaawp"]}');
SELECT * FROM pg_temp.found(1);
SELECT pg_temp.party(n + c, name, contacts::jsonb, c > 0) FROM (VALUES (0), (900)) k (c), (VALUES
	(2, 'Alpha 2', '{"p": ["+420603123456"]}'),
	(3, 'Alpha 3', '{"e": ["JO@gmail.com"]}'),
	(4, 'Alpha 4', '{"e": ["anybody@alfa.example"]}'),
	(5, 'Alpha 5', '{"b": ["6BNAAWP"]}'),
	(6, 'ALFA s.r.o.', '{}'),
	(7, 'alfa', '{"w": ["http://www.alfa.example/en"]}'),
	(8, 'Alpha 8', '{"p": ["+420222333444", "+420603123456"], "e": ["jo@gmail.com"]}'),
	(9, 'Alfa', '{"p": ["+420603123456"], "e": ["jo@gmail.com"], "w": ["alfa.example"], "b": ["6bnaawp"]}'),
	(10, 'Alpha 10', '{"p": ["+420603123457"], "e": ["joe@gmail.com"], "w": ["beta.example"], "b": ["48ia97h"]}')) v (n, name, contacts) ORDER BY n + c;
-- best first, equal ones by id
SELECT * FROM pg_temp.found(1);
SELECT * FROM pg_temp.found(10);
SELECT * FROM pg_temp.found(6);
-- symmetric
SELECT count(*) FROM lead.lead a, lead.find_duplicates(a.id) d
WHERE d.lead_id IS NOT NULL AND NOT EXISTS (SELECT FROM lead.find_duplicates(d.lead_id) o WHERE o.lead_id = a.id AND o.score = d.score AND o.reasons = d.reasons);
-- either a lead or a customer
SELECT count(*), count(*) FILTER (WHERE (d.lead_id IS NULL) = (d.customer_id IS NULL)) FROM lead.find_duplicates(pg_temp.id(1)) d;

-- for somebody who is not stored: the same answer, and the lead itself
WITH matches AS (SELECT * FROM lead.find_matches('Alfa', '{jo@gmail.com}', '{+420603123456}', '{alfa.example}', '{6bnaawp}')),
	duplicates AS (SELECT * FROM lead.find_duplicates(pg_temp.id(1)))
SELECT (SELECT count(*) FROM (TABLE duplicates EXCEPT ALL TABLE matches) e), ARRAY(SELECT lead_id FROM (TABLE matches EXCEPT ALL TABLE duplicates) e);

-- Open leads only -------------------------------------------------------------

BEGIN;
SELECT pg_temp.new_lead(100 + n::int, s::text) IS NULL FROM unnest(enum_range(NULL::lead.lead_status)) WITH ORDINALITY u (s, n);
UPDATE lead.lead SET emails = '["same@open.example"]' WHERE key LIKE 'L10_';
SELECT pg_temp.party(100, 'Asks', '{"e": ["same@open.example"]}');
SELECT f.who, l.status, f.score, f.reasons FROM pg_temp.found(100) f JOIN lead.lead l ON l.key = f.who;
SELECT count(*) FROM lead.customer WHERE key NOT LIKE 'C9%' AND 'e:same@open.example' = ANY (match_keys);	-- a converted lead's customer does not follow its later contacts
-- whoever asks may be decided
SELECT l.status, count(*) FROM lead.lead l, lead.find_duplicates(l.id) WHERE l.key ~ '^L10.$' GROUP BY 1 ORDER BY 1;
SELECT * FROM pg_temp.groups() WHERE leads ~ 'L100';
ROLLBACK;

-- Not the customer that the lead became -----------------------------------------

BEGIN;
SET LOCAL client_min_messages = error;
SELECT pg_temp.party(200, 'Omega', '{"e": ["jo@omega.example"]}'), pg_temp.party(201, 'Omega', '{"e": ["jo@omega.example"]}');
SELECT customer_id AS made FROM lead.convert(pg_temp.id(200)) \gset
UPDATE lead.customer SET key = 'C200' WHERE id = :'made';
SELECT * FROM pg_temp.found(200);
SELECT * FROM pg_temp.found(201);
SELECT * FROM pg_temp.groups() WHERE customers ~ 'C200';
-- after a reversal it is another party again, until the lead goes there anew
SELECT status FROM lead.revert_conversion(pg_temp.id(200), 'mistake');
SELECT * FROM pg_temp.found(200);
SELECT * FROM pg_temp.groups() WHERE customers ~ 'C200';
SELECT customer_id = :'made' FROM lead.convert(pg_temp.id(200));
SELECT * FROM pg_temp.found(200);
-- a lead attached to it is not shown it either, but is shown another
SELECT pg_temp.party(202, 'Omega', '{"e": ["jo@omega.example"]}', true);
SELECT customer_id = :'made' FROM lead.convert(pg_temp.id(201), :'made');
SELECT * FROM pg_temp.found(201);
ROLLBACK;
-- a converted elsewhere lead has no customer here
BEGIN;
SELECT status FROM lead.lead l, lead.convert_external(l.id, 'SAP', '1') WHERE l.key = 'L6';
SELECT count(*) FROM pg_temp.found(6);
ROLLBACK;

-- A customer may have a lead's id: still two ------------------------------------

BEGIN;
SELECT pg_temp.party(300, 'Twin', '{"e": ["jo@twin.example"]}'), pg_temp.party(300, 'Twin', '{"e": ["jo@twin.example"]}', true);
SELECT * FROM pg_temp.found(300);
SELECT * FROM pg_temp.groups() WHERE leads ~ 'L300';
ROLLBACK;

-- Arguments ---------------------------------------------------------------------

CALL pg_temp.try($$SELECT * FROM lead.find_duplicates(NULL)$$);
CALL pg_temp.try($$SELECT * FROM lead.find_duplicates(pg_temp.id(999))$$);
CALL pg_temp.try($$SELECT * FROM lead.find_matches()$$);
CALL pg_temp.try($$SELECT * FROM lead.find_matches(NULL, NULL, NULL, NULL, NULL)$$);
CALL pg_temp.try($$SELECT * FROM lead.find_matches(repeat('x', 1001))$$);
-- what a lead would not be stored with is refused: column, place in the array
CALL pg_temp.try($$SELECT * FROM lead.find_matches('Alfa', emails => '{jo@gmail.com,jo}')$$);
CALL pg_temp.try($$SELECT * FROM lead.find_matches(emails => '{NULL,jo@gmail.com,""}')$$);
CALL pg_temp.try($$SELECT * FROM lead.find_matches(phones => '{+420603123456,+1}')$$);
CALL pg_temp.try($$SELECT * FROM lead.find_matches(websites => '{"http://jo:secret@alfa.example"}')$$);
CALL pg_temp.try($$SELECT * FROM lead.find_matches(data_boxes => '{6bnaawa}')$$);
CALL pg_temp.try($$SELECT * FROM lead.find_matches(emails => ARRAY[repeat('x', 2001)])$$);
-- nothing in particular is looked for: nobody is found
CALL pg_temp.try($$SELECT * FROM lead.find_matches('')$$);
CALL pg_temp.try($$SELECT * FROM lead.find_matches('***', '{}', '{NULL}')$$);
CALL pg_temp.try($$SELECT * FROM lead.find_matches('Alfa')$$);
CALL pg_temp.try($$SELECT * FROM lead.find_matches(emails => '{{jo@gmail.com},{nobody@nowhere.example}}')$$);
-- one that is said twice counts once
SELECT DISTINCT score, reasons FROM lead.find_matches(emails => '{jo@gmail.com,JO@gmail.com,jo@gmail.com}');
CALL pg_temp.try($$SELECT * FROM lead.duplicate_groups(0.49)$$);
CALL pg_temp.try($$SELECT * FROM lead.duplicate_groups(0.96)$$);
CALL pg_temp.try($$SELECT * FROM lead.duplicate_groups('NaN')$$);
CALL pg_temp.try($$SELECT * FROM lead.duplicate_groups('Infinity')$$);

-- The index is asked, not the table ------------------------------------------------

BEGIN;
INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, emails)
SELECT 'Filler ' || n, 'B2B', 'WARM', 'WEB', jsonb_build_array('filler' || n || '@gmail.com') FROM generate_series(1, 3000) n;
INSERT INTO lead.customer (name, emails)
SELECT 'Filler ' || n, jsonb_build_array('filler' || n || '@gmail.com') FROM generate_series(1, 3000) n;
COMMIT;
ANALYZE lead.lead, lead.customer, lead.lead_conversion;
CREATE FUNCTION pg_temp.scans() RETURNS TABLE (name text, scans bigint) LANGUAGE sql AS $$
	SELECT indexrelname::text, idx_scan FROM pg_stat_user_indexes WHERE schemaname = 'lead' AND indexrelname ~ 'match_keys'
	UNION ALL
	SELECT relname::text, seq_scan FROM pg_stat_user_tables WHERE schemaname = 'lead' AND relname IN ('lead', 'customer')
$$;
SELECT pg_stat_force_next_flush();
CREATE TEMP TABLE before AS SELECT * FROM pg_temp.scans();
SELECT count(*) FROM lead.find_matches('Filler 5', '{filler6@gmail.com}');
SELECT pg_stat_force_next_flush();
SELECT a.name, a.scans - b.scans FROM pg_temp.scans() a JOIN before b USING (name) ORDER BY a.name COLLATE "C";
DELETE FROM lead.lead WHERE party_name LIKE 'Filler%';
DELETE FROM lead.customer WHERE name LIKE 'Filler%';

-- Who is shown what -----------------------------------------------------------------

CREATE ROLE regress_lead_reader;
CREATE ROLE regress_lead_stranger;
CREATE ROLE regress_lead_leads;
SELECT lead.grant_access('regress_lead_reader', 'reader');
GRANT USAGE ON SCHEMA lead TO regress_lead_stranger, regress_lead_leads;
GRANT SELECT ON lead.lead TO regress_lead_leads;
SET ROLE regress_lead_reader;
SELECT count(*) FROM lead.find_duplicates('00000000-0000-0000-0000-000000000001');
SELECT count(*) FROM lead.find_matches('Alfa');
SELECT count(*) > 0 FROM lead.duplicate_groups();
SET ROLE regress_lead_stranger;
SELECT pg_temp.state($$SELECT * FROM lead.find_duplicates('00000000-0000-0000-0000-000000000001')$$),
	pg_temp.state($$SELECT * FROM lead.find_matches('Alfa')$$), pg_temp.state($$SELECT * FROM lead.duplicate_groups()$$);
SET ROLE regress_lead_leads;	-- customers are looked for too
SELECT pg_temp.state($$SELECT * FROM lead.find_duplicates('00000000-0000-0000-0000-000000000001')$$),
	pg_temp.state($$SELECT * FROM lead.find_matches('Alfa')$$), pg_temp.state($$SELECT * FROM lead.duplicate_groups()$$);
RESET ROLE;
-- each sees his own: the odd ones
BEGIN;
ALTER TABLE lead.lead ENABLE ROW LEVEL SECURITY;
ALTER TABLE lead.customer ENABLE ROW LEVEL SECURITY;
CREATE POLICY odd ON lead.lead TO regress_lead_reader USING (right(key, 1)::int % 2 = 1);
CREATE POLICY odd ON lead.customer TO regress_lead_reader USING (right(key, 1)::int % 2 = 1);
SET ROLE regress_lead_reader;
SELECT coalesce(lead_id, customer_id), score FROM lead.find_duplicates('00000000-0000-0000-0000-000000000001');
SELECT coalesce(lead_id, customer_id), score FROM lead.find_matches('Alfa');
SELECT * FROM lead.duplicate_groups();
SELECT pg_temp.state($$SELECT * FROM lead.find_duplicates('00000000-0000-0000-0000-000000000002')$$);
ROLLBACK;

-- Groups ---------------------------------------------------------------------------

BEGIN;
DELETE FROM lead.lead;
DELETE FROM lead.customer;
SELECT * FROM pg_temp.groups(0.5);
-- a chain: 1-2 by email, 2-3 by phone
SELECT pg_temp.party(2, 'Two', '{"e": ["one@gmail.com"], "p": ["+420603000001"]}');
SELECT pg_temp.party(1, 'One', '{"e": ["one@gmail.com"]}');
SELECT pg_temp.party(3, 'Three', '{"p": ["+420603000001"]}');
-- name and domain, each alone not enough
SELECT pg_temp.party(4, 'Four', '{"w": ["four.example"]}'), pg_temp.party(5, 'FOUR, Inc.', '{"w": ["www.four.example"]}');
SELECT pg_temp.party(6, 'Six', '{"w": ["six.example"]}'), pg_temp.party(7, 'Seven', '{"w": ["six.example"]}');
-- a lead and customers; customers alone
SELECT pg_temp.party(8, 'Eight', '{"b": ["6bnaawp"]}'), pg_temp.party(908, 'Eight', '{"b": ["6bnaawp"]}', true), pg_temp.party(909, 'Nine', '{"b": ["6bnaawp"]}', true);
SELECT pg_temp.party(910, 'Ten', '{"e": ["ten@gmail.com"]}', true), pg_temp.party(911, 'Eleven', '{"e": ["ten@gmail.com"]}', true);
-- two leads meet at a customer
SELECT pg_temp.party(12, 'Twelve', '{"e": ["twelve@gmail.com"]}'), pg_temp.party(13, 'Thirteen', '{"p": ["+420603000013"]}'),
	pg_temp.party(912, 'Dozen', '{"e": ["twelve@gmail.com"], "p": ["+420603000013"]}', true);
-- nobody
SELECT pg_temp.party(14, 'Fourteen', '{"e": ["fourteen@gmail.com"]}');
SELECT * FROM pg_temp.groups();
SELECT * FROM pg_temp.groups(0.95);
SELECT * FROM pg_temp.groups(0.91);
SELECT * FROM pg_temp.groups(0.75);
SELECT * FROM pg_temp.groups(0.76);
SELECT * FROM pg_temp.groups(0.5);
-- the oldest lead first, whichever reason is found first
SELECT pg_temp.party(20, 'Old', '{"p": ["+420603000020"]}'), pg_temp.party(21, 'Newer', '{"e": ["new@gmail.com"]}'),
	pg_temp.party(22, 'Newest', '{"e": ["new@gmail.com"], "p": ["+420603000020"]}');
SELECT * FROM pg_temp.groups() WHERE leads ~ '20';
-- decided leads leave their groups
UPDATE lead.lead SET status = 'REJECTED', status_reason = 'no' WHERE key = 'L2';
SELECT * FROM pg_temp.groups() WHERE leads ~ 'L[123]\M';
ROLLBACK;

-- The same groups as by comparing all with all ------------------------------------

DELETE FROM lead.lead;
DELETE FROM lead.customer;
-- a data box id with the check that fits
CREATE FUNCTION pg_temp.box(number int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	WITH a AS (SELECT 'abcdefghijkmnpqrstuvwxyz23456789' AS letters, ARRAY[number % 32, number / 32 % 32, 1, 2, 3, 4] AS places),
		s AS (SELECT sum(CASE WHEN i % 2 = 1 THEN p ELSE 2 * p / 32 + 2 * p % 32 END)::int AS total FROM a, unnest(places) WITH ORDINALITY u (p, i))
	SELECT string_agg(substr(letters, p + 1, 1), '' ORDER BY i) || substr(min(letters), (32 - min(total) % 32) % 32 + 1, 1)
	FROM a, s, unnest(places) WITH ORDINALITY u (p, i)
$$;
-- 0 to many - 1, the same in every run
CREATE FUNCTION pg_temp.pick(number int, what text, many int) RETURNS int LANGUAGE sql IMMUTABLE AS $$
	SELECT ('x' || left(md5(what || number), 7))::bit(28)::int % many
$$;
SELECT count(pg_temp.party(n, 'Party ' || pg_temp.pick(n, 'name', 350), jsonb_strip_nulls(jsonb_build_object(
	'p', CASE WHEN pg_temp.pick(n, 'p?', 3) = 0 THEN jsonb_build_array('+420603' || 100000 + pg_temp.pick(n, 'p', 250), '+420603' || 100000 + pg_temp.pick(n, 'q', 250)) END,
	'e', CASE WHEN pg_temp.pick(n, 'e?', 3) = 0 THEN jsonb_build_array(pg_temp.pick(n, 'e', 150) || '@gmail.com') END,
	'w', CASE WHEN pg_temp.pick(n, 'w?', 3) > 0 THEN jsonb_build_array('site' || pg_temp.pick(n, 'w', 300) || '.example') END,
	'b', CASE WHEN pg_temp.pick(n, 'b?', 4) = 0 THEN jsonb_build_array(pg_temp.box(pg_temp.pick(n, 'b', 100))) END)), n > 300))
FROM generate_series(1, 400) n;

CREATE TEMP TABLE weight AS SELECT * FROM (VALUES ('b', 0.98, 'data box', 1), ('e', 0.95, 'email', 2), ('p', 0.9, 'phone', 3), ('n', 0.5, 'name', 4), ('d', 0.5, 'domain', 5)) v (kind, weight, reason, place);
-- all sets of kinds with their scores
CREATE TEMP TABLE choice AS
SELECT array_agg(w.kind) AS kinds, 1 - exp(sum(ln(1 - w.weight))) AS score
FROM generate_series(1, 31) s, weight w WHERE s & (1 << (w.place - 1)) <> 0 GROUP BY s;
-- all pairs with a lead in them, and the kinds in which they share a key
CREATE TEMP TABLE node AS
SELECT id, match_keys, true AS is_lead FROM lead.lead UNION ALL SELECT id, match_keys, false FROM lead.customer;
CREATE TEMP TABLE pair AS
SELECT a.id AS a, b.id AS b, k.kinds, (SELECT score FROM choice c WHERE c.kinds <@ k.kinds AND c.kinds @> k.kinds) AS score
FROM node a JOIN node b ON a.id < b.id AND (a.is_lead OR b.is_lead),
	LATERAL (SELECT array_agg(DISTINCT left(x, 1)) AS kinds FROM unnest(a.match_keys) x WHERE x = ANY (b.match_keys)) k
WHERE k.kinds IS NOT NULL;
SELECT count(*), round(min(score), 3), round(max(score), 3) FROM pair;

-- find_duplicates finds just these
SELECT count(*) FROM (
	SELECT a, b, round(score, 3) AS score FROM pair WHERE a IN (SELECT id FROM lead.lead)
	UNION ALL SELECT b, a, round(score, 3) FROM pair WHERE b IN (SELECT id FROM lead.lead)) p
	FULL JOIN (SELECT l.id AS a, coalesce(d.lead_id, d.customer_id) AS b, d.score FROM lead.lead l, lead.find_duplicates(l.id) d) f USING (a, b, score)
WHERE p IS NULL OR f IS NULL;

-- The connected parts of what is tied at least so strongly. A tie is as strong
-- as the strongest set of kinds that reaches the minimum and no part of which does.
CREATE FUNCTION pg_temp.parts(min_score numeric, strength numeric) RETURNS TABLE (id uuid, part uuid) LANGUAGE plpgsql AS $$
DECLARE
	changed bigint := 1;
BEGIN
	DROP TABLE IF EXISTS tie, member;
	CREATE TEMP TABLE tie AS
		SELECT p.a, p.b, max(c.score) AS strength, array_agg(DISTINCT k ORDER BY k) AS kinds
		FROM pair p JOIN choice c ON c.kinds <@ p.kinds, unnest(c.kinds) k
		WHERE round(c.score, 6) >= min_score
			AND NOT EXISTS (SELECT FROM choice s WHERE s.kinds <@ c.kinds AND NOT c.kinds <@ s.kinds AND round(s.score, 6) >= min_score)
		GROUP BY p.a, p.b;
	CREATE TEMP TABLE member AS SELECT n.id, n.id AS part FROM node n;
	WHILE changed > 0 LOOP
		UPDATE member m SET part = s.part FROM (
			SELECT e.id, min(e.part::text)::uuid AS part FROM (
				SELECT t.a AS id, o.part FROM tie t JOIN member o ON o.id = t.b WHERE round(t.strength, 6) >= parts.strength
				UNION ALL SELECT t.b, o.part FROM tie t JOIN member o ON o.id = t.a WHERE round(t.strength, 6) >= parts.strength) e
			GROUP BY e.id) s
		WHERE s.id = m.id AND s.part < m.part;
		GET DIAGNOSTICS changed = ROW_COUNT;
	END LOOP;
	RETURN QUERY SELECT m.id, m.part FROM member m;
END $$;
-- Groups by brute force: members, the strength that still holds them together, the kinds.
CREATE FUNCTION pg_temp.expected(min_score numeric) RETURNS TABLE (ids uuid[], score numeric, reasons text[]) LANGUAGE plpgsql AS $$
DECLARE
	step numeric;
BEGIN
	DROP TABLE IF EXISTS part;
	CREATE TEMP TABLE part (strength numeric, id uuid, part uuid);
	FOR step IN SELECT DISTINCT round(c.score, 6) FROM choice c WHERE round(c.score, 6) >= min_score ORDER BY 1 LOOP
		INSERT INTO part SELECT step, p.id, p.part FROM pg_temp.parts(min_score, step) p;
	END LOOP;
	PERFORM pg_temp.parts(min_score, min_score);
	RETURN QUERY
		SELECT g.ids,
			(SELECT max(h.strength) FROM (SELECT strength FROM part WHERE id = ANY (g.ids) GROUP BY strength HAVING count(DISTINCT part) = 1) h),
			(SELECT array_agg(w.reason ORDER BY w.place) FROM weight w WHERE EXISTS (SELECT FROM tie t WHERE t.a = ANY (g.ids) AND w.kind = ANY (t.kinds)))
		FROM (SELECT array_agg(m.id ORDER BY m.id) AS ids FROM member m GROUP BY m.part HAVING count(*) > 1) g;
END $$;
CREATE PROCEDURE pg_temp.compare(min_score numeric) LANGUAGE plpgsql AS $$
DECLARE
	groups bigint; largest int; scores int; wrong bigint;
BEGIN
	WITH actual AS (
		SELECT ARRAY(SELECT u FROM unnest(g.lead_ids || g.customer_ids) u ORDER BY u) AS ids, g.score, g.reasons
		FROM lead.duplicate_groups(min_score) g
	), expected AS (
		SELECT e.ids, round(e.score, 3) AS score, e.reasons FROM pg_temp.expected(min_score) e
	)
	SELECT (SELECT count(*) FROM actual), (SELECT max(cardinality(ids)) FROM actual), (SELECT count(DISTINCT score) FROM actual),
		(SELECT count(*) FROM actual a FULL JOIN expected e USING (ids, score, reasons) WHERE a IS NULL OR e IS NULL)
	INTO groups, largest, scores, wrong;
	RAISE INFO '%: % groups, of % at most, with % scores; % differ', min_score, groups, largest, scores, wrong;
END $$;
SET client_min_messages = warning;
CALL pg_temp.compare(0.95);
CALL pg_temp.compare(0.92);
CALL pg_temp.compare(0.9);
CALL pg_temp.compare(0.76);
CALL pg_temp.compare(0.75);
CALL pg_temp.compare(0.6);
CALL pg_temp.compare(0.5);
-- best first, in each the oldest first
SELECT count(*) FILTER (WHERE score > before) FROM (SELECT score, lag(score) OVER (ORDER BY ord) AS before FROM lead.duplicate_groups(0.75) WITH ORDINALITY g (lead_ids, customer_ids, score, reasons, ord)) s;
SELECT count(*) FROM lead.duplicate_groups(0.75) g WHERE g.lead_ids <> ARRAY(SELECT id FROM lead.lead WHERE id = ANY (g.lead_ids) ORDER BY inserted_at, id);

-- lead.match_tokens: what duplicate_groups sorts by ----------------------------------

SELECT lead.match_tokens('{b:1,d:x,d:y,e:1,n:a,p:1,p:2}', s) FROM (VALUES (0.95), (0.9), (0.75), (0.5)) v (s);
SELECT lead.match_tokens('{NULL,"",x,:,z:1,p:1}', 0.9), lead.match_tokens('{}', 0.9), lead.match_tokens(NULL, 0.9) IS NULL;

DROP OWNED BY regress_lead_reader, regress_lead_stranger, regress_lead_leads;
DROP ROLE regress_lead_reader, regress_lead_stranger, regress_lead_leads;
