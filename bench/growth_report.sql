-- The second Markdown table of bench/run, from bench.growth: microseconds for one
-- lead in tables of three sizes, medians with the smallest and largest value, and
-- what the largest table costs against the smallest.

\pset format unaligned
\pset tuples_only on

WITH size AS (
	SELECT leads, row_number() OVER (ORDER BY leads) AS at
	FROM bench.growth
	GROUP BY leads
), cell AS (
	SELECT g.work, s.at, percentile_cont(0.5) WITHIN GROUP (ORDER BY g.value) AS median,
		format('%s (%s–%s)',
			bench.number(percentile_cont(0.5) WITHIN GROUP (ORDER BY g.value)),
			bench.number(min(g.value)), bench.number(max(g.value))) AS text
	FROM bench.growth g
		JOIN size s USING (leads)
	GROUP BY g.work, s.at
), line AS (
	SELECT w.ord, format('| %s | %s | %s | %s | %s |', w.label, a.text, b.text, c.text,
		round((c.median / a.median)::numeric, 2)) AS text
	FROM bench.growth_work w
		JOIN cell a ON a.work = w.work AND a.at = 1
		JOIN cell b ON b.work = w.work AND b.at = 2
		JOIN cell c ON c.work = w.work AND c.at = 3
	UNION ALL
	SELECT -1, format('| µs a lead | %s leads | %s leads | %s leads | last / first |',
		(SELECT leads FROM size WHERE at = 1), (SELECT leads FROM size WHERE at = 2), (SELECT leads FROM size WHERE at = 3))
	UNION ALL
	VALUES (0, '|---|---|---|---|---|')
)
SELECT text FROM line ORDER BY ord;
