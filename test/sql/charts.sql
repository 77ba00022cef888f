\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools
-- The funnel as a picture: its text, the figures in it, names that try to be
-- more than names. test/sh/chart.sh looks at it with a browser.
SET timezone = 'UTC';
\pset format unaligned
\pset tuples_only on

CREATE SCHEMA regress_lead_chart;
-- The chart without its style, which is the same in all; the day is today's.
CREATE FUNCTION regress_lead_chart.chart(from_day date DEFAULT NULL, to_day date DEFAULT NULL, by text DEFAULT NULL) RETURNS text
LANGUAGE sql AS $$
	SELECT replace(regexp_replace(lead.funnel_chart(from_day, to_day, by), '<style>.*</defs>', '(style)'), to_char(current_date, 'YYYY-MM-DD'), '(today)')
$$;
CREATE FUNCTION regress_lead_chart.names(chart text) RETURNS text
LANGUAGE sql AS $$ SELECT string_agg(m[1], ' | ') FROM regexp_matches(chart, '<text x="24" y="\d+">([^<]*)</text>', 'g') m WHERE m[1] NOT IN ('Source', 'Month', 'Assignee', 'All') $$;
-- What keeps a text from being an XML document: nothing, if all is well. Tags are
-- taken away from the inside out until none is left.
CREATE FUNCTION regress_lead_chart.malformed(document text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	before text;
BEGIN
	IF document ~ '[\u0001-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]' THEN RETURN 'a character that XML forbids'; END IF;
	document := regexp_replace(document, '&(amp|lt|gt|quot|#\d+);', '', 'g');
	IF document ~ '&' THEN RETURN 'a bare &'; END IF;
	document := regexp_replace(document, '<\w+( [\w:-]+="[^"<>]*")*/>', '', 'g');
	WHILE before IS DISTINCT FROM document LOOP
		before := document;
		document := regexp_replace(document, '<(\w+)( [\w:-]+="[^"<>]*")*>[^<>]*</\1>', '', 'g');
	END LOOP;
	RETURN nullif(document, '');
END $$;
-- it would tell
SELECT regress_lead_chart.malformed(t) IS NOT NULL FROM unnest('{<a><b></a></b>,<a>,<a></a>x,<a>&</a>,"<a b=c/>",</a>}'::text[] || ARRAY[E'<a>\x08</a>']) t;
SELECT regress_lead_chart.malformed('<a b="c"><d/>x<e>&amp;</e></a>') IS NULL;

-- Nothing yet.
SELECT regress_lead_chart.chart();
SELECT regress_lead_chart.names(regress_lead_chart.chart(by => 'month')) IS NULL AS no_line;
SELECT regress_lead_chart.malformed(lead.funnel_chart());

-- Refused as by lead.funnel, without leads too.
CALL pg_temp.try($$SELECT lead.funnel_chart(by => 'colour')$$);
CALL pg_temp.try($$SELECT lead.funnel_chart(by => '')$$);
CALL pg_temp.try($$SELECT lead.funnel_chart(by => 'SOURCE')$$);

-- A small one, whole -------------------------------------------------------------

SELECT pg_temp.new_lead(s.n::int, s.s) FROM unnest('{NEW,WORKING,LATER,CONVERTED,CONVERTED_EXTERNAL,UNSUCCESSFUL,UNSUCCESSFUL,REJECTED,CONVERTED,NEW}'::text[]) WITH ORDINALITY s (s, n) \g /dev/null
UPDATE lead.lead SET lead_source = 'PARTNER', assigned_to = 'Jana' WHERE key IN ('L9', 'L10', 'L8');
SELECT replace(lead.funnel_chart(), to_char(current_date, 'YYYY-MM-DD'), '(today)');
SELECT regress_lead_chart.malformed(lead.funnel_chart());
-- other groupings, and days
SELECT substring(chart FROM '<title>([^<]*)'), substring(chart FROM '<text x="24" y="420">(\w+)<')
FROM unnest('{source,type,rating,priority,assigned_to,month}'::text[]) WITH ORDINALITY b (by, n), regress_lead_chart.chart(by => b.by) ORDER BY n;
SELECT regress_lead_chart.names(regress_lead_chart.chart(by => 'assigned_to'));
SELECT substring(regress_lead_chart.chart(f, t) FROM '<desc>([^\n<]*)') FROM (VALUES
	('2001-02-03'::date, NULL::date), ('2001-02-03', '9999-12-31'), (NULL, '9999-12-31'), ('-infinity', 'infinity'), ('-infinity', '9999-12-31')) d (f, t);
SELECT substring(regress_lead_chart.chart('2001-02-03', '2001-02-04') FROM '<desc>.*</desc>');
-- neither the style of dates nor that of numbers is the session's
CREATE TABLE regress_lead_chart.before AS SELECT lead.funnel_chart('2001-02-03') AS chart;
SET datestyle = 'SQL, DMY';
SET extra_float_digits = -15;
SET standard_conforming_strings = off;
SELECT chart = lead.funnel_chart('2001-02-03') AS same FROM regress_lead_chart.before;
RESET datestyle;
RESET extra_float_digits;
RESET standard_conforming_strings;
-- labels are those of lead.language
UPDATE lead.lead_source SET localization_data = '{"cs": {"name": "Kámen & syn"}}' WHERE code = 'WEB';
SET lead.language = 'cs';
SELECT regress_lead_chart.names(regress_lead_chart.chart());
RESET lead.language;

-- Many groups ----------------------------------------------------------------------

INSERT INTO lead.lead_source (code, name) SELECT 'S' || n, 'Source ' || n FROM generate_series(1, 13) n;
CREATE PROCEDURE regress_lead_chart.fill(groups int) LANGUAGE plpgsql AS $$
BEGIN
	SET LOCAL client_min_messages = warning;
	TRUNCATE lead.lead CASCADE;
	INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, status)
	SELECT 'X', 'B2B', 'HOT', 'S' || s, CASE WHEN n > 3 THEN 'WORKING' ELSE 'NEW' END FROM generate_series(1, groups) s, generate_series(1, 15 - s) n;
	ALTER TABLE lead.lead DISABLE TRIGGER USER;
	UPDATE lead.lead SET inserted_at = '2024-01-15 12:00+00'::timestamptz + (substr(lead_source, 2)::int - 1) * interval '1 month';
	ALTER TABLE lead.lead ENABLE TRIGGER USER;
END $$;
-- twelve have a line each; of thirteen, two share the last one
CALL regress_lead_chart.fill(12);
SELECT regress_lead_chart.names(regress_lead_chart.chart());
SELECT regress_lead_chart.names(regress_lead_chart.chart(by => 'month'));
CALL regress_lead_chart.fill(13);
SELECT regress_lead_chart.names(regress_lead_chart.chart());
SELECT regress_lead_chart.names(regress_lead_chart.chart(by => 'month'));
SELECT substring(regress_lead_chart.chart() FROM '\nOther[^\n<]*'), substring(regress_lead_chart.chart(by => 'month') FROM '\nEarlier[^\n<]*');
SELECT regress_lead_chart.malformed(lead.funnel_chart(by => 'month'));
-- what it tells in words is what lead.funnel says
SELECT count(*) AS told, count(*) FILTER (WHERE chart NOT LIKE '%' || E'\n' || f.group_name || ': ' || f.leads || ' leads: ' || f.won || ' won, ' || f.open || ' open, '
	|| f.paused || ' paused, ' || f.unsuccessful || ' unsuccessful, ' || f.rejected || ' rejected; none decided%') AS wrong
FROM lead.funnel('2024-02-01', '2024-12-31') f, lead.funnel_chart('2024-02-01', '2024-12-31') chart;
-- every bar is as long as the group is large, and no longer than the frame; a gap of 1 after each part
SELECT count(*) AS bars, max(abs(b.length - 410.0 * f.leads / m.largest)) < 0.2 AS right_length, max(b.length) <= 410 AS inside
FROM (SELECT max(leads) AS largest FROM lead.funnel('2024-02-01', '2024-12-31')) m,
	lead.funnel('2024-02-01', '2024-12-31') f,
	LATERAL (
		SELECT sum(w[1]::numeric + 1) AS length
		FROM regexp_matches(lead.funnel_chart('2024-02-01', '2024-12-31'), '<g><title>' || f.group_name || '\n[^\n]*</g>') line,
			regexp_matches(line[1], '<rect class="bar \w+" x="[\d.]+" y="[\d.]+" width="([\d.]+)"', 'g') w) b;

-- Hostile names ----------------------------------------------------------------------

SELECT format('%s: %s', n, to_jsonb(lead.svg_text(t))) FROM unnest(ARRAY[
	'', ' ', 'plain', '&', '<', '>', '"', '''', '&amp;', ']]>', '<!--', '</text><script>alert(1)</script>', '%s %1$s \1 \n $svg$ {}',
	E' a\t\r\n b ', E'\x01\x08\x0b\x1f\x7f', E'x\u2028y\uFFFE\uFFFFz', E'\u202Ereversed\u202C \u2066in\u2069 \u200Fmark\uFEFF', E'a\u0301\u0302\u0303\u0304\u0305z',
	E'\u05E9\u05DC\u05D5\u05DD', E'\u6771\u4EAC', E'\U0001F468\u200D\U0001F469']) WITH ORDINALITY t (t, n) ORDER BY n;
SELECT lead.svg_text(NULL) IS NULL AS "null", length(lead.svg_text(repeat('x', 1000000))), lead.svg_text(repeat('&', 1000), 10);
-- shortened by how wide the letters are, not by their number; never inside a reference
SELECT format('%s: %s', n, lead.svg_text(t, n)) FROM (VALUES ('iiiiiiiiiiiiiiiiiiiiiii', 8), ('WWWWWWWWWWWWWWWWWWWWWWW', 8), ('abcdefgh', 8), ('abcdefghi', 8), ('abcdef ghijk', 8),
	('<<<<<<<<<<<<', 8), (E'\u6771\u4EAC\u5927\u5B66', 8), (E'\u6771\u4EAC\u5927\u5B66\u6821', 8), ('abc', 0), ('', 8)) v (t, n);
-- in a chart, as an assignee and as a source
SET client_min_messages = warning;
TRUNCATE lead.lead CASCADE;
RESET client_min_messages;
CREATE TABLE regress_lead_chart.hostile AS SELECT * FROM unnest(ARRAY['</text><script>alert(1)</script>', '"><a href="javascript:alert(1)">', '&amp;&undefined;', ']]><!--',
	E'a\u0001b\u0008c\u001Bd', E'\u202Eevil \u2066name', E'\uFFFE\uFFFF', repeat('very long ', 20), '%1$s%s\1', E'\u202E']) WITH ORDINALITY h (name, n);
INSERT INTO lead.lead_source (code, name) SELECT 'H' || n, name FROM regress_lead_chart.hostile;
INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, assigned_to) SELECT 'X', 'B2B', 'HOT', 'H' || n, left(name, 200) FROM regress_lead_chart.hostile;
SELECT count(*) AS leads FROM lead.lead;
SELECT by, regress_lead_chart.malformed(lead.funnel_chart(by => by)) AS malformed, lead.funnel_chart(by => by) ~ '<(script|a|!)' AS markup FROM unnest('{source,assigned_to}'::text[]) by;
SELECT replace(regress_lead_chart.names(regress_lead_chart.chart()), ' | ', E'\n');

-- Who asks ------------------------------------------------------------------------------

SELECT p.provolatile, p.proparallel, p.prosecdef, p.proisstrict FROM pg_proc p WHERE p.oid IN ('lead.funnel_chart'::regproc, 'lead.svg_text'::regproc);
CREATE ROLE regress_lead_chart_reader;
SELECT lead.grant_access('regress_lead_chart_reader', 'reader') \g /dev/null
ALTER TABLE lead.lead ENABLE ROW LEVEL SECURITY;
CREATE POLICY one ON lead.lead USING (lead_source = 'H3');
SET ROLE regress_lead_chart_reader;
SELECT substring(lead.funnel_chart() FROM 'class="figures"[^>]*>([^<]*)<');
RESET ROLE;
ALTER TABLE lead.lead DISABLE ROW LEVEL SECURITY;
DROP POLICY one ON lead.lead;
DROP OWNED BY regress_lead_chart_reader;
DROP ROLE regress_lead_chart_reader;
SET client_min_messages = warning;
DROP SCHEMA regress_lead_chart CASCADE;
