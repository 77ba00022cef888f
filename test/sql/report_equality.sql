\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\set tools :abs_srcdir '/data/tools.sql'
\i :fresh
\i :tools
-- The reports that are written to be fast say what a slow and plain computation
-- says: funnel, conversion_rate, status_duration on leads with random lives, some
-- moved in, merged, converted and taken back, in several time zones.
SET timezone = 'UTC';
SET datestyle = 'ISO';

-- Random lives of another system: up to eight changes, some to the status that
-- it was in (a postponement, in LATER alone), times up to the microsecond, many
-- at midnight of one place or another, many stays of the very same length.
SELECT setseed(0.25);
CREATE TEMP TABLE life AS
SELECT n, 1 + trunc(random() * 8)::int AS changes,
	timestamptz '2023-01-01 00:00+00' + trunc(random() * 400) * interval '1 day' + (ARRAY['0', '1 hour', '-1 hour', '-1 microsecond', '5 hours'])[1 + n % 5]::interval AS came
FROM generate_series(1, 500) n;
CREATE TEMP TABLE change AS
WITH RECURSIVE step AS (
	SELECT n, 1 AS version, 'NEW' AS status, came AS at, changes FROM life
	UNION ALL
	SELECT s.n, s.version + 1, CASE
			WHEN s.status = 'LATER' AND random() < 0.4 THEN 'LATER'
			ELSE (ARRAY['NEW', 'IN_PROGRESS', 'WORKING', 'NON_WORKING', 'LATER', 'REJECTED', 'UNSUCCESSFUL'])
				[1 + (array_position(ARRAY['NEW', 'IN_PROGRESS', 'WORKING', 'NON_WORKING', 'LATER', 'REJECTED', 'UNSUCCESSFUL'], s.status)
					+ trunc(random() * 6)::int) % 7]
		END,
		s.at + CASE WHEN random() < 0.3 THEN interval '1 day' WHEN random() < 0.2 THEN interval '1 microsecond' * (1 + trunc(random() * 200))
			ELSE random() * random() * interval '40 days' END, s.changes
	FROM step s WHERE s.version < s.changes
)
SELECT * FROM step;
SELECT outcome, count(*) FROM lead.import_leads((
	SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('key', 'L' || l.n, 'party_name', 'Party ' || l.n,
		'lead_type', (ARRAY['B2B', 'B2C'])[1 + l.n % 2], 'lead_rating', (ARRAY['HOT', 'WARM', 'COLD'])[1 + l.n % 3],
		'lead_source', (ARRAY['WEB', 'PHONE', 'EMAIL', 'PARTNER'])[1 + l.n * 7 % 4], 'priority', (ARRAY['HIGH', 'LOW', NULL])[1 + l.n % 3],
		'assigned_to', (ARRAY['eva', 'petr', NULL])[1 + l.n % 3], 'status', h.last,
		'deferred_until', CASE h.last WHEN 'LATER' THEN '2999-01-01T00:00:00Z' END, 'history', h.history)))
	FROM life l JOIN (
		SELECT c.n, jsonb_agg(jsonb_build_object('status', c.status, 'at', to_char(c.at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'reason', 'told') ORDER BY c.version) AS history,
			(array_agg(c.status ORDER BY c.version DESC))[1] AS last
		FROM change c GROUP BY c.n) h ON h.n = l.n)) GROUP BY outcome;

-- What happens here: some are won, some of these taken back, some merged.
SELECT count(*) > 20 AS some_won FROM (SELECT lead.convert(id) FROM lead.lead WHERE status IN ('WORKING', 'NON_WORKING')) c;
SELECT count(*) > 10 AS some_won_elsewhere FROM (SELECT lead.convert_external(id, 'SAP') FROM lead.lead WHERE status = 'IN_PROGRESS') c;
SELECT count(*) > 5 AS some_taken_back FROM (SELECT lead.revert_conversion(id, 'mistake') FROM lead.lead
	WHERE status IN ('CONVERTED', 'CONVERTED_EXTERNAL') AND right(key, 1) IN ('3', '4')) r;
SELECT count(*) > 5 AS some_merged FROM (SELECT lead.merge(w.id, ARRAY[o.id]) FROM lead.lead w JOIN lead.lead o ON o.key = w.key || '0'
	WHERE w.status NOT IN ('CONVERTED', 'CONVERTED_EXTERNAL') AND o.status NOT IN ('CONVERTED', 'CONVERTED_EXTERNAL') AND length(w.key) = 3) m;
SELECT * FROM pg_temp.broken_history();
SELECT count(*) AS statuses FROM (SELECT DISTINCT status FROM lead.lead) s;

-- The funnel, lead by lead -----------------------------------------------------------

CREATE FUNCTION pg_temp.plain_funnel(from_day date, to_day date, by text)
	RETURNS TABLE (group_code text, leads bigint, open bigint, paused bigint, won bigint, unsuccessful bigint, rejected bigint)
	LANGUAGE sql AS $$
	SELECT g.group_code, count(*), count(*) FILTER (WHERE g.status IN ('NEW', 'IN_PROGRESS', 'WORKING', 'NON_WORKING')),
		count(*) FILTER (WHERE g.status = 'LATER'), count(*) FILTER (WHERE g.status IN ('CONVERTED', 'CONVERTED_EXTERNAL')),
		count(*) FILTER (WHERE g.status = 'UNSUCCESSFUL'), count(*) FILTER (WHERE g.status = 'REJECTED')
	FROM (
		SELECT l.status, CASE by WHEN 'month' THEN left((l.inserted_at AT TIME ZONE current_setting('timezone'))::text, 7)
			ELSE to_jsonb(l) ->> CASE WHEN by IN ('source', 'type', 'rating') THEN 'lead_' || by ELSE by END END AS group_code
		FROM lead.lead l
		WHERE l.id NOT IN (SELECT loser_id FROM lead.lead_merge)
			AND (l.inserted_at AT TIME ZONE current_setting('timezone'))::date BETWEEN coalesce(from_day, '-infinity') AND coalesce(to_day, 'infinity')) g
	GROUP BY 1
$$;
-- Ranges of days, the last one empty.
CREATE TEMP TABLE range AS SELECT * FROM (VALUES (1, NULL::date, NULL::date), (2, '2023-03-01', '2023-03-31'), (3, '2023-01-01', '2023-12-31'),
	(4, '2023-05-05', '2023-05-05'), (5, NULL, '2023-06-30'), (6, '2023-07-01', NULL), (7, '2023-07-01', '2023-06-30')) r (n, from_day, to_day);
CREATE FUNCTION pg_temp.funnels_differ(from_day date, to_day date, by text) RETURNS bigint LANGUAGE sql AS $$
	WITH fast AS (SELECT group_code, leads, open, paused, won, unsuccessful, rejected FROM lead.funnel(from_day, to_day, by)),
		plain AS (SELECT * FROM pg_temp.plain_funnel(from_day, to_day, by))
	SELECT count(*) FROM ((TABLE fast EXCEPT ALL TABLE plain) UNION ALL (TABLE plain EXCEPT ALL TABLE fast)) d
$$;
CREATE FUNCTION pg_temp.compare_funnels() RETURNS TABLE (by text, groups bigint, leads numeric, differ numeric) LANGUAGE sql AS $$
	SELECT b.by, sum(f.groups)::bigint, sum(f.leads), sum(pg_temp.funnels_differ(r.from_day, r.to_day, b.by))
	FROM unnest(ARRAY['source', 'type', 'rating', 'priority', 'assigned_to', 'month']) WITH ORDINALITY b (by, ord), range r,
		LATERAL (SELECT count(*) AS groups, sum(leads) AS leads FROM lead.funnel(r.from_day, r.to_day, b.by)) f
	GROUP BY b.by, b.ord ORDER BY b.ord
$$;
SET timezone = 'UTC';
SELECT by, differ, groups > 8 AS groups, leads > 1000 AS many_leads FROM pg_temp.compare_funnels();
SET timezone = 'America/New_York';
SELECT by, differ FROM pg_temp.compare_funnels();
SET timezone = 'Europe/Prague';
SELECT by, differ FROM pg_temp.compare_funnels();
-- The zone mattered: not every zone has the same leads in a month.
CREATE TEMP TABLE months AS SELECT array_agg(leads ORDER BY group_code) AS leads FROM lead.funnel(by => 'month');
SET timezone = 'UTC';
SELECT f.leads <> m.leads AS differ FROM months m, (SELECT array_agg(leads ORDER BY group_code) AS leads FROM lead.funnel(by => 'month')) f;
SET timezone = 'Europe/Prague';

-- A prepared statement gets the same where its plan knows no argument.
PREPARE by_known AS SELECT * FROM lead.funnel(NULL, '2023-06-30', 'rating');
PREPARE by_unknown (date, date, text) AS SELECT * FROM lead.funnel($1, $2, $3);
SET plan_cache_mode = force_generic_plan;
CREATE TEMP TABLE unknown AS EXECUTE by_unknown(NULL, '2023-06-30', 'rating');
CREATE TEMP TABLE known AS EXECUTE by_known;
EXECUTE by_unknown(NULL, NULL, 'colour');
RESET plan_cache_mode;
SELECT count(*) AS differ FROM ((TABLE known EXCEPT ALL TABLE unknown) UNION ALL (TABLE unknown EXCEPT ALL TABLE known)) d;
SELECT count(*) AS groups FROM known;

-- Rates ---------------------------------------------------------------------------------

CREATE FUNCTION pg_temp.rates_differ() RETURNS bigint LANGUAGE sql AS $$
	WITH fast AS (SELECT created_month, lead_source, lead_type, leads, won, unsuccessful, rejected FROM lead.conversion_rate),
		plain AS (
			SELECT (left((l.inserted_at AT TIME ZONE current_setting('timezone'))::text, 7) || '-01')::date, l.lead_source, l.lead_type, count(*),
				count(*) FILTER (WHERE l.status IN ('CONVERTED', 'CONVERTED_EXTERNAL')), count(*) FILTER (WHERE l.status = 'UNSUCCESSFUL'),
				count(*) FILTER (WHERE l.status = 'REJECTED')
			FROM lead.lead l WHERE l.id NOT IN (SELECT loser_id FROM lead.lead_merge) GROUP BY 1, 2, 3)
	SELECT count(*) FROM ((TABLE fast EXCEPT ALL TABLE plain) UNION ALL (TABLE plain EXCEPT ALL TABLE fast)) d
$$;
SELECT pg_temp.rates_differ() AS differ, count(*) > 50 AS many FROM lead.conversion_rate;
SET timezone = 'America/New_York';
SELECT pg_temp.rates_differ() AS differ;
SELECT sum(leads) = (SELECT sum(leads) FROM lead.funnel) AS as_many, sum(won) = (SELECT sum(won) FROM lead.funnel) AS won FROM lead.conversion_rate;

-- Durations, from the stays one by one ------------------------------------------------------

CREATE FUNCTION pg_temp.plain_durations(from_day date, to_day date) RETURNS TABLE (status lead.lead_status, stays bigint,
		average_hours numeric, median_hours numeric, p90_hours numeric) LANGUAGE sql AS $$
	SELECT p.status_code, count(*), round(avg(p.seconds)::numeric / 3600, 4),
		round(percentile_cont(0.5) WITHIN GROUP (ORDER BY p.seconds)::numeric / 3600, 4),
		round(percentile_cont(0.9) WITHIN GROUP (ORDER BY p.seconds)::numeric / 3600, 4)
	FROM (SELECT *, extract(epoch FROM ended_at - started_at)::float8 AS seconds FROM lead.status_period) p
	WHERE p.is_current = 0
		AND (p.ended_at AT TIME ZONE current_setting('timezone'))::date BETWEEN coalesce(from_day, '-infinity') AND coalesce(to_day, 'infinity')
	GROUP BY 1
$$;
CREATE FUNCTION pg_temp.durations_differ(from_day date, to_day date) RETURNS bigint LANGUAGE sql AS $$
	WITH fast AS (SELECT status_code, stays, average_hours, median_hours, p90_hours FROM lead.status_duration(from_day, to_day)),
		plain AS (SELECT * FROM pg_temp.plain_durations(from_day, to_day))
	SELECT count(*) FROM ((TABLE fast EXCEPT ALL TABLE plain) UNION ALL (TABLE plain EXCEPT ALL TABLE fast)) d
$$;
SELECT r.*, pg_temp.durations_differ(r.from_day, r.to_day) AS differ, d.statuses FROM range r,
	LATERAL (SELECT count(*) AS statuses FROM lead.status_duration(r.from_day, r.to_day)) d ORDER BY n;
SET timezone = 'UTC';
-- Every day of two months: few stays or one in a status, zero to some percentiles between two.
SELECT sum(pg_temp.durations_differ(d::date, d::date)) AS differ FROM generate_series(date '2023-02-01', '2023-03-31', '1 day') d;
SELECT status, status_code, status_order FROM lead.status_duration() ORDER BY status_order;
SELECT count(*) AS differ FROM ((TABLE lead.status_duration EXCEPT ALL SELECT * FROM lead.status_duration(NULL, NULL))
	UNION ALL (SELECT * FROM lead.status_duration() EXCEPT ALL TABLE lead.status_duration)) d;

-- By several processes as by one.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET min_parallel_index_scan_size = 0;
SELECT sum(differ) AS differ FROM pg_temp.compare_funnels();
SELECT pg_temp.rates_differ() AS differ, pg_temp.durations_differ(NULL, NULL) AS durations_differ, pg_temp.durations_differ('2023-03-01', '2023-06-30') AS part_differs;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET min_parallel_index_scan_size;

-- The two tools: classes order as lengths do and are at most a 32nd wide.
SELECT count(*) AS lengths, count(*) FILTER (WHERE class < before) AS out_of_order, count(DISTINCT class) AS classes
FROM (SELECT class, lag(class) OVER (ORDER BY length) AS before FROM (
	SELECT length, lead.length_class('2024-01-01 00:00+00', timestamptz '2024-01-01 00:00+00' + length * interval '1 microsecond') AS class
	FROM (SELECT n AS length FROM generate_series(0, 3000) n UNION SELECT (1.01 ^ n)::bigint FROM generate_series(1, 3500) n
		UNION SELECT (2::numeric ^ n)::bigint + e FROM generate_series(1, 51) n, generate_series(-1, 1) e) l) c) o;
SELECT max((longest - shortest) / greatest(shortest, 1)::numeric) <= 1 / 32.0 AS narrow FROM (
	SELECT min(n) AS shortest, max(n) AS longest FROM generate_series(0, 100000) n
	GROUP BY lead.length_class('2024-01-01 00:00+00', timestamptz '2024-01-01 00:00+00' + n * interval '1 microsecond')) c;
SELECT lead.seconds_between(a, b), lead.length_class(a, b), extract(epoch FROM b - a)::float8 = lead.seconds_between(a, b) AS as_the_server
FROM (VALUES (timestamptz '2024-01-01 00:00+00', timestamptz '2024-01-01 00:00:00.000001+00'), ('2024-01-01 00:00+00', '2024-03-31 12:34:56.789012+02'),
	('2024-01-02 00:00+00', '2024-01-01 00:00+00')) v (a, b);
SELECT lead.seconds_between('-infinity', now()), lead.seconds_between(now(), 'infinity'), lead.length_class('-infinity', now()), lead.length_class(now(), 'infinity');
SELECT lead.seconds_between('4713-01-01 00:00+00 BC', '294276-12-31 00:00+00') > 9e12 AS all_of_time, lead.length_class('4713-01-01 00:00+00 BC', '294276-12-31 00:00+00') AS highest_class;
