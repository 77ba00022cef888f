\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
-- The reports: lead_report, status_period, funnel, conversion_rate. The owner
-- of the tables moves leads and their history to known times, with triggers
-- disabled, so that every duration is exact.
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';

CREATE SCHEMA reports_tools;
-- A lead's history as a list of times, one for each version recorded, oldest first.
CREATE PROCEDURE reports_tools.happened(lead_key text, times timestamptz[])
LANGUAGE plpgsql AS $$
DECLARE
	moved uuid := (SELECT l.id FROM lead.lead l WHERE l.key = lead_key);
BEGIN
	ALTER TABLE lead.lead DISABLE TRIGGER USER;
	UPDATE lead.lead_status_change c SET changed_at = times[n.n], entered_at = n.since
	FROM (SELECT h.version, row_number() OVER (ORDER BY h.version) AS n,
			times[row_number() OVER (ORDER BY h.version) - 1] AS since
		FROM lead.lead_status_change h WHERE h.lead_id = moved) n
	WHERE c.lead_id = moved AND c.version = n.version;
	UPDATE lead.lead l SET inserted_at = times[1], status_since = (
			SELECT max(h.changed_at) FROM lead.lead_status_change h
			WHERE h.lead_id = moved AND h.from_status IS DISTINCT FROM h.to_status)
	WHERE l.id = moved;
	ALTER TABLE lead.lead ENABLE TRIGGER USER;
END $$;
CREATE FUNCTION reports_tools.id(lead_key text) RETURNS uuid
LANGUAGE sql AS $$ SELECT l.id FROM lead.lead l WHERE l.key = lead_key $$;
CREATE FUNCTION reports_tools.error(statement text) RETURNS TABLE (code text, message text, detail text, hint text)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RAISE EXCEPTION 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN NEXT;
END $$;

-- Views run with the caller's rights, their columns are scalar and commented.
SELECT relname, reloptions FROM pg_class
WHERE relnamespace = 'lead'::regnamespace AND relkind = 'v' ORDER BY relname;
SELECT a.attrelid::regclass AS view, a.attname, a.atttypid::regtype AS type, col_description(a.attrelid, a.attnum)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind = 'v' AND a.attnum > 0
	AND (col_description(a.attrelid, a.attnum) IS NULL OR t.typcategory IN ('A', 'C', 'U') AND a.atttypid <> 'uuid'::regtype)
ORDER BY 1, 2;
SELECT attname, atttypid::regtype AS type FROM pg_attribute
WHERE attrelid = 'lead.lead_report'::regclass AND attnum > 0 ORDER BY attnum;

-- Nothing yet: reports are empty, not wrong.
SELECT count(*) FROM lead.lead_report;
SELECT * FROM lead.funnel;
SELECT * FROM lead.conversion_rate;

--
-- lead_report
--

-- One lead with all that can be set, converted after two and a half days.
UPDATE lead.lead_source SET name = 'Web pages' WHERE code = 'WEB';
SET lead.actor = 'jana';
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, priority, assigned_to, description,
		phones, emails, websites, data_tags)
	VALUES ('FULL', 'Acme', 'HOT', 'WEB', 'B2B', 'MEDIUM', 'eva', 'wants much',
		'["+420777000001", {"value": "+420777000002", "primary": true, "type": "mobile"}]',
		'[{"value": "a@example.com"}, {"value": "b@example.com"}]', '["https://example.com"]', '{one,"two, three"}');
UPDATE lead.lead SET status = 'IN_PROGRESS' WHERE key = 'FULL';
UPDATE lead.lead SET description = 'no change of status' WHERE key = 'FULL';
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'FULL';
SELECT FROM lead.convert(reports_tools.id('FULL'), reason => 'signed');
RESET lead.actor;
CALL reports_tools.happened('FULL', '{2024-03-30 22:30+00, 2024-03-31 00:15+00, 2024-04-01 10:00+00, 2024-04-02 10:30+00}');
UPDATE lead.lead_conversion SET converted_at = '2024-04-02 10:30+00' WHERE lead_id = reports_tools.id('FULL');
UPDATE lead.customer SET key = 'C-1' WHERE name = 'Acme';
SELECT p.key AS "column", p.value
FROM lead.lead_report r, jsonb_each(to_jsonb(r) - '{id, customer_id, days_in_status, age_days}'::text[]) p WHERE r.key = 'FULL' ORDER BY p.key COLLATE "C";
SELECT r.id = l.id AS id, r.customer_id = c.id AS customer_id
FROM lead.lead_report r JOIN lead.lead l USING (key), lead.customer c WHERE r.key = 'FULL';

-- A bare one: what is not known is NULL, not 0 or blank.
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type)
	VALUES ('BARE', 'Bare', 'COLD', 'PHONE', 'B2C');
CALL reports_tools.happened('BARE', '{2024-01-01 00:00+00}');
SELECT p.key AS "column", p.value
FROM lead.lead_report r, jsonb_each(to_jsonb(r) - '{id, days_in_status, age_days}'::text[]) p WHERE r.key = 'BARE' ORDER BY p.key COLLATE "C";

-- Every status has its class and place; is_open, is_won and is_lost sum to 1.
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type)
	SELECT 'S-' || s, 'Party', 'WARM', 'EVENT', 'B2B' FROM unnest(enum_range(NULL::lead.lead_status)) s;
UPDATE lead.lead SET status = substr(key, 3)::lead.lead_status WHERE key IN ('S-IN_PROGRESS', 'S-WORKING', 'S-NON_WORKING');
UPDATE lead.lead SET status = 'LATER', deferred_until = '2100-01-01 00:00+00', status_reason = 'holiday' WHERE key = 'S-LATER';
UPDATE lead.lead SET status = 'REJECTED', status_reason = 'spam' WHERE key = 'S-REJECTED';
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'S-UNSUCCESSFUL';
UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'price' WHERE key = 'S-UNSUCCESSFUL';
SELECT FROM lead.convert(reports_tools.id('S-CONVERTED'));
SELECT FROM lead.convert_external(reports_tools.id('S-CONVERTED_EXTERNAL'), 'SAP', 'C-77', 'was there');
SELECT status_order, status, status_code, status_class, is_open, is_won, is_lost, close_reason, closed_at IS NOT NULL AS closed,
	days_to_close IS NOT NULL AS took_days, converted_at IS NOT NULL AS converted, customer_id IS NOT NULL AS customer,
	customer_name, external_system, external_id, deferred_until
FROM lead.lead_report WHERE key LIKE 'S-%' ORDER BY status_order;
SELECT count(*) AS all_leads, count(*) FILTER (WHERE is_open + is_won + is_lost = 1) AS in_one_class FROM lead.lead_report;

-- Priorities have an order; NULL is none of them.
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, priority)
	SELECT 'P-' || coalesce(p::text, 'none'), 'Party', 'WARM', 'EMAIL', 'B2B', p
	FROM unnest(ARRAY['LOW', NULL, 'HIGH', 'MEDIUM']::lead.lead_priority[]) p;
SELECT key, priority, priority_code, priority_order FROM lead.lead_report WHERE key LIKE 'P-%' ORDER BY priority_order, key;

-- Days are whole and of 24 hours; they count up to now.
BEGIN;
CALL reports_tools.happened('S-WORKING', ARRAY[now() - interval '240 hours', now() - interval '72 hours']);
CALL reports_tools.happened('P-LOW', ARRAY[now() - interval '23 hours 59 minutes']);
SELECT key, age_days, days_in_status FROM lead.lead_report WHERE key IN ('S-WORKING', 'P-LOW') ORDER BY key;
CALL reports_tools.happened('S-WORKING', ARRAY[now() - interval '240 hours', now() - interval '72 hours' + interval '1 second']);
SELECT key, age_days, days_in_status FROM lead.lead_report WHERE key = 'S-WORKING';
ROLLBACK;

-- First work is the first entry into IN_PROGRESS or WORKING, be it at creation.
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, status) VALUES
	('W-born', 'Party', 'WARM', 'PARTNER', 'B2B', 'WORKING'),
	('W-idle', 'Party', 'WARM', 'PARTNER', 'B2B', 'NON_WORKING'),
	('W-again', 'Party', 'WARM', 'PARTNER', 'B2B', 'NEW');
UPDATE lead.lead SET status = 'NON_WORKING' WHERE key = 'W-again';
UPDATE lead.lead SET status = 'WORKING' WHERE key = 'W-again';
UPDATE lead.lead SET status = 'IN_PROGRESS' WHERE key = 'W-again';
CALL reports_tools.happened('W-born', '{2024-02-01 08:00+00}');
CALL reports_tools.happened('W-again', '{2024-02-01 08:00+00, 2024-02-01 09:00+00, 2024-02-02 08:20+00, 2024-02-03 08:00+00}');
SELECT key, first_worked_at, hours_to_first_work FROM lead.lead_report WHERE key LIKE 'W-%' ORDER BY key;

-- Coming back from REJECTED or UNSUCCESSFUL is a reopening, whereto ever; a
-- reversal is none, nor is a lost lead that is lost in another way.
INSERT INTO lead.lead_status_rule (from_status, to_status) VALUES ('REJECTED', 'WORKING'), ('REJECTED', 'UNSUCCESSFUL');
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type)
	SELECT 'R-' || n, 'Party', 'WARM', 'REFERRAL', 'B2B' FROM generate_series(0, 3) n;
UPDATE lead.lead SET status = 'REJECTED', status_reason = 'a' WHERE key IN ('R-1', 'R-2', 'R-3');
UPDATE lead.lead SET status = 'NEW', status_reason = 'b' WHERE key = 'R-1';
UPDATE lead.lead SET status = 'REJECTED', status_reason = 'c' WHERE key = 'R-1';
UPDATE lead.lead SET status = 'IN_PROGRESS', status_reason = 'd' WHERE key = 'R-1';
UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'e' WHERE key = 'R-1';
UPDATE lead.lead SET status = 'WORKING', status_reason = 'f' WHERE key = 'R-2';
UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'g' WHERE key = 'R-3';
SELECT FROM lead.convert(reports_tools.id('R-0'));
SELECT FROM lead.revert_conversion(reports_tools.id('R-0'), 'wrong');
SELECT key, status, times_reopened, close_reason FROM lead.lead_report WHERE key LIKE 'R-%' ORDER BY key;
-- A reverted conversion leaves no trace in the report.
SELECT key, is_won, converted_at, customer_id, customer_key, customer_name, closed_at FROM lead.lead_report WHERE key = 'R-0';
DELETE FROM lead.lead_status_rule;

-- A customer in the user's own tables is known by its reference.
CREATE SCHEMA reports_crm;
CREATE FUNCTION reports_crm.client(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text
	LANGUAGE sql AS $$ SELECT 'client 7' $$;
INSERT INTO lead.conversion_target (lead_type, function) VALUES ('B2C', 'reports_crm.client');
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type)
	VALUES ('T-1', 'Party', 'WARM', 'REFERRAL', 'B2C');
SELECT FROM lead.convert(reports_tools.id('T-1'));
SELECT status_class, customer_ref, customer_id, customer_name, external_system FROM lead.lead_report WHERE key = 'T-1';
DELETE FROM lead.conversion_target;

-- The contact shown is the primary one, else the first; a bare string is a value.
SELECT contacts, lead.primary_contact(contacts) FROM unnest(ARRAY[
	'[]',
	'["first", "second"]',
	'[{"value": "first"}, "second"]',
	'["first", {"value": "second", "primary": true}]',
	'[{"value": "first", "primary": false}, {"value": "second", "primary": true}, {"value": "third", "primary": true}]',
	'[{"value": "first", "primary": "true"}, {"value": "second"}]',
	'[{"value": "first", "primary": null}]',
	'[{"type": "no value"}]']::jsonb[]) WITH ORDINALITY c (contacts, n) ORDER BY n;
SELECT lead.primary_contact(NULL);

-- Labels come in the language asked for, else as the name.
UPDATE lead.lead_source SET localization_data = '{"cs": {"name": "Sit"}, "de": {"description": "Netz"}, "fr": "Toile"}' WHERE code = 'WEB';
UPDATE lead.lead_type SET localization_data = '{"cs": {"name": "Firma"}}' WHERE code = 'B2B';
UPDATE lead.lead_rating SET localization_data = '{"cs": {"name": "Horky"}}' WHERE code = 'HOT';
-- In a session that has not loaded the library yet, the setting is not there.
\c -
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SELECT current_setting('lead.language', true) IS NULL AS unset;
SELECT lead_type_name, lead_rating_name, lead_source_name FROM lead.lead_report WHERE key = 'FULL';
SET lead.language = 'cs';
SELECT lead_type_name, lead_rating_name, lead_source_name FROM lead.lead_report WHERE key = 'FULL';
SELECT lead.uuid_v7() IS NOT NULL AS library_loaded;
SELECT lead_type_name, lead_rating_name, lead_source_name FROM lead.lead_report WHERE key = 'FULL';
SELECT lead_type_name, lead_rating_name, lead_source_name FROM lead.lead_report WHERE key = 'BARE';
SELECT group_code, group_name FROM lead.funnel(NULL, NULL, 'type') ORDER BY 1;
SELECT lead_source, lead_source_name FROM lead.funnel WHERE lead_source IN ('WEB', 'PHONE') ORDER BY 1;
SELECT DISTINCT lead_source, lead_source_name, lead_type_name FROM lead.conversion_rate WHERE lead_source IN ('WEB', 'PHONE') ORDER BY 1;
-- No name in that language, nothing but a name, no such language, none.
SET lead.language = 'de';
SELECT lead_source_name FROM lead.lead_report WHERE key = 'FULL';
SET lead.language = 'fr';
SELECT lead_source_name FROM lead.lead_report WHERE key = 'FULL';
SET lead.language = 'xx';
SELECT lead_source_name FROM lead.lead_report WHERE key = 'FULL';
SET lead.language = '';
SELECT lead_source_name FROM lead.lead_report WHERE key = 'FULL';
-- The other reports in such a session.
\c -
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SELECT DISTINCT lead_source_name FROM lead.conversion_rate WHERE lead_source = 'WEB';
SELECT lead_source_name FROM lead.funnel WHERE lead_source = 'WEB';

--
-- status_period
--

-- One life: parked, postponed (the same stay), rejected, reopened, converted,
-- taken back. Times are 1, 2, 4, 8 … hours apart.
SET lead.actor = 'petr';
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type) VALUES ('LIFE', 'Party', 'COLD', 'CAMPAIGN', 'B2B');
RESET lead.actor;
UPDATE lead.lead SET status = 'IN_PROGRESS' WHERE key = 'LIFE';
UPDATE lead.lead SET description = 'a note' WHERE key = 'LIFE';
UPDATE lead.lead SET status = 'LATER', deferred_until = '2100-01-01', status_reason = 'holiday' WHERE key = 'LIFE';
UPDATE lead.lead SET deferred_until = '2100-02-01' WHERE key = 'LIFE';
UPDATE lead.lead SET status = 'IN_PROGRESS' WHERE key = 'LIFE';
UPDATE lead.lead SET status = 'REJECTED', status_reason = 'spam' WHERE key = 'LIFE';
UPDATE lead.lead SET status = 'NEW', status_reason = 'no spam' WHERE key = 'LIFE';
SELECT FROM lead.convert(reports_tools.id('LIFE'));
SELECT FROM lead.revert_conversion(reports_tools.id('LIFE'), 'not signed');
CALL reports_tools.happened('LIFE', '{2024-05-01 00:00+00, 2024-05-01 01:00+00, 2024-05-01 03:00+00, 2024-05-01 07:00+00,
	2024-05-01 15:00+00, 2024-05-02 07:00+00, 2024-05-03 15:00+00, 2024-05-06 07:00+00, 2024-05-11 15:00+00}');
SELECT version, status, status_code, status_order, started_at, ended_at, CASE is_current WHEN 0 THEN hours END AS hours, is_current,
	from_status, next_status, reason, started_by = current_user AS started_by, started_by_actor
FROM lead.status_period WHERE lead_id = reports_tools.id('LIFE') ORDER BY version;
SELECT status, status_since, times_reopened, first_worked_at, hours_to_first_work FROM lead.lead_report WHERE key = 'LIFE';

-- The present stay lasts until now.
BEGIN;
CALL reports_tools.happened('BARE', ARRAY[now() - interval '90 minutes']);
SELECT status, hours, is_current, ended_at FROM lead.status_period WHERE lead_id = reports_tools.id('BARE');
ROLLBACK;

-- For every lead: just one present stay, in its status; the stays follow one another.
SELECT count(*) AS leads, count(*) FILTER (WHERE (p.present = 1 AND p.first_version = 1
	AND p.last_status = l.status AND p.last_started = l.status_since AND p.joints = p.stays - 1) IS NOT TRUE) AS wrong
FROM lead.lead l LEFT JOIN (
	SELECT lead_id, sum(is_current) AS present, min(version) AS first_version, count(*) AS stays,
		(array_agg(status_code ORDER BY version DESC))[1] AS last_status, max(started_at) AS last_started,
		count(*) FILTER (WHERE ended_at = next_start AND next_status = status_after AND is_current = 0) AS joints
	FROM (SELECT *, lead(started_at) OVER w AS next_start, lead(status) OVER w AS status_after
		FROM lead.status_period WINDOW w AS (PARTITION BY lead_id ORDER BY version)) s
	GROUP BY lead_id) p ON p.lead_id = l.id;

--
-- funnel
--

SET client_min_messages = warning;
TRUNCATE lead.lead_conversion, lead.lead CASCADE;
RESET client_min_messages;
INSERT INTO lead.lead (key, party_name, lead_source, lead_type, lead_rating, priority, assigned_to, status, deferred_until)
	SELECT v.key, 'Party', v.source, v.type, v.rating, v.priority::lead.lead_priority, v.assigned_to,
		CASE WHEN v.becomes = 'LATER' THEN 'LATER' ELSE 'NEW' END::lead.lead_status, CASE WHEN v.becomes = 'LATER' THEN timestamptz '2100-01-01' END
	FROM (VALUES
		('F01', 'WEB', 'B2B', 'HOT', 'HIGH', 'eva', 'CONVERTED'),
		('F02', 'WEB', 'B2B', 'HOT', 'HIGH', 'eva', 'CONVERTED_EXTERNAL'),
		('F03', 'WEB', 'B2C', 'WARM', 'LOW', 'petr', 'UNSUCCESSFUL'),
		('F04', 'WEB', 'B2C', 'WARM', NULL, NULL, 'REJECTED'),
		('F05', 'WEB', 'B2B', 'COLD', NULL, NULL, 'LATER'),
		('F06', 'WEB', 'B2B', 'COLD', NULL, 'eva', 'NON_WORKING'),
		('F07', 'PHONE', 'B2B', 'HOT', 'LOW', 'petr', 'REJECTED'),
		('F08', 'PHONE', 'B2B', 'HOT', 'LOW', 'petr', 'NEW'),
		('F09', 'EMAIL', 'B2C', 'WARM', 'MEDIUM', 'eva', 'CONVERTED'),
		('F10', 'EVENT', 'B2C', 'WARM', 'MEDIUM', 'eva', 'UNSUCCESSFUL'))
	v (key, source, type, rating, priority, assigned_to, becomes);
UPDATE lead.lead SET status = 'WORKING' WHERE key IN ('F03', 'F10');
UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'price' WHERE key IN ('F03', 'F10');
UPDATE lead.lead SET status = 'REJECTED', status_reason = 'spam' WHERE key IN ('F04', 'F07');
UPDATE lead.lead SET status = 'NON_WORKING' WHERE key = 'F06';
SELECT FROM lead.convert(reports_tools.id('F01'));
SELECT FROM lead.convert_external(reports_tools.id('F02'), 'SAP');
SELECT FROM lead.convert(reports_tools.id('F09'));
CALL reports_tools.happened('F01', '{2024-06-01 00:00+00, 2024-06-02 00:00+00}');
CALL reports_tools.happened('F02', '{2024-06-01 00:00+00, 2024-06-02 00:00+00}');
CALL reports_tools.happened('F03', '{2024-06-01 00:00+00, 2024-06-02 00:00+00, 2024-06-03 00:00+00}');
CALL reports_tools.happened('F09', '{2024-06-01 00:00+00, 2024-06-02 00:00+00}');
CALL reports_tools.happened('F10', '{2024-06-01 00:00+00, 2024-06-02 00:00+00, 2024-06-03 00:00+00}');
-- Around midnight in Prague and in Greenwich.
CALL reports_tools.happened('F07', '{2024-03-31 21:59:59+00, 2024-04-10 00:00+00}');
CALL reports_tools.happened('F08', '{2024-03-31 22:00:00+00}');
CALL reports_tools.happened('F04', '{2024-04-01 00:00:00+00, 2024-04-03 00:00+00}');
CALL reports_tools.happened('F06', '{2024-04-01 21:59:59.999999+00, 2024-04-02 00:00+00}');
CALL reports_tools.happened('F05', '{2024-04-01 22:00:00+00}');

-- Win rate counts won against lost opportunities, rejection rate the rejected
-- among all; where nothing is decided there is no win rate.
SELECT * FROM lead.funnel();
SELECT * FROM lead.funnel(NULL, NULL, 'type');
SELECT * FROM lead.funnel(by => 'rating');
SELECT * FROM lead.funnel(by => 'priority');
SELECT * FROM lead.funnel(by => 'assigned_to');
SELECT * FROM lead.funnel(by => 'month');
-- NULL is the default, in each argument.
SELECT count(*) AS differ FROM (SELECT * FROM lead.funnel() EXCEPT ALL SELECT * FROM lead.funnel(NULL, NULL, NULL)) d;
-- The view is the function by source.
SELECT count(*) AS groups FROM lead.funnel;
SELECT count(*) AS differ FROM (
	(SELECT * FROM lead.funnel EXCEPT ALL SELECT * FROM lead.funnel(NULL, NULL, 'source'))
	UNION ALL (SELECT * FROM lead.funnel(NULL, NULL, 'source') EXCEPT ALL SELECT * FROM lead.funnel)) d;
-- Each grouping counts each lead once.
SELECT by, count(*) AS groups, sum(leads) AS leads, sum(open + paused + won + unsuccessful + rejected) AS by_class, sum(won) AS won
FROM unnest(ARRAY['source', 'type', 'rating', 'priority', 'assigned_to', 'month']) by, lead.funnel(NULL, NULL, by) f GROUP BY by ORDER BY by;

SELECT * FROM reports_tools.error($$SELECT * FROM lead.funnel(by => 'colour')$$);
SELECT * FROM reports_tools.error($$SELECT * FROM lead.funnel(by => '')$$);
SELECT * FROM reports_tools.error($$SELECT * FROM lead.funnel(by => 'SOURCE')$$);
SELECT code FROM reports_tools.error($$SELECT * FROM lead.funnel(by => repeat('x', 1000000))$$);
-- Refused also where no lead would be counted.
SELECT code FROM reports_tools.error($$SELECT * FROM lead.funnel('2001-01-01', '2001-01-01', 'colour')$$);

-- Both days are inclusive, in the time zone of the session.
CREATE FUNCTION reports_tools.days(from_day date, to_day date) RETURNS TABLE (days text, leads numeric)
LANGUAGE sql AS $$ SELECT from_day || ' to ' || to_day, sum(leads) FROM lead.funnel(from_day, to_day, 'source') $$;
SET timezone = 'UTC';
SELECT v.* FROM (VALUES ('2024-03-31'::date, '2024-03-31'::date), ('2024-04-01', '2024-04-01'), ('2024-03-31', '2024-04-01'),
	('2024-04-02', '2024-04-02'), ('2024-04-01', '2024-03-31'), ('-infinity', '2024-03-31'), ('2024-04-01', 'infinity')) d (f, t), reports_tools.days(f, t) v;
SET timezone = 'Europe/Prague';
SELECT v.* FROM (VALUES ('2024-03-31'::date, '2024-03-31'::date), ('2024-04-01', '2024-04-01'), ('2024-03-31', '2024-04-01'),
	('2024-04-02', '2024-04-02'), ('2024-04-01', '2024-03-31'), ('-infinity', '2024-03-31'), ('2024-04-01', 'infinity')) d (f, t), reports_tools.days(f, t) v;
SELECT sum(leads) = (SELECT count(*) FROM lead.lead WHERE inserted_at >= '2024-04-01 00:00 Europe/Prague') AS open_end FROM lead.funnel('2024-04-01');
SELECT sum(leads) AS open_start FROM lead.funnel(NULL, '2024-04-01');

-- Months too: the same lead on both sides of a midnight.
SET timezone = 'UTC';
SELECT key, created_at, created_on, created_month FROM lead.lead_report WHERE created_at < '2024-05-01' ORDER BY created_at;
SELECT group_code, group_name, leads, rejected FROM lead.funnel(NULL, '2024-04-30', 'month') ORDER BY 1;
SELECT * FROM lead.conversion_rate WHERE created_month < '2024-05-01' ORDER BY created_month, lead_source, lead_type;
SET timezone = 'Europe/Prague';
SELECT key, created_at, created_on, created_month FROM lead.lead_report WHERE created_at < '2024-05-01' ORDER BY created_at;
SELECT group_code, group_name, leads, rejected FROM lead.funnel(NULL, '2024-04-30', 'month') ORDER BY 1;
SELECT * FROM lead.conversion_rate WHERE created_month < '2024-05-01' ORDER BY created_month, lead_source, lead_type;

--
-- conversion_rate
--

SET timezone = 'UTC';
SELECT * FROM lead.conversion_rate WHERE created_month > '2024-05-01' ORDER BY created_month, lead_source, lead_type;
-- All reports tell the same sums as the table.
SELECT count(*), count(*) FILTER (WHERE status IN ('CONVERTED', 'CONVERTED_EXTERNAL')) AS won,
	count(*) FILTER (WHERE status = 'UNSUCCESSFUL') AS unsuccessful, count(*) FILTER (WHERE status = 'REJECTED') AS rejected FROM lead.lead;
SELECT sum(leads), sum(won) AS won, sum(unsuccessful) AS unsuccessful, sum(rejected) AS rejected FROM lead.conversion_rate;
SELECT sum(leads), sum(won) AS won, sum(unsuccessful) AS unsuccessful, sum(rejected) AS rejected FROM lead.funnel;
SELECT count(*), sum(is_won) AS won, count(*) FILTER (WHERE status = 'UNSUCCESSFUL') AS unsuccessful,
	count(*) FILTER (WHERE status = 'REJECTED') AS rejected FROM lead.lead_report;
SELECT count(*) FILTER (WHERE is_current = 1), count(*) FILTER (WHERE is_current = 1 AND status LIKE 'CONVERTED%') AS won,
	count(*) FILTER (WHERE is_current = 1 AND status = 'UNSUCCESSFUL') AS unsuccessful,
	count(*) FILTER (WHERE is_current = 1 AND status = 'REJECTED') AS rejected FROM lead.status_period;

--
-- One lead, or a few, are found by index, not by reading whole tables. Registers
-- are too small to matter, and conversions may be hashed.
--

INSERT INTO lead.lead (party_name, lead_source, lead_type, lead_rating)
	SELECT 'Party', 'WEB', 'B2B', 'HOT' FROM generate_series(1, 3000);
UPDATE lead.lead SET status = 'IN_PROGRESS' WHERE status = 'NEW';
SELECT count(lead.convert(id)) FROM (SELECT id FROM lead.lead WHERE status = 'IN_PROGRESS' ORDER BY id LIMIT 300) l;
SELECT w.key FROM lead.merge(reports_tools.id('F01'), ARRAY(SELECT id FROM lead.lead WHERE status = 'IN_PROGRESS' AND key <> 'F01' ORDER BY id LIMIT 300)) w;
ANALYZE;
CREATE FUNCTION reports_tools.read_whole(query text) RETURNS TABLE (relation text)
LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN QUERY
		WITH RECURSIVE node AS (
			SELECT plan -> 0 -> 'Plan' AS n
			UNION ALL
			SELECT json_array_elements(node.n -> 'Plans') FROM node
		)
		SELECT DISTINCT n ->> 'Relation Name' FROM node
		WHERE n ->> 'Node Type' = 'Seq Scan' AND n ->> 'Relation Name' NOT IN ('lead_type', 'lead_rating', 'lead_source')
		ORDER BY 1;
END $$;
-- The check can fail.
SELECT * FROM reports_tools.read_whole('SELECT * FROM lead.lead WHERE description IS NULL');
SELECT * FROM reports_tools.read_whole(format('SELECT * FROM lead.lead_report WHERE id = %L', reports_tools.id('F01')));
SELECT * FROM reports_tools.read_whole($$SELECT * FROM lead.lead_report WHERE key = 'F01'$$);
SELECT * FROM reports_tools.read_whole($$SELECT * FROM lead.lead_report WHERE status_code = 'UNSUCCESSFUL'$$) WHERE relation <> 'lead_conversion';
SELECT * FROM reports_tools.read_whole(format('SELECT * FROM lead.status_period WHERE lead_id = %L', reports_tools.id('F01')));
SELECT * FROM reports_tools.read_whole($$SELECT * FROM lead.status_as_of() WHERE key = 'F01'$$);
SELECT * FROM reports_tools.read_whole(format('SELECT * FROM lead.status_as_of(now()) WHERE lead_id = %L', reports_tools.id('F01')));
SELECT * FROM reports_tools.read_whole($$SELECT s.* FROM lead.lead l JOIN lead.status_as_of(now() - interval '1 day') s ON s.lead_id = l.id WHERE l.status = 'UNSUCCESSFUL'$$);
SELECT * FROM reports_tools.read_whole(format('SELECT * FROM lead.char_report WHERE lead_id = %L', reports_tools.id('F01')));
SELECT * FROM reports_tools.read_whole(format('SELECT * FROM lead.contact_report WHERE lead_id = %L AND kind = %L', reports_tools.id('F01'), 'phone'));
-- a moment of all leads reads the leads, and of the history what it needs
SELECT * FROM reports_tools.read_whole('SELECT status, count(*) FROM lead.status_as_of() GROUP BY 1');
-- What a query does not ask for is not looked up.
SELECT * FROM reports_tools.read_whole('SELECT lead_source, count(*), sum(is_won) FROM lead.lead_report GROUP BY 1') WHERE relation <> 'lead_conversion';

SET client_min_messages = warning;
DROP SCHEMA reports_crm, reports_tools CASCADE;
