-- The lifecycle overridden: lead.lead_status_rule.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools

SELECT pg_temp.new_lead(1), pg_temp.new_lead(2, 'WORKING'), pg_temp.new_lead(3, 'UNSUCCESSFUL'), pg_temp.new_lead(4, 'REJECTED') \g /dev/null

-- Rows that cannot be -----------------------------------------------------------

CALL pg_temp.try($$INSERT INTO lead.lead_status_rule (from_status, to_status) VALUES ('CONVERTED', 'NEW')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_status_rule (from_status, to_status) VALUES ('CONVERTED_EXTERNAL', 'WORKING')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_status_rule (from_status, to_status) VALUES (NULL, 'CONVERTED')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_status_rule (from_status, to_status) VALUES (NULL, 'CONVERTED_EXTERNAL')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_status_rule (from_status, to_status) VALUES ('LATER', 'LATER')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_status_rule (from_status, to_status) VALUES ('NEW', NULL)$$);
CALL pg_temp.try($$INSERT INTO lead.lead_status_rule (from_status, to_status) VALUES ('NEW', 'OPEN')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_status_rule (from_status, to_status, needs_until) VALUES ('NEW', 'WORKING', true)$$);
CALL pg_temp.try($$INSERT INTO lead.lead_status_rule (from_status, to_status, needs_until) VALUES ('NEW', 'WORKING', false)$$);
-- a condition that is no jsonpath, or a path to some value
CALL pg_temp.try($$INSERT INTO lead.lead_status_rule (from_status, to_status, condition) VALUES ('NEW', 'WORKING', '$.emails[')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_status_rule (from_status, to_status, condition) VALUES ('NEW', 'WORKING', '$.priority')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_status_rule (from_status, to_status, condition) VALUES ('NEW', 'WORKING', '$.emails[*] ? (@.value != "")')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_status_rule (from_status, to_status, condition) VALUES ('NEW', 'WORKING', '$.chars.seats + 1')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_status_rule (from_status, to_status, condition) VALUES ('NEW', 'WORKING', 'true')$$);
-- every form of predicate is taken
BEGIN;
INSERT INTO lead.lead_status_rule (from_status, to_status, condition) VALUES
	('NEW', 'WORKING', '$.priority == "HIGH"'), ('NEW', 'IN_PROGRESS', '$.a != 1 && ($.b < 2 || $.c <= 3)'),
	('NEW', 'NON_WORKING', '!($.a > 1)'), ('NEW', 'LATER', 'exists($.emails[*] ? (@.type == "work"))'),
	('NEW', 'REJECTED', '($.a > 1) is unknown'), ('NEW', 'CONVERTED', '$.partyName like_regex "^a" flag "i"'),
	('NEW', 'CONVERTED_EXTERNAL', 'strict $.partyName starts with "a"'), ('NEW', 'UNSUCCESSFUL', '$.a >= 1');
ROLLBACK;
-- a pair stands once, creation too
INSERT INTO lead.lead_status_rule (from_status, to_status) VALUES ('NEW', 'UNSUCCESSFUL'), (NULL, 'REJECTED');
CALL pg_temp.try($$INSERT INTO lead.lead_status_rule (from_status, to_status, allowed) VALUES ('NEW', 'UNSUCCESSFUL', false)$$);
CALL pg_temp.try($$INSERT INTO lead.lead_status_rule (from_status, to_status, allowed) VALUES (NULL, 'REJECTED', false)$$);
DELETE FROM lead.lead_status_rule;

-- An explicit NULL is the default; of needs_* it is "as built in".
INSERT INTO lead.lead_status_rule (id, from_status, to_status, allowed, needs_reason, needs_until, condition, message)
VALUES (NULL, 'NEW', 'UNSUCCESSFUL', NULL, NULL, NULL, NULL, NULL)
RETURNING id IS NOT NULL AS id, from_status, to_status, allowed, needs_reason, needs_until, condition, message;
DELETE FROM lead.lead_status_rule;

-- Allow and forbid ----------------------------------------------------------------

-- By INSERT, UPDATE, DELETE and TRUNCATE of the rule, each seen by the next command.
CALL pg_temp.try($$UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'x' WHERE key = 'L1'$$);
INSERT INTO lead.lead_status_rule (from_status, to_status) VALUES ('NEW', 'UNSUCCESSFUL');
UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'x' WHERE key = 'L1' RETURNING status;
UPDATE lead.lead SET status = 'NEW', status_reason = 'reopen' WHERE key = 'L1';
UPDATE lead.lead_status_rule SET allowed = false;
CALL pg_temp.try($$UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'x' WHERE key = 'L1'$$);
UPDATE lead.lead_status_rule SET to_status = 'WORKING';
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(1), 'WORKING')$$);
DELETE FROM lead.lead_status_rule;
SELECT status FROM lead.transition(pg_temp.id(1), 'WORKING');
INSERT INTO lead.lead_status_rule (from_status, to_status, allowed) VALUES ('WORKING', 'IN_PROGRESS', false);
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(1), 'IN_PROGRESS')$$);
TRUNCATE lead.lead_status_rule;
SELECT status FROM lead.transition(pg_temp.id(1), 'IN_PROGRESS');
-- in one transaction, one command after the other
BEGIN;
INSERT INTO lead.lead_status_rule (from_status, to_status) VALUES ('IN_PROGRESS', 'NEW');
UPDATE lead.lead SET status = 'NEW' WHERE key = 'L1' RETURNING status;
DELETE FROM lead.lead_status_rule;
UPDATE lead.lead SET status = 'IN_PROGRESS' WHERE key = 'L1' RETURNING status;
CALL pg_temp.try($$UPDATE lead.lead SET status = 'NEW' WHERE key = 'L1'$$);
COMMIT;
-- where all is forbidden
INSERT INTO lead.lead_status_rule (from_status, to_status, allowed)
	SELECT 'REJECTED', s, false FROM unnest(enum_range(NULL::lead.lead_status)) s WHERE s <> 'REJECTED';
CALL pg_temp.try($$UPDATE lead.lead SET status = 'NEW', status_reason = 'x' WHERE key = 'L4'$$);
DELETE FROM lead.lead_status_rule;

-- Rolled back ------------------------------------------------------------------------

BEGIN;
INSERT INTO lead.lead_status_rule (from_status, to_status) VALUES ('IN_PROGRESS', 'NEW');
UPDATE lead.lead SET status = 'NEW' WHERE key = 'L1' RETURNING status;
ROLLBACK;
CALL pg_temp.try($$UPDATE lead.lead SET status = 'NEW' WHERE key = 'L1'$$);
BEGIN;
SAVEPOINT s;
INSERT INTO lead.lead_status_rule (from_status, to_status) VALUES ('IN_PROGRESS', 'NEW');
UPDATE lead.lead SET status = 'NEW' WHERE key = 'L1' RETURNING status;
ROLLBACK TO s;
CALL pg_temp.try($$UPDATE lead.lead SET status = 'NEW' WHERE key = 'L1'$$);
SELECT status FROM lead.lead WHERE key = 'L1';
COMMIT;
-- a deletion rolled back, by an error in the middle
INSERT INTO lead.lead_status_rule (from_status, to_status) VALUES ('IN_PROGRESS', 'NEW');
DO $$ BEGIN
	DELETE FROM lead.lead_status_rule;
	BEGIN
		UPDATE lead.lead SET status = 'NEW' WHERE key = 'L1';
	EXCEPTION WHEN SQLSTATE 'LD001' THEN
		RAISE INFO 'refused while the rule was gone';
	END;
	RAISE division_by_zero;
EXCEPTION WHEN division_by_zero THEN
	NULL;
END $$;
UPDATE lead.lead SET status = 'NEW' WHERE key = 'L1' RETURNING status;
DELETE FROM lead.lead_status_rule;

-- Reasons ----------------------------------------------------------------------------------

-- asked for
INSERT INTO lead.lead_status_rule (from_status, to_status, needs_reason) VALUES ('NEW', 'WORKING', true);
CALL pg_temp.try($$UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L1'$$);
UPDATE lead.lead SET status = 'WORKING', status_reason = 'urgent' WHERE key = 'L1' RETURNING status, status_reason;
-- waived, for these pairs alone
INSERT INTO lead.lead_status_rule (from_status, to_status, needs_reason) VALUES ('WORKING', 'UNSUCCESSFUL', false), ('UNSUCCESSFUL', 'IN_PROGRESS', false);
UPDATE lead.lead SET status = 'UNSUCCESSFUL' WHERE key = 'L1' RETURNING status, status_reason;
UPDATE lead.lead SET status = 'IN_PROGRESS' WHERE key = 'L1' RETURNING status, status_reason;
CALL pg_temp.try($$UPDATE lead.lead SET status = 'UNSUCCESSFUL' WHERE key = 'L1'$$);
-- as built in where the rule is silent: what leaves REJECTED or UNSUCCESSFUL needs one
INSERT INTO lead.lead_status_rule (from_status, to_status) VALUES ('UNSUCCESSFUL', 'WORKING');
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(3), 'WORKING')$$);
SELECT status, status_reason FROM lead.transition(pg_temp.id(3), 'WORKING', 'they called back');
-- asked for together with a date: both are told at once
INSERT INTO lead.lead_status_rule (from_status, to_status, needs_reason) VALUES ('WORKING', 'LATER', true);
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(3), 'LATER')$$);
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(3), 'LATER', 'x', '2001-01-01')$$);
SELECT status, status_reason FROM lead.transition(pg_temp.id(3), 'LATER', 'x', '2999-01-01');

-- Dates ------------------------------------------------------------------------------------

SELECT pg_temp.new_lead(5), pg_temp.new_lead(6) \g /dev/null
INSERT INTO lead.lead_status_rule (from_status, to_status, needs_until) VALUES ('NEW', 'LATER', false);
UPDATE lead.lead SET status = 'LATER' WHERE key = 'L5' RETURNING status, deferred_until;
-- a date that is given must be right all the same
CALL pg_temp.try($$UPDATE lead.lead SET status = 'LATER', deferred_until = '2001-01-01' WHERE key = 'L6'$$);
CALL pg_temp.try($$UPDATE lead.lead SET status = 'LATER', deferred_until = 'infinity' WHERE key = 'L6'$$);
-- the other pairs ask as ever
CALL pg_temp.try($$UPDATE lead.lead SET status = 'LATER' WHERE key = 'L2'$$);
-- a date given afterwards is a postponement
UPDATE lead.lead SET deferred_until = '2999-01-01 00:00+00' WHERE key = 'L5';
SELECT * FROM pg_temp.history(pg_temp.id(5));
UPDATE lead.lead_status_rule SET needs_until = true WHERE to_status = 'LATER' AND from_status = 'NEW';
CALL pg_temp.try($$UPDATE lead.lead SET status = 'LATER' WHERE key = 'L6'$$);
DELETE FROM lead.lead_status_rule;

-- Conditions --------------------------------------------------------------------------------

SELECT pg_temp.new_lead(10), pg_temp.new_lead(11, 'WORKING') \g /dev/null
-- over the lead as it would become
INSERT INTO lead.lead_status_rule (from_status, to_status, condition, message) VALUES ('NEW', 'WORKING', 'exists($.emails[*])', 'Ask for an e-mail first.');
CALL pg_temp.try($$UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L10'$$);
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(10), 'WORKING')$$);
SELECT status FROM lead.lead WHERE key = 'L10';
UPDATE lead.lead SET status = 'WORKING', emails = '["info@example.com"]' WHERE key = 'L10' RETURNING status;
-- a list of reasons; no message of its own
INSERT INTO lead.lead_status_rule (from_status, to_status, condition) VALUES ('WORKING', 'UNSUCCESSFUL', '$.statusReason == "PRICE" || $.statusReason == "TIMING"');
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(10), 'UNSUCCESSFUL', 'WEATHER')$$);
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(10), 'UNSUCCESSFUL')$$);
SELECT status, status_reason FROM lead.transition(pg_temp.id(10), 'UNSUCCESSFUL', 'PRICE');
-- it sees the new status, reason, date, version and who
INSERT INTO lead.lead_status_rule (from_status, to_status, condition) VALUES ('WORKING', 'LATER',
	'$.status == "LATER" && $.statusReason == "r" && $.deferredUntil == "2999-01-01T00:00:00Z" && $.auditInfo.version == 3 && $.key == "L11"');
SELECT status FROM lead.transition(pg_temp.id(11), 'LATER', 'r', '2999-01-01 00:00+00');
DELETE FROM lead.lead_status_rule;
-- it holds only if it is exactly true: unlike types, what is missing, an error in strict mode are not
SELECT pg_temp.new_lead(12) \g /dev/null
CREATE FUNCTION pg_temp.under(condition text, chars jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM lead.lead_status_rule;
	INSERT INTO lead.lead_status_rule (from_status, to_status, condition) VALUES ('NEW', 'WORKING', condition::jsonpath);
	UPDATE lead.lead l SET status = 'WORKING', chars = under.chars WHERE key = 'L12';
	RAISE EXCEPTION USING ERRCODE = 'ZZ000', MESSAGE = 'met';
EXCEPTION
	WHEN SQLSTATE 'ZZ000' THEN RETURN 'met';
	WHEN SQLSTATE 'LD002' THEN RETURN 'not met';
END $$;
SELECT c.condition, d.chars, pg_temp.under(c.condition, d.chars)
FROM (VALUES (1, '$.chars.revenue > 1000'), (2, 'strict $.chars.revenue > 1000'), (3, '!($.chars.revenue > 1000)'), (4, '($.chars.revenue > 1000) is unknown'),
		(5, '$.chars.revenue == null'), (6, '$.chars.revenue.double() > 1000')) c (ord, condition),
	(VALUES (1, '{"revenue": 5000}'::jsonb), (2, '{"revenue": 5}'), (3, '{"revenue": "5000"}'), (4, '{"revenue": null}'), (5, '{}')) d (ord, chars)
ORDER BY c.ord, d.ord;
-- a pair that is forbidden is refused as such, condition or not
INSERT INTO lead.lead_status_rule (from_status, to_status, allowed, condition) VALUES ('NEW', 'WORKING', false, '$.key == "L12"');
CALL pg_temp.try($$UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L12'$$);
DELETE FROM lead.lead_status_rule;

-- Creation ------------------------------------------------------------------------------------

INSERT INTO lead.lead_status_rule (from_status, to_status, allowed, condition, message) VALUES
	(NULL, 'REJECTED', true, NULL, NULL), (NULL, 'WORKING', false, NULL, NULL), (NULL, 'NEW', true, '$.leadSource != "PHONE" && $.key starts with "LEAD-"', 'Phone leads are taken over at once.');
PREPARE create_lead (text, text, text) AS
	INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type, status, status_reason) VALUES ('x', 'HOT', $1, 'B2B', $2, $3)
	RETURNING status, status_reason, key LIKE 'LEAD-%' AS made;
EXECUTE create_lead ('WEB', 'REJECTED', 'spam');
EXECUTE create_lead ('WEB', 'NEW', NULL);
\set VERBOSITY terse
EXECUTE create_lead ('WEB', 'REJECTED', NULL);
EXECUTE create_lead ('WEB', 'WORKING', NULL);
\set VERBOSITY default
CALL pg_temp.try($$INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type) VALUES ('LEAD-P', 'x', 'HOT', 'PHONE', 'B2B')$$);
CALL pg_temp.try($$INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type, status) VALUES ('x', 'HOT', 'PHONE', 'B2B', 'WORKING')$$);
CALL pg_temp.try($$INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type, status) VALUES ('x', 'HOT', 'PHONE', 'B2B', 'REJECTED')$$);
UPDATE lead.lead_status_rule SET needs_reason = false WHERE to_status = 'REJECTED';
EXECUTE create_lead ('WEB', 'REJECTED', NULL);
INSERT INTO lead.lead_status_rule (from_status, to_status, needs_until) VALUES (NULL, 'LATER', false);
EXECUTE create_lead ('PHONE', 'LATER', NULL);
SELECT c.version, c.from_status, c.to_status, c.reason FROM lead.lead_status_change c JOIN lead.lead l ON l.id = c.lead_id
WHERE l.key LIKE 'LEAD-%' ORDER BY l.key, c.version;
DELETE FROM lead.lead_status_rule;

-- Conversion ------------------------------------------------------------------------------------

-- A rule never opens a conversion to a plain UPDATE.
SELECT pg_temp.new_lead(20, 'REJECTED'), pg_temp.new_lead(21), pg_temp.new_lead(22, 'WORKING') \g /dev/null
CALL pg_temp.try($$SELECT lead.convert(pg_temp.id(20), reason => 'x')$$);
INSERT INTO lead.lead_status_rule (from_status, to_status) VALUES ('REJECTED', 'CONVERTED');
CALL pg_temp.try($$UPDATE lead.lead SET status = 'CONVERTED', status_reason = 'x' WHERE key = 'L20'$$);
CALL pg_temp.try($$SELECT lead.transition(pg_temp.id(20), 'CONVERTED', 'x')$$);
CALL pg_temp.try($$SELECT lead.convert_external(pg_temp.id(20), 'SAP', reason => 'x')$$);
CALL pg_temp.try($$SELECT lead.convert(pg_temp.id(20))$$);
SELECT kind, from_status, reason FROM lead.convert(pg_temp.id(20), reason => 'came back');
SELECT status, status_reason FROM lead.revert_conversion(pg_temp.id(20), 'wrong one');
-- Forbidden, and under a condition.
INSERT INTO lead.lead_status_rule (from_status, to_status, allowed, condition, message) VALUES
	('NEW', 'CONVERTED', false, NULL, NULL), ('WORKING', 'CONVERTED', true, '$.leadRating == "HOT" && $.statusReason == "signed"', 'Only a hot lead that has signed.');
CALL pg_temp.try($$SELECT lead.convert(pg_temp.id(21))$$);
CALL pg_temp.try($$SELECT lead.convert(pg_temp.id(22), reason => 'signed')$$);
UPDATE lead.lead SET lead_rating = 'HOT' WHERE key = 'L22';
CALL pg_temp.try($$SELECT lead.convert(pg_temp.id(22), reason => 'hoped')$$);
SELECT count(*) AS customers FROM lead.customer WHERE name = 'Party 22';
SELECT kind, from_status, reason FROM lead.convert(pg_temp.id(22), reason => 'signed');
SELECT kind FROM lead.convert_external(pg_temp.id(21), 'SAP');
DELETE FROM lead.lead_status_rule;

-- The graph in force ----------------------------------------------------------------------------

SELECT pg_temp.new_lead(30), pg_temp.new_lead(31, 'IN_PROGRESS'), pg_temp.new_lead(32, 'WORKING'), pg_temp.new_lead(33, 'LATER'),
	pg_temp.new_lead(34, 'REJECTED'), pg_temp.new_lead(35, 'UNSUCCESSFUL'), pg_temp.new_lead(36, 'NON_WORKING'),
	pg_temp.new_lead(37, 'CONVERTED'), pg_temp.new_lead(38, 'CONVERTED_EXTERNAL') \g /dev/null
CREATE TEMP TABLE built_in_diagram AS SELECT line FROM regexp_split_to_table(lead.status_diagram(), '\n') line;
CREATE TEMP TABLE built_in AS SELECT * FROM lead.status_transition;
INSERT INTO lead.lead_status_rule (from_status, to_status, allowed, needs_reason, needs_until, condition, message) VALUES
	(NULL, 'REJECTED', true, false, NULL, NULL, NULL),
	(NULL, 'NON_WORKING', false, NULL, NULL, NULL, NULL),
	('NEW', 'WORKING', true, true, NULL, NULL, NULL),
	('NEW', 'LATER', true, true, NULL, NULL, NULL),
	('NEW', 'NON_WORKING', false, true, NULL, '$.key == "a"', 'Never.'),
	('IN_PROGRESS', 'REJECTED', true, false, NULL, NULL, NULL),
	('IN_PROGRESS', 'LATER', true, NULL, false, NULL, NULL),
	('WORKING', 'LATER', true, NULL, NULL, '$.assignedTo != ""', 'Somebody must have it.'),
	('WORKING', 'CONVERTED', true, NULL, NULL, 'exists($.phones)', NULL),
	('REJECTED', 'CONVERTED', true, NULL, NULL, NULL, NULL),
	('UNSUCCESSFUL', 'NEW', false, NULL, NULL, NULL, NULL);
SELECT * FROM lead.status_transition WHERE origin = 'rule' ORDER BY from_status NULLS FIRST, to_status;
-- all others are as they were
SELECT count(*) AS same FROM lead.status_transition t JOIN built_in b ON t IS NOT DISTINCT FROM b::text::lead.status_transition;
SELECT line AS gone FROM built_in_diagram EXCEPT SELECT line FROM regexp_split_to_table(lead.status_diagram(), '\n') line ORDER BY 1;
SELECT line AS come FROM regexp_split_to_table(lead.status_diagram(), '\n') line EXCEPT SELECT line FROM built_in_diagram ORDER BY 1;

-- What a user may do now -------------------------------------------------------------------------

-- a missing reason or date is a need; what else stands against it, a refusal
SELECT l.key, a.to_status, a.allowed, a.needs_reason, a.needs_until, a.via, cardinality(a.refusals) AS refusals
FROM lead.lead l, lead.allowed_transitions(l.id) WITH ORDINALITY a
WHERE l.key ~ '^L3[0-6]$' AND a.allowed ORDER BY l.key, a.ordinality;
SELECT l.key, a.to_status, a.needs_reason, a.needs_until, a.via, a.refusals, a.hint
FROM lead.lead l, lead.allowed_transitions(l.id) WITH ORDINALITY a
WHERE l.key IN ('L30', 'L32', 'L35', 'L37') AND NOT a.allowed ORDER BY l.key, a.ordinality;
-- one row for each other status, of every lead
SELECT l.key, count(*), count(*) FILTER (WHERE a.allowed) AS allowed,
	bool_and(a.allowed = (a.refusals = '{}') AND a.allowed = (a.hint IS NULL) AND a.to_status <> l.status) AS consistent
FROM lead.lead l, lead.allowed_transitions(l.id) a WHERE l.key ~ '^L3[0-8]$' GROUP BY l.key ORDER BY l.key;
-- and it says what happens: with all that is needed the move succeeds, else it is refused so
CREATE FUNCTION pg_temp.move(lead_id uuid, to_status text, via text, needs_reason boolean, needs_until boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	reason text := CASE WHEN needs_reason THEN 'x' END;
BEGIN
	CASE via
		WHEN 'convert' THEN PERFORM lead.convert(lead_id, reason => reason);
		WHEN 'convert_external' THEN PERFORM lead.convert_external(lead_id, 'SAP', reason => reason);
		WHEN 'transition' THEN
			PERFORM lead.transition(lead_id, to_status::lead.lead_status, reason, CASE WHEN needs_until THEN '2999-01-01'::timestamptz END);
	END CASE;
	RAISE EXCEPTION USING ERRCODE = 'ZZ000';
EXCEPTION
	WHEN SQLSTATE 'ZZ000' THEN RETURN NULL;
	WHEN OTHERS THEN RETURN SQLERRM;
END $$;
SELECT l.key, a.to_status, a.allowed, a.refusals, m.error
FROM lead.lead l, lead.allowed_transitions(l.id) a,
	pg_temp.move(l.id, a.to_status::text, a.via, a.needs_reason OR NOT a.allowed, a.needs_until OR (NOT a.allowed AND a.to_status = 'LATER')) m (error)
WHERE l.key ~ '^L3[0-6]$' AND (a.allowed <> (m.error IS NULL) OR NOT starts_with(a.refusals[1], m.error));
-- and without what it needs it is refused
SELECT l.key, a.to_status, m.error
FROM lead.lead l, lead.allowed_transitions(l.id) a, pg_temp.move(l.id, a.to_status::text, a.via, false, false) m (error)
WHERE l.key ~ '^L3[0-6]$' AND a.allowed AND (m.error IS NULL) = (a.needs_reason OR a.needs_until);
-- required characteristics of the type that an older lead lacks stand against a conversion only
INSERT INTO lead.entity_spec (id, code, name) VALUES (pg_temp.id(1), 'SPEC', 'Spec');
INSERT INTO lead.characteristic (entity_spec_id, name, required) VALUES (pg_temp.id(1), 'seats', true), (pg_temp.id(1), 'region', true), (pg_temp.id(1), 'note', false);
UPDATE lead.lead_type SET entity_spec_id = pg_temp.id(1) WHERE code = 'B2B';
SELECT a.to_status, a.allowed, a.refusals, a.hint FROM lead.allowed_transitions(pg_temp.id(31)) WITH ORDINALITY a WHERE a.via <> 'transition' OR NOT a.allowed ORDER BY a.ordinality;
UPDATE lead.characteristic SET required = false WHERE name = 'region';
UPDATE lead.lead SET chars = '{"seats": 3, "region": null}' WHERE key = 'L31';
UPDATE lead.characteristic SET required = true WHERE name = 'region';
CALL pg_temp.try($$SELECT lead.convert(pg_temp.id(31))$$);
UPDATE lead.lead SET chars = '{"seats": 3, "region": "Brno"}' WHERE key = 'L31';
SELECT count(*) FILTER (WHERE a.allowed) AS allowed FROM lead.allowed_transitions(pg_temp.id(31)) a WHERE a.via <> 'transition';
-- A condition on the reason cannot be judged before there is one: a need, not a refusal.
INSERT INTO lead.lead_status_rule (from_status, to_status, condition, message) VALUES ('WORKING', 'UNSUCCESSFUL', '$.statusReason == "PRICE" || $.statusReason == "TIMING"', 'PRICE or TIMING.');
SELECT a.to_status, a.allowed, a.needs_reason, a.refusals, a.hint FROM lead.allowed_transitions(pg_temp.id(32)) a WHERE a.to_status = 'UNSUCCESSFUL';

CALL pg_temp.try($$SELECT lead.allowed_transitions(NULL)$$);
CALL pg_temp.try($$SELECT lead.allowed_transitions(pg_temp.id(999))$$);

SELECT * FROM pg_temp.broken_history();
