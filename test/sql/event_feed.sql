-- lead.events: what each change says, cursors and pages, whose events are shown,
-- what an erasure, a deletion and a past leave of them, and epochs. Writers that
-- commit out of order are in the isolation spec iso_events, other clusters in
-- test/t/090_events.pl.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\set tools :abs_srcdir '/data/tools.sql'
\i :fresh
\i :tools
SET timezone = 'Asia/Tokyo';
SET datestyle = 'ISO';

-- Somebody else's transaction (autovacuum's) would hold events back.
CREATE PROCEDURE pg_temp.settle() LANGUAGE plpgsql AS $$
BEGIN
	WHILE pg_snapshot_xmin(pg_current_snapshot()) < pg_snapshot_xmax(pg_current_snapshot()) LOOP
		PERFORM pg_sleep(0.01);
	END LOOP;
END $$;
-- All events in pages of some size; each page goes on from the last cursor.
CREATE FUNCTION pg_temp.paged(max_events int, after text DEFAULT NULL) RETURNS TABLE (page int, lead text, version int) LANGUAGE plpgsql AS $$
DECLARE
	e record;
	seen int;
BEGIN
	page := 0;
	LOOP
		page := page + 1;
		seen := 0;
		FOR e IN SELECT * FROM lead.events(after, max_events) LOOP
			seen := seen + 1;
			after := e.cursor;
			lead := right(e.lead_id::text, 3);
			version := e.version;
			RETURN NEXT;
		END LOOP;
		EXIT WHEN seen < max_events;
	END LOOP;
END $$;
CREATE FUNCTION pg_temp.shown(after text DEFAULT NULL) RETURNS text LANGUAGE sql AS
	$$ SELECT string_agg(right(e.lead_id::text, 3) || ':' || e.version, ' ' ORDER BY e.ord) FROM ROWS FROM (lead.events(after)) WITH ORDINALITY
		e (cursor, event_type, lead_id, version, from_status, to_status, occurred_at, event, ord) $$;

-- What is said -------------------------------------------------------------------------------------

SELECT count(*) FROM lead.events();
SELECT lead.newest_event() IS NULL AS nothing_yet;
-- a cursor that is not known here is refused also where there is no history
BEGIN;
INSERT INTO lead.event_epoch VALUES (281474976710656, 1, 77, 3, now());
CALL pg_temp.try($$SELECT FROM lead.events(lead.event_cursor(2 * 281474976710656 + 5, pg_temp.id(1), 1, 77, 3))$$);
ROLLBACK;
SELECT FROM pg_temp.new_lead(1);
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L1';
UPDATE lead.lead SET status = 'NON_WORKING' WHERE key = 'L1';
UPDATE lead.lead SET status = 'LATER', deferred_until = '2999-01-01 00:00+00', status_reason = 'said in private' WHERE key = 'L1';
-- (so that two times differ in what is shown of them)
SELECT pg_sleep(0.002) \g /dev/null
UPDATE lead.lead SET deferred_until = '2999-02-01 00:00+00' WHERE key = 'L1';
UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'said in private' WHERE key = 'L1';
UPDATE lead.lead SET status = 'IN_PROGRESS', status_reason = 'said in private' WHERE key = 'L1';
UPDATE lead.lead SET status = 'REJECTED', status_reason = 'said in private' WHERE key = 'L1';
UPDATE lead.lead SET description = 'no event' WHERE key = 'L1';
UPDATE lead.lead SET status = 'NEW', status_reason = 'said in private' WHERE key = 'L1';
INSERT INTO lead.customer (id, key, name) VALUES (pg_temp.id(900), 'C', 'Customer');
SELECT kind FROM lead.convert(pg_temp.id(1), pg_temp.id(900));
SELECT status FROM lead.revert_conversion(pg_temp.id(1), 'said in private');
SELECT kind FROM lead.convert_external(pg_temp.id(1), 'SAP', '4711');
SELECT status FROM lead.revert_conversion(pg_temp.id(1), 'said in private');
SELECT kind FROM lead.convert_external(pg_temp.id(1), 'ERP');
CALL pg_temp.settle();
SELECT e.version, e.event_type, e.from_status, e.to_status, e.event #>> '{event,salesLead,status}' AS tmf_status,
	e.event #>> '{event,salesLead,leadStatusBefore}' = e.from_status IS NOT FALSE AND e.event #>> '{event,salesLead,leadStatus}' = e.to_status
		AND e.event #>> '{event,salesLead,leadVersion}' = e.version::text AS says_so,
	e.event #> '{event,salesLead,relatedParty}' AS party, e.event #> '{event,salesLead,externalReference}' AS reference
FROM lead.events() e;
-- one of each type, whole
SELECT e.version, jsonb_pretty(replace(replace(replace(e.event::text, e.cursor, '(cursor)'),
	to_char(e.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), '(time)'),
	coalesce(to_char(h.entered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'none'), '(time before)')::jsonb) AS event
FROM lead.events() e JOIN lead.lead_status_change h ON h.lead_id = e.lead_id AND h.version = e.version
WHERE e.version IN (1, 5, 11);
SELECT count(*) AS with_reason FROM lead.events() e WHERE e.event::text LIKE '%private%';
SELECT count(DISTINCT e.event ->> 'eventId') = count(*) AS ids_unique, bool_and(e.occurred_at = h.changed_at) AS times_equal
FROM lead.events() e JOIN lead.lead_status_change h ON h.lead_id = e.lead_id AND h.version = e.version;
SET lead.time_zone = 'Europe/Prague';
SET datestyle = 'German';
SELECT md5(string_agg(e.event::text, '' ORDER BY e.version)) AS text FROM lead.events() e \gset
RESET lead.time_zone;
SET datestyle = 'ISO';
SET timezone = 'UTC';
SELECT md5(string_agg(e.event::text, '' ORDER BY e.version)) = :'text' AS same_in_all_settings FROM lead.events() e;
SET lead.tmf_base_path = 'https://x.example/';
SELECT count(*) AS events, count(DISTINCT e.event ->> 'href') AS hrefs, bool_and(e.event #>> '{event,salesLead,href}' = lead.tmf_href('salesLead', e.lead_id::text)
	AND e.event #>> '{event,salesLead,href}' LIKE 'https://x.example/sales/%') AS as_in_documents
FROM lead.events() e;
RESET lead.tmf_base_path;
SELECT count(*) AS events, (SELECT count(*) FROM lead.lead_status_change) AS changes FROM lead.events();

-- Cursors and pages --------------------------------------------------------------------------------

-- many leads in one transaction: their order is that of their ids
BEGIN;
SELECT pg_temp.new_lead(5), pg_temp.new_lead(3), pg_temp.new_lead(4);
UPDATE lead.lead SET status = 'IN_PROGRESS' WHERE key = 'L4';
-- its own events come when it has ended
SELECT pg_temp.shown(lead.newest_event()) AS own;
SAVEPOINT s;
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L5';
ROLLBACK TO s;
COMMIT;
CALL pg_temp.settle();
SELECT page, string_agg(lead || ':' || version, ' ') AS events FROM pg_temp.paged(5) GROUP BY page ORDER BY page;
SELECT count(*) AS pages FROM (SELECT DISTINCT page FROM pg_temp.paged(1)) p;
SELECT (SELECT string_agg(lead || ':' || version, ' ') FROM pg_temp.paged(1)) = pg_temp.shown() AS one_by_one,
	pg_temp.shown('') = pg_temp.shown(NULL) AS blank_is_null;
-- after each event come all that follow it
SELECT count(*) AS cursors, bool_and((SELECT count(*) FROM lead.events(e.cursor)) = e.after) AS all_right
FROM (SELECT e.cursor, count(*) OVER (ORDER BY e.ord DESC) - 1 AS after FROM ROWS FROM (lead.events()) WITH ORDINALITY
	e (cursor, event_type, lead_id, version, from_status, to_status, occurred_at, event, ord)) e;
SELECT lead.newest_event() AS newest \gset
SELECT pg_temp.shown(:'newest') IS NULL AS nothing_after_newest;
SELECT FROM pg_temp.new_lead(6);
CALL pg_temp.settle();
SELECT pg_temp.shown(:'newest') AS new;
PREPARE page AS SELECT count(*) FROM lead.events($1, $2);
EXECUTE page(NULL, 4);
EXECUTE page(:'newest', NULL);

-- what is no cursor, and no number of events
CALL pg_temp.try($$SELECT FROM lead.events('x')$$);
DO $$
DECLARE
	given text;
BEGIN
	FOREACH given IN ARRAY ARRAY['1', '1.2.3', '-1.' || pg_temp.id(1) || '.1.1.1', '01.' || pg_temp.id(1) || '.1.1.1', ' 1.' || pg_temp.id(1) || '.1.1.1',
		'1.' || pg_temp.id(1) || '.1.1.1 ', '1.' || pg_temp.id(1) || '.1.1', '1.' || pg_temp.id(1) || '.1.1.1.1',
		'1.' || pg_temp.id(1) || '.99999999999.1.1', '99999999999999999999.' || pg_temp.id(1) || '.1.1.1',
		'1.00000000-0000-0000-0000-00000000000A.1.1.1', '1.' || repeat('-', 36) || '.1.1.1', '1.00000000-0000-0000-0000-00000000000g.1.1.1',
		'1.00000000-0000-0000-0000-0000000001.1.1.1', '1.{0000000-0000-0000-0000-000000000001}.1.1.1', repeat('1', 1000000), chr(1), 'ž'] LOOP
		BEGIN
			PERFORM count(*) FROM lead.events(given);
			RAISE INFO 'taken: %', given;
		EXCEPTION WHEN invalid_parameter_value THEN
			RAISE INFO 'refused: %', left(given, 60);
		END;
	END LOOP;
END $$;
CALL pg_temp.try($$SELECT FROM lead.events(max_events => 0)$$);
CALL pg_temp.try($$SELECT FROM lead.events(NULL, -1)$$);
CALL pg_temp.try($$SELECT FROM lead.events(NULL, 10001)$$);
CALL pg_temp.try($$SELECT FROM lead.events(max_events => 10000)$$);

-- Whose events -------------------------------------------------------------------------------------

CREATE ROLE regress_lead_reader;
CREATE ROLE regress_lead_nobody;
SELECT lead.grant_access('regress_lead_reader', 'reader');
GRANT USAGE ON SCHEMA lead TO regress_lead_nobody;
ALTER TABLE lead.lead_status_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON lead.lead_status_change USING (lead_id IN ('00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-000000000006'));
SET ROLE regress_lead_reader;
SELECT string_agg(right(e.lead_id::text, 3), ' ') AS seen FROM lead.events() e;
SELECT lead.newest_event() = :'newest' AS newest_of_all, pg_temp.shown(:'newest') AS after_newest;
CALL pg_temp.try($$INSERT INTO lead.event_epoch VALUES (0, 0, 0, 0, now())$$);
CALL pg_temp.try($$UPDATE lead.event_epoch SET timeline = 0$$);
CALL pg_temp.try($$SET lead.notify = 'x'$$);
SET ROLE regress_lead_nobody;
CALL pg_temp.try($$SELECT FROM lead.events()$$);
RESET ROLE;
DROP POLICY own ON lead.lead_status_change;
ALTER TABLE lead.lead_status_change DISABLE ROW LEVEL SECURITY;

-- What comes and goes ------------------------------------------------------------------------------

-- an erasure changes nothing of an event but the id of an external customer
CREATE TEMP TABLE before AS SELECT * FROM lead.events();
SELECT history_rows FROM lead.erase(pg_temp.id(1), 'asked');
SELECT e.version, b.event #> '{event,salesLead,externalReference}' AS before, e.event #> '{event,salesLead,externalReference}' AS after
FROM before b FULL JOIN lead.events() e ON e.cursor = b.cursor
WHERE b.event IS DISTINCT FROM e.event;
-- a deleted lead takes its events along
DELETE FROM lead.lead WHERE key = 'L5';
SELECT e.lead_id, e.version FROM before e EXCEPT SELECT e.lead_id, e.version FROM lead.events() e;
-- one that moves in comes now, with its dates
SELECT lead.newest_event() AS newest \gset
SELECT outcome FROM lead.import_leads(jsonb_build_array(jsonb_build_object('id', pg_temp.id(7), 'key', 'L7', 'party_name', 'Party', 'lead_type', 'B2B',
	'lead_rating', 'WARM', 'lead_source', 'WEB', 'history', '[{"status": "NEW", "at": "2024-03-01T09:00:00Z"},
	{"status": "WORKING", "at": "2024-03-02T09:00:00Z"}, {"status": "REJECTED", "at": "2024-03-03T09:00:00.5+01:00", "reason": "x"}]'::jsonb)));
CALL pg_temp.settle();
SELECT e.version, e.event_type, e.to_status, e.event ->> 'eventTime' AS event_time FROM lead.events(:'newest') e;
-- a merge is a move like any other
SELECT lead.newest_event() AS newest \gset
SELECT key FROM lead.merge(pg_temp.id(3), ARRAY[pg_temp.id(4)]);
CALL pg_temp.settle();
SELECT e.lead_id, e.version, e.from_status, e.to_status, e.event #>> '{event,salesLead,status}' AS tmf_status FROM lead.events(:'newest') e;

-- Epochs -------------------------------------------------------------------------------------------

-- one, of this cluster; the position is the newest transaction id, so not below the writer's own
SELECT count(*) AS rows, bool_and(e.system_identifier = s.system_identifier) AS ours, bool_and(e.first_position = 281474976710656) AS first
FROM lead.event_epoch e, pg_control_system() s;
SELECT bool_and(h.event_position - e.first_position BETWEEN h.xid AND pg_snapshot_xmax(pg_current_snapshot())::text::bigint) AS right_positions
FROM lead.lead_status_change h, lead.event_epoch e;

-- as after a restore into another cluster, whose ids are smaller: all is shown at once
UPDATE lead.event_epoch SET system_identifier = 42, timeline = 7;
UPDATE lead.lead_status_change SET event_position = event_position + 1000000000;
SELECT pg_temp.shown() = (SELECT string_agg(right(h.lead_id::text, 3) || ':' || h.version, ' ' ORDER BY h.event_position, h.lead_id, h.version)
	FROM lead.lead_status_change h) AS all_shown, lead.newest_event() LIKE '%.42.7' AS marked;
SELECT lead.newest_event() AS restored \gset
-- the first writer, whose work is undone, leaves no epoch; the second's does
BEGIN;
SAVEPOINT s;
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L3';
SELECT count(*) AS epochs FROM lead.event_epoch;
ROLLBACK TO s;
SELECT count(*) AS epochs FROM lead.event_epoch;
UPDATE lead.lead SET status = 'IN_PROGRESS' WHERE key = 'L3';
SELECT count(*) AS epochs FROM lead.event_epoch;
ROLLBACK;
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L3';
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L6';
CALL pg_temp.settle();
SELECT e.first_position / 281474976710656 AS number, e.system_identifier = 42 AS restored FROM lead.event_epoch e ORDER BY 1;
SELECT pg_temp.shown(:'restored') AS after_restore, lead.newest_event() NOT LIKE '%.42.7' AS marked;
-- who comes from another cluster's epoch of the same number has seen nothing of ours
SELECT pg_temp.shown(replace(lead.newest_event(), (SELECT system_identifier::text FROM pg_control_system()), '43')) AS from_a_twin;
-- a cursor that is ahead of all that is here, as after a backup was put back, would find nothing, or not all:
-- of an epoch that has not begun; of a transaction of ours that has not
CALL pg_temp.try($$SELECT FROM lead.events(lead.event_cursor(3 * 281474976710656 + 5, pg_temp.id(1), 1, 77, 3))$$);
SELECT format('SELECT FROM lead.events(%L)', lead.event_cursor(e.first_position + 1000000000000, pg_temp.id(1), 1, e.system_identifier, e.timeline)) AS call
FROM lead.event_epoch e WHERE e.first_position = 2 * 281474976710656 \gset
CALL pg_temp.try(:'call');
SELECT count(*) AS of_another_cluster FROM lead.events(lead.event_cursor(281474976710656 + 1000000000000, pg_temp.id(1), 1, 42, 7));
-- where the table of epochs was lost the next one is still after all that was
SELECT lead.newest_event() AS newest \gset
DELETE FROM lead.event_epoch;
SELECT count(*) AS until_the_next_change FROM lead.events();
UPDATE lead.lead SET status = 'IN_PROGRESS' WHERE key = 'L6';
CALL pg_temp.settle();
SELECT e.first_position / 281474976710656 AS number FROM lead.event_epoch e;
-- what cannot be known to be ours is refused; who begins anew reads on over all that has no epoch
SELECT format('SELECT FROM lead.events(%L)', :'newest') AS call \gset
CALL pg_temp.try(:'call');
SELECT count(*) = (SELECT count(*) FROM lead.lead_status_change) AS all_shown FROM pg_temp.paged(2) p WHERE p.lead IS NOT NULL;
TRUNCATE lead.event_epoch;
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L6';
SELECT e.first_position / 281474976710656 AS number FROM lead.event_epoch e;

-- lead.notify --------------------------------------------------------------------------------------

SHOW lead.notify;
CALL pg_temp.try($$SELECT set_config('lead.notify', repeat('x', 64), false)$$);
CALL pg_temp.try($$SELECT set_config('lead.notify', repeat('x', 63), false)$$);
-- what cannot go with a NOTIFY
SET lead.notify = 'leads';
BEGIN;
UPDATE lead.lead SET status = 'IN_PROGRESS' WHERE key = 'L6';
PREPARE TRANSACTION 'regress_lead';
RESET lead.notify;
SELECT status FROM lead.lead WHERE key = 'L6';

-- One page of many ---------------------------------------------------------------------------------

-- however large the history is, and whether or not it was analyzed
SET session_replication_role = replica;
INSERT INTO lead.lead_status_change (lead_id, version, to_status, changed_at, changed_by, xid, event_position)
	SELECT pg_temp.id(n), 1, 'NEW', now(), 'x', 1, 100 + n / 3 FROM generate_series(1000, 200999) n;
RESET session_replication_role;
CREATE FUNCTION pg_temp.plan(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || statement LOOP
		IF line ~ 'lead_status_change|Sort|lead_conversion' THEN
			RETURN NEXT ltrim(line, ' ->');
		END IF;
	END LOOP;
END $$;
SELECT * FROM pg_temp.plan('SELECT * FROM lead.events(NULL, 1000)');
SET plan_cache_mode = force_generic_plan;
PREPARE events AS SELECT * FROM lead.events($1, $2);
SELECT * FROM pg_temp.plan('EXECUTE events(NULL, 1000)');
ANALYZE lead.lead_status_change;
SELECT * FROM pg_temp.plan('EXECUTE events(NULL, 1000)');
RESET plan_cache_mode;
SELECT * FROM pg_temp.plan('SELECT * FROM lead.events(NULL, 1000)');
SELECT count(*), count(DISTINCT cursor) FROM lead.events(NULL, 10000);

DROP OWNED BY regress_lead_reader, regress_lead_nobody;
DROP ROLE regress_lead_reader, regress_lead_nobody;
