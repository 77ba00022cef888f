-- What the chars of a lead must and may hold: the characteristics of the
-- specification that the lead type names, asked when chars are written.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools

INSERT INTO lead.entity_spec (id, code, name) VALUES (pg_temp.id(1), 'BUSINESS', 'Business lead'), (pg_temp.id(2), 'OTHER', 'Other');
INSERT INTO lead.characteristic (entity_spec_id, name, required, default_value, condition, message) VALUES
	(pg_temp.id(1), 'region', true, NULL, NULL, NULL),
	(pg_temp.id(1), 'seats', false, NULL, '$ > 0 && $ == $.floor()', NULL),
	(pg_temp.id(1), 'technology', true, '"FTTH"', '$ == "FTTH" || $ == "DSL"', 'FTTH or DSL.'),
	(pg_temp.id(1), 'options', false, '{"list": [1, {"a": null}], "text": "x"}', '$.list.size() < 3', 'Too many options.'),
	(pg_temp.id(1), 'no default', false, 'null', '$ == 1', NULL),
	(pg_temp.id(1), 'note', false, NULL, NULL, 'Not shown: it has no condition.'),
	(pg_temp.id(2), 'unrelated', true, NULL, NULL, NULL);
INSERT INTO lead.lead_type (code, name, entity_spec_id) VALUES ('BIZ', 'Business', pg_temp.id(1)), ('PLAIN', 'Without a specification', NULL);
CREATE FUNCTION pg_temp.add(key text, chars jsonb, lead_type text DEFAULT 'BIZ') RETURNS jsonb LANGUAGE sql AS $$
	INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, chars) VALUES (key, 'Party', 'HOT', 'WEB', lead_type, chars) RETURNING chars
$$;

-- Creation -----------------------------------------------------------------------------

-- defaults are filled in, of whatever kind; what is given stays, null and unknown names too
SELECT pg_temp.add('C1', '{"region": "Brno"}');
SELECT pg_temp.add('C2', '{"region": "Brno", "technology": "DSL", "seats": 40, "options": {"list": []}, "own": [1]}');
SELECT pg_temp.add('C3', '{"region": {}, "options": null, "seats": null, "no default": null, "note": 1}');
-- required: there, and not null; empty and false will do
CALL pg_temp.try($$SELECT pg_temp.add('C4', '{}')$$);
CALL pg_temp.try($$SELECT pg_temp.add('C4', NULL)$$);
CALL pg_temp.try($$SELECT pg_temp.add('C4', '{"region": null}')$$);
CALL pg_temp.try($$SELECT pg_temp.add('C4', '{"region": "Brno", "technology": null}')$$);
SELECT pg_temp.add('C5', '{"region": ""}'), pg_temp.add('C6', '{"region": false}'), pg_temp.add('C7', '{"region": []}');
-- every failing attribute at once, with the message of its characteristic where there is one
CALL pg_temp.try($$SELECT pg_temp.add('C8', '{"technology": "ISDN", "seats": "forty", "options": {"list": [1, 2, 3]}, "no default": 2, "own": 1}')$$);
-- a key that is made
CALL pg_temp.try($$INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type) VALUES ('Party', 'HOT', 'WEB', 'BIZ')$$);
-- a type with another specification, and one with none
CALL pg_temp.try($$UPDATE lead.lead_type SET entity_spec_id = pg_temp.id(2) WHERE code = 'B2C'$$);
CALL pg_temp.try($$SELECT pg_temp.add('C9', '{"region": "Brno"}', 'B2C')$$);
SELECT pg_temp.add('C9', '{"unrelated": 0}', 'B2C'), pg_temp.add('C10', '{}', 'PLAIN'), pg_temp.add('C11', NULL, 'PLAIN');
-- an unknown type, or no object, is told of first
CALL pg_temp.try($$SELECT pg_temp.add('C12', '{}', 'NONE')$$);
CALL pg_temp.try($$SELECT pg_temp.add('C12', '[]')$$);
SELECT count(*) AS refused_and_stored FROM lead.lead WHERE key IN ('C4', 'C8', 'C12') OR key LIKE 'LEAD%';
-- COPY, and many in one statement: the first that is refused refuses all
COPY lead.lead (key, party_name, lead_rating, lead_source, lead_type, chars) FROM stdin;
C13	Party	HOT	WEB	BIZ	{"region": "Praha"}
C14	Party	HOT	WEB	PLAIN	{}
\.
CALL pg_temp.try($$INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, chars)
	SELECT 'M' || n, 'Party', 'HOT', 'WEB', 'BIZ', CASE n WHEN 3 THEN '{"region": "Brno", "seats": 0}' ELSE '{"region": "Brno"}'::jsonb END FROM generate_series(1, 5) n$$);
SELECT key, chars -> 'technology' AS technology FROM lead.lead WHERE key IN ('C13', 'C14') OR key LIKE 'M%' ORDER BY key;
-- a trigger of the user's that comes before ours is judged and filled as the client is
CREATE FUNCTION pg_temp.set_seats() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.chars := NEW.chars || '{"seats": 0.5}'; RETURN NEW; END $$;
CREATE TRIGGER set_seats BEFORE INSERT OR UPDATE ON lead.lead FOR EACH ROW EXECUTE FUNCTION pg_temp.set_seats();
CALL pg_temp.try($$SELECT pg_temp.add('C15', '{"region": "Brno"}')$$);
CALL pg_temp.try($$UPDATE lead.lead SET description = 'x' WHERE key = 'C1'$$);
DROP TRIGGER set_seats ON lead.lead;

-- Conditions: the value alone is $, and only exactly true counts ---------------------------

BEGIN;
INSERT INTO lead.entity_spec (id, code, name) VALUES (pg_temp.id(3), 'ONE', 'One attribute');
INSERT INTO lead.characteristic (entity_spec_id, name) VALUES (pg_temp.id(3), 'x');
UPDATE lead.lead_type SET entity_spec_id = pg_temp.id(3) WHERE code = 'PLAIN';
CREATE FUNCTION pg_temp.judge(condition text, value jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	UPDATE lead.characteristic c SET condition = judge.condition::jsonpath WHERE c.entity_spec_id = pg_temp.id(3);
	RETURN lead.chars_problems('PLAIN', jsonb_build_object('x', value)) = '{}';
END $$;
SELECT c.condition, string_agg(CASE WHEN pg_temp.judge(c.condition, v.value) THEN '+' ELSE '-' END || v.value, '  ' ORDER BY v.ord) AS judged
FROM unnest(ARRAY['$ > 1', '$ == "a"', '$.type() == "array"', '!($ > 1)', '($ > 1) is unknown', 'exists($.a)', '$.a == null', '$[*] > 1', 'strict $[*] > 1', '$ like_regex "^a"',
		'$.double() > 1', '1 == 1', '$.missing == 1 || $ == true']) WITH ORDINALITY c (condition, ord),
	unnest('{2,0,"\"a\"","\"2\"",true,"[]","[1, 2]","{\"a\": null}"}'::jsonb[]) WITH ORDINALITY v (value, ord)
GROUP BY c.condition, c.ord ORDER BY c.ord;
-- null is no value, whatever the condition
SELECT pg_temp.judge('$ != null', 'null'), pg_temp.judge('$ == 1', 'null');
ROLLBACK;

-- UPDATE -----------------------------------------------------------------------------------

-- of other columns: chars are not looked at, though they would fail now
INSERT INTO lead.characteristic (entity_spec_id, name, required, default_value) VALUES (pg_temp.id(1), 'later', true, NULL), (pg_temp.id(1), 'later too', false, '1');
UPDATE lead.lead SET description = 'x', priority = 'HIGH', assigned_to = 'ema', phones = '["+420777123456"]', lead_rating = 'WARM', status = 'WORKING' WHERE key = 'C1';
SELECT key, status FROM lead.transition((SELECT id FROM lead.lead WHERE key = 'C2'), 'LATER', until => '2999-01-01');
SELECT count(*) FROM lead.claim('ema', 1, 'BIZ');
-- nor where the UPDATE names them and they are the same, in another spelling or as an ORM writes all columns
UPDATE lead.lead SET chars = chars, lead_type = lead_type WHERE key = 'C2';
UPDATE lead.lead SET chars = '{"own":[1],"technology":"DSL","options":{"list":[]},"seats":4e1,"region":"Brno"}' WHERE key = 'C2';
SELECT key, version, chars FROM lead.lead WHERE key IN ('C1', 'C2') ORDER BY key;
-- of chars: judged, and defaults filled in
CALL pg_temp.try($$UPDATE lead.lead SET chars = chars || '{"seats": 41}' WHERE key = 'C2'$$);
UPDATE lead.lead SET chars = chars || '{"seats": 41, "later": true}' WHERE key = 'C2' RETURNING chars;
CALL pg_temp.try($$UPDATE lead.lead SET chars = chars - 'region' || '{"seats": -1}' WHERE key = 'C2'$$);
-- a default comes back where its attribute is taken away, and stays away where null is written
UPDATE lead.lead SET chars = chars - 'later too' - 'technology' WHERE key = 'C2' RETURNING chars;
UPDATE lead.lead SET chars = chars || '{"later too": null}' WHERE key = 'C2' RETURNING chars -> 'later too' AS later_too;
-- NULL empties chars
CALL pg_temp.try($$UPDATE lead.lead SET chars = NULL WHERE key = 'C2'$$);
-- the message has the key that the lead would have
CALL pg_temp.try($$UPDATE lead.lead SET key = 'C2b', chars = '{}' WHERE key = 'C2'$$);
-- of the type
CALL pg_temp.try($$UPDATE lead.lead SET lead_type = 'B2C' WHERE key = 'C2'$$);
CALL pg_temp.try($$UPDATE lead.lead SET lead_type = 'BIZ' WHERE key = 'C10'$$);
UPDATE lead.lead SET lead_type = 'BIZ', chars = '{"region": "Brno", "later": 1}' WHERE key = 'C10' RETURNING chars;
UPDATE lead.lead SET lead_type = 'PLAIN' WHERE key = 'C10' RETURNING chars;
-- with the status: chars are told of before it
CALL pg_temp.try($$UPDATE lead.lead SET chars = '{}', status = 'REJECTED' WHERE key = 'C2'$$);
-- a condition of the lifecycle sees what was filled in
INSERT INTO lead.lead_status_rule (from_status, to_status, condition) VALUES ('NEW', 'WORKING', '$.chars.technology == "FTTH"');
UPDATE lead.lead SET chars = '{"region": "Brno", "later": 1, "seats": 1}', status = 'WORKING' WHERE key = 'C5' RETURNING status;
DELETE FROM lead.lead_status_rule;
-- a new name for the type or a change of its specification refuses no lead
UPDATE lead.lead_type SET code = 'BUSINESS' WHERE code = 'BIZ';
UPDATE lead.lead_type SET entity_spec_id = pg_temp.id(2) WHERE code = 'BUSINESS';
UPDATE lead.lead_type SET code = 'BIZ' WHERE code = 'BUSINESS';
UPDATE lead.lead_type SET entity_spec_id = pg_temp.id(1) WHERE code = 'BIZ';
SELECT lead_type, count(*) FROM lead.lead GROUP BY lead_type ORDER BY lead_type;
-- a trigger of the user's may not slip a change in beside the new name
CREATE FUNCTION pg_temp.slip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.chars := '{}'; RETURN NEW; END $$;
CREATE TRIGGER slip BEFORE UPDATE ON lead.lead FOR EACH ROW EXECUTE FUNCTION pg_temp.slip();
CALL pg_temp.try($$UPDATE lead.lead_type SET code = 'BUSINESS' WHERE code = 'BIZ'$$);
DROP TRIGGER slip ON lead.lead;

-- Upsert and MERGE: the proposed row that gives way is not judged, what is stored is
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, chars) VALUES ('C2', 'Party', 'HOT', 'WEB', 'BIZ', '{"seats": 0}')
	ON CONFLICT (key) DO UPDATE SET description = 'upserted' RETURNING description, chars -> 'seats' AS seats;
CALL pg_temp.try($$INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, chars) VALUES ('C2', 'Party', 'HOT', 'WEB', 'BIZ', '{"seats": 0}')
	ON CONFLICT (key) DO UPDATE SET chars = excluded.chars$$);
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, chars) VALUES ('C2', 'Party', 'HOT', 'WEB', 'BIZ', '{"region": "Praha", "later": 1}')
	ON CONFLICT (key) DO UPDATE SET chars = lead.chars || excluded.chars RETURNING chars;
CALL pg_temp.try($$INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, chars) VALUES ('C2', 'Party', 'HOT', 'WEB', 'BIZ', '{"seats": 0}') ON CONFLICT DO NOTHING$$);
CALL pg_temp.try($$MERGE INTO lead.lead l USING (VALUES ('C2', '{"seats": 0}'::jsonb)) v (key, chars) ON l.key = v.key WHEN MATCHED THEN UPDATE SET chars = v.chars$$);

-- Values that are kept out of the row are fetched only to be judged, and compare all the same
SELECT pg_temp.add('BIG', jsonb_build_object('region', string_agg(md5(n::text), ''), 'later', 1)) IS NOT NULL AS added FROM generate_series(1, 3000) n;
UPDATE lead.characteristic SET condition = '$ == 2' WHERE name = 'later';
UPDATE lead.lead SET description = 'x' WHERE key = 'BIG';
UPDATE lead.lead SET chars = (chars::text)::jsonb WHERE key = 'BIG';
CALL pg_temp.try($$UPDATE lead.lead SET chars = chars || '{"region": "x"}' WHERE key = 'BIG'$$);
UPDATE lead.lead SET chars = chars || '{"later": 2}' WHERE key = 'BIG' RETURNING version, length(chars ->> 'region') AS region;

-- Older leads: never judged anew, listed by check_chars, not converted without what is required ---

SELECT key, problems FROM lead.check_chars() ORDER BY key COLLATE "C";
SELECT key, problems FROM lead.check_chars('B2C');
SELECT count(*) AS of_biz, count(*) FILTER (WHERE l.id IS NULL) AS of_another_id FROM lead.check_chars('BIZ') c LEFT JOIN lead.lead l ON l.id = c.lead_id AND l.key = c.key;
CALL pg_temp.try($$SELECT * FROM lead.check_chars('NONE')$$);
-- they are just those that a write would refuse
SELECT l.key, c.key IS NOT NULL AS listed
FROM lead.lead l LEFT JOIN lead.check_chars() c ON c.lead_id = l.id
	CROSS JOIN LATERAL (SELECT l.chars || '{"own": "changed"}' AS chars) w
WHERE (lead.chars_problems(l.lead_type, w.chars) = '{}') = (c.key IS NOT NULL);
CALL pg_temp.try($$SELECT lead.convert(id) FROM lead.lead WHERE key = 'C1'$$);
SELECT a.allowed, a.refusals FROM lead.lead l, lead.allowed_transitions(l.id) a WHERE l.key = 'C1' AND a.to_status = 'CONVERTED';
-- a default is not filled in by the conversion, so what is required is missing until it is written
UPDATE lead.characteristic SET default_value = '2' WHERE name = 'later';
CALL pg_temp.try($$SELECT lead.convert(id) FROM lead.lead WHERE key = 'C1'$$);
UPDATE lead.lead SET chars = chars || '{"note": "touched"}' WHERE key = 'C1';
SELECT kind FROM lead.lead l, lead.convert(l.id) WHERE l.key = 'C1';
-- conditions are not asked at conversion: the lead met them when it was written
UPDATE lead.characteristic SET condition = '$ == 3', default_value = '3' WHERE name = 'later';
SELECT kind FROM lead.lead l, lead.convert(l.id) WHERE l.key = 'C2';
-- a converted lead may be edited, and is judged
CALL pg_temp.try($$UPDATE lead.lead SET chars = '{}' WHERE key = 'C1'$$);

-- chars_problems -----------------------------------------------------------------------------

SELECT lead.chars_problems('BIZ', '{"region": "Brno"}') AS none, lead.chars_problems('BIZ', NULL) AS no_chars, lead.chars_problems('PLAIN', '{"x": 1}') AS no_specification;
CALL pg_temp.try($$SELECT lead.chars_problems(NULL, '{}')$$);
CALL pg_temp.try($$SELECT lead.chars_problems('NONE', '{}')$$);
CALL pg_temp.try($$SELECT lead.chars_problems('BIZ', '"x"')$$);

-- Closed specifications ------------------------------------------------------------------------

UPDATE lead.entity_spec SET closed = true WHERE code = 'OTHER';
CALL pg_temp.try($$UPDATE lead.lead SET chars = '{"unrelated": null, "colour": "red", "a": {"unrelated": 1}, "": 1}' WHERE key = 'C9'$$);
UPDATE lead.lead SET chars = '{"unrelated": {"colour": "red"}}' WHERE key = 'C9' RETURNING chars;
-- a name is shown as JSON writes it, and a long one cut
CALL pg_temp.try(format($$UPDATE lead.lead SET chars = %L WHERE key = 'C9'$$, jsonb_build_object('unrelated', 1, E'two\nlines', 1, 'a "quoted" one', 1, repeat('příliš ', 40), 1, repeat('x', 200), 1)));
-- a thousand are listed
CREATE FUNCTION pg_temp.lines(statement text) RETURNS TABLE (lines bigint, last text) LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE statement;
EXCEPTION WHEN SQLSTATE 'LD009' THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN QUERY SELECT count(*), max(line) FILTER (WHERE n = (SELECT count(*) FROM string_to_table(detail, E'\n'))) FROM string_to_table(detail, E'\n') WITH ORDINALITY t (line, n);
END $$;
SELECT * FROM pg_temp.lines(format($$UPDATE lead.lead SET chars = %L WHERE key = 'C9'$$, (SELECT jsonb_object_agg('x' || n, n) || '{"unrelated": 1}' FROM generate_series(1, 1000) n)));
SELECT * FROM pg_temp.lines(format($$UPDATE lead.lead SET chars = %L WHERE key = 'C9'$$, (SELECT jsonb_object_agg('x' || n, n) || '{"unrelated": 1}' FROM generate_series(1, 1002) n)));
SELECT cardinality(lead.chars_problems('B2C', (SELECT jsonb_object_agg('x' || n, n) FROM generate_series(1, 1002) n))) AS all_of_them;
UPDATE lead.entity_spec SET closed = false WHERE code = 'OTHER';
UPDATE lead.lead SET chars = '{"unrelated": 1, "colour": "red"}' WHERE key = 'C9' RETURNING chars;

-- The rows of lead.characteristic ----------------------------------------------------------------

CALL pg_temp.try($$INSERT INTO lead.characteristic (entity_spec_id, name, default_value, condition) VALUES (pg_temp.id(2), 'x', '0', '$ > 0')$$);
CALL pg_temp.try($$INSERT INTO lead.characteristic (entity_spec_id, name, default_value, condition) VALUES (pg_temp.id(2), 'x', '"1"', '$ > 0')$$);
CALL pg_temp.try($$INSERT INTO lead.characteristic (entity_spec_id, name, default_value, condition) VALUES (pg_temp.id(2), 'x', '1', '$ > 0'), (pg_temp.id(2), 'y', 'null', '$ > 0'), (pg_temp.id(2), 'z', NULL, '$ > 0')$$);
CALL pg_temp.try($$UPDATE lead.characteristic SET default_value = '-1' WHERE name = 'x'$$);
CALL pg_temp.try($$UPDATE lead.characteristic SET condition = '$ > 1' WHERE name = 'x'$$);
CALL pg_temp.try($$UPDATE lead.characteristic SET condition = '$ > 1', default_value = '2' WHERE name = 'x'$$);
CALL pg_temp.try($$UPDATE lead.characteristic SET condition = '$' WHERE name = 'x'$$);

-- Persons, customers and accounts have no specification: their chars are anything ----------------

INSERT INTO lead.person (key, last_name, chars) VALUES ('P1', 'Person', '{"seats": "x"}') RETURNING chars;
INSERT INTO lead.customer (key, name, chars) VALUES ('K1', 'Customer', '{"seats": "x"}') RETURNING chars;
INSERT INTO lead.account (key, name, customer_id, chars) SELECT 'A1', 'Account', id, '{"seats": "x"}' FROM lead.customer WHERE key = 'K1' RETURNING chars;

-- Names of any length and kind, against the same said in SQL ---------------------------------------
-- 400 objects over 12 names, of which the specification has 8, with every kind of value.

INSERT INTO lead.entity_spec (id, code, name, closed) VALUES (pg_temp.id(4), 'RANDOM', 'Random', true);
CREATE TEMP TABLE name AS SELECT name, n FROM unnest(ARRAY['a', 'b', 'ab', 'aa', 'B', 'é', 'zz', '', 'příliš', 'a b', 'aaaa', E'\t']) WITH ORDINALITY t (name, n);
INSERT INTO lead.characteristic (entity_spec_id, name, required, default_value, condition)
SELECT pg_temp.id(4), name, n % 2 = 0, CASE WHEN n % 3 = 0 THEN to_jsonb(n) END, CASE WHEN n % 4 < 2 THEN '$ > 2'::jsonpath END
FROM name WHERE name ~ '\S' AND n NOT IN (2, 9);
UPDATE lead.lead_type SET entity_spec_id = pg_temp.id(4) WHERE code = 'PLAIN';
CREATE TEMP TABLE sample AS
SELECT s, (SELECT coalesce(jsonb_object_agg(name, v.value), '{}')
		FROM name, LATERAL (SELECT CASE d.draw WHEN 0 THEN 'null'::jsonb WHEN 1 THEN '1' WHEN 2 THEN '3' WHEN 3 THEN '"x"' WHEN 4 THEN '[3]' END AS value
			FROM (SELECT abs(hashint4(s * 100 + n::int)) % 8 AS draw) d) v
		WHERE v.value IS NOT NULL) AS chars
FROM generate_series(1, 400) s;
CREATE TEMP VIEW expected AS
SELECT s, array_agg(name ORDER BY octet_length(name), name COLLATE "C") FILTER (WHERE problem) AS names
FROM (SELECT a.s, coalesce(c.name, m.name) AS name,
		CASE
			WHEN c.name IS NULL THEN true
			WHEN coalesce(m.value, c.default_value, 'null') = 'null' THEN c.required
			ELSE NOT coalesce(c.condition IS NULL OR jsonb_path_match(coalesce(m.value, c.default_value), c.condition, silent => true), false)
		END AS problem
	FROM sample a
		LEFT JOIN LATERAL (SELECT * FROM lead.characteristic c WHERE c.entity_spec_id = pg_temp.id(4)) c ON true
		LEFT JOIN LATERAL jsonb_each(a.chars) m (name, value) ON m.name = c.name
	UNION ALL
	SELECT a.s, m.name, true
	FROM sample a, jsonb_each(a.chars) m (name, value)
	WHERE NOT EXISTS (SELECT FROM lead.characteristic c WHERE c.entity_spec_id = pg_temp.id(4) AND c.name = m.name)) p
GROUP BY s;
CREATE TEMP VIEW judged AS
SELECT s, (SELECT array_agg(((regexp_match(problem, '^("(?:[^"\\]|\\.)*")'))[1]::jsonb) #>> '{}' ORDER BY n) FROM unnest(lead.chars_problems('PLAIN', chars)) WITH ORDINALITY p (problem, n)) AS names
FROM sample;
SELECT s, chars, e.names AS expected, j.names AS judged FROM sample JOIN expected e USING (s) JOIN judged j USING (s) WHERE e.names IS DISTINCT FROM j.names;
SELECT count(*) AS samples, count(names) > 100 AS many_fail, count(DISTINCT names) > 50 AS in_many_ways, sum(cardinality(names)) > 800 AS problems FROM judged;

-- Very many attributes: each is looked at once ------------------------------------------------------

INSERT INTO lead.entity_spec (id, code, name, closed) VALUES (pg_temp.id(5), 'MANY', 'Many', true);
INSERT INTO lead.characteristic (entity_spec_id, name, required, default_value) SELECT pg_temp.id(5), 'attribute ' || n, true, CASE WHEN n % 2 = 0 THEN '1'::jsonb END FROM generate_series(1, 20000) n;
UPDATE lead.lead_type SET entity_spec_id = pg_temp.id(5) WHERE code = 'PLAIN';
SET statement_timeout = '10s';
SELECT cardinality(lead.chars_problems('PLAIN', jsonb_object_agg('attribute ' || n, n))) AS all_there FROM generate_series(1, 20000) n;
SELECT cardinality(lead.chars_problems('PLAIN', jsonb_object_agg('attribute ' || n, n))) AS half_without_default FROM generate_series(1, 10000) n;
SELECT cardinality(lead.chars_problems('PLAIN', jsonb_object_agg('unknown ' || n, n))) AS all_wrong FROM generate_series(1, 20000) n;
RESET statement_timeout;
DELETE FROM lead.characteristic WHERE entity_spec_id = pg_temp.id(5);

-- A condition that takes for ever over a large value can be cancelled ---------------------------------

INSERT INTO lead.characteristic (entity_spec_id, name, condition) VALUES (pg_temp.id(5), 'list', 'exists($[*] ? (@ != $[*]))');
SELECT pg_temp.add('SLOW', '{"list": [1, 2]}', 'PLAIN');
SET statement_timeout = '200ms';
SELECT pg_temp.add('SLOWER', jsonb_build_object('list', array_fill(1, '{100000}')), 'PLAIN');
\echo :LAST_ERROR_SQLSTATE
RESET statement_timeout;
SELECT count(*) FROM lead.lead WHERE key = 'SLOWER';

SELECT * FROM pg_temp.broken_history();
