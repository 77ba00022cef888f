\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools
-- lead.patch_lead is JSON Merge Patch, RFC 7396: shown on chars.

SELECT pg_temp.new_lead(1) \g /dev/null
-- What a patch makes of a document, both as chars; undone again.
CREATE FUNCTION pg_temp.patched(original jsonb, patch jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	result jsonb;
BEGIN
	UPDATE lead.lead SET chars = original WHERE key = 'L1';
	SELECT l.chars INTO STRICT result FROM lead.patch_lead('L1', jsonb_build_object('chars', patch)) l;
	RETURN result;
END $$;

-- The examples of the RFC's appendix. Where document or patch is no object it is
-- looked at as a member, for chars is always an object.
CREATE TEMP TABLE example (n int, original jsonb, patch jsonb, result jsonb);
INSERT INTO example VALUES
	(1, '{"a": "b"}', '{"a": "c"}', '{"a": "c"}'),
	(2, '{"a": "b"}', '{"b": "c"}', '{"a": "b", "b": "c"}'),
	(3, '{"a": "b"}', '{"a": null}', '{}'),
	(4, '{"a": "b", "b": "c"}', '{"a": null}', '{"b": "c"}'),
	(5, '{"a": ["b"]}', '{"a": "c"}', '{"a": "c"}'),
	(6, '{"a": "c"}', '{"a": ["b"]}', '{"a": ["b"]}'),
	(7, '{"a": {"b": "c"}}', '{"a": {"b": "d", "c": null}}', '{"a": {"b": "d"}}'),
	(8, '{"a": [{"b": "c"}]}', '{"a": [1]}', '{"a": [1]}'),
	(9, '["a", "b"]', '["c", "d"]', '["c", "d"]'),
	(10, '{"a": "b"}', '["c"]', '["c"]'),
	(11, '{"a": "foo"}', 'null', 'null'),
	(12, '{"a": "foo"}', '"bar"', '"bar"'),
	(13, '{"e": null}', '{"a": 1}', '{"e": null, "a": 1}'),
	(14, '[1, 2]', '{"a": "b", "c": null}', '{"a": "b"}'),
	(15, '{}', '{"a": {"bb": {"ccc": null}}}', '{"a": {"bb": {}}}');
SELECT e.n, e.original, e.patch, pg_temp.patched(e.original, e.patch) AS result, pg_temp.patched(e.original, e.patch) = e.result AS right
FROM example e WHERE jsonb_typeof(e.original) = 'object' AND jsonb_typeof(e.patch) = 'object' ORDER BY e.n;
-- as a member; the one whose result is null removes it
SELECT e.n, pg_temp.patched(jsonb_build_object('m', e.original, 'other', 1), jsonb_build_object('m', e.patch)) AS result,
	pg_temp.patched(jsonb_build_object('m', e.original, 'other', 1), jsonb_build_object('m', e.patch)) =
		jsonb_build_object('other', 1) || CASE WHEN e.result <> 'null' THEN jsonb_build_object('m', e.result) ELSE '{}' END AS right
FROM example e ORDER BY e.n;

-- The RFC's pseudocode, word for word, and documents at random: the same comes out.
CREATE FUNCTION pg_temp.merge_patch(target jsonb, patch jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	m record;
BEGIN
	IF jsonb_typeof(patch) <> 'object' THEN
		RETURN patch;
	END IF;
	IF target IS NULL OR jsonb_typeof(target) <> 'object' THEN
		target := '{}';
	END IF;
	FOR m IN SELECT * FROM jsonb_each(patch) LOOP
		IF m.value = 'null' THEN
			target := target - m.key;
		ELSE
			target := jsonb_set(target, ARRAY[m.key], pg_temp.merge_patch(target -> m.key, m.value));
		END IF;
	END LOOP;
	RETURN target;
END $$;
CREATE FUNCTION pg_temp.random_json(depth int) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	kind int := floor(random() * 9);
	result jsonb := '{}';
BEGIN
	IF depth = 0 OR kind >= 5 THEN
		FOR i IN 1 .. floor(random() * 5) LOOP
			result := result || jsonb_build_object((ARRAY['a', 'b', 'c', '', 'A longer name, so that lengths differ'])[1 + floor(random() * 5)],
				CASE WHEN depth >= 4 THEN to_jsonb(i) ELSE pg_temp.random_json(depth + 1) END);
		END LOOP;
		RETURN result;
	END IF;
	RETURN CASE kind WHEN 0 THEN 'null' WHEN 1 THEN '"text"' WHEN 2 THEN '1.50'::jsonb WHEN 3 THEN 'true'
		ELSE jsonb_build_array(pg_temp.random_json(depth + 1), NULL) END;
END $$;
SELECT setseed(0.7396);
CREATE TEMP TABLE pair AS SELECT n, pg_temp.random_json(0) AS original, pg_temp.random_json(0) AS patch FROM generate_series(1, 500) n;
SELECT count(*) AS pairs, count(*) FILTER (WHERE p.original <> pg_temp.merge_patch(p.original, p.patch)) > 300 AS most_change,
	count(*) FILTER (WHERE p.patch::text LIKE '%null%') > 100 AS many_remove, bool_and(pg_temp.patched(p.original, p.patch)::text = pg_temp.merge_patch(p.original, p.patch)::text) AS same
FROM pair p;

-- Attributes: what is left out stays, null empties, a list is replaced whole.
UPDATE lead.lead SET description = 'd', priority = 'LOW', assigned_to = 'ema', data_tags = '{a,b}', phones = '["+442079460018", "+442079460019"]', chars = '{"a": 1}' WHERE key = 'L1';
CREATE FUNCTION pg_temp.patch(patch jsonb) RETURNS TABLE (description text, priority lead.lead_priority, assigned_to text, data_tags text[], phones jsonb, chars jsonb) LANGUAGE sql AS
	$$ SELECT l.description, l.priority, l.assigned_to, l.data_tags, l.phones, l.chars FROM lead.patch_lead('L1', patch) l $$;
SELECT * FROM pg_temp.patch('{"priority": "HIGH"}');
SELECT * FROM pg_temp.patch('{"phones": [{"value": "+442079460019", "type": "work"}], "data_tags": ["c"]}');
SELECT * FROM pg_temp.patch('{"description": null, "assignedTo": null, "phones": null}');
SELECT * FROM pg_temp.patch('{"priority": null, "dataTags": null, "chars": null}');
SELECT * FROM pg_temp.patch('{}');
-- what cannot be removed
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"partyName": null}')$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"leadSource": null}')$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"status": null}')$$);
SELECT key, id = pg_temp.id(1) AS same_id FROM lead.patch_lead('L1', '{"key": null, "id": null}');
-- what is no patch
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '[]')$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '[{"op": "remove", "path": "/chars"}]')$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1', 'null')$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"chars": []}')$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"chars": "text"}')$$);

-- A characteristic with a default that is removed gets it again; a required one
-- cannot be removed.
INSERT INTO lead.entity_spec (code, name) VALUES ('SPEC', 'Spec');
INSERT INTO lead.characteristic (entity_spec_id, name, required, default_value) SELECT s.id, v.name, v.required, v.default_value FROM lead.entity_spec s, (VALUES ('region', false, '"CZ"'::jsonb), ('seats', true, NULL)) v (name, required, default_value);
UPDATE lead.lead_type SET entity_spec_id = (SELECT id FROM lead.entity_spec) WHERE code = 'B2B';
SELECT chars, version FROM lead.patch_lead('L1', '{"chars": {"seats": 1, "region": "SK"}}');
SELECT chars, version FROM lead.patch_lead('L1', '{"chars": {"region": null}}');
SELECT chars, version FROM lead.patch_lead('L1', '{"chars": {"region": null}}');
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"chars": {"seats": null}}')$$);
CALL pg_temp.try($$SELECT lead.patch_lead('L1', '{"chars": null}')$$);
SELECT * FROM pg_temp.broken_history();
