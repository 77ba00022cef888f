-- How long leads stay in each status, over the whole history or a part of it.
--
-- A row of the history says when a stay ended (changed_at) and since when it had
-- lasted (entered_at), so that nothing has to be sorted by lead to know the
-- length; a postponement in LATER ends none. Sorting all lengths for a percentile
-- is what costs: twenty million take most of a minute. So the history is read
-- twice. First stays are only counted, by status and class of length (a class is
-- about 2 % wide); then those of the few classes in which a percentile lies are
-- sorted. The result is exact, and little is kept, unless many stays are equally
-- long: those of one class are all sorted, on disk where they are too many.

CREATE FUNCTION lead.status_duration(from_day date DEFAULT NULL, to_day date DEFAULT NULL)
	RETURNS TABLE (status text, status_code lead.lead_status, status_order int, stays bigint, average_hours numeric,
		median_hours numeric, p90_hours numeric)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH ended AS NOT MATERIALIZED (
		SELECT c.from_status AS status,
			lead.seconds_between(c.entered_at, c.changed_at) AS seconds,
			lead.length_class(c.entered_at, c.changed_at) AS class
		FROM lead.lead_status_change c
		WHERE c.from_status <> c.to_status
			-- Each day is made a moment once, not anew for each row.
			AND (status_duration.from_day IS NULL OR c.changed_at >= (SELECT status_duration.from_day::timestamptz))
			AND (status_duration.to_day IS NULL OR c.changed_at < (SELECT (status_duration.to_day + 1)::timestamptz))
		-- Never a row: a union is a table of which the planner knows nothing and
		-- supposes few groups. Otherwise it supposes one for each moment in the
		-- history, and does not count in parallel.
		UNION ALL
		SELECT c.from_status, 0::double precision, 0 FROM lead.lead_status_change c WHERE false
	), counted AS MATERIALIZED (
		SELECT e.status, e.class, count(*) AS stays, sum(e.seconds) AS seconds
		FROM ended e
		GROUP BY e.status, e.class
	), ranked AS (
		SELECT c.status, c.class,
			sum(c.stays) OVER (PARTITION BY c.status ORDER BY c.class) - c.stays AS below,
			sum(c.stays) OVER (PARTITION BY c.status ORDER BY c.class) AS upto,
			sum(c.stays) OVER (PARTITION BY c.status) AS stays
		FROM counted c
		WHERE c.class IS NOT NULL
	), wanted AS MATERIALIZED (
		-- Ranks count from 0; where a percentile falls between two, so does its value.
		SELECT r.status, r.class, r.below
		FROM ranked r
		WHERE (floor((r.stays - 1) * 0.5) < r.upto AND ceil((r.stays - 1) * 0.5) >= r.below)
			OR (floor((r.stays - 1) * 0.9) < r.upto AND ceil((r.stays - 1) * 0.9) >= r.below)
	), sorted AS (
		SELECT e.status, e.seconds,
			w.below + row_number() OVER (PARTITION BY e.status, e.class ORDER BY e.seconds) - 1 AS rank
		FROM ended e
			JOIN wanted w ON w.status = e.status AND w.class = e.class
		WHERE e.class = ANY (ARRAY(SELECT DISTINCT w.class FROM wanted w))
	), total AS (
		SELECT c.status, sum(c.stays) AS stays, sum(c.seconds) AS seconds
		FROM counted c
		WHERE c.class IS NOT NULL
		GROUP BY c.status
	), percentile AS (
		SELECT t.status, p.fraction,
			min(s.seconds) + (max(s.seconds) - min(s.seconds)) * ((t.stays - 1) * p.fraction - floor((t.stays - 1) * p.fraction)) AS seconds
		FROM total t
			CROSS JOIN (VALUES (0.5), (0.9)) p (fraction)
			JOIN sorted s ON s.status = t.status
				AND s.rank IN (floor((t.stays - 1) * p.fraction), ceil((t.stays - 1) * p.fraction))
		GROUP BY t.status, t.stays, p.fraction
	)
	SELECT t.status::text, t.status, lead.status_order(t.status), t.stays::bigint,
		round((t.seconds / t.stays::double precision)::numeric / 3600, 4),
		round(m.seconds::numeric / 3600, 4),
		round(n.seconds::numeric / 3600, 4)
	FROM total t
		JOIN percentile m ON m.status = t.status AND m.fraction = 0.5
		JOIN percentile n ON n.status = t.status AND n.fraction = 0.9
	ORDER BY 3;
END;
COMMENT ON FUNCTION lead.status_duration(date, date) IS
	E'@name status_duration_between\n'
	'How long leads stayed in each status: of the stays that ended from one day to another (both inclusive, NULL is open; in the time zone of the session) their number, average, median and 90th percentile in hours, exact. Stays that still last are not in it: lead.status_period and lead.stuck_leads show those. A status that no lead has left has no row. Reads the history twice.';

CREATE VIEW lead.status_duration WITH (security_invoker = true) AS
	SELECT d.status, d.status_code, d.status_order, d.stays, d.average_hours, d.median_hours, d.p90_hours
	FROM lead.status_duration(NULL, NULL) d;
COMMENT ON VIEW lead.status_duration IS
	'How long leads stayed in each status, over the whole history, for tools that cannot call a function: lead.status_duration(from_day, to_day). Only stays that have ended.';
COMMENT ON COLUMN lead.status_duration.status IS 'Status, as text.';
COMMENT ON COLUMN lead.status_duration.status_code IS 'Status, as the enum.';
COMMENT ON COLUMN lead.status_duration.status_order IS 'Order of the status along the funnel, 1 NEW to 9 REJECTED: sort by this.';
COMMENT ON COLUMN lead.status_duration.stays IS 'Number of stays that have ended; a lead may stay in a status several times.';
COMMENT ON COLUMN lead.status_duration.average_hours IS 'Their average length in hours.';
COMMENT ON COLUMN lead.status_duration.median_hours IS 'Their median length in hours: half of them were shorter.';
COMMENT ON COLUMN lead.status_duration.p90_hours IS 'Nine in ten of them were shorter, in hours.';
