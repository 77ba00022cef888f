-- The lines of bench/reports' table from bench.figure.

SELECT format('| %s | %s ms (%s–%s) | %s |', r.work,
	round(percentile_cont(0.5) WITHIN GROUP (ORDER BY f.value)::numeric, d.digits), round(min(f.value)::numeric, d.digits),
	round(max(f.value)::numeric, d.digits), coalesce('< ' || r.bar || ' s', ''))
FROM bench.figure f
	JOIN bench.report r ON r.work = f.work
	CROSS JOIN LATERAL (SELECT CASE WHEN min(o.value) < 10 THEN 1 ELSE 0 END AS digits FROM bench.figure o WHERE o.work = f.work) d
GROUP BY r.ord, r.work, r.bar, d.digits
ORDER BY r.ord;
