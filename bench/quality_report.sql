-- The lines of bench/quality's table from bench.figure.

SELECT format('| %s | %s (%s–%s) %s |', f.figure,
	round(percentile_cont(0.5) WITHIN GROUP (ORDER BY f.value)::numeric, u.digits), round(min(f.value)::numeric, u.digits),
	round(max(f.value)::numeric, u.digits), u.unit)
FROM bench.figure f
	JOIN (VALUES
		(1, 'first number by the library', 'ms, once in a session', 1),
		(2, 'number by the library', 'µs more than one in E.164', 1),
		(3, 'find_duplicates, median', 'ms', 3),
		(4, 'find_duplicates, 99th percentile', 'ms', 3),
		(5, 'duplicate_groups', 'ms', 0),
		(6, 'merge of 100 leads into one', 'ms', 0)) u (ord, figure, unit, digits) ON u.figure = f.figure
GROUP BY f.figure, u.ord, u.unit, u.digits
ORDER BY u.ord;
