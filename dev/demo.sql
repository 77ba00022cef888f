-- The tour that dev/demo shows. It finds the leads in table demo_input.
--
-- What is echoed is what a reader should see; what only prepares the scene runs
-- with ECHO none.

\pset footer off
\pset pager off
\set SHOW_CONTEXT never

\echo
\echo '1. Leads come in'
\echo '================'
\echo 'One command installs the extension. Registers hold the codes that a lead may bear.'
\echo
\set ECHO queries
CREATE EXTENSION lead;
SELECT register, string_agg(code, ', ') AS codes FROM lead.add_starter_registers() GROUP BY register ORDER BY register;
\set ECHO none
-- codes of the data that the starter registers lack
INSERT INTO lead.lead_type (code, name) SELECT DISTINCT lead_type, lead_type FROM demo_input ON CONFLICT DO NOTHING;
INSERT INTO lead.lead_rating (code, name) SELECT DISTINCT lead_rating, lead_rating FROM demo_input ON CONFLICT DO NOTHING;
INSERT INTO lead.lead_source (code, name) SELECT DISTINCT lead_source, lead_source FROM demo_input ON CONFLICT DO NOTHING;

-- Contacts that are not understood are left out of the tour, and listed.
CREATE FUNCTION pg_temp.problem(list text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    problem text;
BEGIN
    EXECUTE format('INSERT INTO lead.customer (key, name, %I) VALUES (''-'', ''-'', jsonb_build_array($1))', list) USING value;
    RAISE SQLSTATE 'UNDO0';
EXCEPTION
    WHEN SQLSTATE 'UNDO0' THEN RETURN NULL;
    WHEN SQLSTATE 'LD008' THEN
        GET STACKED DIAGNOSTICS problem = PG_EXCEPTION_DETAIL;
        RETURN regexp_replace(problem, '^.*": ', '');
END $$;
CREATE TEMP TABLE unclear AS
    SELECT line, list, value, pg_temp.problem(list, value) AS problem
    FROM demo_input, LATERAL (VALUES ('phones', phone), ('emails', email), ('websites', website)) v (list, value)
    WHERE value <> '';
DELETE FROM unclear WHERE problem IS NULL;
UPDATE demo_input d SET phone = NULL FROM unclear u WHERE u.line = d.line AND u.list = 'phones';
UPDATE demo_input d SET email = NULL FROM unclear u WHERE u.line = d.line AND u.list = 'emails';
UPDATE demo_input d SET website = NULL FROM unclear u WHERE u.line = d.line AND u.list = 'websites';
SELECT count(*) > 0 AS some FROM unclear \gset unclear_
\if :unclear_some
\echo 'Some contacts of the file are not understood. Here they are left out; these are the first:'
\echo
SELECT line - 1 AS row, list, value, problem FROM unclear ORDER BY line, list LIMIT 10;
\endif

\echo 'The sample is a CSV file, loaded into table demo_input. Leads are written with plain SQL.'
\echo
\set ECHO queries
INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, priority, phones, emails, websites, chars)
SELECT party_name, lead_type, lead_rating, lead_source, priority,
       CASE WHEN phone <> '' THEN jsonb_build_array(phone) END,
       CASE WHEN email <> '' THEN jsonb_build_array(email) END,
       CASE WHEN website <> '' THEN jsonb_build_array(website) END,
       jsonb_strip_nulls(jsonb_build_object('country', country, 'region', region, 'technology', technology,
           'expectedRevenue', expected_revenue, 'firstContact', first_contact))
FROM demo_input ORDER BY line;
\set ECHO none
\echo
\echo 'Keys, ids, versions, times and who it was are made; a NULL in a list means an empty one.'
\echo
\set ECHO queries
SELECT key, party_name, status, priority, lead_source, chars ->> 'region' AS region FROM lead.lead ORDER BY key LIMIT 5;
SELECT count(*) AS leads, count(DISTINCT lead_source) AS sources, min(key) AS first, max(key) AS last FROM lead.lead;
\set ECHO none

\echo '2. Contacts come clean'
\echo '======================'
\echo 'People write phone numbers in many ways. What is understood is stored in one form:'
\echo
BEGIN;
SET LOCAL lead.default_region = 'CZ';
CREATE TEMP TABLE messy (ord int GENERATED ALWAYS AS IDENTITY, name text, phone text) ON COMMIT DROP;
INSERT INTO messy (name, phone) VALUES ('Sklárny Pod Lesem, a.s.', '603 123 456'), ('Hartmoor Logistics', '+44 (0)20 7946 0018 ext. 12'),
    ('Lerchenau GmbH', '0049 30/23125-114'), ('SKLARNY POD LESEM', '00420 603/123 456');
\set ECHO queries
SELECT name, phone FROM messy ORDER BY ord;
INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, phones)
SELECT name, 'B2B', 'WARM', 'PHONE', jsonb_build_array(phone) FROM messy ORDER BY ord
RETURNING party_name, phones;
\set ECHO none
\echo 'Two of them are one party, whatever the spelling of number, name and legal form:'
\echo
\set ECHO queries
SELECT l.party_name, d.score, d.reasons
FROM lead.find_duplicates((SELECT id FROM lead.lead WHERE party_name = 'SKLARNY POD LESEM')) d
JOIN lead.lead l ON l.id = d.lead_id;
\set ECHO none
ROLLBACK;
\echo 'What leaves a doubt is refused, since a wrong number that looks right is worse than none:'
\echo
\set ON_ERROR_STOP off
\set ECHO queries
INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, phones)
VALUES ('Sklárny Pod Lesem', 'B2B', 'WARM', 'PHONE', '["+420 603 123 456 after 16"]');
\set ECHO none
\set ON_ERROR_STOP on

\echo
\echo '3. People work them'
\echo '==================='
\echo 'Jana takes three leads from the pool: the most urgent first. Any number of people may do so'
\echo 'at once, and none gets the lead of another.'
\echo
\set ECHO queries
SELECT key, party_name, priority, status, assigned_to FROM lead.claim('jana', 3);
\set ECHO none
-- Jana and two colleagues take most of the leads and bring them to some end, by
-- plain UPDATEs and the conversion functions. Which end depends on number,
-- rating and source, so that it is the same in every run: the lower p, the better.
DO $$
DECLARE
    who text;
    share int := (SELECT count(*) - 3 FROM lead.lead) / 4;
BEGIN
    FOREACH who IN ARRAY '{jana,tomas,mira}'::text[] LOOP
        PERFORM set_config('lead.actor', who, true);
        PERFORM FROM lead.claim(who, share);
        CREATE TEMP TABLE fate AS
            SELECT l.id, row_number() OVER (ORDER BY key) * 41 % 100
                + CASE lead_rating WHEN 'HOT' THEN 0 WHEN 'COLD' THEN 55 ELSE 28 END
                + CASE lead_source WHEN 'REFERRAL' THEN -20 WHEN 'PARTNER' THEN -10 WHEN 'CAMPAIGN' THEN 15 WHEN 'EVENT' THEN 8 ELSE 0 END AS p
            FROM lead.lead l WHERE assigned_to = who;
        UPDATE lead.lead l SET status = 'WORKING' FROM fate f WHERE f.id = l.id AND f.p < 120;
        PERFORM lead.convert(id) FROM fate WHERE p < 42;
        PERFORM lead.convert_external(id, 'PARTNER-CRM') FROM fate WHERE p BETWEEN 42 AND 52;
        UPDATE lead.lead l SET status = 'UNSUCCESSFUL', status_reason = (ARRAY['price', 'competitor', 'no budget'])[1 + p % 3]
            FROM fate f WHERE f.id = l.id AND f.p BETWEEN 53 AND 86;
        UPDATE lead.lead l SET status = 'REJECTED', status_reason = (ARRAY['no coverage', 'wrong number', 'no interest'])[1 + p % 3]
            FROM fate f WHERE f.id = l.id AND f.p > 128;
        UPDATE lead.lead l SET status = 'LATER', deferred_until = now() + f.p * interval '1 day'
            FROM fate f WHERE f.id = l.id AND f.p BETWEEN 87 AND 103;
        UPDATE lead.lead l SET status = 'NON_WORKING' FROM fate f WHERE f.id = l.id AND f.p BETWEEN 112 AND 128;
        DROP TABLE fate;
    END LOOP;
END $$;
SELECT id, key, party_name FROM lead.lead
WHERE status = 'NEW' AND assigned_to IS NULL
ORDER BY (chars ->> 'expectedRevenue')::numeric DESC NULLS LAST, key LIMIT 1 \gset lead_

\echo 'Tomas and Mira join in. A while later:'
\echo
\set ECHO queries
SELECT status, status_class, count(*) AS leads, count(assigned_to) AS assigned
FROM lead.lead_report GROUP BY status, status_order, status_class ORDER BY status_order;
\set ECHO none

\echo '4. One lead, and what is refused'
\echo '================================'
\echo 'Our lead is' :lead_key '-' :lead_party_name
\echo 'What may be done with it now? These rows are the buttons of a user interface; a missing reason or'
\echo 'date is not a refusal, but a field to show.'
\echo
\set ECHO queries
SELECT to_status, allowed, needs_reason, needs_until, via FROM lead.allowed_transitions(:'lead_id');
\set ECHO none

\echo 'The same rules hold for a plain UPDATE, from whatever client. Three that are refused, as psql'
\echo 'prints them:'
\echo
\set ON_ERROR_STOP off
\set ECHO queries
UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'price' WHERE key = :'lead_key';
\set ECHO none
\echo
\set ECHO queries
UPDATE lead.lead SET status = 'REJECTED' WHERE key = :'lead_key';
\set ECHO none
\echo
\set ECHO queries
UPDATE lead.lead SET status = 'CONVERTED' WHERE key = :'lead_key';
\set ECHO none
\set ON_ERROR_STOP on

\echo
\echo 'And two that are not. lead.actor names the person behind a pooled login.'
\echo
\set ECHO queries
SET lead.actor = 'jana';
UPDATE lead.lead SET status = 'WORKING', assigned_to = 'jana' WHERE key = :'lead_key';
SELECT key, status, deferred_until::date
FROM lead.transition(:'lead_id', 'LATER', 'budget is decided next month',
                     until => now() + interval '1 month');
\set ECHO none

\echo '5. It becomes a customer'
\echo '========================'
\echo 'A contact person, then the conversion: checks, customer, account, record and status in one'
\echo 'transaction. Nobody types the person or the e-mail address again.'
\echo
\set ECHO queries
INSERT INTO lead.person (first_name, last_name, lead_id) VALUES ('Robin', 'Sample', :'lead_id');
SELECT kind, from_status, customer_id IS NOT NULL AS customer, account_id IS NOT NULL AS account, converted_by_actor
FROM lead.convert(:'lead_id', reason => 'signed for two years');
SELECT c.key, c.name, a.key AS account, c.emails, p.last_name AS person
FROM lead.lead_conversion v
JOIN lead.customer c ON c.id = v.customer_id
JOIN lead.account a ON a.id = v.account_id
JOIN lead.person p ON p.customer_id = c.id
WHERE v.lead_id = :'lead_id';
\set ECHO none

\echo 'What happened to the lead, written by the guard and by nobody else:'
\echo
\set ECHO queries
SELECT version, from_status, to_status, reason, to_char(changed_at, 'HH24:MI:SS.MS') AS changed_at, actor
FROM lead.lead_status_change WHERE lead_id = :'lead_id' ORDER BY version;
\set ECHO none

\echo '6. What became of all of them'
\echo '============================='
\echo 'The funnel by source. Each lead counts once; win_rate is won / (won + unsuccessful).'
\echo
\set ECHO queries
SELECT lead_source, leads, open, paused, won, unsuccessful, rejected, win_rate FROM lead.funnel;
\set ECHO none

\echo '7. More of them, from a file'
\echo '============================'
\echo 'Five visitors of a fair, from a CSV file. Each line waits in lead.lead_import and keeps what became'
\echo 'of it; one with a mistake does not stop the others.'
\echo
CREATE TEMP TABLE fair (n int GENERATED ALWAYS AS IDENTITY, party_name text, lead_type text, lead_rating text, lead_source text,
    priority text, phones text, "chars.region" text);
COPY fair (party_name, lead_type, lead_rating, lead_source, priority, phones, "chars.region") FROM STDIN (FORMAT csv);
Kelmory Foods,B2B,WARM,EVENT,HIGH,+442079460021,Leeds
Ostrel,B2C,COLD,EVENTS,,,
Ogrody Malwa,B2B,COLD,EVENT,LOW,ask at the desk,Warszawa
Feldkirch & Sohn,B2B,HOT,EVENT,URGENT,+494066969111,Hamburg
Vinarstvo Dol,B2B,HOT,EVENT,,,Nitra
\.
\set ECHO queries
INSERT INTO lead.lead_import (batch, line, payload) SELECT 'fair', n, to_jsonb(f) - 'n' FROM fair f;
CALL lead.run_import('fair');
SELECT line, message, detail FROM lead.lead_import WHERE state = 'REFUSED' ORDER BY line;
\set ECHO none
\echo 'Corrected in place, and run again. What is done is not imported a second time.'
\echo
\set ECHO queries
UPDATE lead.lead_import SET payload = payload || CASE line
    WHEN 2 THEN '{"lead_source": "EVENT"}'::jsonb
    WHEN 3 THEN '{"phones": null, "description": "ask at the desk"}'
    WHEN 4 THEN '{"priority": "HIGH"}' END
WHERE batch = 'fair' AND state = 'REFUSED';
CALL lead.run_import('fair');
SELECT i.line, i.state, l.key, l.party_name, l.priority, l.description
FROM lead.lead_import i JOIN lead.lead l ON l.id = i.lead_id WHERE i.batch = 'fair' ORDER BY i.line;
\set ECHO none

\echo '8. The lifecycle, as Mermaid'
\echo '============================'
\echo 'Paste it where Markdown is rendered. Rows of lead.lead_status_rule change it, and the diagram with it.'
\echo
\set ECHO queries
\pset format unaligned
\pset tuples_only on
SELECT lead.status_diagram();
\set ECHO none

\echo
\echo 'Next: README.md, then doc/lifecycle.md, doc/conversion.md, doc/contacts.md and'
\echo 'doc/import.md. The throwaway server goes now, with everything in it.'
