-- Taking leads from the queue, and waking those that were parked.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools

-- claim ---------------------------------------------------------------------------

CREATE FUNCTION pg_temp.add(key text, priority text DEFAULT NULL, lead_type text DEFAULT 'B2B', lead_source text DEFAULT 'WEB', assigned_to text DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
	INSERT INTO lead.lead (key, priority, party_name, lead_rating, lead_source, lead_type, assigned_to)
	VALUES (key, priority, 'Party', 'HOT', lead_source, lead_type, assigned_to)
$$;
-- one after the other, so the age is the order of the statements
SELECT pg_temp.add('low', 'LOW') \g /dev/null
SELECT pg_temp.add('none old') \g /dev/null
SELECT pg_temp.add('medium b2c', 'MEDIUM', 'B2C') \g /dev/null
SELECT pg_temp.add('high old', 'HIGH') \g /dev/null
SELECT pg_temp.add('taken', 'HIGH', assigned_to => 'somebody') \g /dev/null
SELECT pg_temp.add('high new', 'HIGH') \g /dev/null
SELECT pg_temp.add('none phone', lead_source => 'PHONE') \g /dev/null
SELECT pg_temp.add('medium phone', 'MEDIUM', lead_source => 'PHONE') \g /dev/null
SELECT pg_temp.new_lead(1, 'WORKING'), pg_temp.new_lead(2, 'LATER'), pg_temp.new_lead(3, 'REJECTED') \g /dev/null

-- one by default; the row that comes back is the one that is stored
BEGIN;
SET LOCAL lead.actor = 'ema@example.com';
CREATE TEMP TABLE claimed AS SELECT * FROM lead.claim('ema');
COMMIT;
SELECT key, status, assigned_to, version, edited_by_actor, status_reason FROM claimed;
SELECT count(*) AS same FROM claimed c JOIN lead.lead l ON l IS NOT DISTINCT FROM c::text::lead.lead;
SELECT c.version, c.from_status, c.to_status, c.reason, c.actor FROM lead.lead_status_change c JOIN claimed l ON l.id = c.lead_id ORDER BY c.version;
-- the order that comes back: priority, then age; unset priority last
BEGIN;
SELECT key, priority FROM lead.claim('ema', 100);
-- none is left for the next
SELECT key FROM lead.claim('jan', 100);
ROLLBACK;
-- and the order in which they are taken
SELECT key FROM lead.claim('ema', 2);
SELECT key FROM lead.claim('ema', NULL);
SELECT key FROM lead.claim('ema', 0);
-- filters
SELECT key FROM lead.claim('jan', 10, 'B2C');
SELECT key FROM lead.claim('jan', 1, lead_source => 'PHONE');
SELECT key FROM lead.claim('jan', 10, 'B2B', 'EMAIL');
SELECT key FROM lead.claim('jan', 10, 'B2B', 'WEB');
SELECT key FROM lead.claim('jan', 10);
SELECT key, status, assigned_to FROM lead.lead WHERE key !~ '^L' ORDER BY key;
SELECT key, version FROM lead.lead WHERE key ~ '^L' OR key = 'taken' ORDER BY key;

-- A rule is no obstacle that claim would run into: such leads are passed over.
SELECT pg_temp.add('a'), pg_temp.add('b', 'HIGH', 'B2C'), pg_temp.add('c') \g /dev/null
INSERT INTO lead.lead_status_rule (from_status, to_status, condition) VALUES ('NEW', 'IN_PROGRESS', '$.leadType == "B2B" && $.status == "IN_PROGRESS"');
SELECT key FROM lead.claim('ema', 1);
UPDATE lead.lead_status_rule SET condition = NULL, needs_reason = true;
SELECT key FROM lead.claim('ema', 10);
UPDATE lead.lead_status_rule SET allowed = false, needs_reason = NULL;
SELECT key FROM lead.claim('ema', 10);
DELETE FROM lead.lead_status_rule;
-- A trigger of the user's that refuses one lead refuses the call.
CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON lead.lead FOR EACH ROW WHEN (OLD.key = 'c') EXECUTE FUNCTION pg_temp.refuse();
CALL pg_temp.try($$SELECT * FROM lead.claim('ema', 10)$$);
DROP TRIGGER refuse ON lead.lead;
SELECT key FROM lead.claim('ema', 10);

CALL pg_temp.try($$SELECT * FROM lead.claim(NULL)$$);
CALL pg_temp.try($$SELECT * FROM lead.claim('')$$);
CALL pg_temp.try($$SELECT * FROM lead.claim(E' \t')$$);
CALL pg_temp.try($$SELECT * FROM lead.claim(repeat('x', 201))$$);
CALL pg_temp.try($$SELECT * FROM lead.claim('ema', -1)$$);
SELECT key FROM lead.claim(repeat('ř', 200));

-- A column that a user adds comes along, and does not hinder.
ALTER TABLE lead.lead ADD COLUMN gone int, ADD COLUMN extra text DEFAULT 'mine';
ALTER TABLE lead.lead DROP COLUMN gone;
SELECT pg_temp.add('extra') \g /dev/null
SELECT key, status, extra FROM lead.claim('ema');
ALTER TABLE lead.lead DROP COLUMN extra;

-- wake_due ---------------------------------------------------------------------------

-- A date gets into the past by time alone: these are due in half a second, in
-- the order of their numbers.
CREATE FUNCTION pg_temp.park(number int, due boolean DEFAULT true) RETURNS void LANGUAGE sql AS $$
	UPDATE lead.lead SET status = 'LATER', status_reason = 'parked',
		deferred_until = CASE WHEN due THEN clock_timestamp() + interval '500 ms' ELSE '2999-01-01' END
	WHERE id = pg_temp.id(number)
$$;
INSERT INTO lead.lead_status_rule (from_status, to_status, needs_until) VALUES ('NON_WORKING', 'LATER', false);
SELECT pg_temp.new_lead(10), pg_temp.new_lead(11, 'IN_PROGRESS'), pg_temp.new_lead(12, 'WORKING'), pg_temp.new_lead(13, 'NON_WORKING'),
	pg_temp.new_lead(15, 'WORKING'), pg_temp.new_lead(16, 'WORKING'), pg_temp.new_lead(17, 'NON_WORKING'), pg_temp.new_lead(18),
	pg_temp.new_lead(19, 'WORKING'), pg_temp.new_lead(20), pg_temp.new_lead(22, 'WORKING') \g /dev/null
-- 20 was parked once before, from another status; 22 was postponed until past the others
SELECT pg_temp.park(20, false), pg_temp.park(22) \g /dev/null
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L20';
-- 15 is not due; 17 has no date
SELECT pg_temp.park(15, false) \g /dev/null
UPDATE lead.lead SET status = 'LATER' WHERE key = 'L17';
SELECT pg_temp.park(10), pg_temp.park(11), pg_temp.park(12), pg_temp.park(13) \g /dev/null
-- 14 was created as LATER
INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type, status, deferred_until)
VALUES (pg_temp.id(14), 'L14', 'Party', 'HOT', 'WEB', 'B2B', 'LATER', clock_timestamp() + interval '500 ms');
SELECT pg_temp.park(16), pg_temp.park(19), pg_temp.park(20) \g /dev/null
-- 18 was converted meanwhile, and taken back: parked until the same date
SELECT pg_temp.park(18) \g /dev/null
SELECT (lead.convert(pg_temp.id(18))).kind;
SELECT status, deferred_until IS NOT NULL AS dated FROM lead.revert_conversion(pg_temp.id(18), 'too early');
-- 19 was parked for long and brought forward, a postponement too
UPDATE lead.lead SET deferred_until = '2999-01-01' WHERE key = 'L19';
UPDATE lead.lead SET deferred_until = clock_timestamp() + interval '500 ms' WHERE key = 'L19';
UPDATE lead.lead SET deferred_until = '2999-01-01' WHERE key = 'L22';

SELECT pg_sleep(extract(epoch FROM max(deferred_until) - clock_timestamp()) + 0.1) FROM lead.lead WHERE deferred_until < now() + interval '1 day' \g /dev/null
CALL pg_temp.try($$SELECT * FROM lead.wake_due(-1)$$);
SELECT key FROM lead.wake_due(0);
-- A lead whose date has come may be edited, but not be given that date anew.
UPDATE lead.lead SET description = 'called once more', deferred_until = deferred_until WHERE key = 'L16' RETURNING key, status, version;
CALL pg_temp.try($$UPDATE lead.lead SET deferred_until = deferred_until - interval '1 us' WHERE key = 'L16'$$);
-- Those due first come first; what comes back is what is stored.
CREATE TEMP TABLE woken AS SELECT * FROM lead.wake_due(2);
SELECT key, status, status_reason, deferred_until, assigned_to, version FROM woken ORDER BY key;
SELECT count(*) AS same FROM woken w JOIN lead.lead l ON l IS NOT DISTINCT FROM w::text::lead.lead;
-- Not back to where it is forbidden: then IN_PROGRESS; and where that is too, not at all.
INSERT INTO lead.lead_status_rule (from_status, to_status, allowed, condition) VALUES
	('LATER', 'WORKING', true, '$.key != "L12"'), ('LATER', 'NON_WORKING', false, NULL), ('LATER', 'IN_PROGRESS', true, '$.key != "L13"');
SELECT key, status, status_reason, deferred_until FROM lead.wake_due() ORDER BY key;
SELECT key, status, deferred_until < now() AS due FROM lead.lead WHERE status = 'LATER' ORDER BY key;
DELETE FROM lead.lead_status_rule;
SELECT key, status FROM lead.wake_due();
SELECT key FROM lead.wake_due();
SELECT l.key, string_agg(h.to_status, ', ' ORDER BY h.version) AS history, count(*) FILTER (WHERE h.reason = 'parked') AS parked
FROM lead.lead l, pg_temp.history(l.id) h WHERE l.key IN ('L14', 'L18', 'L19', 'L20', 'L22') GROUP BY l.key ORDER BY l.key;

SELECT * FROM pg_temp.broken_history();
