-- Charts: figures as pictures. An SVG document is text that any browser shows;
-- it holds no script and refers to nothing outside itself, so it may be mailed,
-- or pasted into a page.
--
-- Its text is XML, where a name must not become markup. The server's own XML
-- functions are missing where it is built without libxml, so lead.svg_text
-- escapes. What is ours and not ASCII is written as a reference: the database's
-- encoding may not have it.

CREATE FUNCTION lead.svg_text(value text, width numeric DEFAULT NULL) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH clean AS (
		-- One space for what breaks a line or is no character of XML; nothing for
		-- what turns the direction of the text that follows or cannot be seen; of
		-- the marks that pile up on a letter, two.
		SELECT btrim(regexp_replace(regexp_replace(regexp_replace(
				CASE current_setting('server_encoding')
					WHEN 'SQL_ASCII' THEN regexp_replace(left(svg_text.value, 200), '[^\u0001-\u007F]', '?', 'g')
					ELSE left(svg_text.value, 200)
				END,
				'[\u0001-\u0020\u007F\u00A0\u2028\u2029\uFFFE\uFFFF]+', ' ', 'g'),
				'[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF]+', '', 'g'),
				'([\u0300-\u036F]{2})[\u0300-\u036F]+', '\1', 'g')) AS text
	), measured AS (
		-- Widths in digits and a little too large, for the font is the reader's.
		SELECT c.letter, c.n, sum(
				CASE
					WHEN c.letter ~ '[ .,:;''|!ijlt()]' THEN 0.6
					WHEN c.letter ~ '[MWmw@%]' THEN 1.6
					WHEN c.letter ~ '[A-Z&]' THEN 1.25
					WHEN octet_length(c.letter) = 1 THEN 1
					WHEN octet_length(convert_to(c.letter, 'UTF8')) = 2 THEN 1.3
					ELSE 2
				END) OVER (ORDER BY c.n) AS upto
		FROM clean, regexp_split_to_table(clean.text, '') WITH ORDINALITY c (letter, n)
	), shown AS (
		SELECT CASE
				WHEN max(m.upto) > svg_text.width THEN
					coalesce(rtrim(string_agg(m.letter, '' ORDER BY m.n) FILTER (WHERE m.upto <= svg_text.width - 1.5)), '')
				ELSE string_agg(m.letter, '' ORDER BY m.n)
			END AS text,
			max(m.upto) > svg_text.width AS shortened
		FROM measured m
	)
	SELECT replace(replace(replace(replace(replace(s.text,
			'&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;')
		|| CASE WHEN s.shortened THEN '&#8230;' ELSE '' END
	FROM shown s;
END;
COMMENT ON FUNCTION lead.svg_text(text, numeric) IS
	'Used by lead.funnel_chart: a name as text of an XML document, escaped, without what XML forbids or what turns the direction of text, cut at 200 characters or at a width (in digits).';

-- All is drawn in a frame 900 wide: names from 24, bars from 190 to 600, columns
-- of numbers that end at 700, 790 and 876. Above, the funnel of all leads; below,
-- a line for each group, whose bar is as long as the group is large.

CREATE FUNCTION lead.funnel_chart(from_day date DEFAULT NULL, to_day date DEFAULT NULL, by text DEFAULT NULL)
	RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH figure AS MATERIALIZED (
		SELECT f.*, count(*) OVER () AS groups,
			row_number() OVER (ORDER BY CASE funnel_chart.by WHEN 'month' THEN f.group_code END DESC,
				f.leads DESC, f.group_code) AS place
		FROM lead.funnel(funnel_chart.from_day, funnel_chart.to_day, funnel_chart.by) f
	), line AS MATERIALIZED (
		-- At most twelve, a year of months; where there are more groups, the twelfth
		-- is all the rest. Place NULL is the sum of all.
		SELECT f.place,
			CASE
				WHEN f.place IS NULL THEN 'All'
				WHEN count(*) > 1 AND funnel_chart.by = 'month' THEN 'Earlier (' || count(*) || ')'
				WHEN count(*) > 1 THEN 'Other (' || count(*) || ')'
				ELSE coalesce(max(f.group_name), '(none)')
			END AS name,
			-- months in the order of time
			438 + 30 * (row_number() OVER (ORDER BY CASE funnel_chart.by WHEN 'month' THEN -f.place ELSE f.place END) - 1) AS y,
			coalesce(sum(f.leads), 0) AS leads,
			coalesce(sum(f.won), 0) AS won,
			coalesce(sum(f.open), 0) AS open,
			coalesce(sum(f.paused), 0) AS paused,
			coalesce(sum(f.unsuccessful), 0) AS unsuccessful,
			coalesce(sum(f.rejected), 0) AS rejected,
			to_char(100 * sum(f.won) / nullif(sum(f.won + f.unsuccessful), 0), 'FM990.0%') AS win_rate
		FROM (
			SELECT CASE WHEN g.groups > 12 THEN least(g.place, 12) ELSE g.place END AS place, g.group_name,
				g.leads, g.won, g.open, g.paused, g.unsuccessful, g.rejected
			FROM figure g) f
		GROUP BY GROUPING SETS ((f.place), ())
	), part AS MATERIALIZED (
		SELECT l.place, l.y, p.ord, p.what, p.number,
			to_char(p.number, 'FM999,999,999,999,990') AS shown,
			to_char(100 * p.number / nullif(l.leads, 0), 'FM990.0%') AS share,
			trim_scale(round(190 + 410 * (sum(p.number) OVER so_far - p.number) / l.largest, 1)) AS x,
			-- a gap to the next; what is there is seen
			trim_scale(greatest(round(410 * p.number / l.largest - 1, 1), 0.5)) AS width
		FROM (SELECT m.*, nullif(max(m.leads) FILTER (WHERE m.place IS NOT NULL) OVER (), 0) AS largest FROM line m) l,
			LATERAL (VALUES (1, 'won', l.won), (2, 'open', l.open), (3, 'paused', l.paused),
				(4, 'unsuccessful', l.unsuccessful), (5, 'rejected', l.rejected)) p (ord, what, number)
		WINDOW so_far AS (PARTITION BY l.place ORDER BY p.ord)
	), told AS MATERIALIZED (
		-- a line in words, for the tooltip and for those who listen
		SELECT l.place, l.y, lead.svg_text(l.name) AS name, lead.svg_text(l.name, 22) AS label, coalesce(l.win_rate, '&#8211;') AS win_rate,
			coalesce('win rate ' || l.win_rate, 'none decided') AS success,
			to_char(l.leads, 'FM999,999,999,999,990') AS leads, to_char(l.won, 'FM999,999,999,999,990') AS won,
			to_char(l.leads, 'FM999,999,999,999,990') || CASE l.leads WHEN 1 THEN ' lead: ' ELSE ' leads: ' END
				|| (SELECT string_agg(p.shown || ' ' || p.what, ', ' ORDER BY p.ord) FROM part p WHERE p.place IS NOT DISTINCT FROM l.place)
				|| '; ' || coalesce('win rate ' || l.win_rate, 'none decided') AS words
		FROM line l
	), stage AS MATERIALIZED (
		-- Each holds the next one whole; what is lost in between is told.
		SELECT s.ord, s.name, s.lost, s.class, 64 + 56 * s.ord AS y,
			trim_scale(round(410 * s.number / nullif(l.leads, 0), 1)) AS width,
			trim_scale(395 - round(205 * s.number / nullif(l.leads, 0), 1)) AS x,
			to_char(s.number, 'FM999,999,999,999,990') AS shown,
			to_char(100 * s.number / nullif(l.leads, 0), 'FM990.0%') AS share
		FROM line l, LATERAL (VALUES
			(1, 'Leads', l.leads, '{}', 'stage'),
			(2, 'Not rejected', l.leads - l.rejected, '{rejected}', 'stage'),
			(3, 'Decided', l.won + l.unsuccessful, '{open,paused}', 'stage'),
			(4, 'Won', l.won, '{unsuccessful}'::text[], 'won')) s (ord, name, number, lost, class)
		WHERE l.place IS NULL
	), head AS (
		SELECT initcap(w.by) AS group_head,
			'Lead funnel by ' || w.by || CASE w.by WHEN 'month' THEN ' of creation' ELSE '' END AS title,
			concat_ws(' ', 'Leads created',
				'from ' || to_char(nullif(funnel_chart.from_day, '-infinity'), 'YYYY-MM-DD'),
				'to ' || to_char(nullif(funnel_chart.to_day, 'infinity'), 'YYYY-MM-DD'),
				CASE WHEN coalesce(funnel_chart.from_day, '-infinity') = '-infinity' AND coalesce(funnel_chart.to_day, 'infinity') = 'infinity'
					THEN 'at any time' END)
				|| ', as they stood on ' || to_char(current_date, 'YYYY-MM-DD') AS subtitle
		FROM (SELECT CASE funnel_chart.by WHEN 'assigned_to' THEN 'assignee' ELSE coalesce(funnel_chart.by, 'source') END AS by) w
	), element AS (
		-- what is drawn, in the order of drawing
		SELECT 1 AS layer, s.ord, format(
				'<path class="drop" d="M%s %sh%sL%s %sh-%sz"/><text class="muted" x="614" y="%s">&#8722; %s</text>',
				b.x, b.y + 32, b.width, s.x + s.width, s.y, s.width, s.y - 8,
				(SELECT string_agg(p.shown || ' ' || p.what, ', ' ORDER BY p.ord) FROM part p
					WHERE p.place IS NULL AND p.what = ANY (s.lost))) AS svg
		FROM stage s JOIN stage b ON b.ord = s.ord - 1
		UNION ALL
		SELECT 2, s.ord, format(
				'<rect class="bar %1$s" x="%2$s" y="%3$s" width="%4$s" height="32"/>'
				'<text class="strong" x="24" y="%5$s">%6$s</text>'
				'<text x="614" y="%5$s"><tspan class="strong">%7$s</tspan> <tspan class="muted">%8$s of all</tspan></text>',
				s.class, s.x, s.y, s.width, s.y + 21, s.name, s.shown, s.share)
		FROM stage s
		UNION ALL
		SELECT 3, p.ord, format(
				'<rect class="bar %1$s" x="%2$s" y="352" width="22" height="30"/>'
				'<rect fill="url(#lead-chart-%1$s)" x="%2$s" y="352" width="22" height="30"/>'
				'<text x="%3$s" y="364">%4$s</text><text class="muted" x="%3$s" y="381">%5$s (%6$s)</text>',
				p.what, 172 * p.ord - 148, 172 * p.ord - 118, initcap(p.what), p.shown, p.share)
		FROM part p
		WHERE p.place IS NULL
		UNION ALL
		SELECT 4, 0, format(
				'<g class="muted"><text x="24" y="420">%s</text><text class="end" x="700" y="420">Leads</text>'
				'<text class="end" x="790" y="420">Won</text><text class="end" x="876" y="420">Win rate</text></g>'
				'<path class="rule" d="M24 428H876"/>', h.group_head)
		FROM head h
		UNION ALL
		SELECT 5, t.y, format(
				E'<g><title>%1$s\n%2$s</title>'
				'<rect class="page" x="24" y="%3$s" width="852" height="30"/>'
				'<text x="24" y="%4$s">%5$s</text>%6$s'
				'<text class="end" x="700" y="%4$s">%7$s</text><text class="end" x="790" y="%4$s">%8$s</text>'
				'<text class="end" x="876" y="%4$s">%9$s</text></g>',
				t.name, t.words, t.y - 5, t.y + 15, t.label,
				(SELECT string_agg(format(
						'<rect class="bar %1$s" x="%2$s" y="%3$s" width="%4$s" height="20"/>'
						'<rect fill="url(#lead-chart-%1$s)" x="%2$s" y="%3$s" width="%4$s" height="20"/>',
						p.what, p.x, p.y, p.width)
					|| CASE WHEN p.width > 7.2 * length(p.shown) + 4 THEN format(
						'<text class="in %s" x="%s" y="%s">%s</text>', p.what, trim_scale(p.x + p.width / 2), p.y + 14, p.shown) ELSE '' END, '' ORDER BY p.ord)
					FROM part p WHERE p.place = t.place AND p.number > 0),
				t.leads, t.won, t.win_rate)
		FROM told t
		WHERE t.place IS NOT NULL
		UNION ALL
		SELECT 6, 0, format(
				'<path class="rule" d="M24 %1$sH876"/><g class="strong"><text x="24" y="%2$s">All</text>'
				'<text class="end" x="700" y="%2$s">%3$s</text><text class="end" x="790" y="%2$s">%4$s</text>'
				'<text class="end" x="876" y="%2$s">%5$s</text></g>',
				t.y - 4, t.y + 16, t.leads, t.won, t.win_rate)
		FROM told t
		WHERE t.place IS NULL
	)
	SELECT format(E'<svg xmlns="http://www.w3.org/2000/svg" class="lead-chart" viewBox="0 0 900 %s" role="img">\n<title>%s</title>\n<desc>%s',
			CASE a.leads WHEN '0' THEN 120 ELSE a.y + 40 END, h.title, h.subtitle)
		|| CASE a.leads WHEN '0' THEN '. No leads.' ELSE
			(SELECT string_agg(E'\n' || t.name || ': ' || t.words, '' ORDER BY t.place IS NOT NULL, t.y) FROM told t) END
		|| $svg$</desc>
<style>
.lead-chart { color: #1c2128; background: #fff; font: 13px system-ui, sans-serif; font-variant-numeric: tabular-nums }
.lead-chart text, .lead-chart tspan { fill: currentColor; unicode-bidi: plaintext }
.lead-chart .page { fill: #fff }
.lead-chart .rule { stroke: #c4cad2 }
.lead-chart .title { font-size: 20px; font-weight: 600 }
.lead-chart .figures { font-size: 15px }
.lead-chart .strong { font-weight: 600 }
.lead-chart .muted { color: #57606a }
.lead-chart .end { text-anchor: end }
.lead-chart .bar { fill: currentColor }
.lead-chart .drop { fill: #6e7f99; opacity: .2 }
.lead-chart .stage { color: #6e7f99 }
.lead-chart .won { color: #0b7a5b }
.lead-chart .open { color: #2f66b0 }
.lead-chart .paused { color: #5c6f93 }
.lead-chart .unsuccessful { color: #ad4f1a }
.lead-chart .rejected { color: #686868 }
.lead-chart .in { fill: #fff; stroke: currentColor; stroke-width: 4px; stroke-linejoin: round; paint-order: stroke; font-size: 12px; text-anchor: middle }
.lead-chart .ink { fill: #fff; opacity: .35 }
@media (prefers-color-scheme: dark) {
.lead-chart { color: #e6edf3; background: #0f1419 }
.lead-chart .page { fill: #0f1419 }
.lead-chart .rule { stroke: #3a434d }
.lead-chart .muted { color: #9aa5b1 }
.lead-chart .drop { fill: #8595ae }
.lead-chart .stage { color: #8595ae }
.lead-chart .won { color: #3fc79a }
.lead-chart .open { color: #7fb2f0 }
.lead-chart .paused { color: #a3b4d6 }
.lead-chart .unsuccessful { color: #f0a070 }
.lead-chart .rejected { color: #a3a3a3 }
.lead-chart .in, .lead-chart .ink { fill: #0f1419 }
}
</style>
<defs>
<pattern id="lead-chart-won" width="8" height="8" patternUnits="userSpaceOnUse"/>
<pattern id="lead-chart-open" width="6" height="6" patternUnits="userSpaceOnUse"><circle class="ink" cx="3" cy="3" r="1.2"/></pattern>
<pattern id="lead-chart-paused" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="ink" width="2" height="6"/></pattern>
<pattern id="lead-chart-unsuccessful" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="ink" width="2" height="6"/></pattern>
<pattern id="lead-chart-rejected" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><path class="ink" d="M0 0H7V1.5H1.5V7H0z"/></pattern>
</defs>
$svg$
		|| format('<rect class="page" width="900" height="%s"/>'
			'<text class="title" x="24" y="46">%s</text><text class="figures" x="24" y="72">%s</text><text class="muted" x="24" y="95">%s</text>',
			CASE a.leads WHEN '0' THEN 120 ELSE a.y + 40 END, h.title,
			CASE a.leads WHEN '0' THEN 'No leads' ELSE format('%s %s, %s won, %s', a.leads, CASE a.leads WHEN '1' THEN 'lead' ELSE 'leads' END, a.won, a.success) END, h.subtitle)
		|| CASE a.leads WHEN '0' THEN '' ELSE (SELECT E'\n' || string_agg(e.svg, E'\n' ORDER BY e.layer, e.ord) FROM element e) END
		|| E'\n</svg>'
	FROM head h, told a
	WHERE a.place IS NULL;
END;
COMMENT ON FUNCTION lead.funnel_chart(date, date, text) IS
	'The figures of lead.funnel(from_day, to_day, by) as a picture, an SVG document: how many leads were not rejected, decided and won, and a bar for each of the largest groups (of months, the latest). psql -At -c "SELECT lead.funnel_chart(by => ''month'')" > funnel.svg makes a file for a browser. Errors: 22023 unknown grouping.';
