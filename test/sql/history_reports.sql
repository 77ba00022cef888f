\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\set tools :abs_srcdir '/data/tools.sql'
\i :fresh
\i :tools
-- What was when: status_as_of, status_by_day, stuck_leads. Lives at random, here
-- and in another system, are told twice: by the reports, and by a log that the
-- test keeps itself. Both must say the same, for any moment.
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
\set VERBOSITY terse

-- One life, exactly -------------------------------------------------------------------------

SELECT o.outcome FROM lead.import_leads('[{"key": "LIFE", "partyName": "Life", "leadType": "B2B", "leadRating": "HOT", "leadSource": "WEB",
	"deferredUntil": "2024-06-01T00:00:00Z", "history": [
		{"status": "NEW", "at": "2024-03-01T09:00:00Z"},
		{"status": "LATER", "at": "2024-03-02T09:00:00Z", "reason": "budget"},
		{"status": "LATER", "at": "2024-03-05T09:00:00Z", "reason": "budget again"},
		{"status": "UNSUCCESSFUL", "at": "2024-03-05T23:30:00Z", "reason": "price"},
		{"status": "NEW", "at": "2024-03-10T09:00:00Z"},
		{"status": "LATER", "at": "2024-05-10T09:00:00Z"}]}]') o;
-- a change holds from its moment on; a postponement goes on with the stay
SELECT m.moment, s.key, s.status, s.status_code, s.status_order, s.status_class, s.since, s.reason, s.merged_into
FROM (VALUES ('2024-03-01 08:59:59.999999Z'::timestamptz), ('2024-03-01 09:00Z'), ('2024-03-02 09:00Z'), ('2024-03-05 08:59:59.999999Z'), ('2024-03-05 09:00Z'),
		('2024-03-05 23:30Z'), ('2024-03-10 09:00Z'), ('2024-05-31 00:00Z'), ('-infinity'), ('infinity')) m (moment)
	LEFT JOIN LATERAL lead.status_as_of(m.moment) s ON true
ORDER BY m.moment;
-- no moment is the present
SELECT key, status, since FROM lead.status_as_of();
SELECT key, status, since FROM lead.status_as_of(NULL);
-- days are those of the session
SELECT d.day, d.status, d.status_order, d.status_class, d.leads FROM lead.status_by_day('2024-02-29', '2024-03-11') d WHERE d.leads <> 0;
SET timezone = 'Europe/Prague';
SELECT d.day, d.status, d.leads FROM lead.status_by_day('2024-03-04', '2024-03-06') d WHERE d.leads <> 0;
SET timezone = 'UTC';
-- a row for each day and status; NULL is the default; days after today are as today
SELECT count(*), count(DISTINCT day), min(day), max(day) FROM lead.status_by_day('2024-02-28', '2024-03-01');
SELECT count(*) = 366 * 9 AS as_the_year, min(day) = current_date - 365 AS first, max(day) = current_date AS last FROM lead.status_by_day;
SELECT min(day), max(day), sum(leads) FILTER (WHERE day = '2024-03-05') AS leads FROM lead.status_by_day(to_day => '2024-03-05');
SELECT min(day) = current_date - 1 AS first, max(day) = current_date AS last FROM lead.status_by_day(current_date - 1, NULL);
SELECT day - current_date AS ahead, status, leads FROM lead.status_by_day(current_date, current_date + 2) WHERE leads <> 0;
SELECT count(*) FROM lead.status_by_day('2024-03-02', '2024-03-01');
CALL pg_temp.try($$SELECT * FROM lead.status_by_day('infinity')$$);
CALL pg_temp.try($$SELECT * FROM lead.status_by_day('-infinity')$$);
SELECT max(day) = current_date AS ends_today FROM lead.status_by_day('2024-01-01', 'infinity');
-- It waits since its date, not since it was parked.
SELECT key, party_name, status, status_code, status_order, status_class, priority, priority_code, assigned_to, status_since, deferred_until, waiting_since,
	days_waiting = floor(extract(epoch FROM now() - '2024-06-01 00:00Z') / 86400) AS days_waiting
FROM lead.stuck_leads('1 year');
SELECT key FROM lead.stuck_leads;
SELECT count(*) FROM lead.stuck_leads(now() - '2024-06-01 00:00Z');
SELECT count(*) FROM lead.stuck_leads(now() - '2024-05-31 23:59:59Z');
-- Where LATER needs no date it waits since it was parked.
INSERT INTO lead.lead_status_rule (from_status, to_status, needs_until) VALUES ('NEW', 'LATER', false);
SELECT pg_temp.new_lead(9) \g /dev/null
UPDATE lead.lead SET status = 'LATER' WHERE key = 'L9';
SELECT key, status, deferred_until, waiting_since = status_since AS since_then, days_waiting FROM lead.stuck_leads('0') WHERE key = 'L9';
DELETE FROM lead.lead WHERE key = 'L9';
DELETE FROM lead.lead_status_rule;

-- What this very transaction has done is the present, though later than its now().
BEGIN;
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type) VALUES ('JUST', 'Just', 'HOT', 'WEB', 'B2B');
SELECT key, status FROM lead.status_as_of() ORDER BY key;
SELECT key, status FROM lead.status_as_of(now()) ORDER BY key;
SELECT sum(leads) FROM lead.status_by_day(current_date, current_date);
ROLLBACK;

-- A merge, and the way back, of which nothing is told but the status.
SELECT pg_temp.new_lead(1), pg_temp.new_lead(2) \g /dev/null
SELECT clock_timestamp() AS before \gset
SELECT key FROM lead.merge(pg_temp.id(1), ARRAY[pg_temp.id(2)]);
SELECT clock_timestamp() AS merged \gset
SELECT key, status, merged_into FROM lead.status_as_of(:'before') WHERE key = 'L2';
SELECT key, status, merged_into FROM lead.status_as_of() WHERE key IN ('L1', 'L2') ORDER BY key;
SELECT key FROM lead.unmerge(pg_temp.id(2));
SELECT key, status, merged_into FROM lead.status_as_of(:'merged') WHERE key = 'L2';
SELECT key, status, merged_into FROM lead.status_as_of() WHERE key = 'L2';

DELETE FROM lead.lead;
SELECT count(*) FROM lead.status_as_of('2024-05-31');

-- Lives at random ---------------------------------------------------------------------------

CREATE SCHEMA regress_lead_lab;
CREATE TABLE regress_lead_lab.life (lead_id uuid, at timestamptz, status text);
CREATE FUNCTION regress_lead_lab.log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		DELETE FROM regress_lead_lab.life l WHERE l.lead_id = OLD.id;
	ELSIF TG_OP = 'INSERT' OR NEW.status <> OLD.status THEN
		INSERT INTO regress_lead_lab.life VALUES (NEW.id, NEW.status_since, NEW.status);
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER log AFTER INSERT OR UPDATE OR DELETE ON lead.lead FOR EACH ROW EXECUTE FUNCTION regress_lead_lab.log();

-- One step of a life; what the lifecycle refuses does not happen.
CREATE PROCEDURE pg_temp.step(number int) LANGUAGE plpgsql AS $$
DECLARE
	chosen lead.lead;
	other uuid;
	target lead.lead_status;
BEGIN
	SELECT l.* INTO chosen FROM lead.lead l WHERE l.id = pg_temp.id(number);
	IF chosen.id IS NULL THEN
		INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type)
		VALUES (pg_temp.id(number), 'L' || number, 'Party ' || number, 'WARM', 'WEB', 'B2B');
	ELSIF random() < 0.03 THEN
		DELETE FROM lead.lead l WHERE l.id = chosen.id;
	ELSIF random() < 0.06 THEN
		SELECT l.id INTO other FROM lead.lead l WHERE l.id <> chosen.id
		ORDER BY l.id OFFSET floor(random() * (SELECT count(*) - 1 FROM lead.lead)) LIMIT 1;
		PERFORM lead.merge(other, ARRAY[chosen.id]);
	ELSIF random() < 0.5 AND EXISTS (SELECT FROM lead.lead_merge m WHERE m.loser_id = chosen.id) THEN
		PERFORM lead.unmerge(chosen.id);
	ELSIF chosen.status IN ('CONVERTED', 'CONVERTED_EXTERNAL') THEN
		PERFORM lead.revert_conversion(chosen.id, 'taken back');
	ELSE
		SELECT t.to_status INTO target FROM lead.builtin_transition() t WHERE t.from_status = chosen.status AND t.allowed ORDER BY random() LIMIT 1;
		IF chosen.status = 'LATER' AND random() < 0.4 THEN target := 'LATER'; END IF;
		CASE target
			WHEN 'CONVERTED' THEN PERFORM lead.convert(chosen.id);
			WHEN 'CONVERTED_EXTERNAL' THEN PERFORM lead.convert_external(chosen.id, 'SAP');
			WHEN 'LATER' THEN PERFORM lead.transition(chosen.id, 'LATER', NULL, now() + random() * interval '1 year' + interval '1 day');
			ELSE PERFORM lead.transition(chosen.id, target, 'reason');
		END CASE;
	END IF;
EXCEPTION WHEN SQLSTATE 'LD000' OR SQLSTATE '55000' OR foreign_key_violation THEN NULL;
END $$;
SELECT setseed(0.3);
SET client_min_messages = warning;
DO $$
BEGIN
	FOR n IN 1..1200 LOOP
		CALL pg_temp.step(1 + floor(random() * 90)::int);
	END LOOP;
END $$;
-- All of it happens: otherwise the seed is a bad one.
SELECT count(DISTINCT l.status) AS statuses, max(l.version) > 10 AS long_lives,
	(SELECT count(*) > 5 FROM lead.lead_merge) AS merged,
	(SELECT count(*) > 10 FROM lead.lead_conversion c WHERE c.reverted_at IS NOT NULL) AS reverted,
	(SELECT count(*) > 5 FROM lead.lead_status_change c WHERE c.from_status = 'LATER' AND c.to_status = 'LATER') AS postponed,
	(SELECT count(*) > 5 FROM lead.lead_status_change c WHERE c.from_status IN ('REJECTED', 'UNSUCCESSFUL')) AS reopened
FROM lead.lead l;

-- The owner stretches these seconds to the last 300 days.
CREATE TEMP TABLE clock AS SELECT min(c.changed_at) AS began, max(c.changed_at) AS ended FROM lead.lead_status_change c;
CREATE FUNCTION pg_temp.stretched(moment timestamptz) RETURNS timestamptz LANGUAGE sql AS $$
	SELECT now() - interval '301 days' + (moment - c.began) * (extract(epoch FROM interval '300 days') / extract(epoch FROM c.ended - c.began)) FROM clock c
$$;
BEGIN;
ALTER TABLE lead.lead DISABLE TRIGGER USER;
UPDATE lead.lead_status_change SET changed_at = pg_temp.stretched(changed_at), entered_at = pg_temp.stretched(entered_at);
UPDATE lead.lead_conversion SET converted_at = pg_temp.stretched(converted_at), reverted_at = pg_temp.stretched(reverted_at);
UPDATE lead.lead_merge SET merged_at = pg_temp.stretched(merged_at);
UPDATE lead.lead SET inserted_at = pg_temp.stretched(inserted_at), status_since = pg_temp.stretched(status_since), edited_at = pg_temp.stretched(edited_at),
	deferred_until = CASE WHEN deferred_until IS NOT NULL THEN now() + (abs(hashtext(key)) % 200 - 140) * interval '1 day' END;
UPDATE regress_lead_lab.life SET at = pg_temp.stretched(at);
ALTER TABLE lead.lead ENABLE TRIGGER USER;
COMMIT;

-- 60 more come from another system, with lives of the last three years.
CREATE FUNCTION pg_temp.past() RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	at timestamptz := now() - random() * interval '1000 days' - interval '60 days';
	statuses text[] := ARRAY['NEW'];
	history jsonb := jsonb_build_array(jsonb_build_object('status', 'NEW', 'at', at));
	present text;
BEGIN
	FOR n IN 1..floor(random() * 12)::int LOOP
		at := at + random() * interval '40 days' + interval '1 microsecond';
		EXIT WHEN at > now();
		present := statuses[cardinality(statuses)];
		IF present LIKE 'CONVERTED%' THEN
			present := statuses[cardinality(statuses) - 1];
		ELSE
			SELECT s INTO present FROM unnest(enum_range(NULL::lead.lead_status)::text[]) s
			WHERE s <> present OR s = 'LATER' ORDER BY random() LIMIT 1;
		END IF;
		statuses := statuses || present;
		history := history || jsonb_build_object('status', present, 'at', at);
	END LOOP;
	RETURN history;
END $$;
CREATE TEMP TABLE other AS SELECT n, pg_temp.id(1000 + n) AS id, pg_temp.past() AS history FROM generate_series(1, 60) n;
SELECT o.outcome, count(*)
FROM lead.import_leads((
	SELECT jsonb_agg(jsonb_build_object('id', o.id, 'key', 'M' || o.n, 'partyName', 'Moved ' || o.n, 'leadType', 'B2B', 'leadRating', 'HOT', 'leadSource', 'WEB',
		'deferredUntil', CASE WHEN o.history -> -1 ->> 'status' = 'LATER' THEN now() + (random() - 0.7) * interval '200 days' END,
		'history', o.history,
		'conversion', (SELECT jsonb_agg(CASE h ->> 'status' WHEN 'CONVERTED' THEN '{}' ELSE '{"externalSystem": "SAP"}'::jsonb END)
			FROM jsonb_array_elements(o.history) h WHERE h ->> 'status' LIKE 'CONVERTED%')))
	FROM other o)) o GROUP BY 1;
DELETE FROM regress_lead_lab.life f USING other o WHERE f.lead_id = o.id;
INSERT INTO regress_lead_lab.life
	SELECT e.id, e.at, e.status
	FROM (SELECT o.id, (h.entry ->> 'at')::timestamptz AS at, h.entry ->> 'status' AS status,
			lag(h.entry ->> 'status') OVER (PARTITION BY o.id ORDER BY h.ord) AS before
		FROM other o, jsonb_array_elements(o.history) WITH ORDINALITY h (entry, ord)) e
	WHERE e.status IS DISTINCT FROM e.before;
SELECT * FROM pg_temp.broken_history();
SELECT count(*) > 120 AS leads, min(inserted_at) < now() - interval '2 years' AS old, count(*) FILTER (WHERE status = 'LATER') > 5 AS parked FROM lead.lead;

-- Any moment --------------------------------------------------------------------------------
-- Each of these finds nothing, or says that it found what must be.

-- the log's word for a moment
CREATE FUNCTION pg_temp.logged(moment timestamptz) RETURNS TABLE (lead_id uuid, status text, since timestamptz) LANGUAGE sql AS $$
	SELECT DISTINCT ON (f.lead_id) f.lead_id, f.status, f.at FROM regress_lead_lab.life f WHERE f.at <= moment ORDER BY f.lead_id, f.at DESC
$$;
CREATE TEMP TABLE moment AS
	SELECT now() - random() * interval '1100 days' AS moment FROM generate_series(1, 50)
	UNION ALL (SELECT at FROM regress_lead_lab.life ORDER BY random() LIMIT 20)
	UNION ALL (SELECT at - interval '1 microsecond' FROM regress_lead_lab.life ORDER BY random() LIMIT 20)
	UNION ALL VALUES (now()), (now() - interval '10 years'), ('infinity'), ('-infinity');

-- now is as the table says
(SELECT id, key, status::text, status, status_since, status_reason, m.winner_id FROM lead.lead l LEFT JOIN lead.lead_merge m ON m.loser_id = l.id
	EXCEPT ALL SELECT lead_id, key, status, status_code, since, reason, merged_into FROM lead.status_as_of())
UNION ALL
(SELECT lead_id, key, status, status_code, since, reason, merged_into FROM lead.status_as_of()
	EXCEPT ALL SELECT id, key, status::text, status, status_since, status_reason, m.winner_id FROM lead.lead l LEFT JOIN lead.lead_merge m ON m.loser_id = l.id);
-- at each moment, each lead is where the log has it, since then
SELECT count(*) AS moments, sum(s.told) > 5000 AS many, sum(s.differ) AS differ
FROM moment m, LATERAL (
	SELECT count(*) AS told, count(*) FILTER (WHERE (l.status = a.status AND l.since = a.since AND a.status_code::text = a.status) IS NOT TRUE) AS differ
	FROM pg_temp.logged(m.moment) l FULL JOIN lead.status_as_of(m.moment) a USING (lead_id)) s;
-- and so are the counts
SELECT m.moment, c.status, c.leads, l.leads AS logged
FROM moment m, LATERAL (SELECT a.status, count(*) AS leads FROM lead.status_as_of(m.moment) a GROUP BY 1) c
	FULL JOIN LATERAL (SELECT l.status, count(*) AS leads FROM pg_temp.logged(m.moment) l GROUP BY 1) l USING (status)
WHERE c.leads IS DISTINCT FROM l.leads;
-- over the statuses they are the leads that existed
SELECT m.moment, s.told, e.existed
FROM moment m, LATERAL (SELECT count(*) AS told FROM lead.status_as_of(m.moment)) s,
	LATERAL (SELECT count(*) AS existed FROM lead.lead l WHERE l.inserted_at <= m.moment) e
WHERE s.told <> e.existed;
-- the periods say the same
SELECT m.moment, a.key, a.status, p.status AS in_period
FROM moment m, LATERAL (SELECT * FROM lead.status_as_of(m.moment)) a
	FULL JOIN LATERAL (SELECT * FROM lead.status_period p
		WHERE p.started_at <= m.moment AND (p.ended_at > m.moment OR p.ended_at IS NULL)) p USING (lead_id)
WHERE (a.status = p.status AND a.since = p.started_at) IS NOT TRUE;
-- and fill the whole life
SELECT l.key, sum(coalesce(p.ended_at, now()) - p.started_at) AS in_periods, now() - l.inserted_at AS lived
FROM lead.lead l JOIN lead.status_period p ON p.lead_id = l.id
GROUP BY l.id HAVING sum(extract(epoch FROM coalesce(p.ended_at, now()) - p.started_at)) <> extract(epoch FROM now() - l.inserted_at)
	OR abs(sum(p.hours) * 3600 - extract(epoch FROM now() - l.inserted_at)) > 5;

-- Any day -----------------------------------------------------------------------------------

-- the end of each day, in two places
CREATE FUNCTION pg_temp.days_that_differ() RETURNS TABLE (days bigint, differ bigint) LANGUAGE sql AS $$
	WITH logged AS (
		SELECT d.day, l.status, count(*) AS leads
		FROM (SELECT current_date - n AS day FROM generate_series(0, 1100, 9) n) d
			CROSS JOIN LATERAL pg_temp.logged((d.day + 1)::timestamptz - interval '1 microsecond') l
		GROUP BY 1, 2
	), told AS (
		SELECT * FROM lead.status_by_day(current_date - 1100) b WHERE (current_date - b.day) % 9 = 0
	)
	SELECT count(DISTINCT t.day), count(*) FILTER (WHERE (t.leads = coalesce(l.leads, 0) AND t.status_code::text = t.status) IS NOT TRUE)
	FROM told t FULL JOIN logged l USING (day, status)
$$;
SELECT * FROM pg_temp.days_that_differ();
SET timezone = 'Pacific/Auckland';
SELECT * FROM pg_temp.days_that_differ();
SET timezone = 'UTC';
-- the last day is the present, and the view the function
SELECT b.status, b.leads, l.leads AS there FROM lead.status_by_day b
	LEFT JOIN (SELECT status, count(*) AS leads FROM lead.lead GROUP BY 1) l ON l.status = b.status_code
WHERE b.day = current_date AND b.leads <> coalesce(l.leads, 0);
SELECT count(*) AS differ FROM (
	(TABLE lead.status_by_day EXCEPT ALL SELECT * FROM lead.status_by_day()) UNION ALL (SELECT * FROM lead.status_by_day() EXCEPT ALL TABLE lead.status_by_day)) d;
-- it does not matter where the days begin
SELECT count(*) AS differ FROM (SELECT * FROM lead.status_by_day EXCEPT ALL SELECT * FROM lead.status_by_day(current_date - 2000, current_date)) d;

-- Stuck -------------------------------------------------------------------------------------

CREATE FUNCTION pg_temp.stuck(older_than interval) RETURNS TABLE (lead_id uuid, since timestamptz) LANGUAGE plpgsql AS $$
DECLARE
	l record;
BEGIN
	FOR l IN SELECT g.*, d.deferred_until FROM pg_temp.logged('infinity') g JOIN lead.lead d ON d.id = g.lead_id LOOP
		lead_id := l.lead_id;
		since := l.since;
		IF l.status = 'LATER' AND l.deferred_until > since THEN since := l.deferred_until; END IF;
		IF l.status IN ('NEW', 'IN_PROGRESS', 'WORKING', 'NON_WORKING', 'LATER') AND since + older_than <= now() THEN RETURN NEXT; END IF;
	END LOOP;
END $$;
SELECT o.days, count(s.lead_id) > 0 AS some, count(s.lead_id) FILTER (WHERE s.status = 'LATER') > 0 AS parked_too,
	count(*) FILTER (WHERE (s.waiting_since = p.since AND s.status = l.status::text AND s.key = l.key
		AND s.days_waiting = floor(extract(epoch FROM now() - p.since) / 86400)) IS NOT TRUE) AS differ
FROM unnest('{0,1,14,30,60}'::int[]) o (days),
	LATERAL (SELECT * FROM lead.stuck_leads(make_interval(days => o.days))) s FULL JOIN LATERAL (SELECT * FROM pg_temp.stuck(make_interval(days => o.days))) p USING (lead_id)
	LEFT JOIN lead.lead l ON l.id = lead_id
GROUP BY 1 ORDER BY 1;
-- those that wait longest come first
SELECT array_agg(s.lead_id) = array_agg(s.lead_id ORDER BY s.waiting_since, s.lead_id) AS in_order FROM lead.stuck_leads('0') s;
-- the view, no argument and NULL are 14 days
SELECT count(*) > 0 AS some FROM lead.stuck_leads;
SELECT count(*) AS differ FROM ((TABLE lead.stuck_leads EXCEPT ALL SELECT * FROM lead.stuck_leads('14 days'))
	UNION ALL (SELECT * FROM lead.stuck_leads() EXCEPT ALL TABLE lead.stuck_leads) UNION ALL (SELECT * FROM lead.stuck_leads('14 days') EXCEPT ALL SELECT * FROM lead.stuck_leads(NULL))) d;
-- to wake those that are due makes none stuck that was not
CREATE TEMP TABLE stuck_before AS SELECT * FROM lead.stuck_leads('0');
SELECT count(*) > 0 AS woken FROM lead.wake_due();
SELECT count(*) FROM lead.stuck_leads('0') s WHERE NOT EXISTS (SELECT FROM stuck_before b WHERE b.lead_id = s.lead_id);

-- What an erasure leaves, and a deletion does not --------------------------------------------

CREATE TEMP TABLE day_before AS TABLE lead.status_by_day;
SELECT count(*) > 0 AS erased FROM lead.lead l, lead.erase(l.id, 'asked') e
WHERE l.key LIKE 'M_' AND NOT EXISTS (SELECT FROM lead.lead_merge m WHERE m.loser_id = l.id);
SELECT count(*) AS differ FROM (TABLE day_before EXCEPT ALL TABLE lead.status_by_day) d;
SELECT count(*) AS reasons FROM lead.status_as_of() s JOIN lead.lead l ON l.id = s.lead_id WHERE l.key LIKE 'ERASED%' AND s.reason IS NOT NULL;
SELECT l.id AS gone, l.inserted_at AS created FROM lead.lead l
WHERE NOT EXISTS (SELECT FROM lead.lead_merge m WHERE l.id IN (m.loser_id, m.winner_id)) AND NOT EXISTS (SELECT FROM lead.lead_conversion c WHERE c.lead_id = l.id)
	AND NOT EXISTS (SELECT FROM lead.lead_erasure e WHERE e.lead_id = l.id)
ORDER BY l.inserted_at LIMIT 1 \gset
SELECT count(*) AS then FROM lead.status_as_of(:'created') \gset before_
DELETE FROM lead.lead WHERE id = :'gone';
SELECT count(*) - :before_then AS change FROM lead.status_as_of(:'created');

SET client_min_messages = warning;
DROP TRIGGER log ON lead.lead;
DROP SCHEMA regress_lead_lab CASCADE;
