\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
-- Good and bad contact values, one a row in test/data/*.psv, and what becomes of
-- each when it is written into a lead. Only rows that differ are printed.

SET client_encoding = 'UTF8';
\pset null (null)

CREATE TEMP TABLE line (kind text, n int GENERATED ALWAYS AS IDENTITY, text text);
CREATE FUNCTION pg_temp.lines(kind text, content text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO line (kind, text) SELECT kind, l FROM string_to_table(content, E'\n') WITH ORDINALITY t (l, n) WHERE n > 1 ORDER BY n
$$;
\o /dev/null
\set content `cat "$PG_ABS_SRCDIR/data/phones.psv"`
SELECT pg_temp.lines('phones', :'content');
\set content `cat "$PG_ABS_SRCDIR/data/emails.psv"`
SELECT pg_temp.lines('emails', :'content');
\set content `cat "$PG_ABS_SRCDIR/data/websites.psv"`
SELECT pg_temp.lines('websites', :'content');
\set content `cat "$PG_ABS_SRCDIR/data/data_boxes.psv"`
SELECT pg_temp.lines('data_boxes', :'content');
\set content `cat "$PG_ABS_SRCDIR/data/party_names.psv"`
SELECT pg_temp.lines('party_names', :'content');
\o

CREATE TEMP TABLE wanted AS
	SELECT n, kind, CASE kind WHEN 'phones' THEN f[1] END AS region,
		CASE kind WHEN 'phones' THEN f[2] ELSE f[1] END AS given,
		nullif(CASE kind WHEN 'phones' THEN f[3] ELSE f[2] END, '') AS normal,
		CASE kind WHEN 'phones' THEN nullif(f[4], '') END AS extension,
		nullif(CASE kind WHEN 'phones' THEN f[5] ELSE f[3] END, '') AS problem,
		array_length(f, 1) = CASE kind WHEN 'phones' THEN 5 ELSE 3 END AS well_formed
	FROM line, string_to_array(text, '|') f
	WHERE kind <> 'party_names';
-- All kinds have one limit; the length is told before the value is looked into.
UPDATE wanted SET problem = format('it has %s characters; at most 2000 are taken', length(given)) WHERE length(given) > 2000;
SELECT * FROM wanted WHERE NOT well_formed OR (normal IS NULL) = (problem IS NULL);

-- What becomes of it.
CREATE FUNCTION pg_temp.written(kind text, region text, given text, OUT normal text, OUT extension text, OUT problem text)
	LANGUAGE plpgsql AS $$
DECLARE
	entry jsonb;
BEGIN
	PERFORM set_config('lead.default_region', coalesce(region, ''), true);
	EXECUTE format('INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, %1$I)
		VALUES (''Party'', ''B2B'', ''HOT'', ''WEB'', jsonb_build_array($1)) RETURNING %1$I -> 0', kind) INTO entry USING given;
	normal := entry ->> 'value';
	extension := entry ->> 'extension';
EXCEPTION WHEN SQLSTATE 'LD008' THEN
	GET STACKED DIAGNOSTICS problem = PG_EXCEPTION_DETAIL;
	problem := regexp_replace(problem, '^.*": (.*)\.$', '\1');
END $$;

CREATE TEMP TABLE got AS
	SELECT w.n, g.* FROM wanted w, pg_temp.written(kind, region, given) g;

\x on
SELECT w.kind, w.region, left(w.given, 60) AS given,
	left(w.normal, 60) AS normal, left(g.normal, 60) AS got_normal,
	w.extension, g.extension AS got_extension, w.problem, g.problem AS got_problem
FROM wanted w JOIN got g USING (n)
WHERE (w.normal, w.extension, w.problem) IS DISTINCT FROM (g.normal, g.extension, g.problem) ORDER BY n;
\x off
SELECT kind, count(normal) AS good, count(problem) AS bad, count(DISTINCT nullif(region, '')) AS regions
FROM wanted GROUP BY kind ORDER BY kind;

-- Every normal form is a normal form, in any region, and has no extension of its own.
SELECT w.kind, w.normal, g.normal AS again, g.problem
FROM wanted w, unnest('{"",CZ,US}'::text[]) r, pg_temp.written(kind, r, w.normal) g
WHERE w.normal IS NOT NULL AND (g.normal IS DISTINCT FROM w.normal OR g.extension IS NOT NULL) ORDER BY w.n;

-- Names of parties --------------------------------------------------------------
-- The key in which two spellings are equal; nothing is left of some names.

CREATE TEMP TABLE name AS
	SELECT split_part(text, '|', 1) AS given, nullif(split_part(text, '|', 2), '') AS key FROM line WHERE kind = 'party_names';
SELECT given, key, lead.name_key(given) AS got FROM name WHERE lead.name_key(given) IS DISTINCT FROM key;
-- A key is its own key, with a legal form at its end; without, it may begin with one.
SELECT key, lead.name_key(key || ' inc') AS again FROM name WHERE lead.name_key(key || ' inc') IS DISTINCT FROM key;
SELECT count(*) AS names, count(DISTINCT key) AS keys FROM name;
