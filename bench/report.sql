-- The Markdown table of bench/run from bench.figure: medians with the smallest and
-- largest value, ratios taken within a round, and the bars they are held to.

\pset format unaligned
\pset tuples_only on
\pset fieldsep ''

WITH cell AS (
	SELECT work, label, schema,
		format('%s (%s–%s)',
			bench.number(percentile_cont(0.5) WITHIN GROUP (ORDER BY value)),
			bench.number(min(value)), bench.number(max(value))) AS text
	FROM bench.figure JOIN bench.work USING (work)
	GROUP BY work, label, schema
), ratio AS (
	SELECT work, o.schema, percentile_cont(0.5) WITHIN GROUP (ORDER BY l.value / o.value)::numeric AS median,
		min(l.value / o.value)::numeric AS least, max(l.value / o.value)::numeric AS most
	FROM bench.figure l JOIN bench.figure o USING (work, round)
	WHERE l.schema = 'lead' AND o.schema <> 'lead'
	GROUP BY work, o.schema
), judged AS (
	SELECT r.work, r.schema,
		format('%s (%s–%s)', round(r.median, 2), round(r.least, 2), round(r.most, 2)) AS text,
		CASE
			WHEN b.value IS NULL THEN ''
			WHEN w.unit = 's' THEN '≤ ' || b.value || CASE WHEN r.median <= b.value THEN ': met' ELSE ': **missed**' END
			ELSE '≥ ' || b.value || CASE WHEN r.median >= b.value THEN ': met' ELSE ': **missed**' END
		END AS bar
	FROM ratio r
		JOIN bench.work w USING (work)
		CROSS JOIN LATERAL (SELECT CASE r.schema WHEN 'bare' THEN w.bare_bar ELSE w.peer_bar END AS value) b
), line AS (
	SELECT w.ord, format('| %s | %s | %s | %s | %s | %s | %s | %s | %s |', w.label, w.unit,
		l.text, b.text, p.text, jb.text, jb.bar, jp.text, jp.bar) AS text
	FROM bench.work w
		JOIN cell l ON l.work = w.work AND l.schema = 'lead'
		JOIN cell b ON b.work = w.work AND b.schema = 'bare'
		JOIN cell p ON p.work = w.work AND p.schema = 'peer'
		JOIN judged jb ON jb.work = w.work AND jb.schema = 'bare'
		JOIN judged jp ON jp.work = w.work AND jp.schema = 'peer'
	UNION ALL
	VALUES (-1, '| work | unit | lead | bare | peer | lead / bare | bar | lead / peer | bar |'),
		(0, '|---|---|---|---|---|---|---|---|---|')
)
SELECT text FROM line ORDER BY ord;
