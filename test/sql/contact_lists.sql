\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
-- What holds for every contact list, tried on lists made by chance from the good
-- values of test/data/*.psv: it is stored as said below, a list that is stored
-- once is stored the same again, wherever it is written, and nothing else that
-- changes in the row touches it. Only what differs is printed.

SET client_encoding = 'UTF8';
SET lead.default_region = 'CZ';
\o /dev/null
SELECT setseed(0.3);

CREATE TEMP TABLE good (kind text, n bigint, given text, normal text, extension text);
CREATE FUNCTION pg_temp.add(kind text, content text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO good
	SELECT kind, row_number() OVER (), CASE kind WHEN 'phones' THEN f[2] ELSE f[1] END,
		CASE kind WHEN 'phones' THEN f[3] ELSE f[2] END, CASE kind WHEN 'phones' THEN nullif(f[4], '') END
	FROM string_to_table(content, E'\n') WITH ORDINALITY t (l, n), string_to_array(l, '|') f
	WHERE t.n > 1 AND f[array_length(f, 1)] = '' AND (kind <> 'phones' OR f[1] IN ('', 'CZ'))
$$;
\set content `cat "$PG_ABS_SRCDIR/data/phones.psv"`
SELECT pg_temp.add('phones', :'content');
\set content `cat "$PG_ABS_SRCDIR/data/emails.psv"`
SELECT pg_temp.add('emails', :'content');
\set content `cat "$PG_ABS_SRCDIR/data/websites.psv"`
SELECT pg_temp.add('websites', :'content');
\set content `cat "$PG_ABS_SRCDIR/data/data_boxes.psv"`
SELECT pg_temp.add('data_boxes', :'content');
INSERT INTO good SELECT 'contact_instants', row_number() OVER (), v, v FROM unnest('{@jo,jo.12,"U0123 45",ž,+420603123456}'::text[]) v;
\o
SELECT kind, count(*) >= 5 AS enough FROM good GROUP BY kind ORDER BY kind;

-- 150 lists of each kind with up to 9 entries; one entry in three is a bare
-- string, one in four is one before it again.
CREATE TEMP TABLE entry (list int, kind text, n int, given jsonb, wanted jsonb, PRIMARY KEY (list, kind, n));
DO $$
DECLARE
	kinds text[] := '{contact_instants,phones,emails,websites,data_boxes}';
	k text;
	length int;
	primary_at int;
	g good;
	members jsonb;
BEGIN
	FOR l IN 1 .. 150 LOOP
		FOREACH k IN ARRAY kinds LOOP
			length := floor(random() * 10);
			primary_at := 1 + floor(random() * length * 2);
			FOR at IN 1 .. length LOOP
				IF at > 1 AND random() < 0.25 THEN
					-- the same again; of the primary one too
					INSERT INTO entry
					SELECT e.list, e.kind, at, e.given, e.wanted FROM entry e
					WHERE e.list = l AND e.kind = k ORDER BY random() LIMIT 1;
					CONTINUE;
				END IF;
				SELECT * INTO g FROM good o WHERE o.kind = k ORDER BY random() LIMIT 1;
				members := '{}';
				IF random() < 0.7 OR at = primary_at THEN
					members := jsonb_build_object(
						(ARRAY['type', 'description', 'service'])[1 + floor(random() * 3)], (ARRAY['"work"', 'null', '""', '" ž "'])[1 + floor(random() * 4)]::jsonb,
						(ARRAY['x', '', 'Primary', 'values', 'validFor'])[1 + floor(random() * 5)],
						(ARRAY['null', '1.50', '[]', '{"value": ["+420", {"primary": true}]}', '"x"', 'false', '-0', '1e30'])[1 + floor(random() * 8)]::jsonb);
					IF at = primary_at THEN
						members := members || '{"primary": true}';
					ELSIF random() < 0.5 THEN
						members := members || (ARRAY['{"primary": false}', '{"primary": null}'])[1 + floor(random() * 2)]::jsonb;
					END IF;
					IF g.extension IS NULL AND random() < 0.3 THEN
						members := members || (ARRAY['{"extension": "7"}', '{"extension": null}'])[1 + floor(random() * 2)]::jsonb;
					END IF;
					INSERT INTO entry VALUES (l, k, at, members || jsonb_build_object('value', g.given),
						(SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}') FROM jsonb_each(members) m
							WHERE NOT (m.value = 'null' AND m.key IN ('type', 'primary', 'description', 'service', 'extension')))
						|| jsonb_build_object('value', g.normal)
						|| CASE WHEN g.extension IS NULL THEN '{}' ELSE jsonb_build_object('extension', g.extension) END);
				ELSE
					INSERT INTO entry VALUES (l, k, at, to_jsonb(g.given), jsonb_strip_nulls(jsonb_build_object('value', g.normal, 'extension', g.extension)));
				END IF;
			END LOOP;
		END LOOP;
	END LOOP;
END $$;

-- As given, and as it is to be stored: of equal entries the first.
CREATE TEMP TABLE list AS
	SELECT l AS list, k AS kind,
		(SELECT coalesce(jsonb_agg(e.given ORDER BY e.n), '[]') FROM entry e WHERE e.list = l AND e.kind = k) AS given,
		(SELECT coalesce(jsonb_agg(e.wanted ORDER BY e.n), '[]') FROM entry e WHERE e.list = l AND e.kind = k AND NOT EXISTS (
			SELECT FROM entry b WHERE b.list = l AND b.kind = k AND b.n < e.n AND b.wanted = e.wanted)) AS wanted
	FROM generate_series(1, 150) l, unnest('{contact_instants,phones,emails,websites,data_boxes}'::text[]) k;
CREATE TEMP TABLE lists AS
	SELECT list,
		min(given::text) FILTER (WHERE kind = 'contact_instants')::jsonb AS contact_instants,
		min(given::text) FILTER (WHERE kind = 'phones')::jsonb AS phones,
		min(given::text) FILTER (WHERE kind = 'emails')::jsonb AS emails,
		min(given::text) FILTER (WHERE kind = 'websites')::jsonb AS websites,
		min(given::text) FILTER (WHERE kind = 'data_boxes')::jsonb AS data_boxes
	FROM list GROUP BY list;
SELECT kind, sum(jsonb_array_length(given)) > 500 AS many_entries, sum(jsonb_array_length(given) - jsonb_array_length(wanted)) > 30 AS many_repeats
FROM list GROUP BY kind ORDER BY kind;

-- Stored as said --------------------------------------------------------------

INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, contact_instants, phones, emails, websites, data_boxes)
SELECT 'L' || list, 'Party ' || list, 'B2B', 'HOT', 'WEB', contact_instants, phones, emails, websites, data_boxes FROM lists;
CREATE VIEW pg_temp.stored AS
	SELECT substr(l.key, 2)::int AS list, k.kind, k.value
	FROM lead.lead l, LATERAL (VALUES ('contact_instants', l.contact_instants), ('phones', l.phones), ('emails', l.emails),
		('websites', l.websites), ('data_boxes', l.data_boxes)) k (kind, value)
	WHERE l.key ~ '^L[0-9]+$';
-- as text, in which 1.5 and 1.50 are two
SELECT l.kind, l.given, l.wanted, s.value AS got
FROM list l JOIN pg_temp.stored s USING (list, kind) WHERE s.value::text IS DISTINCT FROM l.wanted::text ORDER BY 1, 2 LIMIT 5;

-- Stored the same again -----------------------------------------------------------
-- By INSERT and UPDATE into all three tables, in a session of another region.

SET lead.default_region = 'US';
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, contact_instants, phones, emails, websites, data_boxes)
SELECT 'A' || key, party_name, lead_type, lead_rating, lead_source, contact_instants, phones, emails, websites, data_boxes FROM lead.lead;
INSERT INTO lead.person (key, last_name, contact_instants, phones, emails, websites, data_boxes)
SELECT key, party_name, contact_instants, phones, emails, websites, data_boxes FROM lead.lead WHERE key LIKE 'L%';
INSERT INTO lead.customer (key, name, contact_instants, phones, emails, websites, data_boxes)
SELECT key, party_name, contact_instants, phones, emails, websites, data_boxes FROM lead.lead WHERE key LIKE 'L%';
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) SELECT 'U' || list, 'Party', 'B2B', 'HOT', 'WEB' FROM lists;
INSERT INTO lead.person (key, last_name) SELECT 'U' || list, 'Party' FROM lists;
INSERT INTO lead.customer (key, name) SELECT 'U' || list, 'Party' FROM lists;
UPDATE lead.lead u SET (contact_instants, phones, emails, websites, data_boxes) = (l.contact_instants, l.phones, l.emails, l.websites, l.data_boxes)
FROM lead.lead l WHERE u.key LIKE 'U%' AND l.key = 'L' || substr(u.key, 2);
UPDATE lead.person u SET (contact_instants, phones, emails, websites, data_boxes) = (l.contact_instants, l.phones, l.emails, l.websites, l.data_boxes)
FROM lead.lead l WHERE u.key LIKE 'U%' AND l.key = 'L' || substr(u.key, 2);
UPDATE lead.customer u SET (contact_instants, phones, emails, websites, data_boxes) = (l.contact_instants, l.phones, l.emails, l.websites, l.data_boxes)
FROM lead.lead l WHERE u.key LIKE 'U%' AND l.key = 'L' || substr(u.key, 2);

CREATE VIEW pg_temp.every AS
	SELECT 'lead' AS tab, key, jsonb_build_array(contact_instants, phones, emails, websites, data_boxes)::text AS lists FROM lead.lead
	UNION ALL SELECT 'person', key, jsonb_build_array(contact_instants, phones, emails, websites, data_boxes)::text FROM lead.person
	UNION ALL SELECT 'customer', key, jsonb_build_array(contact_instants, phones, emails, websites, data_boxes)::text FROM lead.customer;
SELECT e.tab, left(e.key, 1) AS how, count(*), count(*) FILTER (WHERE e.lists <> l.lists) AS differ
FROM pg_temp.every e JOIN pg_temp.every l ON l.tab = 'lead' AND l.key = 'L' || regexp_replace(e.key, '^\D+', '')
GROUP BY 1, 2 ORDER BY 1, 2;

-- The match keys are those of the contacts, in lead and customer alike.
SELECT count(*) FROM lead.lead l JOIN lead.customer c USING (key) WHERE l.match_keys <> c.match_keys;

-- Other columns change --------------------------------------------------------------

CREATE TEMP TABLE before AS SELECT * FROM pg_temp.every;
UPDATE lead.lead SET description = 'x', party_name = party_name || ' Ltd', priority = 'HIGH', chars = '{"x": 1}', data_tags = '{x}';
UPDATE lead.lead SET status = 'WORKING' WHERE key LIKE 'L%';
UPDATE lead.person SET first_name = 'x', data_tags = '{x}', chars = '{"x": 1}';
UPDATE lead.customer SET description = 'x', name = name || ' Ltd', chars = '{"x": 1}';
SELECT count(*), count(*) FILTER (WHERE b.lists <> e.lists) AS differ FROM before b JOIN pg_temp.every e USING (tab, key);

-- A conversion takes them along; that others have the same contacts is not the matter here.
SET client_min_messages = error;
DO $$ BEGIN PERFORM lead.convert(id) FROM lead.lead WHERE key LIKE 'L%'; END $$;
SELECT count(*), count(*) FILTER (WHERE (c.contact_instants, c.phones, c.emails, c.websites, c.data_boxes)::text <>
	(l.contact_instants, l.phones, l.emails, l.websites, l.data_boxes)::text) AS differ
FROM lead.lead l JOIN lead.lead_conversion v ON v.lead_id = l.id JOIN lead.customer c ON c.id = v.customer_id;
