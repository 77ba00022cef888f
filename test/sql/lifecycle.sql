-- The built-in lifecycle: every pair of statuses, every way there, every refusal.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools

-- The contract, as the documents have it --------------------------------------

CREATE TEMP TABLE contract (from_status text PRIMARY KEY, to_status text[] NOT NULL);
INSERT INTO contract VALUES
	('(creation)', '{NEW,IN_PROGRESS,WORKING,NON_WORKING,LATER}'),
	('NEW', '{IN_PROGRESS,WORKING,NON_WORKING,LATER,REJECTED,CONVERTED,CONVERTED_EXTERNAL}'),
	('IN_PROGRESS', '{WORKING,NON_WORKING,LATER,REJECTED,UNSUCCESSFUL,CONVERTED,CONVERTED_EXTERNAL}'),
	('WORKING', '{IN_PROGRESS,NON_WORKING,LATER,REJECTED,UNSUCCESSFUL,CONVERTED,CONVERTED_EXTERNAL}'),
	('NON_WORKING', '{IN_PROGRESS,WORKING,LATER,REJECTED,UNSUCCESSFUL,CONVERTED,CONVERTED_EXTERNAL}'),
	('LATER', '{NEW,IN_PROGRESS,WORKING,NON_WORKING,REJECTED,UNSUCCESSFUL,CONVERTED,CONVERTED_EXTERNAL}'),
	('REJECTED', '{NEW,IN_PROGRESS}'),
	('UNSUCCESSFUL', '{NEW,IN_PROGRESS}'),
	('CONVERTED', '{}'),
	('CONVERTED_EXTERNAL', '{}');
-- REJECTED, UNSUCCESSFUL and reopening need a reason; LATER needs a date.
CREATE TEMP VIEW pair AS
	SELECT f.from_status, t.to_status,
		t.to_status = ANY (f.to_status) AS allowed,
		t.to_status IN ('REJECTED', 'UNSUCCESSFUL') OR f.from_status IN ('REJECTED', 'UNSUCCESSFUL') AS needs_reason,
		t.to_status = 'LATER' AS needs_until
	FROM contract f, unnest('{NEW,IN_PROGRESS,CONVERTED,CONVERTED_EXTERNAL,REJECTED,LATER,UNSUCCESSFUL,WORKING,NON_WORKING}'::text[]) t (to_status);

-- Tries one move of a fresh lead. What came of it: done (status, version, history,
-- times and reason are as they must be), edited (a new version and nothing else),
-- nothing, or the code of the refusal.
CREATE TEMP SEQUENCE number START 1000;
CREATE FUNCTION pg_temp.attempt(way text, from_status text, to_status text, reason text, until timestamptz)
	RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	tried uuid := pg_temp.new_lead(nextval('number')::int, from_status);
	before jsonb := (SELECT to_jsonb(l) FROM lead.lead l WHERE l.id = tried);
	after jsonb;
	added lead.lead_status_change[];
BEGIN
	CASE way
		WHEN 'update' THEN
			IF reason IS NULL AND until IS NULL THEN
				UPDATE lead.lead l SET status = attempt.to_status WHERE l.id = tried;
			ELSE
				UPDATE lead.lead l SET status = attempt.to_status, status_reason = reason, deferred_until = until WHERE l.id = tried;
			END IF;
		WHEN 'transition' THEN PERFORM lead.transition(tried, to_status::lead.lead_status, reason, until);
		WHEN 'convert' THEN PERFORM lead.convert(tried, reason => reason);
		WHEN 'convert_external' THEN PERFORM lead.convert_external(tried, 'SAP', reason => reason);
	END CASE;
	SELECT to_jsonb(l) INTO after FROM lead.lead l WHERE l.id = tried;
	SELECT coalesce(array_agg(c), '{}') INTO added FROM lead.lead_status_change c
	WHERE c.lead_id = tried AND c.version > (before ->> 'version')::int;
	RETURN CASE
		WHEN after = before AND added = '{}' THEN 'nothing'
		WHEN (after ->> 'version')::int <> (before ->> 'version')::int + 1 THEN 'wrong version'
		WHEN after - '{version,edited_at}'::text[] = before - '{version,edited_at}'::text[] AND added = '{}' THEN 'edited'
		WHEN after ->> 'status' = to_status
			AND after ->> 'status_reason' IS NOT DISTINCT FROM reason
			AND (after ->> 'deferred_until')::timestamptz IS NOT DISTINCT FROM until
			AND (after ->> 'status_since')::timestamptz > (before ->> 'status_since')::timestamptz
			AND after - '{status,status_reason,deferred_until,status_since,version,edited_at}'::text[]
				= before - '{status,status_reason,deferred_until,status_since,version,edited_at}'::text[]
			AND cardinality(added) = 1
			AND added[1].version = (after ->> 'version')::int
			AND added[1].from_status::text = from_status
			AND added[1].to_status::text = to_status
			AND added[1].reason IS NOT DISTINCT FROM reason
			AND added[1].entered_at = (before ->> 'status_since')::timestamptz
			AND added[1].changed_at = (after ->> 'status_since')::timestamptz
			AND added[1].changed_by = session_user
			AND added[1].xid = pg_current_xact_id()::text::bigint THEN 'done'
		ELSE 'wrong row'
	END;
EXCEPTION WHEN SQLSTATE 'LD000' THEN
	RETURN SQLSTATE;
END $$;

-- All 81 pairs ------------------------------------------------------------------

-- With a reason and, into LATER, a date: the graph alone decides.
CREATE TEMP TABLE outcome AS
	SELECT w.way, p.from_status, p.to_status,
		pg_temp.attempt(w.way, p.from_status, p.to_status,
			CASE WHEN p.from_status <> p.to_status THEN 'because' END,
			CASE WHEN p.from_status <> p.to_status AND p.to_status = 'LATER' THEN '2999-12-31 00:00+00'::timestamptz END) AS outcome
	FROM pg_temp.pair p, (VALUES ('update'), ('transition')) w (way)
	WHERE p.from_status <> '(creation)';
SELECT way, from_status AS "from",
	max(outcome) FILTER (WHERE to_status = 'NEW') AS "NEW",
	max(outcome) FILTER (WHERE to_status = 'IN_PROGRESS') AS "IN_PROGRESS",
	max(outcome) FILTER (WHERE to_status = 'CONVERTED') AS "CONVERTED",
	max(outcome) FILTER (WHERE to_status = 'CONVERTED_EXTERNAL') AS "EXTERNAL",
	max(outcome) FILTER (WHERE to_status = 'REJECTED') AS "REJECTED",
	max(outcome) FILTER (WHERE to_status = 'LATER') AS "LATER",
	max(outcome) FILTER (WHERE to_status = 'UNSUCCESSFUL') AS "UNSUCCESSFUL",
	max(outcome) FILTER (WHERE to_status = 'WORKING') AS "WORKING",
	max(outcome) FILTER (WHERE to_status = 'NON_WORKING') AS "NON_WORKING"
FROM outcome GROUP BY way, from_status ORDER BY way, from_status::lead.lead_status;
-- The same by the contract: no row differs.
SELECT o.*, e.expected
FROM outcome o JOIN pg_temp.pair p USING (from_status, to_status), LATERAL (SELECT CASE
		WHEN o.from_status = o.to_status THEN CASE o.way WHEN 'update' THEN 'edited' ELSE 'nothing' END
		WHEN o.from_status LIKE 'CONVERTED%' THEN 'LD001'
		WHEN o.to_status LIKE 'CONVERTED%' THEN 'LD006'
		WHEN p.allowed THEN 'done'
		ELSE 'LD001'
	END) e (expected)
WHERE o.outcome <> e.expected;
SELECT way, count(*) AS pairs, count(*) FILTER (WHERE outcome = 'done') AS done FROM outcome GROUP BY way ORDER BY way;

-- Without reason and date: a pair that is not allowed is refused as such, not
-- for what it would need.
CREATE TEMP TABLE bare_outcome AS
	SELECT w.way, p.from_status, p.to_status, pg_temp.attempt(w.way, p.from_status, p.to_status, NULL, NULL) AS outcome
	FROM pg_temp.pair p, (VALUES ('update'), ('transition')) w (way)
	WHERE p.from_status <> '(creation)' AND p.from_status <> p.to_status;
SELECT o.*, e.expected
FROM bare_outcome o JOIN pg_temp.pair p USING (from_status, to_status), LATERAL (SELECT CASE
		WHEN o.from_status LIKE 'CONVERTED%' THEN 'LD001'
		WHEN o.to_status LIKE 'CONVERTED%' THEN 'LD006'
		WHEN NOT p.allowed THEN 'LD001'
		WHEN p.needs_reason THEN 'LD003'
		WHEN p.needs_until THEN 'LD004'
		ELSE 'done'
	END) e (expected)
WHERE o.outcome <> e.expected;
SELECT outcome, count(*) FROM bare_outcome GROUP BY outcome ORDER BY outcome;

-- Into a conversion, by its functions.
CREATE TEMP TABLE conversion_outcome AS
	SELECT w.way, p.from_status, pg_temp.attempt(w.way, p.from_status, p.to_status, 'because', NULL) AS outcome
	FROM pg_temp.pair p JOIN (VALUES ('convert', 'CONVERTED'), ('convert_external', 'CONVERTED_EXTERNAL')) w (way, to_status) USING (to_status)
	WHERE p.from_status <> '(creation)' AND p.from_status NOT LIKE 'CONVERTED%';
SELECT from_status, max(outcome) FILTER (WHERE way = 'convert') AS convert,
	max(outcome) FILTER (WHERE way = 'convert_external') AS convert_external
FROM conversion_outcome GROUP BY from_status ORDER BY from_status::lead.lead_status;
SELECT o.* FROM conversion_outcome o
	JOIN pg_temp.pair p ON p.from_status = o.from_status AND p.to_status = CASE o.way WHEN 'convert' THEN 'CONVERTED' ELSE 'CONVERTED_EXTERNAL' END
WHERE o.outcome <> CASE WHEN p.allowed THEN 'done' ELSE 'LD001' END;

-- Creation in each status ---------------------------------------------------------

CREATE FUNCTION pg_temp.create_in(number int, status text, reason text, until timestamptz) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	stored lead.lead;
	change lead.lead_status_change;
BEGIN
	INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type, status, status_reason, deferred_until)
	VALUES (pg_temp.id(number), 'C' || number, 'Party', 'WARM', 'WEB', 'B2B', status, reason, until);
	SELECT * INTO stored FROM lead.lead l WHERE l.id = pg_temp.id(number);
	SELECT * INTO STRICT change FROM lead.lead_status_change c WHERE c.lead_id = pg_temp.id(number);
	RETURN CASE
		WHEN stored.status::text = coalesce(create_in.status, 'NEW') AND stored.status_reason IS NOT DISTINCT FROM reason
			AND stored.deferred_until IS NOT DISTINCT FROM until AND stored.version = 1
			AND stored.status_since = stored.inserted_at AND stored.edited_at = stored.inserted_at
			AND change.version = 1 AND change.from_status IS NULL AND change.to_status = stored.status
			AND change.reason IS NOT DISTINCT FROM reason AND change.entered_at IS NULL AND change.changed_at = stored.inserted_at THEN 'done'
		ELSE 'wrong row'
	END;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT to_status, allowed,
	pg_temp.create_in(nextval('number')::int, to_status, NULL, NULL) AS bare,
	pg_temp.create_in(nextval('number')::int, to_status, 'because', NULL) AS with_reason,
	pg_temp.create_in(nextval('number')::int, to_status, NULL, '2999-12-31') AS with_date
FROM pg_temp.pair WHERE from_status = '(creation)' ORDER BY to_status::lead.lead_status;
SELECT pg_temp.create_in(nextval('number')::int, NULL, NULL, NULL) AS no_status;

-- The graph shown ------------------------------------------------------------------

-- The view has every pair but the one to itself, as the contract.
SELECT count(*) AS pairs, count(*) FILTER (WHERE allowed) AS allowed FROM lead.status_transition;
SELECT coalesce(v.from_status::text, '(creation)'), v.to_status::text, v.allowed FROM lead.status_transition v
EXCEPT SELECT from_status, to_status, allowed FROM pg_temp.pair;
SELECT from_status, to_status, allowed FROM pg_temp.pair WHERE from_status <> to_status
EXCEPT SELECT coalesce(v.from_status::text, '(creation)'), v.to_status::text, v.allowed FROM lead.status_transition v;
SELECT v.from_status, v.to_status, v.needs_reason, v.needs_until
FROM lead.status_transition v JOIN pg_temp.pair p ON p.from_status = coalesce(v.from_status::text, '(creation)') AND p.to_status = v.to_status::text
WHERE v.allowed AND (v.needs_reason, v.needs_until) <> (p.needs_reason, p.needs_until);
SELECT DISTINCT condition, message, origin FROM lead.status_transition;
\pset format unaligned
\pset tuples_only on
SELECT lead.status_diagram();
\pset format aligned
\pset tuples_only off

-- Refusals in full ---------------------------------------------------------------------

SELECT pg_temp.new_lead(1), pg_temp.new_lead(2, 'REJECTED'), pg_temp.new_lead(3, 'UNSUCCESSFUL'), pg_temp.new_lead(4, 'LATER'),
	pg_temp.new_lead(5, 'CONVERTED'), pg_temp.new_lead(6, 'CONVERTED_EXTERNAL'), pg_temp.new_lead(7, 'WORKING') \g /dev/null
CREATE TEMP TABLE stood AS SELECT * FROM lead.lead;

-- LD001: not in the graph.
CALL pg_temp.try($$UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'x' WHERE key = 'L1'$$);
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(2), 'WORKING', 'x')$$);
CALL pg_temp.try($$UPDATE lead.lead SET status = 'NEW' WHERE key = 'L5'$$);
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(6), 'CONVERTED')$$);
CALL pg_temp.try($$INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type, status, status_reason) VALUES ('x', 'HOT', 'WEB', 'B2B', 'REJECTED', 'x')$$);
-- LD003: a reason is missing, NULL or blank.
CALL pg_temp.try($$UPDATE lead.lead SET status = 'REJECTED' WHERE key = 'L1'$$);
CALL pg_temp.try($$UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = NULL WHERE key = 'L7'$$);
CALL pg_temp.try($$UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = E' \t\n' WHERE key = 'L7'$$);
CALL pg_temp.try($$UPDATE lead.lead SET status = 'NEW' WHERE key = 'L2'$$);
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(3), 'IN_PROGRESS', '')$$);
-- LD004: a date is missing, past, present or infinite.
CALL pg_temp.try($$UPDATE lead.lead SET status = 'LATER' WHERE key = 'L1'$$);
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(1), 'LATER', 'x')$$);
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(1), 'LATER', until => '2001-01-01')$$);
CALL pg_temp.try($$UPDATE lead.lead SET status = 'LATER', deferred_until = clock_timestamp() WHERE key = 'L1'$$);
CALL pg_temp.try($$UPDATE lead.lead SET status = 'LATER', deferred_until = 'infinity' WHERE key = 'L1'$$);
CALL pg_temp.try($$UPDATE lead.lead SET status = 'LATER', deferred_until = '-infinity' WHERE key = 'L1'$$);
CALL pg_temp.try($$INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type, status) VALUES ('x', 'HOT', 'WEB', 'B2B', 'LATER')$$);
CALL pg_temp.try($$INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type, status, deferred_until) VALUES ('x', 'HOT', 'WEB', 'B2B', 'LATER', '2001-01-01')$$);
-- in LATER already
CALL pg_temp.try($$UPDATE lead.lead SET deferred_until = NULL WHERE key = 'L4'$$);
CALL pg_temp.try($$UPDATE lead.lead SET deferred_until = '2001-01-01' WHERE key = 'L4'$$);
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(4), 'LATER', until => 'infinity')$$);
-- LD006: only by a conversion.
CALL pg_temp.try($$UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'L1'$$);
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(7), 'CONVERTED')$$);
CALL pg_temp.try($$UPDATE lead.lead SET status = 'CONVERTED_EXTERNAL' WHERE key = 'L2'$$);
CALL pg_temp.try($$INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type, status) VALUES ('x', 'HOT', 'WEB', 'B2B', 'CONVERTED')$$);
CALL pg_temp.try($$INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type, status) VALUES ('x', 'HOT', 'WEB', 'B2B', 'CONVERTED_EXTERNAL')$$);
-- A reason changed alone.
CALL pg_temp.try($$UPDATE lead.lead SET status_reason = 'another' WHERE key = 'L2'$$);
CALL pg_temp.try($$UPDATE lead.lead SET status_reason = NULL WHERE key = 'L2'$$);
CALL pg_temp.try($$UPDATE lead.lead SET status = 'NEW', status_reason = 'x' WHERE key = 'L1'$$);
-- A date outside LATER.
CALL pg_temp.try($$UPDATE lead.lead SET deferred_until = '2999-01-01' WHERE key = 'L1'$$);
CALL pg_temp.try($$UPDATE lead.lead SET status = 'WORKING', deferred_until = '2999-01-01' WHERE key = 'L1'$$);
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(4), 'WORKING', until => '2998-01-01')$$);
CALL pg_temp.try($$INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type, deferred_until) VALUES ('x', 'HOT', 'WEB', 'B2B', '2999-01-01')$$);
-- No status at all, no such status.
CALL pg_temp.try($$UPDATE lead.lead SET status = NULL WHERE key = 'L1'$$);
CALL pg_temp.try($$UPDATE lead.lead SET status = 'OPEN' WHERE key = 'L1'$$);
-- Arguments.
CALL pg_temp.try($$SELECT lead.transition(NULL, 'WORKING')$$);
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(1), NULL)$$);
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(999), 'WORKING')$$);
-- A conversion freezes the status, its reason and date.
CALL pg_temp.try($$UPDATE lead.lead SET status = 'REJECTED', status_reason = 'x' WHERE key = 'L5'$$);
CALL pg_temp.try($$UPDATE lead.lead SET status_reason = 'x' WHERE key = 'L5'$$);
CALL pg_temp.try($$UPDATE lead.lead SET deferred_until = '2999-01-01' WHERE key = 'L6'$$);
CALL pg_temp.try($$DELETE FROM lead.lead WHERE key = 'L6'$$);

-- Nothing of all this was done.
SELECT l.key FROM lead.lead l FULL JOIN stood s USING (id) WHERE l IS DISTINCT FROM s;

-- All of class LD are caught by one name.
DO $$ BEGIN
	UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'x' WHERE key = 'L1';
EXCEPTION WHEN SQLSTATE 'LD000' THEN
	RAISE INFO 'caught %', SQLSTATE;
END $$;
-- One lead that may not refuses the statement for all, those before it too.
SELECT pg_temp.new_lead(8) \g /dev/null
CALL pg_temp.try($$UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'x' WHERE key IN ('L7', 'L8')$$);
SELECT status FROM lead.lead WHERE key = 'L7';

-- What stays possible with a converted lead.
UPDATE lead.lead SET party_name = 'Renamed', description = 'x', priority = 'LOW', assigned_to = 'ema', chars = '{"a": 1}', data_tags = '{x}', lead_rating = 'HOT'
WHERE key IN ('L5', 'L6') RETURNING key, status, party_name, version;

-- Reasons ----------------------------------------------------------------------------

SELECT pg_temp.new_lead(10, 'WORKING') \g /dev/null
-- It came with reason "first". Not named in the next change: cleared.
SELECT status_reason FROM lead.lead WHERE key = 'L10';
UPDATE lead.lead SET status = 'NON_WORKING' WHERE key = 'L10' RETURNING status_reason;
-- Named and different, and named though the same: given.
UPDATE lead.lead SET status = 'WORKING', status_reason = 'again' WHERE key = 'L10' RETURNING status_reason;
UPDATE lead.lead SET status = 'REJECTED', status_reason = 'again' WHERE key = 'L10' RETURNING status_reason;
-- The same and not named is none: reopening needs one.
CALL pg_temp.try($$UPDATE lead.lead SET status = 'NEW' WHERE key = 'L10'$$);
UPDATE lead.lead SET status = 'NEW', status_reason = status_reason WHERE key = 'L10' RETURNING status_reason;
-- Named with another column's value, or as part of a row.
UPDATE lead.lead SET status = 'REJECTED', status_reason = key WHERE key = 'L10' RETURNING status_reason;
UPDATE lead.lead SET (status, status_reason) = ROW ('IN_PROGRESS'::lead.lead_status, 'by row') WHERE key = 'L10' RETURNING status_reason;
-- Blank is none: cleared, not stored.
UPDATE lead.lead SET status = 'WORKING', status_reason = '  ' WHERE key = 'L10' RETURNING status_reason;
-- To the present status the same reason may be written again; a blank for none too.
UPDATE lead.lead SET status = 'NON_WORKING', status_reason = 'idle' WHERE key = 'L10' RETURNING status_reason;
UPDATE lead.lead SET status = 'NON_WORKING', status_reason = 'idle' WHERE key = 'L10' RETURNING status, status_reason, version;
-- By the function a reason not passed is cleared too.
SELECT status, status_reason FROM lead.transition(pg_temp.id(10), 'WORKING', 'by function');
SELECT status, status_reason FROM lead.transition(pg_temp.id(10), 'IN_PROGRESS');
SELECT * FROM pg_temp.history(pg_temp.id(10));

-- To the present status --------------------------------------------------------------

-- Nothing happens, whatever else is passed.
SELECT pg_temp.new_lead(11, 'WORKING') \g /dev/null
CREATE TEMP TABLE was AS SELECT * FROM lead.lead WHERE key = 'L11';
SELECT status, version FROM lead.transition(pg_temp.id(11), 'WORKING');
SELECT status, version FROM lead.transition(pg_temp.id(11), 'WORKING', 'another reason', '2999-01-01', '{"a": 1}');
SELECT count(*) AS same FROM lead.lead l JOIN was w ON l IS NOT DISTINCT FROM w::text::lead.lead;
SELECT lead.processing_data(pg_temp.id(11));
SELECT status, version FROM lead.transition(pg_temp.id(5), 'CONVERTED');

-- LATER with another date postpones.
SELECT pg_temp.new_lead(12, 'LATER') \g /dev/null
TRUNCATE was;
INSERT INTO was SELECT * FROM lead.lead WHERE key = 'L12';
CREATE TEMP VIEW later AS
	SELECT l.status, l.status_reason, l.deferred_until AT TIME ZONE 'UTC' AS until, l.version, l.status_since = w.status_since AS since_same,
		l.edited_at > w.edited_at AS edited_later, (SELECT count(*) FROM lead.lead_status_change c WHERE c.lead_id = l.id) AS changes
	FROM lead.lead l JOIN was w USING (id);
SELECT count(*) FROM lead.transition(pg_temp.id(12), 'LATER', until => '2999-01-01 00:00+00');
SELECT * FROM pg_temp.later;
SELECT count(*) FROM lead.transition(pg_temp.id(12), 'LATER', 'no date is no postponement');
SELECT * FROM pg_temp.later;
SELECT count(*) FROM lead.transition(pg_temp.id(12), 'LATER', 'on holiday', '2999-02-01 00:00+00');
SELECT * FROM pg_temp.later;
-- without a new reason the old one stands
SELECT count(*) FROM lead.transition(pg_temp.id(12), 'LATER', until => '2998-01-01 00:00+00');
SELECT * FROM pg_temp.later;
-- and so by plain UPDATE
UPDATE lead.lead SET deferred_until = '2999-03-01 00:00+00' WHERE key = 'L12';
SELECT * FROM pg_temp.later;
UPDATE lead.lead SET status = 'LATER', deferred_until = '2999-04-01 00:00+00', status_reason = 'still away' WHERE key = 'L12';
SELECT * FROM pg_temp.later;
UPDATE lead.lead SET status = 'LATER', deferred_until = '2999-04-01 00:00+00', status_reason = 'still away', description = 'x' WHERE key = 'L12';
SELECT * FROM pg_temp.later;
SELECT * FROM pg_temp.history(pg_temp.id(12));
-- Left: the date goes by itself, also when a client writes the old one back.
UPDATE lead.lead SET status = 'WORKING', deferred_until = deferred_until WHERE key = 'L12' RETURNING status, status_reason, deferred_until;
UPDATE lead.lead SET status = 'LATER', deferred_until = '2999-01-01' WHERE key = 'L12';
SELECT status, deferred_until FROM lead.transition(pg_temp.id(12), 'NEW');

-- Many changes in one transaction, and in one command: times grow all the same.
BEGIN;
SELECT pg_temp.new_lead(13, 'UNSUCCESSFUL') \g /dev/null
DO $$ BEGIN
	FOR i IN 1..20 LOOP
		UPDATE lead.lead SET status = CASE status WHEN 'NEW' THEN 'REJECTED' ELSE 'NEW' END::text, status_reason = i::text WHERE key = 'L13';
	END LOOP;
END $$;
COMMIT;
SELECT count(*) AS changes, count(DISTINCT changed_at) AS times, count(DISTINCT xid) AS transactions
FROM lead.lead_status_change WHERE lead_id = pg_temp.id(13);

-- History ----------------------------------------------------------------------------

SELECT * FROM pg_temp.broken_history();
-- The check itself sees what is wrong: each lead broken behind the guard's back.
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT pg_temp.new_lead(n, 'WORKING') FROM generate_series(100, 110) n \g /dev/null
SET LOCAL session_replication_role = replica;
DELETE FROM lead.lead_status_change WHERE lead_id = pg_temp.id(100);
DELETE FROM lead.lead_status_change WHERE lead_id = pg_temp.id(101) AND version = 1;
UPDATE lead.lead_status_change SET from_status = 'NON_WORKING' WHERE lead_id = pg_temp.id(102) AND version = 2;
UPDATE lead.lead_status_change c SET changed_at = l.inserted_at FROM lead.lead l WHERE c.lead_id = pg_temp.id(103) AND c.version = 2 AND l.id = c.lead_id;
UPDATE lead.lead_status_change SET entered_at = changed_at WHERE lead_id = pg_temp.id(104) AND version = 2;
INSERT INTO lead.lead_status_change SELECT lead_id, 3, to_status, to_status, reason, changed_at, changed_at + interval '1 us', changed_by, actor, xid, event_position
	FROM lead.lead_status_change WHERE lead_id = pg_temp.id(105) AND version = 2;
UPDATE lead.lead SET version = 1 WHERE key = 'L106';
UPDATE lead.lead SET status = 'NON_WORKING' WHERE key = 'L107';
UPDATE lead.lead SET status_reason = 'other' WHERE key = 'L108';
UPDATE lead.lead SET status_since = now() WHERE key = 'L109';
UPDATE lead.lead SET edited_at = '2001-01-01' WHERE key = 'L110';
UPDATE lead.lead_conversion SET reverted_at = now(), reverted_by = 'x' WHERE lead_id = pg_temp.id(5);
UPDATE lead.lead_conversion SET from_status = 'LATER' WHERE lead_id = pg_temp.id(6);
SELECT * FROM pg_temp.broken_history();
ROLLBACK;
