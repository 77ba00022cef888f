\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools
-- What lead.as_json shows, sent back, changes nothing, whatever the lead went
-- through; what one lead shows makes another one alike, by a replacement as by a
-- patch. Leads at random.
SET client_min_messages = error;
SET lead.default_region = 'CZ';

INSERT INTO lead.entity_spec (code, name) VALUES ('SPEC', 'Spec');
INSERT INTO lead.characteristic (entity_spec_id, name, default_value) SELECT id, 'filled', '[1, {"a": null}]' FROM lead.entity_spec;
INSERT INTO lead.lead_type (code, name, entity_spec_id) SELECT 'SPEC', 'Spec', id FROM lead.entity_spec;

-- One of a list, at random; NULL is one of them where it is given.
CREATE FUNCTION pg_temp.one_of(VARIADIC list text[]) RETURNS text LANGUAGE sql AS $$ SELECT list[1 + floor(random() * cardinality(list))] $$;
CREATE FUNCTION pg_temp.some_of(list jsonb) RETURNS jsonb LANGUAGE sql AS
	$$ SELECT coalesce(jsonb_agg(e ORDER BY random()) FILTER (WHERE random() < 0.4), '[]') FROM jsonb_array_elements(list) e $$;
CREATE FUNCTION pg_temp.random_lead(number int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO lead.lead (id, key, party_name, description, lead_type, lead_rating, lead_source, priority, assigned_to, data_tags, phones, emails, websites, data_boxes, contact_instants, chars)
	SELECT pg_temp.id(number), pg_temp.one_of('L', ' L', E'L"\\\t', 'Ž/') || number || pg_temp.one_of('', ' '), pg_temp.one_of('Acme', ' Acme ', E'a\nb', '"x" \ {}', U&'\+01F600 \FEFF', repeat('ž', 1000)),
		pg_temp.one_of(NULL, '', ' ', E'two\nlines', repeat('x', 100000)), pg_temp.one_of('B2B', 'B2C', 'SPEC'), pg_temp.one_of('HOT', 'COLD'), pg_temp.one_of('WEB', 'PHONE'),
		pg_temp.one_of(NULL, 'HIGH', 'MEDIUM', 'LOW')::lead.lead_priority, pg_temp.one_of(NULL, 'ema', ' ema '),
		ARRAY(SELECT t FROM unnest('{a,b c,"\"",ž,"{}",NULL,null," x ",""}'::text[]) t WHERE random() < 0.3 ORDER BY random()),
		pg_temp.some_of('["+420603123456", "603 123 457", {"value": "603123458", "type": "work", "x": {"y": [null, 1.50]}}, {"value": "+44 20 7946 0018 ext. 12", "primary": true}]'),
		pg_temp.some_of('["Jo@EXAMPLE.com", {"value": "a+b@example.com", "primary": true, "description": null}, "z@háčky.example"]'),
		pg_temp.some_of('["example.com", "http://EXAMPLE.com:80/A?b=%7e#c", {"value": "https://a.example/", "type": ""}]'),
		pg_temp.some_of('["6bnaawp", {"value": "6BNAAWP", "x": 1}]') - 1, pg_temp.some_of('["x", {"value": "acme", "service": "chat"}, {"value": "acme", "service": "other"}]'),
		coalesce((SELECT jsonb_object_agg(k, v) FROM jsonb_each('{"a": null, "b": 1.50, "c": 1e20, "d": {"e": [], "f": {"g": null, "h": "x"}}, "": "", "i": [null, {"j": null}], "filled": 2, "k": -0.00001}') c (k, v) WHERE random() < 0.5), '{}')
$$;

SELECT setseed(0.5) \g /dev/null
SELECT count(*) FROM generate_series(1, 120) n, pg_temp.random_lead(n);
-- what they went through
UPDATE lead.lead SET status = 'WORKING', chars = chars || '{"z": 1}' WHERE id BETWEEN pg_temp.id(11) AND pg_temp.id(60);
UPDATE lead.lead SET status = 'LATER', deferred_until = '294276-12-31 23:59:59.999999+00', status_reason = ' away ' WHERE id BETWEEN pg_temp.id(21) AND pg_temp.id(23);
UPDATE lead.lead SET status = 'LATER', deferred_until = '10000-01-01 00:00:00.1+00' WHERE id BETWEEN pg_temp.id(24) AND pg_temp.id(25);
UPDATE lead.lead SET status = 'LATER', deferred_until = clock_timestamp() + '1 ms' WHERE id BETWEEN pg_temp.id(26) AND pg_temp.id(30);
SELECT pg_sleep(0.002) \g /dev/null
UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'price' WHERE id BETWEEN pg_temp.id(31) AND pg_temp.id(35);
SELECT count(lead.convert(pg_temp.id(n), reason => 'signed')) FROM generate_series(36, 42) n;
SELECT count(lead.convert_external(pg_temp.id(n), 'SAP')) FROM generate_series(43, 45) n;
SELECT count(lead.revert_conversion(pg_temp.id(n), 'mistake')) FROM generate_series(41, 44) n;
SELECT count(lead.merge(pg_temp.id(n), ARRAY[pg_temp.id(n + 1)])) FROM generate_series(46, 52, 2) n;
SELECT count(lead.unmerge(pg_temp.id(47)));
SELECT count(lead.erase(pg_temp.id(n), 'asked')) FROM generate_series(54, 57) n;
SELECT outcome, message, count(*) FROM lead.import_leads((SELECT jsonb_agg((lead.as_json(l) - '{id,auditInfo,statusSince,deferredUntil,statusReason}'::text[]) || jsonb_build_object('key', 'M' || l.key, 'status', 'CONVERTED_EXTERNAL', 'insertedAt', '2001-01-01T00:00:00Z',
	'history', '[{"status": "NEW", "at": "2001-01-01T00:00:00Z"}, {"status": "WORKING", "at": "2001-01-02T00:00:00Z"}, {"status": "CONVERTED_EXTERNAL", "at": "2001-01-03T00:00:00Z"}]'::jsonb, 'conversion', '{"externalSystem": "OLD"}'::jsonb))
	FROM lead.lead l WHERE l.id BETWEEN pg_temp.id(1) AND pg_temp.id(10))) GROUP BY outcome, message;
-- codes that no new lead may have, and that a rule asks for
UPDATE lead.lead_source SET validity_to = '2001-01-01' WHERE code = 'PHONE';
INSERT INTO lead.characteristic (entity_spec_id, name, required) SELECT id, 'unheard of', true FROM lead.entity_spec;
UPDATE lead.lead_type SET create_privilege = 'nobody' WHERE code = 'B2C';
SELECT status, count(*) FROM lead.lead GROUP BY status ORDER BY status;

-- Sent back: the rows are not touched ----------------------------------------------

CREATE FUNCTION pg_temp.rows() RETURNS text LANGUAGE sql AS
	$$ SELECT md5(string_agg(concat_ws('|', l.ctid, l.xmin, l), '|' ORDER BY l.id)) FROM lead.lead l $$;
SELECT pg_temp.rows() AS before \gset
SELECT count(*), bool_and(n.id = l.id) AS same FROM lead.lead l, lead.replace_lead(l.id::text, lead.as_json(l)) n;
SELECT count(*), bool_and(n.id = l.id) AS same FROM lead.lead l, lead.replace_lead(l.key, lead.as_json(l)) n;
SELECT count(*), bool_and(n.id = l.id) AS same FROM lead.lead l, lead.patch_lead(l.id::text,
	-- in a patch a null is no value
	CASE WHEN l.chars = jsonb_strip_nulls(l.chars) THEN lead.as_json(l) ELSE lead.as_json(l) - 'chars' END) n;
-- under the names of the columns, and as text on its way
SELECT count(*), bool_and(n.id = l.id) AS same FROM lead.lead l, lead.replace_lead(l.id::text,
	(SELECT jsonb_object_agg(regexp_replace(lower(regexp_replace(d.key, '([A-Z])', '_\1', 'g')), '^_', ''), d.value) FROM jsonb_each(lead.as_json(l)::text::jsonb) d)) n;
SELECT pg_temp.rows() = :'before' AS untouched;

-- One made like another -------------------------------------------------------------
-- Now with codes that may be given.

CREATE FUNCTION pg_temp.content(l lead.lead) RETURNS jsonb LANGUAGE sql AS
	$$ SELECT lead.as_json(l) - '{id,key,status,statusSince,statusReason,deferredUntil,auditInfo}'::text[] $$;
UPDATE lead.lead_source SET validity_to = NULL WHERE code = 'PHONE';
DELETE FROM lead.characteristic WHERE name = 'unheard of';
-- the patch that turns one object into another
CREATE FUNCTION pg_temp.difference(old jsonb, new jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT coalesce(jsonb_object_agg(k, new -> k) FILTER (WHERE old -> k IS DISTINCT FROM new -> k OR (old -> k)::text <> (new -> k)::text), '{}')
	FROM (SELECT jsonb_object_keys(old) UNION SELECT jsonb_object_keys(new)) keys (k)
$$;
CREATE FUNCTION pg_temp.made_like(way text) RETURNS TABLE (leads bigint, alike boolean, changed bigint, one_version boolean) LANGUAGE plpgsql AS $$
DECLARE
	a lead.lead; b lead.lead; n lead.lead; document jsonb;
BEGIN
	leads := 0; alike := true; changed := 0; one_version := true;
	FOR i IN 61 .. 119 LOOP
		SELECT * INTO STRICT a FROM lead.lead l WHERE l.id = pg_temp.id(i);
		SELECT * INTO STRICT b FROM lead.lead l WHERE l.id = pg_temp.id(i + 1);
		document := CASE way
			WHEN 'replace' THEN pg_temp.content(b)
			ELSE pg_temp.difference(pg_temp.content(a), jsonb_set(pg_temp.content(b), '{chars}', pg_temp.difference(a.chars, b.chars)))
		END;
		IF way = 'replace' THEN
			SELECT * INTO STRICT n FROM lead.replace_lead(a.key, document);
		ELSE
			SELECT * INTO STRICT n FROM lead.patch_lead(a.key, document);
		END IF;
		leads := leads + 1;
		changed := changed + (n.version > a.version)::int;
		one_version := one_version AND n.version = a.version + (pg_temp.content(a)::text <> pg_temp.content(b)::text)::int;
		IF pg_temp.content(n)::text <> pg_temp.content(b)::text THEN
			alike := false;
			RAISE INFO '% %: % instead of %', way, i, pg_temp.content(n) - 'description', pg_temp.content(b) - 'description';
		END IF;
		IF n.key <> a.key OR n.id <> a.id OR n.status <> a.status THEN
			RAISE INFO '% %: not itself', way, i;
		END IF;
	END LOOP;
	RETURN NEXT;
END $$;
BEGIN;
SELECT * FROM pg_temp.made_like('replace');
ROLLBACK;
BEGIN;
-- a patch cannot write a null, so there are none: the merge takes them out
UPDATE lead.lead SET chars = jsonb_strip_nulls(chars) WHERE id >= pg_temp.id(61);
SELECT * FROM pg_temp.made_like('patch');
ROLLBACK;
-- and a new one like each of them
SELECT count(*), bool_and(pg_temp.content(n)::text = pg_temp.content(l)::text) AS alike, bool_and(n.version = 1 AND n.status = 'NEW') AS new
FROM lead.lead l, lead.create_lead(pg_temp.content(l)) n WHERE l.id >= pg_temp.id(61) AND l.lead_type <> 'B2C';
SELECT * FROM pg_temp.broken_history();
