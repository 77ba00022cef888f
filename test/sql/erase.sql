-- lead.erase: what is overwritten and what stays, who may, what is refused; and
-- that afterwards the words are nowhere in the schema, and every figure is the same.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\set tools :abs_srcdir '/data/tools.sql'
\i :fresh
\i :tools
CREATE ROLE regress_lead_agent;
CREATE ROLE regress_lead_admin;
SELECT lead.grant_access('regress_lead_agent', 'agent'), lead.grant_access('regress_lead_admin', 'administrator') \g /dev/null

-- The rows of each table in which a word occurs, in whatever column.
CREATE FUNCTION pg_temp.found(word text) RETURNS TABLE (place text, rows bigint) LANGUAGE plpgsql AS $$
BEGIN
	FOR place IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind = 'r' ORDER BY c.relname COLLATE "C" LOOP
		EXECUTE format('SELECT count(*) FROM lead.%I t WHERE position($1 IN lower(t::text)) > 0', place) INTO rows USING word;
		IF rows > 0 THEN
			RETURN NEXT;
		END IF;
	END LOOP;
END $$;
-- All that is stored, in one value.
CREATE FUNCTION pg_temp.everything() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	t regclass;
	one text;
	every text := '';
BEGIN
	FOR t IN SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind = 'r' ORDER BY c.relname LOOP
		EXECUTE format('SELECT md5(coalesce(string_agg(md5(x::text), '''' ORDER BY x::text), '''')) FROM %s x', t) INTO one;
		every := every || one;
	END LOOP;
	RETURN every;
END $$;

-- A lead with a word in every place ------------------------------------------------------------

-- Columns of the user's own: one that takes NULL, those that do not, and a generated one.
CREATE DOMAIN public.needed AS text NOT NULL;
CREATE DOMAIN public.needed_too AS public.needed;
ALTER TABLE lead.lead ADD COLUMN "My note" text, ADD COLUMN must text NOT NULL DEFAULT 'x', ADD COLUMN gone int,
	ADD COLUMN "by domain" public.needed_too DEFAULT 'x', ADD COLUMN shout text GENERATED ALWAYS AS (upper(party_name)) STORED;
ALTER TABLE lead.lead DROP COLUMN gone;
ALTER TABLE lead.person ADD COLUMN note text, ADD COLUMN number int GENERATED ALWAYS AS IDENTITY;
ALTER TABLE lead.customer ADD COLUMN note text;
ALTER TABLE lead.account ADD COLUMN note text;
ALTER TABLE lead.lead_status_change ADD COLUMN note text;
ALTER TABLE lead.lead_conversion ADD COLUMN note text;

SET lead.actor = 'wordactor';
INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type, priority, description, assigned_to,
	contact_instants, phones, emails, websites, data_boxes, data_tags, chars, "My note")
VALUES (pg_temp.id(1), 'wordkey', 'wordparty', 'WARM', 'WEB', 'B2B', 'HIGH', 'worddescription', 'wordassigned',
	'[{"value": "wordinstant", "service": "x"}]', '["+420777123456"]', '["wordmail@example.com"]', '["https://wordweb.example"]', '["6bnaawp"]',
	'{wordtag}', '{"wordchar": "wordvalue"}', 'wordnote');
INSERT INTO lead.person (id, key, first_name, last_name, person_type, phones, emails, lead_id, user_id, data_tags, chars, note)
VALUES (pg_temp.id(11), 'wordpersonkey', 'wordfirst', 'wordlast', 'wordtype', '["+420777123457"]', '["wordperson@example.com"]', pg_temp.id(1), pg_temp.id(99),
	'{wordpersontag}', '{"wordpersonchar": 1}', 'wordpersonnote');
UPDATE lead.lead SET status = 'REJECTED', status_reason = 'wordrejected' WHERE id = pg_temp.id(1);
UPDATE lead.lead SET status = 'IN_PROGRESS', status_reason = 'wordreopened' WHERE id = pg_temp.id(1);
SELECT kind, made_customer FROM lead.convert_external(pg_temp.id(1), 'SAP', 'wordexternal', 'wordexternalreason');
SELECT status FROM lead.revert_conversion(pg_temp.id(1), 'wordreverted');
SELECT kind, made_customer FROM lead.convert(pg_temp.id(1), reason => 'wordconverted');
SELECT status FROM lead.revert_conversion(pg_temp.id(1), 'wordback');
SELECT kind, made_customer FROM lead.convert(pg_temp.id(1), reason => 'wordagain');
SELECT customer_id AS customer FROM lead.lead_conversion WHERE lead_id = pg_temp.id(1) AND reverted_at IS NULL \gset
UPDATE lead.customer SET description = 'wordcustomer', note = 'wordcustomernote', key = 'wordcustomerkey' WHERE id = :'customer';
UPDATE lead.account SET description = 'wordaccount', note = 'wordaccountnote', key = 'wordaccountkey', chars = '{"wordaccountchar": 1}' WHERE customer_id = :'customer';
INSERT INTO lead.account (name, customer_id) VALUES ('wordsecond', :'customer');
INSERT INTO lead.person (id, last_name, customer_id) VALUES (pg_temp.id(12), 'wordcolleague', :'customer');
RESET lead.actor;
-- lines of imports that met it, and one of nobody's
INSERT INTO lead.lead_import (batch, line, payload) VALUES ('erase', 1, '{"key": "wordkey", "description": "wordpayload"}'), ('erase', 2, '{"priority": "x"}');
SET client_min_messages = warning;
CALL lead.run_import('erase', on_duplicate => 'skip');
RESET client_min_messages;
UPDATE lead.lead_import SET message = 'wordmessage', detail = 'worddetail', hint = 'wordhint' WHERE line = 1;
UPDATE lead.lead_status_change SET note = 'wordchangenote';
UPDATE lead.lead_conversion SET note = 'wordconversionnote';

CREATE TEMP TABLE word AS SELECT w FROM unnest(string_to_array('wordactor wordkey wordparty worddescription wordassigned wordinstant 420777123456 wordmail wordweb 6bnaawp '
	'wordtag wordchar wordvalue wordnote wordpersonkey wordfirst wordlast wordtype 420777123457 wordperson@ wordpersontag wordpersonchar wordpersonnote '
	'wordrejected wordreopened wordexternal wordexternalreason wordreverted wordconverted wordback wordagain wordcustomer wordcustomernote wordcustomerkey '
	'wordaccount wordaccountnote wordaccountkey wordaccountchar wordsecond wordcolleague wordchangenote wordconversionnote wordpayload wordmessage worddetail wordhint ' || pg_temp.id(99), ' ')) w;
-- all of them are there, and seen
SELECT w.w AS not_seen FROM word w WHERE NOT EXISTS (SELECT FROM pg_temp.found(w.w));
SELECT f.place, count(*) AS words FROM word w, pg_temp.found(w.w) f GROUP BY f.place ORDER BY f.place;

-- others, whose data must stay
SELECT pg_temp.new_lead(2, 'CONVERTED'), pg_temp.new_lead(3, 'UNSUCCESSFUL'), pg_temp.new_lead(4, 'LATER') \g /dev/null
CREATE TEMP TABLE others AS
	SELECT l::text AS row FROM lead.lead l WHERE l.id <> pg_temp.id(1)
	UNION ALL SELECT h::text FROM lead.lead_status_change h WHERE h.lead_id <> pg_temp.id(1)
	UNION ALL SELECT c::text FROM lead.lead_conversion c WHERE c.lead_id <> pg_temp.id(1)
	UNION ALL SELECT i::text FROM lead.lead_import i WHERE i.line <> 1
	UNION ALL SELECT u::text FROM lead.customer u WHERE u.id <> :'customer'
	UNION ALL SELECT a::text FROM lead.account a WHERE a.customer_id <> :'customer';

-- figures
CREATE TEMP VIEW figure AS
	SELECT 'funnel' AS which, f::text AS row FROM unnest('{source,type,rating,priority,month}'::text[]) by, lead.funnel(NULL, NULL, by) f
	UNION ALL SELECT 'rate', r::text FROM lead.conversion_rate r
	UNION ALL SELECT 'day', d::text FROM lead.status_by_day d WHERE d.leads <> 0
	UNION ALL SELECT 'moment', (to_jsonb(s) - '{key,reason}'::text[])::text FROM lead.status_as_of() s
	UNION ALL SELECT 'period', (to_jsonb(p) - '{key,reason,started_by_actor}'::text[] - CASE WHEN p.ended_at IS NULL THEN 'hours' ELSE '' END)::text
		FROM lead.status_period p
	UNION ALL SELECT 'report', (to_jsonb(r) - '{key,party_name,assigned_to,tags,primary_phone,primary_email,primary_website,close_reason,customer_key,customer_name,external_id}'::text[])::text
		FROM lead.lead_report r;
CREATE TEMP TABLE figure_before AS SELECT * FROM figure;
SELECT which, count(*) > 0 AS any FROM figure_before GROUP BY which ORDER BY which;

-- Erased ---------------------------------------------------------------------------------------

SET ROLE regress_lead_admin;
SET lead.actor = 'officer';
SELECT version, reason, erased_at > now() - interval '1 minute' AS now, erased_by, erased_by_actor, history_rows, conversions, merges, persons, persons_kept,
	customer_id = :'customer' AS customer, accounts, kept
FROM lead.erase(pg_temp.id(1), 'the person asked for it');
RESET lead.actor;
RESET ROLE;

SELECT w.w, f.* FROM word w, pg_temp.found(w.w) f;
SELECT (to_jsonb(l) - '{status_since,inserted_at,edited_at,inserted_by}'::text[]) AS lead FROM lead.lead l WHERE id = pg_temp.id(1);
SELECT version, from_status, to_status, reason, actor, note, changed_by = session_user AS by_me FROM lead.lead_status_change WHERE lead_id = pg_temp.id(1) ORDER BY version;
SELECT version, kind, from_status, customer_id = :'customer' AS customer, external_system, external_id, reason, converted_by_actor, reverted_by_actor, revert_reason, made_customer, note
FROM lead.lead_conversion WHERE lead_id = pg_temp.id(1) ORDER BY version;
SELECT to_jsonb(p) - 'customer_id' AS person FROM lead.person p ORDER BY p.id;
SELECT key = 'ERASED-' || id AS key, to_jsonb(u) - '{id,key}'::text[] AS customer FROM lead.customer u WHERE id = :'customer';
SELECT key = 'ERASED-' || id AS key, to_jsonb(a) - '{id,key,customer_id,account_start_date}'::text[] AS account FROM lead.account a WHERE customer_id = :'customer';
SELECT * FROM pg_temp.broken_history();

-- what must stay has
(TABLE figure EXCEPT ALL TABLE figure_before) UNION ALL (TABLE figure_before EXCEPT ALL TABLE figure);
SELECT count(*) = (SELECT count(*) FROM others) AS same
FROM (
	SELECT l::text AS row FROM lead.lead l
	UNION ALL SELECT h::text FROM lead.lead_status_change h
	UNION ALL SELECT c::text FROM lead.lead_conversion c
	UNION ALL SELECT i::text FROM lead.lead_import i
	UNION ALL SELECT u::text FROM lead.customer u
	UNION ALL SELECT a::text FROM lead.account a) r JOIN others o USING (row);
SELECT lead.as_json(l) - '{id,statusSince,auditInfo}'::text[] AS json FROM lead.lead l WHERE id = pg_temp.id(1);

-- Refusals -------------------------------------------------------------------------------------

SELECT pg_temp.everything() AS before \gset
CALL pg_temp.try($$SELECT lead.erase(NULL, 'reason')$$);
CALL pg_temp.try($$SELECT lead.erase(pg_temp.id(2))$$);
CALL pg_temp.try($$SELECT lead.erase(pg_temp.id(2), E' \t\n')$$);
CALL pg_temp.try($$SELECT lead.erase(pg_temp.id(999), 'reason')$$);
CALL pg_temp.try($$SELECT lead.do_erase(NULL::lead.lead, pg_temp.id(2), 'reason')$$);
-- agents may not, whatever they call; nor may they write what the erasure writes
SET ROLE regress_lead_agent;
CALL pg_temp.try($$SELECT lead.erase(pg_temp.id(2), 'reason')$$);
CALL pg_temp.try($$SELECT lead.do_erase(NULL::lead.lead_erasure, pg_temp.id(2), 'reason')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_erasure SELECT * FROM lead.lead_erasure$$);
RESET ROLE;
SET ROLE regress_lead_admin;
CALL pg_temp.try($$UPDATE lead.lead_erasure SET reason = 'another'$$);
CALL pg_temp.try($$DELETE FROM lead.lead_erasure$$);
RESET ROLE;
-- a lead that was erased is not deleted
SELECT pg_temp.new_lead(5) \g /dev/null
SELECT history_rows, conversions, persons, customer_id, accounts FROM lead.erase(pg_temp.id(5), 'asked');
CALL pg_temp.try($$DELETE FROM lead.lead WHERE id = pg_temp.id(5)$$);
CALL pg_temp.try($$DELETE FROM lead.lead WHERE id = pg_temp.id(2)$$);

-- Again, and life after it ---------------------------------------------------------------------

UPDATE lead.lead SET party_name = 'wordanew', key = 'wordanew', emails = '["wordanew@example.com"]' WHERE id = pg_temp.id(5);
SELECT version, history_rows FROM lead.erase(pg_temp.id(5), 'asked again');
SELECT * FROM pg_temp.found('wordanew');
SELECT version, reason FROM lead.lead_erasure WHERE lead_id = pg_temp.id(5) ORDER BY version;
-- it goes on as a lead
UPDATE lead.lead SET status = 'WORKING' WHERE id = pg_temp.id(5) RETURNING key, status, version;
SELECT kind, made_customer FROM lead.convert(pg_temp.id(5));
SELECT customer_id IS NOT NULL AS customer, accounts FROM lead.erase(pg_temp.id(5), 'asked once more');
-- neither a required characteristic, an expired code nor a date in the past stands in the way
INSERT INTO lead.entity_spec (id, code, name, closed) VALUES (pg_temp.id(50), 'S', 'S', true);
INSERT INTO lead.characteristic (entity_spec_id, name, required, default_value) VALUES (pg_temp.id(50), 'speed', true, NULL), (pg_temp.id(50), 'kind', true, '"x"');
UPDATE lead.lead_type SET entity_spec_id = pg_temp.id(50) WHERE code = 'B2C';
INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type, chars, status, deferred_until)
VALUES (pg_temp.id(6), 'L6', 'Six', 'HOT', 'PHONE', 'B2C', '{"speed": 1, "kind": "y"}', 'LATER', clock_timestamp() + interval '10 ms');
UPDATE lead.lead_source SET validity_to = '2001-01-01' WHERE code = 'PHONE';
SELECT pg_sleep(0.02) \g /dev/null
SELECT history_rows FROM lead.erase(pg_temp.id(6), 'asked');
SELECT status, deferred_until IS NOT NULL AS parked, chars, lead_source FROM lead.lead WHERE id = pg_temp.id(6);

-- Whose customer, whose persons ----------------------------------------------------------------

-- attached to a customer who was there: he stays, and so do the persons who are his too
INSERT INTO lead.customer (id, key, name) VALUES (pg_temp.id(100), 'C100', 'There before');
SELECT pg_temp.new_lead(20) \g /dev/null
INSERT INTO lead.person (id, key, last_name, lead_id, customer_id) VALUES
	(pg_temp.id(201), 'P201', 'pointed', pg_temp.id(20), NULL), (pg_temp.id(202), 'P202', 'his already', pg_temp.id(20), pg_temp.id(100));
SELECT made_customer FROM lead.convert(pg_temp.id(20), pg_temp.id(100));
INSERT INTO lead.person (id, key, last_name, lead_id) VALUES (pg_temp.id(203), 'P203', 'the lead''s alone', pg_temp.id(20));
SELECT conversions, persons, persons_kept, customer_id, accounts FROM lead.erase(pg_temp.id(20), 'asked');
SELECT key, last_name FROM lead.person WHERE id BETWEEN pg_temp.id(201) AND pg_temp.id(203) ORDER BY id;
SELECT key, name FROM lead.customer WHERE id = pg_temp.id(100);
-- made by the lead, but another lead has come to it, or had: it stays
SELECT pg_temp.new_lead(21), pg_temp.new_lead(22) \g /dev/null
SELECT customer_id AS shared FROM lead.convert(pg_temp.id(21)) \gset
SELECT made_customer FROM lead.convert(pg_temp.id(22), :'shared');
SELECT status FROM lead.revert_conversion(pg_temp.id(22), 'mistake');
SELECT customer_id, accounts FROM lead.erase(pg_temp.id(21), 'asked');
SELECT name FROM lead.customer WHERE id = :'shared';
-- until the last of them is erased; then it goes, with the persons of those erased before
SELECT pg_temp.new_lead(26), pg_temp.new_lead(27) \g /dev/null
SELECT customer_id AS joint FROM lead.convert(pg_temp.id(26)) \gset
SELECT made_customer FROM lead.convert(pg_temp.id(27), :'joint');
INSERT INTO lead.person (id, key, last_name, lead_id, customer_id) VALUES (pg_temp.id(299), 'P299', 'of both', pg_temp.id(26), :'joint');
SELECT customer_id, accounts, persons, persons_kept FROM lead.erase(pg_temp.id(26), 'asked');
SELECT customer_id = :'joint' AS customer, accounts, persons, persons_kept FROM lead.erase(pg_temp.id(27), 'asked');
SELECT c.name, p.last_name FROM lead.customer c, lead.person p WHERE c.id = :'joint' AND p.id = pg_temp.id(299);
-- whoever is of the customer made, but came with another lead, stays
SELECT pg_temp.new_lead(23), pg_temp.new_lead(24) \g /dev/null
SELECT customer_id AS own FROM lead.convert(pg_temp.id(23)) \gset
INSERT INTO lead.person (id, key, last_name, lead_id, customer_id) VALUES (pg_temp.id(204), 'P204', 'of another lead', pg_temp.id(24), :'own');
SELECT persons, persons_kept, customer_id = :'own' AS customer, accounts FROM lead.erase(pg_temp.id(23), 'asked');
SELECT key, last_name FROM lead.person WHERE id = pg_temp.id(204);
-- a reference to the user's own table goes, and no later conversion goes by it
CREATE FUNCTION public.make_client(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE sql AS $$ SELECT coalesce('again ' || customer_ref, 'C-7') $$;
INSERT INTO lead.conversion_target (function) VALUES ('public.make_client');
SELECT pg_temp.new_lead(25) \g /dev/null
SELECT customer_ref, made_customer FROM lead.convert(pg_temp.id(25));
SELECT conversions FROM lead.erase(pg_temp.id(25), 'asked');
SELECT customer_ref FROM lead.lead_conversion WHERE lead_id = pg_temp.id(25);
SELECT status FROM lead.revert_conversion(pg_temp.id(25), 'mistake');
SELECT customer_ref FROM lead.convert(pg_temp.id(25));
DELETE FROM lead.conversion_target;

-- Leads merged into it -------------------------------------------------------------------------

SELECT pg_temp.new_lead(30), pg_temp.new_lead(31), pg_temp.new_lead(32), pg_temp.new_lead(33) \g /dev/null
SELECT status FROM lead.merge(pg_temp.id(31), ARRAY[pg_temp.id(32)]);
SELECT status FROM lead.merge(pg_temp.id(30), ARRAY[pg_temp.id(31), pg_temp.id(33)]);
SELECT place FROM pg_temp.found('party 32');
CALL pg_temp.try($$SELECT lead.erase(pg_temp.id(31), 'asked')$$);
CALL pg_temp.try($$SELECT lead.erase(pg_temp.id(32), 'asked')$$);
SELECT lead_id = pg_temp.id(30) AS the_winner, merges FROM lead.erase(pg_temp.id(30), 'asked');
SELECT right(lead_id::text, 2) AS lead, merges, history_rows, reason FROM lead.lead_erasure WHERE lead_id BETWEEN pg_temp.id(30) AND pg_temp.id(33) ORDER BY lead_id;
SELECT f.place FROM unnest('{party 30,party 31,party 32,party 33}'::text[]) w, pg_temp.found(w) f;
SELECT key, party_name, status, status_reason FROM lead.lead WHERE id BETWEEN pg_temp.id(30) AND pg_temp.id(33) ORDER BY id;
SELECT winner_before, loser_before, merged_by_actor FROM lead.lead_merge WHERE winner_id BETWEEN pg_temp.id(30) AND pg_temp.id(33);
CALL pg_temp.try($$SELECT lead.unmerge(pg_temp.id(33))$$);

-- Nothing half ---------------------------------------------------------------------------------

SELECT pg_temp.new_lead(40) \g /dev/null
INSERT INTO lead.person (id, key, last_name, lead_id) VALUES (pg_temp.id(401), 'P401', 'Person', pg_temp.id(40));
SELECT kind FROM lead.convert(pg_temp.id(40), reason => 'why');
CREATE FUNCTION public.suppress() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION public.turn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$;
CREATE FUNCTION public.back() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.phones := '["+420777123456"]'; RETURN NEW; END $$;
CREATE FUNCTION public.move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.status := 'NEW'; RETURN NEW; END $$;
CREATE PROCEDURE pg_temp.with_trigger(tab text, event text, function text, name text DEFAULT 'a') LANGUAGE plpgsql AS $$
DECLARE
	before text := pg_temp.everything();
BEGIN
	EXECUTE format('CREATE TRIGGER %I BEFORE %s ON lead.%I FOR EACH ROW EXECUTE FUNCTION public.%I()', name, event, tab, function);
	CALL pg_temp.try('SELECT lead.erase(pg_temp.id(40), ''asked'')');
	EXECUTE format('DROP TRIGGER %I ON lead.%I', name, tab);
	RAISE INFO 'nothing changed: %', before = pg_temp.everything();
END $$;
CALL pg_temp.with_trigger('lead', 'UPDATE', 'suppress');
CALL pg_temp.with_trigger('lead', 'UPDATE', 'turn');
CALL pg_temp.with_trigger('lead', 'UPDATE', 'back', 'zzz');
CALL pg_temp.with_trigger('lead', 'UPDATE', 'move');
CALL pg_temp.with_trigger('lead', 'UPDATE', 'move', 'zzz');
CALL pg_temp.with_trigger('lead_status_change', 'UPDATE', 'suppress');
CALL pg_temp.with_trigger('lead_conversion', 'UPDATE', 'suppress');
CALL pg_temp.with_trigger('lead_conversion', 'UPDATE', 'turn');
CALL pg_temp.with_trigger('person', 'UPDATE', 'suppress');
CALL pg_temp.with_trigger('person', 'UPDATE', 'back');
CALL pg_temp.with_trigger('customer', 'UPDATE', 'turn');
CALL pg_temp.with_trigger('account', 'UPDATE', 'suppress');
CALL pg_temp.with_trigger('lead_erasure', 'INSERT', 'suppress');
-- a policy that hides a row
CREATE PROCEDURE pg_temp.with_policy(tab text, rule text) LANGUAGE plpgsql AS $$
DECLARE
	before text := pg_temp.everything();
BEGIN
	EXECUTE format('CREATE POLICY a ON lead.%I USING (%s)', tab, rule);
	EXECUTE format('ALTER TABLE lead.%I ENABLE ROW LEVEL SECURITY', tab);
	SET LOCAL ROLE regress_lead_admin;
	CALL pg_temp.try('SELECT lead.erase(pg_temp.id(40), ''asked'')');
	RESET ROLE;
	EXECUTE format('DROP POLICY a ON lead.%I', tab);
	EXECUTE format('ALTER TABLE lead.%I DISABLE ROW LEVEL SECURITY', tab);
	RAISE INFO 'nothing changed: %', before = pg_temp.everything();
END $$;
CALL pg_temp.with_policy('lead', $$key <> 'L40'$$);
CALL pg_temp.with_policy('person', $$last_name <> 'Person'$$);
CALL pg_temp.with_policy('customer', $$name <> 'Party 40'$$);
CALL pg_temp.with_policy('account', 'false');
-- a second lead's conversion counts though the administrator may not see it
CREATE POLICY a ON lead.lead_conversion USING (lead_id = pg_temp.id(21));
ALTER TABLE lead.lead_conversion ENABLE ROW LEVEL SECURITY;
SET ROLE regress_lead_admin;
SELECT customer_id FROM lead.erase(pg_temp.id(21), 'asked');
RESET ROLE;
ALTER TABLE lead.lead_conversion DISABLE ROW LEVEL SECURITY;
DROP POLICY a ON lead.lead_conversion;
SELECT name FROM lead.customer WHERE id = :'shared';
-- a guard that is off
ALTER TABLE lead.lead DISABLE TRIGGER zz_lead_guard;
CALL pg_temp.try($$SELECT lead.erase(pg_temp.id(40), 'asked')$$);
ALTER TABLE lead.lead ENABLE TRIGGER zz_lead_guard;
-- a column of the user's that a rule of his keeps
ALTER TABLE lead.person ADD CONSTRAINT note_or_not CHECK (note IS NOT NULL OR last_name = 'Person') NOT VALID;
CALL pg_temp.try($$SELECT lead.erase(pg_temp.id(40), 'asked')$$);
ALTER TABLE lead.person DROP CONSTRAINT note_or_not;

-- The pass -------------------------------------------------------------------------------------

-- No client gets what it gives; nor after an erasure that failed.
SELECT pg_temp.new_lead(41, 'REJECTED') \g /dev/null
CREATE TRIGGER a BEFORE UPDATE ON lead.lead FOR EACH ROW EXECUTE FUNCTION public.suppress();
BEGIN;
CALL pg_temp.try($$SELECT lead.erase(pg_temp.id(41), 'asked')$$);
DROP TRIGGER a ON lead.lead;
CALL pg_temp.try($$UPDATE lead.lead SET status_reason = NULL WHERE id = pg_temp.id(41)$$);
UPDATE lead.lead SET match_keys = '{x}', inserted_by_actor = 'x', edited_by_actor = 'x' WHERE id = pg_temp.id(41)
	RETURNING 'x' = ANY (match_keys) AS forged_keys, inserted_by_actor, edited_by_actor;
COMMIT;
-- one erasure, one pass
BEGIN;
SELECT version FROM lead.erase(pg_temp.id(3), 'asked');
UPDATE lead.lead SET inserted_by_actor = 'x', description = 'x' WHERE id = pg_temp.id(3) RETURNING inserted_by_actor, description, version;
CALL pg_temp.try($$UPDATE lead.lead SET status_reason = 'x' WHERE id = pg_temp.id(3)$$);
ROLLBACK;
-- what is rolled back is as it was
SELECT count(*) AS certificates, (SELECT party_name FROM lead.lead WHERE id = pg_temp.id(3)) FROM lead.lead_erasure WHERE lead_id = pg_temp.id(3);
-- bindings hear of it as of any change, with the values before
CREATE TABLE public.heard (event text, old_name text, new_name text);
CREATE FUNCTION public.hear(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS $$ INSERT INTO public.heard VALUES (event, (old).party_name, (new).party_name) $$;
INSERT INTO lead.event_binding (code, event, function) VALUES ('hear', 'UPDATE', 'public.hear');
SELECT version FROM lead.erase(pg_temp.id(41), 'asked');
TABLE public.heard;
DELETE FROM lead.event_binding;

SELECT * FROM pg_temp.broken_history();
DROP TABLE public.heard;
DROP FUNCTION public.hear, public.make_client, public.suppress, public.turn, public.back, public.move;
SET client_min_messages = warning;
DROP SCHEMA lead CASCADE;
DROP DOMAIN public.needed_too, public.needed;
DROP ROLE regress_lead_agent, regress_lead_admin;
