-- Leads that lived in another system: in any status, with their own dates,
-- history and conversions. That they are afterwards as if they had lived here;
-- what is refused, and that nothing of it stays; and who may.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\set tools :abs_srcdir '/data/tools.sql'
\i :fresh
\i :tools
SET timezone = 'UTC';
SET datestyle = 'ISO';

-- A lead of another system as a payload; more replaces or adds members.
CREATE FUNCTION pg_temp.payload(number int, more jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('id', pg_temp.id(number), 'key', 'L' || number, 'party_name', 'Party ' || number,
		'lead_type', 'B2B', 'lead_rating', 'WARM', 'lead_source', 'WEB') || more
$$;
-- A history with these statuses, a change a day from the first of March 2024 on.
CREATE FUNCTION pg_temp.days(VARIADIC statuses text[]) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_agg(jsonb_build_object('status', s.status, 'at', timestamptz '2024-03-01 09:00+00' + (s.n - 1) * interval '1 day') ORDER BY s.n)
	FROM unnest(statuses) WITH ORDINALITY s (status, n)
$$;
-- Moves a lead in, and tells what came of it.
CREATE PROCEDURE pg_temp.move_in(number int, more jsonb) LANGUAGE plpgsql AS $$
DECLARE
	outcome lead.outcome;
BEGIN
	SELECT * INTO STRICT outcome FROM lead.import_leads(jsonb_build_array(pg_temp.payload(number, more)));
	IF outcome.outcome = 'REFUSED' THEN
		RAISE INFO '%', replace(concat_ws(E'\n', outcome.sqlstate || ': ' || outcome.message,
			'DETAIL: ' || outcome.detail, 'HINT: ' || outcome.hint), current_date::text, '(today)');
	ELSE
		RAISE INFO '%, %', outcome.outcome, outcome.status;
	END IF;
END $$;
-- How much there is of everything.
CREATE FUNCTION pg_temp.counts() RETURNS text LANGUAGE sql AS $$
	SELECT format('%s leads, %s changes, %s conversions, %s customers, %s accounts', (SELECT count(*) FROM lead.lead),
		(SELECT count(*) FROM lead.lead_status_change), (SELECT count(*) FROM lead.lead_conversion),
		(SELECT count(*) FROM lead.customer), (SELECT count(*) FROM lead.account))
$$;

-- As if it had lived here ---------------------------------------------------------------------

-- A long life here: parked, postponed, lost, reopened, converted, taken back, converted elsewhere.
SET lead.actor = 'jana';
INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type, emails)
VALUES (pg_temp.id(1), 'L1', 'Hartmoor', 'WARM', 'WEB', 'B2B', '["info@hartmoor.example"]');
UPDATE lead.lead SET status = 'LATER', status_reason = 'budget', deferred_until = '2999-01-01 00:00+00' WHERE id = pg_temp.id(1);
UPDATE lead.lead SET deferred_until = '2999-02-01 00:00+00' WHERE id = pg_temp.id(1);
SET lead.actor = 'petr';
UPDATE lead.lead SET deferred_until = '2999-03-01 00:00+00', status_reason = 'again' WHERE id = pg_temp.id(1);
UPDATE lead.lead SET status = 'WORKING' WHERE id = pg_temp.id(1);
UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'price' WHERE id = pg_temp.id(1);
UPDATE lead.lead SET status = 'IN_PROGRESS', status_reason = 'called back' WHERE id = pg_temp.id(1);
SELECT FROM lead.convert(pg_temp.id(1), reason => 'signed');
SELECT FROM lead.revert_conversion(pg_temp.id(1), 'wrong party');
RESET lead.actor;
SELECT FROM lead.convert_external(pg_temp.id(1), 'SAP', '4711', 'elsewhere');

-- The same as another system would tell it.
SELECT jsonb_agg(jsonb_build_object('status', c.to_status, 'at', c.changed_at, 'reason', c.reason, 'by', c.actor) ORDER BY c.version) AS history
FROM lead.lead_status_change c WHERE c.lead_id = pg_temp.id(1) \gset
CALL pg_temp.move_in(2, jsonb_build_object('party_name', 'Hartmoor', 'emails', jsonb_build_array('info@hartmoor.example'),
	'history', :'history'::jsonb, 'conversion', '[{}, {"externalSystem": "SAP", "externalId": "4711"}]'::jsonb));

-- No row: lead, history and periods are the same but for the lead itself and the transaction.
WITH both_leads AS (
	SELECT l.key, to_jsonb(l.*) - '{id,key}'::text[] AS row FROM lead.lead l
)
SELECT o.name, a.row -> o.name AS here, b.row -> o.name AS moved
FROM both_leads a, both_leads b, jsonb_object_keys(a.row) o (name)
WHERE a.key = 'L1' AND b.key = 'L2' AND a.row -> o.name IS DISTINCT FROM b.row -> o.name;
(SELECT to_jsonb(c.*) - '{lead_id,xid}'::text[] AS row FROM lead.lead_status_change c WHERE c.lead_id = pg_temp.id(1))
EXCEPT ALL
(SELECT to_jsonb(c.*) - '{lead_id,xid}'::text[] FROM lead.lead_status_change c WHERE c.lead_id = pg_temp.id(2));
(SELECT to_jsonb(p.*) - '{lead_id}'::text[] AS row FROM lead.status_period p WHERE p.lead_id = pg_temp.id(1))
EXCEPT ALL
(SELECT to_jsonb(p.*) - '{lead_id}'::text[] FROM lead.status_period p WHERE p.lead_id = pg_temp.id(2));
SELECT count(*) FROM lead.lead_status_change GROUP BY lead_id;
-- The report too; the time of the conversion is that of the change, not some microseconds before it.
SELECT to_jsonb(a.*) - '{id,key,converted_at}'::text[] = to_jsonb(b.*) - '{id,key,converted_at}'::text[] AS same,
	b.converted_at = b.status_since AS converted_then
FROM lead.lead_report a, lead.lead_report b WHERE a.key = 'L1' AND b.key = 'L2';
-- And the conversions.
SELECT (SELECT jsonb_agg(to_jsonb(c.*) - '{lead_id,customer_id,account_id,converted_at,reverted_at}'::text[] ORDER BY c.version)
		FROM lead.lead_conversion c WHERE c.lead_id = pg_temp.id(1))
	= (SELECT jsonb_agg(to_jsonb(c.*) - '{lead_id,customer_id,account_id,converted_at,reverted_at}'::text[] ORDER BY c.version)
		FROM lead.lead_conversion c WHERE c.lead_id = pg_temp.id(2)) AS same;
SELECT c.version, c.kind, c.from_status, c.customer_id IS NOT NULL AS customer, c.made_customer, c.external_system, c.reason,
	c.converted_by_actor, c.revert_reason, c.reverted_by_actor, c.reverted_at = h.changed_at AS reverted_then
FROM lead.lead_conversion c LEFT JOIN lead.lead_status_change h ON h.lead_id = c.lead_id AND h.version = c.version + 1
WHERE c.lead_id = pg_temp.id(2) ORDER BY c.version;
SELECT * FROM pg_temp.broken_history();
DELETE FROM lead.lead_conversion;
DELETE FROM lead.lead;

-- The same for lives at random: whatever the lifecycle allows, up to ten steps.
CREATE PROCEDURE pg_temp.step(lead_id uuid) LANGUAGE plpgsql AS $$
DECLARE
	present lead.lead_status := (SELECT l.status FROM lead.lead l WHERE l.id = lead_id);
	why text := CASE WHEN random() < 0.7 THEN 'reason ' || floor(random() * 3) END;
	target lead.lead_status;
BEGIN
	PERFORM set_config('lead.actor', (ARRAY['', 'jana', 'petr'])[1 + floor(random() * 3)], false);
	IF present IN ('CONVERTED', 'CONVERTED_EXTERNAL') THEN
		PERFORM lead.revert_conversion(lead_id, 'taken back');
		RETURN;
	END IF;
	SELECT t.to_status INTO target FROM lead.builtin_transition() t
	WHERE t.from_status = present AND (t.allowed OR t.to_status = 'LATER' AND present = 'LATER') ORDER BY random() LIMIT 1;
	CASE target
		WHEN 'CONVERTED' THEN PERFORM lead.convert(lead_id, reason => why);
		WHEN 'CONVERTED_EXTERNAL' THEN PERFORM lead.convert_external(lead_id, 'SAP', (floor(random() * 9))::text, why);
		WHEN 'LATER' THEN PERFORM lead.transition(lead_id, 'LATER', why, now() + random() * interval '1 year' + interval '1 day');
		ELSE PERFORM lead.transition(lead_id, target, coalesce(why, 'reason'));
	END CASE;
END $$;
SELECT setseed(0.4);
DO $$
BEGIN
	FOR n IN 1..60 LOOP
		INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type)
		VALUES (pg_temp.id(n), 'L' || n, 'Party ' || n, 'WARM', 'WEB', 'B2B');
		FOR s IN 1..floor(random() * 10) LOOP
			CALL pg_temp.step(pg_temp.id(n));
		END LOOP;
	END LOOP;
END $$;
RESET lead.actor;
SELECT count(*) AS leads, count(DISTINCT l.status) > 6 AS many_statuses, max(l.version) > 5 AS long_lives FROM lead.lead l;
SELECT count(*) > 20 AS conversions, count(*) FILTER (WHERE c.reverted_at IS NOT NULL) > 10 AS reverted FROM lead.lead_conversion c;

-- Each of them again, as lead 1000 + n.
SELECT o.outcome, count(*)
FROM lead.import_leads((
	SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('id', pg_temp.id(1000 + n), 'key', 'M' || n, 'party_name', l.party_name,
		'lead_type', l.lead_type, 'lead_rating', l.lead_rating, 'lead_source', l.lead_source, 'deferredUntil', l.deferred_until,
		'history', (SELECT jsonb_agg(jsonb_build_object('status', c.to_status, 'at', c.changed_at, 'reason', c.reason, 'by', c.actor) ORDER BY c.version)
			FROM lead.lead_status_change c WHERE c.lead_id = l.id),
		'conversion', (SELECT jsonb_agg(jsonb_build_object('externalSystem', c.external_system, 'externalId', c.external_id) ORDER BY c.version)
			FROM lead.lead_conversion c WHERE c.lead_id = l.id))) ORDER BY n)
	FROM generate_series(1, 60) n JOIN lead.lead l ON l.id = pg_temp.id(n))) o
GROUP BY 1;
SELECT * FROM pg_temp.broken_history();
-- No rows: what differs, and of which lead. The times of conversions are those of the change here,
-- and the date of a lead that was parked before is not told.
CREATE FUNCTION pg_temp.told(lead_id uuid) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object(
		'lead', (SELECT to_jsonb(l.*) - '{id,key}'::text[] FROM lead.lead l WHERE l.id = told.lead_id),
		'history', (SELECT jsonb_agg(to_jsonb(c.*) - '{lead_id,xid}'::text[] ORDER BY c.version) FROM lead.lead_status_change c WHERE c.lead_id = told.lead_id),
		'conversions', (SELECT jsonb_agg(to_jsonb(c.*) - '{lead_id,customer_id,account_id,converted_at,reverted_at,deferred_until}'::text[] ORDER BY c.version)
			FROM (SELECT o.*, CASE WHEN o.customer_id IS NOT NULL THEN dense_rank() OVER (ORDER BY o.customer_id) END AS of_customer
				FROM lead.lead_conversion o WHERE o.lead_id = told.lead_id) c),
		'report', (SELECT to_jsonb(r.*) - '{id,key,converted_at,customer_id,customer_key}'::text[] FROM lead.lead_report r WHERE r.id = told.lead_id),
		'periods', (SELECT jsonb_agg(to_jsonb(p.*) - '{lead_id}'::text[] ORDER BY p.version) FROM lead.status_period p WHERE p.lead_id = told.lead_id),
		'next', (SELECT jsonb_agg(to_jsonb(a.*) ORDER BY a.to_status) FROM lead.allowed_transitions(told.lead_id) a))
$$;
SELECT n AS lead, part.key AS part
FROM generate_series(1, 60) n, jsonb_each(pg_temp.told(pg_temp.id(n))) part
WHERE part.value IS DISTINCT FROM replace(replace((pg_temp.told(pg_temp.id(1000 + n)) -> part.key)::text,
	pg_temp.id(1000 + n)::text, pg_temp.id(n)::text), format('"M%s\"', n), format('"L%s\"', n))::jsonb;
-- And they go on alike: what is due, what is taken back.
SELECT count(*) > 0 AS reverted, count(*) FILTER (WHERE a.status <> b.status OR a.deferred_until IS NOT NULL <> (b.deferred_until IS NOT NULL)) AS differ
FROM generate_series(1, 60) n
	JOIN lead.lead l ON l.id = pg_temp.id(n) AND l.status IN ('CONVERTED', 'CONVERTED_EXTERNAL'),
	LATERAL lead.revert_conversion(pg_temp.id(n), 'back') a, LATERAL lead.revert_conversion(pg_temp.id(1000 + n), 'back') b;
SELECT * FROM pg_temp.broken_history();
DELETE FROM lead.lead_conversion;
DELETE FROM lead.lead;

-- Every status ---------------------------------------------------------------------------------

CALL pg_temp.move_in(1, jsonb_build_object('history', pg_temp.days('NEW')));
CALL pg_temp.move_in(2, jsonb_build_object('history', pg_temp.days('NEW', 'IN_PROGRESS')));
CALL pg_temp.move_in(3, jsonb_build_object('history', pg_temp.days('NEW', 'IN_PROGRESS', 'WORKING')));
CALL pg_temp.move_in(4, jsonb_build_object('history', pg_temp.days('NEW', 'NON_WORKING')));
CALL pg_temp.move_in(5, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING', 'LATER', 'LATER'), 'deferredUntil', '2024-06-01T00:00:00Z'));
CALL pg_temp.move_in(6, jsonb_build_object('history', pg_temp.days('NEW', 'REJECTED'), 'statusReason', 'no coverage'));
CALL pg_temp.move_in(7, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING', 'UNSUCCESSFUL')));
CALL pg_temp.move_in(8, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING', 'CONVERTED'), 'conversion', '{}'::jsonb));
CALL pg_temp.move_in(9, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED_EXTERNAL'), 'conversion', '{"external_system": "SAP", "external_id": 4711}'::jsonb));
-- Of which the creation alone is known; and both ways to write its name.
CALL pg_temp.move_in(10, '{"insertedAt": "2024-03-01 10:00:00.25+01"}');
CALL pg_temp.move_in(11, '{"inserted_at": "2024-03-01T09:00:00Z", "status": "REJECTED", "status_reason": "spam"}');
CALL pg_temp.move_in(12, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING'), 'insertedAt', '2024-03-01T10:00:00+01:00', 'status', 'WORKING'));
-- A way that the lifecycle here does not know; created as lost.
CALL pg_temp.move_in(13, jsonb_build_object('history', pg_temp.days('REJECTED', 'UNSUCCESSFUL', 'NEW', 'UNSUCCESSFUL')));
-- null is not given.
CALL pg_temp.move_in(14, '{"history": [{"status": "NEW", "at": "2024-03-01T09:00:00Z", "by": null, "reason": " "}], "conversion": null, "insertedAt": ""}');

SELECT l.key, l.status, l.status_reason AS reason, l.version, l.inserted_at, l.status_since, l.edited_at, l.deferred_until FROM lead.lead l ORDER BY l.id;
SELECT l.key, c.version, c.from_status, c.to_status, c.entered_at, c.changed_at
FROM lead.lead_status_change c JOIN lead.lead l ON l.id = c.lead_id WHERE l.key IN ('L5', 'L13') ORDER BY 1, 2;
SELECT l.key, c.version, c.kind, c.from_status, c.customer_id IS NOT NULL AS customer, c.made_customer, c.external_system, c.external_id, c.converted_at
FROM lead.lead_conversion c JOIN lead.lead l ON l.id = c.lead_id ORDER BY l.id;
SELECT * FROM pg_temp.broken_history();
SELECT * FROM lead.funnel(by => 'month');
SELECT key, times_reopened, days_to_close, first_worked_at FROM lead.lead_report WHERE key IN ('L7', 'L13') ORDER BY key;

-- The life goes on ------------------------------------------------------------------------------

SELECT key, status FROM lead.wake_due();
SELECT status FROM lead.transition(pg_temp.id(6), 'IN_PROGRESS', 'they called');
SELECT status, version, status_since > now() - interval '1 hour' AS since_now FROM lead.revert_conversion(pg_temp.id(8), 'fell through');
SELECT c.customer_id = (SELECT customer_id FROM lead.lead_conversion WHERE lead_id = pg_temp.id(8) AND version = 3) AS same_customer,
	c.version, c.made_customer FROM lead.convert(pg_temp.id(8)) c;
SELECT external_id FROM lead.convert_external(pg_temp.id(9), 'SAP');
CALL pg_temp.try('SELECT lead.convert_external(pg_temp.id(9), ''Helios'')');
SELECT key FROM lead.merge(pg_temp.id(8), ARRAY[pg_temp.id(7)]);
SELECT key, status FROM lead.unmerge(pg_temp.id(7));
SELECT key FROM lead.merge(pg_temp.id(8), ARRAY[pg_temp.id(3)]);
UPDATE lead.lead SET description = 'x' WHERE id = pg_temp.id(13) RETURNING version;
SELECT history_rows, conversions, persons FROM lead.erase(pg_temp.id(8), 'request 7');
DELETE FROM lead.lead WHERE id = pg_temp.id(2);
SELECT * FROM pg_temp.broken_history();

-- Conversions -----------------------------------------------------------------------------------

TRUNCATE lead.lead, lead.lead_status_change, lead.lead_conversion, lead.lead_merge, lead.lead_erasure, lead.person, lead.customer, lead.account;
-- A new customer, with an account from the day of the conversion where the business is.
SET lead.time_zone = 'Pacific/Auckland';
CALL pg_temp.move_in(1, jsonb_build_object('emails', '["a@alder.example"]'::jsonb, 'chars', '{"seats": 7}'::jsonb, 'history', '[
	{"status": "NEW", "at": "2024-03-01T09:00:00Z", "by": "jana"},
	{"status": "CONVERTED", "at": "2024-03-01T18:00:00Z"}]'::jsonb,
	'conversion', '{"at": "2024-03-01T19:00:00+01:00", "reason": "signed", "by": "petr"}'::jsonb));
RESET lead.time_zone;
SELECT c.name, c.emails, c.chars, a.name, a.account_start_date FROM lead.customer c JOIN lead.account a ON a.customer_id = c.id;
SELECT l.status_reason, l.inserted_by_actor, l.edited_by_actor, c.reason, c.converted_by_actor FROM lead.lead l JOIN lead.lead_conversion c ON c.lead_id = l.id;
SELECT * FROM pg_temp.history(pg_temp.id(1));
-- One that is there: what it lacks is filled.
SELECT id AS alder FROM lead.customer \gset
CALL pg_temp.move_in(2, jsonb_build_object('emails', '["b@alder.example"]'::jsonb, 'history', pg_temp.days('NEW', 'CONVERTED'),
	'conversion', jsonb_build_object('customerId', :'alder')));
SELECT c.emails, (SELECT count(*) FROM lead.account a WHERE a.customer_id = c.id) AS accounts,
	(SELECT array_agg(o.made_customer ORDER BY o.lead_id) FROM lead.lead_conversion o WHERE o.customer_id = c.id) AS made
FROM lead.customer c;
CALL pg_temp.move_in(3, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED'), 'conversion', jsonb_build_object('customerId', pg_temp.id(99))));
-- Taken back and converted again: the same customer, as lead.convert would have it.
CALL pg_temp.move_in(4, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED', 'NEW', 'CONVERTED_EXTERNAL', 'NEW', 'CONVERTED'),
	'conversion', '[{}, {"externalSystem": "SAP"}, {}]'::jsonb));
SELECT c.version, c.kind, c.made_customer, count(c.customer_id) OVER () AS with_customer,
	dense_rank() OVER (ORDER BY c.customer_id) AS customer, c.reverted_at
FROM lead.lead_conversion c WHERE c.lead_id = pg_temp.id(4) ORDER BY c.version;
-- From LATER: until when it was parked nobody told, so that it is due once it is taken back.
CALL pg_temp.move_in(5, jsonb_build_object('history', pg_temp.days('WORKING', 'LATER', 'CONVERTED'), 'conversion', '{}'::jsonb));
SELECT status, deferred_until FROM lead.revert_conversion(pg_temp.id(5), 'fell through');
SELECT key, status FROM lead.wake_due();
-- To the user's own tables: what is there is named, the target is not called.
CREATE FUNCTION public.make_customer(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RAISE NOTICE 'called for %', lead.key;
	RETURN coalesce(customer_ref, 'NEW-1');
END $$;
INSERT INTO lead.conversion_target (lead_type, function) VALUES ('B2C', 'public.make_customer');
CALL pg_temp.move_in(6, jsonb_build_object('lead_type', 'B2C', 'history', pg_temp.days('NEW', 'CONVERTED'), 'conversion', '{"customerRef": "C-17"}'::jsonb));
SELECT customer_ref, customer_id, made_customer FROM lead.lead_conversion WHERE lead_id = pg_temp.id(6);
SELECT status FROM lead.revert_conversion(pg_temp.id(6), 'oops');
SELECT customer_ref FROM lead.convert(pg_temp.id(6));
CALL pg_temp.move_in(7, jsonb_build_object('lead_type', 'B2C', 'history', pg_temp.days('NEW', 'CONVERTED'), 'conversion', '{}'::jsonb));
CALL pg_temp.move_in(7, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED'), 'conversion', '{"customerRef": "C-17"}'::jsonb));
SELECT * FROM pg_temp.broken_history();
DELETE FROM lead.conversion_target;

-- What is not asked of it -----------------------------------------------------------------------

UPDATE lead.lead_source SET validity_to = '2023-12-31' WHERE code = 'EVENT';
INSERT INTO lead.lead_status_rule (from_status, to_status, allowed) VALUES (NULL, 'NEW', false), ('NEW', 'WORKING', false);
INSERT INTO lead.entity_spec (code, name, closed) VALUES ('SPEC', 'Spec', true);
INSERT INTO lead.characteristic (entity_spec_id, name, required) SELECT id, 'region', true FROM lead.entity_spec;
INSERT INTO lead.characteristic (entity_spec_id, name, default_value) SELECT id, 'plan', '"basic"' FROM lead.entity_spec;
UPDATE lead.lead_type SET entity_spec_id = (SELECT id FROM lead.entity_spec) WHERE code = 'B2B';
INSERT INTO lead.duplicate_policy (on_create, on_convert) VALUES ('refuse', 'refuse');
CALL pg_temp.move_in(20, jsonb_build_object('lead_source', 'EVENT', 'emails', '["b@alder.example"]'::jsonb, 'chars', '{"old": 1}'::jsonb,
	'history', pg_temp.days('NEW', 'WORKING', 'CONVERTED'), 'conversion', '{}'::jsonb));
SELECT l.lead_source, l.chars, l.emails FROM lead.lead l WHERE l.id = pg_temp.id(20);
-- But content is understood as always, codes must be known, and a type may ask for a role.
CALL pg_temp.move_in(21, jsonb_build_object('emails', '["nonsense"]'::jsonb, 'history', pg_temp.days('NEW')));
CALL pg_temp.move_in(21, jsonb_build_object('lead_source', 'FAX', 'history', pg_temp.days('NEW')));
CALL pg_temp.move_in(21, jsonb_build_object('key', 'L20', 'history', pg_temp.days('NEW')));
CALL pg_temp.move_in(21, jsonb_build_object('party_name', ' ', 'history', pg_temp.days('NEW')));
DELETE FROM lead.lead_status_rule;
DELETE FROM lead.duplicate_policy;
UPDATE lead.lead_type SET entity_spec_id = NULL;

-- Triggers and bindings of the user's ------------------------------------------------------------

-- CREATE hears of it, when all of the past is there; the other events do not.
CREATE FUNCTION public.heard(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	RAISE INFO '%: % is % after % changes and % conversions', event, new.key, new.status,
		(SELECT count(*) FROM lead.lead_status_change c WHERE c.lead_id = new.id),
		(SELECT count(*) FROM lead.lead_conversion c WHERE c.lead_id = new.id);
END $$;
INSERT INTO lead.event_binding (code, event, function)
SELECT e, e, 'public.heard' FROM unnest(ARRAY['CREATE', 'UPDATE', 'STATUS_CHANGE', 'CONVERT']) e;
CALL pg_temp.move_in(30, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING', 'CONVERTED'), 'conversion', '{}'::jsonb));
DELETE FROM lead.event_binding;
-- A binding may move it on at once.
CREATE FUNCTION public.moved_on(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS $$
	UPDATE lead.lead SET status = 'IN_PROGRESS' WHERE id = (new).id
$$;
INSERT INTO lead.event_binding (code, event, function) VALUES ('on', 'CREATE', 'public.moved_on');
CALL pg_temp.move_in(31, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING')));
DELETE FROM lead.event_binding;
SELECT * FROM pg_temp.history(pg_temp.id(31));
-- A trigger that inserts the same row itself, in a block that it undoes: the past is
-- recorded with the row that stays, once.
CREATE FUNCTION public.insert_itself() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	recorded bigint;
BEGIN
	IF pg_trigger_depth() > 1 THEN RETURN new; END IF;
	BEGIN
		BEGIN
			INSERT INTO lead.lead SELECT new.*;
		EXCEPTION WHEN unique_violation THEN NULL;	-- a block that is done
		END;
		SELECT count(*) INTO recorded FROM lead.lead_status_change WHERE lead_id = new.id;
		RAISE INFO '% changes recorded', recorded;
		IF TG_ARGV[0] = 'undo' THEN RAISE division_by_zero; END IF;
	EXCEPTION WHEN division_by_zero THEN NULL;
	END;
	RETURN CASE TG_ARGV[0] WHEN 'instead' THEN NULL ELSE new END;
END $$;
CREATE TRIGGER a_first BEFORE INSERT ON lead.lead FOR EACH ROW EXECUTE FUNCTION public.insert_itself('undo');
CALL pg_temp.move_in(34, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING', 'CONVERTED'), 'conversion', '{}'::jsonb));
SELECT status, version, inserted_at FROM lead.lead WHERE id = pg_temp.id(34);
SELECT * FROM pg_temp.history(pg_temp.id(34));
SELECT version, kind, converted_at, customer_id IS NOT NULL AS has_customer FROM lead.lead_conversion WHERE lead_id = pg_temp.id(34);
DROP TRIGGER a_first ON lead.lead;
-- Where its own row stays, the other is missed, or its id is taken.
CREATE TRIGGER a_first BEFORE INSERT ON lead.lead FOR EACH ROW EXECUTE FUNCTION public.insert_itself('instead');
CALL pg_temp.move_in(35, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING')));
SELECT * FROM pg_temp.history(pg_temp.id(35));
DROP TRIGGER a_first ON lead.lead;
CREATE TRIGGER a_first BEFORE INSERT ON lead.lead FOR EACH ROW EXECUTE FUNCTION public.insert_itself('both');
CALL pg_temp.move_in(36, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING')));
DROP TRIGGER a_first ON lead.lead;
SELECT pg_temp.counts() AS before \gset
-- A trigger that sets another status has no say; one that fires after the guard is told so.
CREATE FUNCTION public.meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RETURN jsonb_populate_record(new, TG_ARGV[0]::jsonb);
END $$;
CREATE TRIGGER a_first BEFORE INSERT ON lead.lead FOR EACH ROW EXECUTE FUNCTION public.meddle('{"status": "NEW", "inserted_at": "2020-01-01"}');
CALL pg_temp.move_in(32, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING')));
SELECT status, inserted_at FROM lead.lead WHERE id = pg_temp.id(32);
DELETE FROM lead.lead WHERE id = pg_temp.id(32);
DROP TRIGGER a_first ON lead.lead;
CREATE TRIGGER zzz_last BEFORE INSERT ON lead.lead FOR EACH ROW EXECUTE FUNCTION public.meddle('{"status": "NEW"}');
CALL pg_temp.move_in(32, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING')));
DROP TRIGGER zzz_last ON lead.lead;
CREATE TRIGGER zzz_last BEFORE INSERT ON lead.lead FOR EACH ROW EXECUTE FUNCTION public.meddle('{"inserted_at": "2020-01-01"}');
CALL pg_temp.move_in(32, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING')));
DROP TRIGGER zzz_last ON lead.lead;
-- One that suppresses the row.
CREATE FUNCTION public.suppress() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER zzz_last BEFORE INSERT ON lead.lead FOR EACH ROW EXECUTE FUNCTION public.suppress();
CALL pg_temp.move_in(32, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING')));
DROP TRIGGER zzz_last ON lead.lead;
CREATE TRIGGER zzz_last BEFORE INSERT ON lead.customer FOR EACH ROW EXECUTE FUNCTION public.suppress();
CALL pg_temp.move_in(32, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED'), 'conversion', '{}'::jsonb));
DROP TRIGGER zzz_last ON lead.customer;
-- The right to arrive is the one lead's, and ends with it: neither another lead that
-- a trigger adds meanwhile has it, nor the same id afterwards.
CREATE FUNCTION public.add_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, status) VALUES ('another', 'Another', 'WARM', 'WEB', 'B2B', 'CONVERTED');
	RETURN new;
END $$;
CREATE TRIGGER a_first BEFORE INSERT ON lead.lead FOR EACH ROW WHEN (new.key = 'L32') EXECUTE FUNCTION public.add_another();
CALL pg_temp.move_in(32, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED'), 'conversion', '{}'::jsonb));
DROP TRIGGER a_first ON lead.lead;
CREATE TRIGGER zz_late AFTER INSERT ON lead.lead FOR EACH ROW WHEN (new.key = 'L32') EXECUTE FUNCTION public.add_another();
CALL pg_temp.move_in(32, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED'), 'conversion', '{}'::jsonb));
DROP TRIGGER zz_late ON lead.lead;
CALL pg_temp.try($$ INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type, status)
	VALUES (pg_temp.id(32), 'L32', 'Party', 'WARM', 'WEB', 'B2B', 'CONVERTED') $$);
SELECT pg_temp.counts() = :'before' AS nothing_left;

-- Refusals ---------------------------------------------------------------------------------------

-- The list of changes.
CALL pg_temp.move_in(40, '{"history": {"status": "NEW"}}');
CALL pg_temp.move_in(40, '{"history": []}');
CALL pg_temp.move_in(40, '{"history": "NEW"}');
CALL pg_temp.move_in(40, '{"history": ["NEW"]}');
CALL pg_temp.move_in(40, '{"history": [[]]}');
CALL pg_temp.move_in(40, '{"history": [{"at": "2024-03-01T09:00:00Z"}]}');
CALL pg_temp.move_in(40, '{"history": [{"status": "NEW"}]}');
CALL pg_temp.move_in(40, '{"history": [{"status": "NEW", "at": "2024-03-01T09:00:00Z", "who": "jana"}]}');
CALL pg_temp.move_in(40, '{"history": [{"status": "NEW", "at": "2024-03-01T09:00:00Z", "by": {"name": "jana"}}]}');
CALL pg_temp.move_in(40, jsonb_build_object('history', jsonb_build_array(jsonb_build_object('status', 'NEW', 'at', '2024-03-01T09:00:00Z', 'by', repeat('x', 201)))));
CALL pg_temp.move_in(40, '{"history": [{"status": "Open", "at": "2024-03-01T09:00:00Z"}]}');
-- Moments.
CALL pg_temp.move_in(40, '{"history": [{"status": "NEW", "at": "2024-03-01"}]}');
CALL pg_temp.move_in(40, '{"history": [{"status": "NEW", "at": "2024-03-01T09:00:00"}]}');
CALL pg_temp.move_in(40, '{"history": [{"status": "NEW", "at": "1.3.2024 9:00"}]}');
CALL pg_temp.move_in(40, '{"history": [{"status": "NEW", "at": 1709283600}]}');
SELECT m.text FROM unnest(ARRAY['2024-02-30T09:00:00Z', '2024-13-01T09:00:00Z', '2024-03-01T24:00:00Z', '2024-03-01T09:60:00Z', '2024-03-01T09:00:00.Z',
	'2024-03-01T09:00:00+1', '2024-03-01T09:00:00+01:00 x', '2024-03-01T09:00:00+99:00', '0000-03-01T09:00:00Z', '24-03-01T09:00:00Z', 'now', 'infinity']) m (text),
	LATERAL lead.import_leads(jsonb_build_array(pg_temp.payload(40, jsonb_build_object('insertedAt', m.text)))) o
WHERE o.sqlstate IS DISTINCT FROM '22007';
CALL pg_temp.move_in(40, '{"insertedAt": 20240301}');
CALL pg_temp.move_in(40, '{"insertedAt": "2999-03-01T09:00:00Z"}');
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW') || '[{"status": "WORKING", "at": "2999-03-01T09:00:00Z"}]'));
-- Agreement.
CALL pg_temp.move_in(40, '{"history": [{"status": "NEW", "at": "2024-03-01T09:00:00Z"}, {"status": "WORKING", "at": "2024-03-01T10:00:00+01:00"}]}');
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING', 'WORKING')));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING'), 'insertedAt', '2024-03-02T09:00:00Z'));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING'), 'status', 'REJECTED'));
CALL pg_temp.move_in(40, jsonb_build_object('history', '[{"status": "REJECTED", "at": "2024-03-01T09:00:00Z", "reason": "no coverage"}]'::jsonb, 'statusReason', 'spam'));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'LATER')));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'LATER'), 'deferredUntil', 'infinity'));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING'), 'deferredUntil', '2024-06-01T00:00:00Z'));
-- Conversions.
CALL pg_temp.move_in(40, '{"insertedAt": "2024-03-01T09:00:00Z", "status": "CONVERTED", "conversion": {}}');
CALL pg_temp.move_in(40, '{"conversion": {}}');
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('CONVERTED'), 'conversion', '{}'::jsonb));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED')));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING'), 'conversion', '{}'::jsonb));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED', 'NEW', 'CONVERTED'), 'conversion', '{}'::jsonb));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED', 'WORKING'), 'conversion', '{}'::jsonb));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED', 'CONVERTED_EXTERNAL'), 'conversion', '[{}, {"externalSystem": "SAP"}]'::jsonb));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED'), 'conversion', '"C-17"'::jsonb));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED'), 'conversion', '{"customer": 17}'::jsonb));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED'), 'conversion', '{"customerId": "x", "customer_id": "y"}'::jsonb));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED'), 'conversion', '{"customerId": "C-17"}'::jsonb));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED'), 'conversion', '{"customerId": "00000000-0000-0000-0000-000000000001", "customerRef": "C-17"}'::jsonb));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED'), 'conversion', '{"externalSystem": "SAP"}'::jsonb));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED_EXTERNAL'), 'conversion', '{}'::jsonb));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED_EXTERNAL'), 'conversion', '{"externalSystem": "SAP", "customerRef": "C-17"}'::jsonb));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED_EXTERNAL'), 'conversion', '{"externalSystem": "SAP", "at": "2024-03-03T09:00:00Z"}'::jsonb));
CALL pg_temp.move_in(40, jsonb_build_object('history', pg_temp.days('NEW') || '[{"status": "CONVERTED", "at": "2024-03-02T09:00:00Z", "reason": "signed"}]',
	'conversion', '[{"reason": "called"}]'::jsonb));
SELECT pg_temp.counts() = :'before' AS nothing_left;

-- In batches, and where the lead is there already -------------------------------------------------

INSERT INTO lead.lead_import (batch, payload)
VALUES ('b', pg_temp.payload(45, jsonb_build_object('history', pg_temp.days('NEW', 'REJECTED')))),
	('b', pg_temp.payload(46, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED_EXTERNAL')))),
	('b', pg_temp.payload(47, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING'))));
SET client_min_messages = warning;
CALL lead.run_import('b');
UPDATE lead.lead_import SET payload = payload || '{"conversion": {"externalSystem": "SAP"}}' WHERE batch = 'b' AND state = 'REFUSED' RETURNING sqlstate, message;
CALL lead.run_import('b');
RESET client_min_messages;
SELECT l.key, l.status, l.version, i.state FROM lead.lead l JOIN lead.lead_import i ON i.lead_id = l.id WHERE i.batch = 'b' ORDER BY l.key;
-- A past is for a new lead only; and of all or none, none.
SELECT o.ord, o.outcome, o.status, o.sqlstate, o.message, o.detail, o.hint FROM lead.import_leads(jsonb_build_array(
	pg_temp.payload(47, jsonb_build_object('history', pg_temp.days('NEW', 'REJECTED'))),
	pg_temp.payload(47, '{"insertedAt": "2024-03-01T09:00:00Z"}'),
	pg_temp.payload(47, '{"description": "updated"}')), on_duplicate => 'update') o;
SELECT o.outcome, o.status FROM lead.import_leads(jsonb_build_array(
	pg_temp.payload(47, jsonb_build_object('history', pg_temp.days('NEW', 'REJECTED')))), on_duplicate => 'skip') o;
SELECT o.outcome, o.sqlstate, o.message FROM lead.import_leads(jsonb_build_array(
	pg_temp.payload(48, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED'), 'conversion', '{}'::jsonb)),
	pg_temp.payload(49, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED')))), all_or_none => true) o;
SELECT count(*) FROM lead.lead WHERE id IN (pg_temp.id(48), pg_temp.id(49));

-- Who may ------------------------------------------------------------------------------------------

CREATE ROLE regress_lead_owner;
CREATE ROLE regress_lead_reader;
CREATE ROLE regress_lead_agent;
CREATE ROLE regress_lead_admin;
SELECT lead.grant_access('regress_lead_reader', 'reader'), lead.grant_access('regress_lead_agent', 'agent'),
	lead.grant_access('regress_lead_admin', 'administrator') \g /dev/null
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA lead TO regress_lead_reader;
SET ROLE regress_lead_reader;
CALL pg_temp.move_in(50, jsonb_build_object('history', pg_temp.days('NEW')));
SET ROLE regress_lead_agent;
CALL pg_temp.move_in(50, jsonb_build_object('history', pg_temp.days('NEW')));
CALL pg_temp.move_in(50, '{"insertedAt": "2024-03-01T09:00:00Z"}');
CALL pg_temp.move_in(50, '{"conversion": {}}');
SET ROLE regress_lead_admin;
CALL pg_temp.move_in(50, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED'), 'conversion', '{}'::jsonb));
RESET ROLE;
SELECT l.inserted_by, l.edited_by, (SELECT array_agg(c.changed_by ORDER BY c.version) FROM lead.lead_status_change c WHERE c.lead_id = l.id) AS changed_by,
	(SELECT o.converted_by FROM lead.lead_conversion o WHERE o.lead_id = l.id) AS converted_by
FROM lead.lead l WHERE l.id = pg_temp.id(50);
-- A line must be an administrator's, not only be run by one: neither a line of an agent's
-- counts, nor one that an agent has changed; one that only passed through his hands does.
SET ROLE regress_lead_admin;
INSERT INTO lead.lead_import (batch, line, payload)
SELECT 'theirs', n, pg_temp.payload(60 + n, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING'))) FROM generate_series(1, 3) n;
SET ROLE regress_lead_agent;
INSERT INTO lead.lead_import (batch, line, payload)
VALUES ('theirs', 4, pg_temp.payload(64, jsonb_build_object('history', pg_temp.days('NEW', 'WORKING')))),
	('theirs', 5, pg_temp.payload(65, '{"insertedAt": "2024-03-01T09:00:00Z"}')),
	('theirs', 6, pg_temp.payload(66, '{"conversion": {}}')),
	('theirs', 7, pg_temp.payload(67, '{}'));
INSERT INTO lead.lead_import (batch, payload, written_by) VALUES ('theirs', '{}', 'regress_lead_admin');
UPDATE lead.lead_import SET written_by = 'regress_lead_admin' WHERE batch = 'theirs';
UPDATE lead.lead_import SET payload = payload || '{"history": [{"status": "NEW", "at": "2020-03-01T09:00:00Z"}]}' WHERE batch = 'theirs' AND line = 2;
UPDATE lead.lead_import SET payload = payload || '{}' WHERE batch = 'theirs' AND line = 3;
RESET ROLE;
-- an ORM of the owner's that writes every column does not take a line over
UPDATE lead.lead_import SET payload = payload || '{}', written_by = current_user WHERE batch = 'theirs' AND line = 4;
UPDATE lead.lead_import SET written_by = NULL WHERE batch = 'theirs' AND line = 5;
SET client_min_messages = warning;
SET ROLE regress_lead_admin;
CALL lead.run_import('theirs');
RESET ROLE;
SELECT i.line, i.written_by, i.state, i.sqlstate, i.message, i.detail, i.hint, l.status FROM lead.lead_import i LEFT JOIN lead.lead l ON l.id = i.lead_id WHERE i.batch = 'theirs' ORDER BY i.line;
-- What counts is what the writer may now. An administrator who corrects a line takes it over.
SELECT lead.revoke_access('regress_lead_admin'), lead.grant_access('regress_lead_admin', 'agent') \g /dev/null
INSERT INTO lead.lead_import (batch, line, payload, written_by)
VALUES ('former', 1, pg_temp.payload(68, '{"insertedAt": "2024-03-01T09:00:00Z"}'), 'regress_lead_admin'),
	('former', 2, pg_temp.payload(69, '{"insertedAt": "2024-03-01T09:00:00Z"}'), 'regress_lead_nobody'),
	('former', 3, pg_temp.payload(70, '{"insertedAt": "2024-03-01T09:00:00Z"}'), NULL);
CALL lead.run_import('former');
SELECT lead.grant_access('regress_lead_admin', 'administrator') \g /dev/null
SET ROLE regress_lead_agent;
CALL lead.run_import('former');
SELECT line, written_by = session_user AS owners, state, sqlstate, message FROM lead.lead_import WHERE batch = 'former' ORDER BY line;
RESET ROLE;
UPDATE lead.lead_import SET payload = payload || '{"description": "asked"}' WHERE batch = 'former' AND line = 2;
CALL lead.run_import('former');
SELECT line, written_by = session_user AS owners, state, sqlstate FROM lead.lead_import WHERE batch = 'former' ORDER BY line;
RESET client_min_messages;
-- A type that asks for a role asks here too.
UPDATE lead.lead_type SET create_privilege = 'regress_lead_owner' WHERE code = 'B2C';
SET ROLE regress_lead_admin;
CALL pg_temp.move_in(51, jsonb_build_object('lead_type', 'B2C', 'history', pg_temp.days('NEW')));
-- An INSERT by hand keeps no past, whoever makes it.
INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type, inserted_at, status_since, version, inserted_by)
VALUES (pg_temp.id(52), 'L52', 'Party', 'WARM', 'WEB', 'B2B', '2024-03-01', '2024-03-01', 7, 'somebody');
RESET ROLE;
SELECT inserted_at > now() - interval '1 hour' AND status_since = inserted_at AS now, version, inserted_by FROM lead.lead WHERE id = pg_temp.id(52);
-- Row security holds.
ALTER TABLE lead.lead ENABLE ROW LEVEL SECURITY;
CREATE POLICY web_only ON lead.lead USING (lead_source = 'WEB');
SET ROLE regress_lead_admin;
CALL pg_temp.move_in(53, jsonb_build_object('lead_source', 'PHONE', 'history', pg_temp.days('NEW')));
CALL pg_temp.move_in(53, jsonb_build_object('history', pg_temp.days('NEW', 'CONVERTED'), 'conversion', '{}'::jsonb));
RESET ROLE;
SELECT * FROM pg_temp.broken_history();

DROP FUNCTION public.make_customer, public.heard, public.moved_on, public.meddle, public.suppress, public.insert_itself, public.add_another;
SET client_min_messages = warning;
DROP SCHEMA lead CASCADE;

DROP ROLE regress_lead_owner, regress_lead_reader, regress_lead_agent, regress_lead_admin;
