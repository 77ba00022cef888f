-- Many leads in one call: lead.convert_many, lead.convert_external_many,
-- lead.transition_many. That they do what the calls for one lead do is shown by
-- many_property; here stands what is told of each lead, and what is special.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools
SET client_min_messages = warning;

CREATE FUNCTION pg_temp.ids(VARIADIC numbers int[]) RETURNS uuid[] LANGUAGE sql IMMUTABLE AS
	$$ SELECT array_agg(pg_temp.id(n) ORDER BY o) FROM unnest(numbers) WITH ORDINALITY u (n, o) $$;
-- An outcome without ids; message only where there is one.
CREATE FUNCTION pg_temp.told(o lead.outcome) RETURNS TABLE (ord bigint, lead text, outcome text, status lead.lead_status, customer text, ref text, sqlstate text, said text)
	LANGUAGE sql AS $$
	SELECT o.ord, right(o.lead_id::text, 3), o.outcome, o.status, CASE WHEN o.customer_id IS NOT NULL THEN 'a customer' END, o.customer_ref, o.sqlstate,
		regexp_replace(concat_ws(E'\n', o.message, o.detail, o.hint), '\m(?!00000000-)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\M', '(id)', 'g')
$$;
CREATE VIEW pg_temp.count AS
	SELECT (SELECT count(*) FROM lead.lead l WHERE l.status IN ('CONVERTED', 'CONVERTED_EXTERNAL')) AS converted, (SELECT count(*) FROM lead.lead_conversion) AS conversions,
		(SELECT count(*) FROM lead.customer) AS customers, (SELECT count(*) FROM lead.account) AS accounts,
		(SELECT count(*) FROM lead.lead_status_change) AS changes;
-- Nine statuses, and a lead that was converted and taken back.
CREATE PROCEDURE pg_temp.begin_anew() LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE lead.lead, lead.customer, lead.account, lead.person, lead.lead_conversion, lead.lead_merge, lead.lead_erasure, lead.lead_status_change;
	PERFORM pg_temp.new_lead(n::int, s) FROM unnest(ARRAY['NEW', 'IN_PROGRESS', 'WORKING', 'NON_WORKING', 'LATER', 'REJECTED', 'UNSUCCESSFUL', 'CONVERTED', 'CONVERTED_EXTERNAL', 'CONVERTED']) WITH ORDINALITY u (s, n);
	PERFORM lead.revert_conversion(pg_temp.id(10), 'mistake');
END $$;
CALL pg_temp.begin_anew();

-- Outcomes of all kinds -------------------------------------------------------------

-- in the order of the inputs, also of those that are no lead
SELECT t.* FROM lead.convert_many(pg_temp.ids(10, 9, 8, 7, 6, 5) || NULL::uuid || pg_temp.ids(4, 3, 77, 2, 1, 3, 8, 6, 77)) o, pg_temp.told(o) t;
SELECT * FROM pg_temp.count;
SELECT l.key, l.status, l.version, v.kind, v.version, v.from_status, v.made_customer, c.name, a.name, a.customer_id = c.id AS its_account, a.account_start_date = current_date AS today
FROM lead.lead l JOIN lead.lead_conversion v ON v.lead_id = l.id LEFT JOIN lead.customer c ON c.id = v.customer_id LEFT JOIN lead.account a ON a.id = v.account_id
ORDER BY l.id, v.version;
-- the one that was taken back went to the customer it had
SELECT count(*), count(DISTINCT customer_id) FROM lead.lead_conversion WHERE lead_id = pg_temp.id(10);
SELECT * FROM pg_temp.broken_history();
-- an outcome tells the customer that is recorded
CALL pg_temp.begin_anew();
CREATE TEMP TABLE told AS SELECT * FROM lead.convert_many(pg_temp.ids(1, 2, 3, 8));
SELECT o.outcome, o.customer_id = v.customer_id AS the_recorded_one
FROM told o JOIN lead.lead_conversion v ON v.lead_id = o.lead_id AND v.reverted_at IS NULL ORDER BY o.ord;

CALL pg_temp.begin_anew();
SELECT t.* FROM lead.convert_external_many(pg_temp.ids(9, 8, 1, 2, 1, 1, 2, 2) || NULL::uuid || pg_temp.ids(77), 'SAP', '{A,B,C,NULL,C,D,NULL,E,F,G}', reason => 'moved') o, pg_temp.told(o) t;
SELECT right(lead_id::text, 2) AS lead, kind, from_status, external_system, external_id, reason, customer_id, account_id, made_customer FROM lead.lead_conversion WHERE lead_id <> pg_temp.id(10) AND kind <> 'CONVERTED' ORDER BY lead_id;
-- an id that was unknown stays so, and asks for no other
SELECT t.* FROM lead.convert_external_many(pg_temp.ids(1, 2, 9, 9), 'SAP') o, pg_temp.told(o) t;
-- the same lead as two customers of the other system: what is recorded counts, not what the first asked for
SELECT t.* FROM lead.convert_external_many(pg_temp.ids(1, 1, 1, 1), 'SAP', '{NULL,C,Z,C}') o, pg_temp.told(o) t;
SELECT t.* FROM lead.convert_external_many(pg_temp.ids(1, 1, 1), 'SAP', '{Z,C,NULL}') o, pg_temp.told(o) t;
SELECT t.* FROM lead.convert_external_many(pg_temp.ids(3, 3, 3), 'SAP', '{Z,C,NULL}', dry_run => true) o, pg_temp.told(o) t;
SELECT t.* FROM lead.convert_external_many(pg_temp.ids(3, 3, 3), 'SAP', '{Z,C,NULL}', all_or_none => true) o, pg_temp.told(o) t;

CALL pg_temp.begin_anew();
SELECT t.* FROM lead.transition_many(pg_temp.ids(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 77, 3, 8) || NULL::uuid, 'WORKING') o, pg_temp.told(o) t;
CALL pg_temp.begin_anew();
SELECT t.* FROM lead.transition_many(pg_temp.ids(1, 4, 5, 6, 8), 'LATER', 'wait', '2998-01-01 00:00+00') o, pg_temp.told(o) t;
SELECT t.* FROM lead.transition_many(pg_temp.ids(1, 5), 'LATER', NULL, '2997-01-01 00:00+00') o, pg_temp.told(o) t;
SELECT t.* FROM lead.transition_many(pg_temp.ids(1, 2), 'LATER', NULL, '2000-01-01 00:00+00') o, pg_temp.told(o) t;
SELECT t.* FROM lead.transition_many(pg_temp.ids(5), 'LATER') o, pg_temp.told(o) t;
SELECT l.key, l.status_reason, l.deferred_until AT TIME ZONE 'UTC' AS until, l.version FROM lead.lead l WHERE l.status = 'LATER' ORDER BY l.id;
SELECT t.* FROM lead.transition_many(pg_temp.ids(1, 2, 8, 9), 'CONVERTED') o, pg_temp.told(o) t;
SELECT t.* FROM lead.transition_many(pg_temp.ids(1, 2), 'CONVERTED_EXTERNAL', dry_run => true) o, pg_temp.told(o) t;
SELECT * FROM pg_temp.broken_history();

-- who and when: each its own time, later than the one before
BEGIN;
SET LOCAL lead.actor = 'ema@example.com';
SELECT count(*) FROM lead.transition_many(pg_temp.ids(2, 3), 'NON_WORKING', 'idle', processing_data => '{"a": 1}');
SELECT lead.processing_data(pg_temp.id(2)), lead.processing_data(pg_temp.id(4));
SELECT count(*) FROM lead.convert_many(pg_temp.ids(2, 3), reason => 'signed', processing_data => '{"b": 1}');
SELECT lead.processing_data(pg_temp.id(2));
SELECT right(c.lead_id::text, 1) AS lead, c.version, c.to_status, c.reason, c.actor, c.changed_by = current_user AS by_me FROM lead.lead_status_change c WHERE c.actor IS NOT NULL ORDER BY c.lead_id, c.version;
SELECT reason, converted_by = current_user AS by_me, converted_by_actor, lead.processing_data(lead_id) FROM lead.lead_conversion WHERE converted_by_actor IS NOT NULL;
SELECT * FROM pg_temp.broken_history();
ROLLBACK;

-- persons go with the lead, but not those of another customer
INSERT INTO lead.person (key, last_name, lead_id, customer_id) SELECT v.key, 'Person', pg_temp.id(v.lead), c.id
FROM (VALUES ('P1', 1, false), ('P2', 1, false), ('P3', 1, true), ('P4', 2, false)) v (key, lead, taken) LEFT JOIN lead.lead_conversion o ON v.taken AND o.lead_id = pg_temp.id(8) LEFT JOIN lead.customer c ON c.id = o.customer_id;
SELECT t.* FROM lead.convert_many(pg_temp.ids(1, 2, 4)) o, pg_temp.told(o) t;
SELECT p.key, c.name, (SELECT array_agg(right(v.lead_id::text, 1)) FROM lead.lead_conversion v WHERE p.id = ANY (v.person_ids)) AS pointed_by
FROM lead.person p LEFT JOIN lead.customer c ON c.id = p.customer_id ORDER BY p.key;
SELECT count(*) FROM lead.lead_conversion WHERE person_ids IS NULL;

-- Arguments -----------------------------------------------------------------------

CALL pg_temp.try($$SELECT * FROM lead.convert_many(NULL)$$);
CALL pg_temp.try($$SELECT * FROM lead.convert_external_many(NULL, 'SAP')$$);
CALL pg_temp.try($$SELECT * FROM lead.convert_external_many('{}')$$);
CALL pg_temp.try($$SELECT * FROM lead.convert_external_many('{}', ' ')$$);
CALL pg_temp.try($$SELECT * FROM lead.convert_external_many('{}', repeat('x', 201))$$);
CALL pg_temp.try($$SELECT * FROM lead.convert_external_many(pg_temp.ids(1, 2), 'SAP', '{A}')$$);
CALL pg_temp.try($$SELECT * FROM lead.convert_external_many(pg_temp.ids(1), 'SAP', ARRAY[repeat('x', 201)])$$);
CALL pg_temp.try($$SELECT * FROM lead.transition_many(NULL, 'NEW')$$);
CALL pg_temp.try($$SELECT * FROM lead.transition_many('{}', NULL)$$);
SELECT * FROM lead.convert_many('{}');
SELECT * FROM lead.convert_external_many('{}', 'SAP', '{}');
SELECT * FROM lead.transition_many('{}', 'NEW', all_or_none => true);
CALL pg_temp.begin_anew();
-- an array of arrays is all its elements
SELECT t.* FROM lead.convert_many(ARRAY[pg_temp.ids(1, 6), pg_temp.ids(2, 1)]) o, pg_temp.told(o) t;
SELECT t.* FROM lead.convert_external_many(ARRAY[pg_temp.ids(3, 4)], 'SAP', ARRAY[[' ', 'B']]) o, pg_temp.told(o) t;
SELECT external_id FROM lead.lead_conversion WHERE lead_id IN (pg_temp.id(3), pg_temp.id(4)) ORDER BY lead_id;

-- All or none ---------------------------------------------------------------------

CALL pg_temp.begin_anew();
CREATE TEMP TABLE before AS SELECT * FROM pg_temp.count;
SELECT t.* FROM lead.convert_many(pg_temp.ids(1, 2, 6, 8, 1, 10), all_or_none => true) o, pg_temp.told(o) t;
SELECT t.* FROM lead.convert_external_many(pg_temp.ids(1, 77), 'SAP', all_or_none => true) o, pg_temp.told(o) t;
SELECT t.* FROM lead.convert_external_many(pg_temp.ids(1, 1), 'SAP', '{A,B}', all_or_none => true) o, pg_temp.told(o) t;
SELECT t.* FROM lead.transition_many(pg_temp.ids(1, 2, 3) || NULL::uuid, 'WORKING', all_or_none => true) o, pg_temp.told(o) t;
TABLE before EXCEPT ALL SELECT * FROM pg_temp.count;
-- nothing is locked, nothing left of processing_data, and no permission to convert
BEGIN;
SELECT t.* FROM lead.convert_many(pg_temp.ids(1, 6), all_or_none => true, processing_data => '{"a": 1}') o, pg_temp.told(o) t;
SELECT lead.processing_data(pg_temp.id(1));
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory';
CALL pg_temp.try($$UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'L1'$$);
COMMIT;
-- all: as if it were not asked for
SELECT t.* FROM lead.convert_many(pg_temp.ids(1, 2, 8, 1), all_or_none => true) o, pg_temp.told(o) t;
SELECT t.* FROM lead.transition_many(pg_temp.ids(3, 4), 'WORKING', all_or_none => true) o, pg_temp.told(o) t;
SELECT * FROM pg_temp.count;

-- Dry run ---------------------------------------------------------------------------

CALL pg_temp.begin_anew();
TRUNCATE before; INSERT INTO before SELECT * FROM pg_temp.count;
CREATE TEMP TABLE sequences AS SELECT last_value, is_called FROM lead.key_seq;
CREATE TABLE touched AS SELECT l.id, l.xmin::text AS made, l.xmax::text AS taken FROM lead.lead l;
-- also where nothing can be written
BEGIN READ ONLY;
SELECT t.* FROM lead.convert_many(pg_temp.ids(1, 2, 6, 7, 8, 9, 10, 1, 77) || NULL::uuid, dry_run => true, processing_data => '{"a": 1}') o, pg_temp.told(o) t;
SELECT lead.processing_data(pg_temp.id(1));
SELECT t.* FROM lead.convert_external_many(pg_temp.ids(1, 6, 8, 9), 'SAP', dry_run => true) o, pg_temp.told(o) t;
SELECT t.* FROM lead.transition_many(pg_temp.ids(1, 3, 6, 8), 'WORKING', dry_run => true) o, pg_temp.told(o) t;
SELECT t.* FROM lead.transition_many(pg_temp.ids(1, 3, 6, 8), 'WORKING', dry_run => true, all_or_none => true) o, pg_temp.told(o) t;
SELECT pg_current_xact_id_if_assigned();
COMMIT;
CALL pg_temp.try($$SET TRANSACTION READ ONLY; SELECT * FROM lead.convert_many(pg_temp.ids(1))$$);
TABLE before EXCEPT ALL SELECT * FROM pg_temp.count;
TABLE sequences EXCEPT ALL SELECT last_value, is_called FROM lead.key_seq;
TABLE touched EXCEPT ALL SELECT l.id, l.xmin::text, l.xmax::text FROM lead.lead l;
DROP TABLE touched;

-- Duplicates ------------------------------------------------------------------------
-- L21 and L22 share a phone number, L23 and L24 share one with a customer.

CREATE PROCEDURE pg_temp.make_twins() LANGUAGE plpgsql AS $$
BEGIN
	CALL pg_temp.begin_anew();
	INSERT INTO lead.lead (id, key, party_name, lead_type, lead_rating, lead_source, phones) SELECT pg_temp.id(n), 'L' || n, 'Party ' || n, CASE WHEN n = 24 THEN 'B2C' ELSE 'B2B' END, 'WARM', 'WEB', to_jsonb(ARRAY['+42060310000' || n / 23])
	FROM generate_series(21, 24) n;
	INSERT INTO lead.customer (key, name, phones) VALUES ('C', 'Customer', '["+420603100001"]');
END $$;
CALL pg_temp.make_twins();
-- a warning is no refusal
SELECT t.* FROM lead.convert_many(pg_temp.ids(24, 23, 22, 21), dry_run => true) o, pg_temp.told(o) t;
SELECT ord, outcome, sqlstate, split_part(message, ' may ', 1) AS which, detail FROM lead.convert_many(pg_temp.ids(24, 23, 22, 21), all_or_none => true);
INSERT INTO lead.duplicate_policy (lead_type, on_convert) VALUES (NULL, 'refuse'), ('B2C', 'ignore');
CALL pg_temp.make_twins();
SELECT t.* FROM lead.convert_many(pg_temp.ids(24, 23, 22, 21), dry_run => true) o, pg_temp.told(o) t;
SELECT ord, outcome, sqlstate, split_part(message, ' may ', 1) AS which, detail FROM lead.convert_many(pg_temp.ids(24, 23, 22, 21));
SELECT name, phones FROM lead.customer WHERE name ~ 'Party 2|Customer' ORDER BY name;
TRUNCATE lead.duplicate_policy;
