\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
-- What is wrong with a call or a row is said clearly, with a code and a column,
-- and leaves nothing behind: NULLs, unknown ids, wrong values, blanks, dates,
-- megabytes, JSON of the wrong shape, jsonpath that cannot hold, functions that
-- call themselves or are gone, a sequence or index that is gone.

\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA regress_lead_lab;
SET search_path = regress_lead_lab, pg_catalog;

-- Runs a statement and undoes it: ok, or code, message, [column] (constraint).
-- In place of ids and days a mask. A message that repeats a megabyte is marked,
-- and one in which the server prints a row with names and phones in it.
CREATE FUNCTION try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
	hint text;
	col text;
	con text;
BEGIN
	EXECUTE statement;
	RAISE EXCEPTION 'undo' USING ERRCODE = 'UNDO0';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
		col = COLUMN_NAME, con = CONSTRAINT_NAME;
	RETURN CASE WHEN SQLSTATE = 'UNDO0' THEN 'ok'
		ELSE concat_ws(' ', SQLSTATE,
			regexp_replace(regexp_replace(left(message, 150), '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '(id)', 'g'), '\m\d+-\d+-\d+\M', '(day)', 'g'),
			'[' || nullif(col, '') || ']', '(' || nullif(con, '') || ')',
			CASE WHEN length(message) + length(detail) + length(hint) > 1500 THEN 'TOO LONG' END,
			CASE WHEN detail LIKE 'Failing row contains%' AND message ~ 'relation "(lead|person|customer|account)"' THEN 'PRINTS THE ROW' END)
		END;
END $$;
-- All that is stored, in one value.
CREATE FUNCTION everything() RETURNS text LANGUAGE plpgsql AS $$
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
-- A megabyte of two-byte characters.
CREATE FUNCTION mega() RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT repeat('é', 524288)$$;

INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source)
VALUES ('NEW', 'New', 'B2B', 'HOT', 'WEB'), ('WON', 'Won', 'B2B', 'HOT', 'WEB'), ('SOLD', 'Sold', 'B2B', 'HOT', 'WEB'), ('LOST', 'Lost', 'B2B', 'HOT', 'WEB');
SELECT kind FROM lead.convert((SELECT id FROM lead.lead WHERE key = 'WON'));
SELECT kind FROM lead.convert_external((SELECT id FROM lead.lead WHERE key = 'SOLD'), 'SAP', 'C-1');
SELECT status FROM lead.transition((SELECT id FROM lead.lead WHERE key = 'LOST'), 'REJECTED', 'spam');
CREATE FUNCTION target(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE sql AS $$SELECT 'C-1'$$;
CREATE FUNCTION event(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS $$SELECT NULL$$;
CREATE DOMAIN dom AS lead.lead;
SELECT everything() AS before \gset

-- Functions ---------------------------------------------------------------
-- {KEY} is the id of that lead, {NONE} no id of anything.

CREATE TABLE call (at int GENERATED ALWAYS AS IDENTITY, call text);
INSERT INTO call (call) VALUES
	('transition(NULL, ''WORKING'')'),
	('transition({NEW}, NULL)'),
	('transition({NONE}, ''WORKING'')'),
	('transition(''x'', ''WORKING'')'),
	('transition({NEW}, ''DONE'')'),
	('transition({NEW}, ''working'')'),
	('transition({NEW}, ''UNSUCCESSFUL'', ''lost'')'),
	('transition({NEW}, ''CONVERTED'')'),
	('transition({WON}, ''NEW'', ''again'')'),
	('transition({NEW}, ''REJECTED'')'),
	('transition({NEW}, ''REJECTED'', E'' \t\n'')'),
	('transition({NEW}, ''REJECTED'', mega())'),
	('transition({NEW}, ''LATER'')'),
	('transition({NEW}, ''LATER'', NULL, ''infinity'')'),
	('transition({NEW}, ''LATER'', NULL, ''-infinity'')'),
	('transition({NEW}, ''LATER'', NULL, ''2001-01-01'')'),
	('transition({NEW}, ''LATER'', NULL, clock_timestamp())'),
	('transition({NEW}, ''LATER'', NULL, ''294276-12-31'')'),
	('transition({NEW}, ''LATER'', NULL, ''294277-12-31'')'),
	('transition({NEW}, ''LATER'', NULL, ''tomorrow-ish'')'),
	('transition({NEW}, ''WORKING'', NULL, now() + interval ''1 day'')'),
	('transition({NEW}, ''WORKING'', NULL, NULL, ''{"x": 1}'')'),
	('transition({NEW}, ''WORKING'', NULL, NULL, ''{x'')'),
	('transition({NEW}, ''WORKING'', NULL, NULL, to_jsonb(mega()))'),
	('transition({NEW}, ''NEW'', ''why'')'),
	('do_transition(NULL::lead.lead, NULL, ''WORKING'', NULL, NULL, NULL)'),
	('do_transition(NULL::lead.lead, {NEW}, NULL, NULL, NULL, NULL)'),
	('do_transition(NULL::lead.lead, {NONE}, ''WORKING'', NULL, NULL, NULL)'),
	('do_transition(NULL, {NEW}, ''WORKING'', NULL, NULL, NULL)'),
	('do_transition(NULL::text, {NEW}, ''WORKING'', NULL, NULL, NULL)'),
	('do_transition(7, {NEW}, ''WORKING'', NULL, NULL, NULL)'),
	('do_transition(''[]''::jsonb, {NEW}, ''WORKING'', NULL, NULL, NULL)'),
	('do_transition(NULL::lead.lead_conversion, {NEW}, ''WORKING'', NULL, NULL, NULL)'),
	('do_transition(NULL::dom, {NEW}, ''WORKING'', NULL, NULL, NULL)'),
	('allowed_transitions(NULL)'),
	('allowed_transitions({NONE})'),
	('transition_allowed(NULL::lead.lead, ''NEW'')'),
	('transition_allowed(l, NULL) FROM lead.lead l'),
	('transition_allowed(jsonb_populate_record(NULL::lead.lead, ''{}''), ''NEW'')'),
	('claim(NULL)'),
	('claim('''')'),
	('claim('' '')'),
	('claim(repeat(''x'', 200))'),
	('claim(repeat(''x'', 201))'),
	('claim(mega())'),
	('claim(''jana'', -1)'),
	('claim(''jana'', 0)'),
	('claim(''jana'', NULL, ''NONE'', mega())'),
	('wake_due(-1)'),
	('wake_due(0)'),
	('convert(NULL)'),
	('convert({NONE})'),
	('convert({NEW}, {NONE})'),
	('convert({NEW}, NULL, ''C-1'')'),
	('convert({NEW}, NULL, '' '')'),
	('convert({NEW}, NULL, mega())'),
	('convert({NEW}, NULL, NULL, mega())'),
	('convert({NEW}, NULL, NULL, NULL, to_jsonb(mega()))'),
	('convert({WON}, {NONE})'),
	('convert({WON}, NULL, ''C-1'')'),
	('convert({SOLD})'),
	('convert({LOST})'),
	('convert_many(NULL)'),
	('convert_many(''{}'')'),
	('convert_many(ARRAY[NULL]::uuid[])'),
	('convert_many(ARRAY[{NONE}, {LOST}, {SOLD}])'),
	('convert_many(ARRAY[{NEW}], processing_data => to_jsonb(mega()))'),
	('convert_many(ARRAY[{NEW}], reason => mega())'),
	('convert_external_many(ARRAY[{NEW}], '' '')'),
	('convert_external_many(ARRAY[{NEW}], mega())'),
	('convert_external_many(ARRAY[{NEW}], ''SAP'', ''{}'')'),
	('convert_external_many(ARRAY[{NEW}], ''SAP'', ARRAY[mega()])'),
	('transition_many(ARRAY[{NEW}], NULL)'),
	('transition_many(NULL, ''NEW'')'),
	('transition_many(ARRAY[{NEW}], ''LATER'', NULL, ''infinity'')'),
	('transition_many(ARRAY[{NEW}], ''WORKING'', mega(), ''-infinity'', to_jsonb(mega()))'),
	('do_convert(NULL::lead.lead_conversion, NULL, NULL, NULL, NULL, NULL)'),
	('do_convert(NULL::lead.lead_conversion, {NONE}, NULL, NULL, NULL, NULL)'),
	('do_convert(NULL::uuid[], {NEW}, NULL, NULL, NULL, NULL)'),
	('convert_external(NULL, ''SAP'')'),
	('convert_external({NONE}, ''SAP'')'),
	('convert_external({NEW})'),
	('convert_external({NEW}, '' '')'),
	('convert_external({NEW}, repeat(''é'', 200), repeat(''é'', 200))'),
	('convert_external({NEW}, repeat(''é'', 201))'),
	('convert_external({NEW}, ''SAP'', repeat(''é'', 201))'),
	('convert_external({NEW}, ''SAP'', mega())'),
	('convert_external({NEW}, ''SAP'', '' '')'),
	('convert_external({SOLD}, ''SAP'', ''C-2'')'),
	('convert_external({SOLD}, ''sap'')'),
	('convert_external({WON}, ''SAP'')'),
	('do_convert_external(NULL::lead.lead_conversion, {NEW}, NULL, NULL, NULL, NULL)'),
	('do_convert_external(NULL::lead.lead, {NEW}, ''SAP'', NULL, NULL, NULL)'),
	('revert_conversion(NULL, ''mistake'')'),
	('revert_conversion({NONE}, ''mistake'')'),
	('revert_conversion({NEW}, ''mistake'')'),
	('revert_conversion({WON})'),
	('revert_conversion({WON}, '' '')'),
	('revert_conversion({WON}, mega())'),
	('do_revert_conversion(NULL::lead.lead, NULL, NULL)'),
	('do_revert_conversion(NULL::numeric, {WON}, ''mistake'')'),
	('merge(NULL, NULL)'),
	('merge({NEW}, NULL)'),
	('merge({NEW}, ''{}'')'),
	('merge({NEW}, ARRAY[NULL, {LOST}])'),
	('merge({NEW}, ARRAY[ARRAY[{LOST}, {LOST}], ARRAY[{LOST}, {LOST}]])'),
	('merge({NEW}, ARRAY[{LOST}, {NEW}])'),
	('merge({NONE}, ARRAY[{NEW}])'),
	('merge({NEW}, ARRAY[{LOST}, {NONE}])'),
	('merge({NEW}, ARRAY[{LOST}, {WON}])'),
	('merge({NEW}, ARRAY[{SOLD}])'),
	('merge({NEW}, ARRAY(SELECT lead.uuid_v7() FROM generate_series(1, 10000)))'),
	('do_merge(NULL::lead.lead, {NEW}, NULL)'),
	('do_merge(NULL::lead.lead_merge, {NEW}, ARRAY[{LOST}])'),
	('unmerge(NULL)'),
	('unmerge({NONE})'),
	('unmerge({NEW})'),
	('do_unmerge(NULL::lead.lead, NULL)'),
	('do_unmerge(NULL::uuid, {NEW})'),
	('erase(NULL, ''asked'')'),
	('erase({NONE}, ''asked'')'),
	('erase(''x'', ''asked'')'),
	('erase({WON})'),
	('erase({WON}, E'' \t'')'),
	('erase({WON}, mega())'),
	('do_erase(NULL::lead.lead_erasure, NULL, NULL)'),
	('do_erase(NULL::lead.lead, {WON}, ''asked'')'),
	('do_erase(NULL::numeric, {WON}, ''asked'')'),
	('import_leads(NULL)'),
	('import_leads(''{}'')'),
	('import_leads(''x'')'),
	('import_leads(''[]'', NULL, ''x'')'),
	('import_leads(''[]'', NULL, mega())'),
	('create_lead(NULL)'),
	('create_lead(''null'')'),
	('create_lead(''x'')'),
	('create_lead(''{}'')'),
	('create_lead(jsonb_build_object(mega(), 1))'),
	('replace_lead(NULL, ''{}'')'),
	('replace_lead(''NEW'', NULL)'),
	('replace_lead(''NEW'', ''[]'')'),
	('replace_lead(''NEW'', ''{}'')'),
	('replace_lead({NONE}::text, ''{}'')'),
	('patch_lead(NULL, ''{}'')'),
	('patch_lead(E'' \t'', ''{}'')'),
	('patch_lead(mega(), ''{}'')'),
	('patch_lead(''NONE'', ''{}'')'),
	('patch_lead(''NEW'', NULL)'),
	('patch_lead(''NEW'', ''1'')'),
	('patch_lead(''NEW'', ''{"status": "CONVERTED"}'')'),
	('patch_lead(''WON'', ''{"status": "NEW"}'')'),
	('patch_lead(''NEW'', ''{"auditInfo": {"version": 7}}'')'),
	('patch_lead(''NEW'', jsonb_build_object(''partyName'', mega()))'),
	('patch_lead(''NEW'', jsonb_build_object(''processingData'', mega()))'),
	('patch_lead({NEW}::text, jsonb_build_object(''id'', {NONE}))'),
	('do_create_lead(NULL::uuid, ''{}'')'),
	('do_replace_lead(NULL::lead.lead, NULL, NULL)'),
	('do_patch_lead(NULL::lead.customer, ''NEW'', ''{}'')'),
	('status_class(NULL)'),
	('status_order(NULL)'),
	('as_json(NULL)'),
	('as_json(ROW(1, ''x''))'),
	('as_json(jsonb_populate_record(NULL::lead.lead, ''{}''))'),
	('processing_data(NULL)'),
	('processing_data({NONE})'),
	('primary_contact(NULL)'),
	('primary_contact(''{}'')'),
	('primary_contact(''1'')'),
	('primary_contact(''[null, 1, [], {}]'')'),
	('to_tmf699(NULL)'),
	('to_tmf699(jsonb_populate_record(NULL::lead.lead, ''{}''))'),
	('to_tmf629(NULL, NULL)'),
	('to_tmf632(jsonb_populate_record(NULL::lead.person, ''{"id": "00000000-0000-7000-8000-000000000000", "chars": [1], "phones": {}}''), true)'),
	('to_tmf622(jsonb_populate_record(NULL::lead.lead, ''{"id": "00000000-0000-7000-8000-000000000000", "chars": 1, "emails": "x"}''))'),
	('to_tmf622(jsonb_populate_record(NULL::lead.lead, ''{"id": "00000000-0000-7000-8000-000000000000", "chars": {"productOffering": 1}, "emails": "x"}''), true)'),
	('tmf_sales_lead(''[]'')'),
	('tmf_sales_lead(''{"id": "x"}'')'),
	('tmf_customer(NULL)'),
	('tmf_individual(''1'')'),
	('tmf_product_order(''{}'')'),
	('tmf_characteristics(''[null]'')'),
	('tmf_contact_media(''"x"'')'),
	('tmf_offerings(''[1]'')'),
	('tmf_revenue(''[1]'')'),
	('tmf_time(mega())'),
	('tmf_medium_word(NULL)'),
	('tmf_medium_word(''('')'),
	('tmf_href(NULL, NULL)'),
	('tmf_lead_state(mega())'),
	('tmf_lead_parties(NULL)'),
	('tmf_document(NULL, NULL, NULL)'),
	('unite_contacts(NULL, NULL)'),
	('unite_contacts(NULL, ''["x"]'')'),
	('unite_contacts(''{}'', ''["x"]'')'),
	('check_argument(NULL, NULL)'),
	('check_argument(''by'', mega())'),
	('check_argument(''by'', ''x'', ''{}'')'),
	('check_argument(''by'', ''x'', ''{{x,NULL},{NULL,y}}'')'),
	('seconds_between(NULL, ''infinity'')'),
	('length_class(''-infinity'', NULL)'),
	('status_duration(''infinity'', ''-infinity'')'),
	('status_duration(NULL, ''infinity'')'),
	('funnel(by => ''colour'')'),
	('funnel(by => '''')'),
	('funnel(by => mega())'),
	('funnel(''infinity'', ''-infinity'')'),
	('funnel(''-infinity'', ''infinity'', ''month'')'),
	('funnel(''4713-01-01 BC'', ''5874897-12-31'')'),
	('funnel(''2020-02-30'')'),
	('events(mega())'),
	('events(''x'', 0)'),
	('events(NULL, 0)'),
	('events(NULL, 2147483647)'),
	('event_request(NULL, -2147483648)'),
	('check_cursor(NULL, NULL, NULL, NULL, NULL)'),
	('check_cursor(-1, -1, -1, false, false)'),
	('epoch_start(-9223372036854775808)'),
	('event_cursor(NULL, NULL, NULL, NULL, NULL)'),
	('event_cursor(-1, {NONE}, -1, -1, -1)'),
	('funnel_chart(by => ''colour'')'),
	('funnel_chart(by => mega())'),
	('funnel_chart(''infinity'', ''-infinity'')'),
	('funnel_chart(''-infinity'', ''infinity'', ''month'')'),
	('funnel_chart(''4713-01-01 BC'', ''5874897-12-30'')'),
	('svg_text(mega())'),
	('svg_text(mega(), ''NaN'')'),
	('svg_text(mega(), -1)'),
	('svg_text(E''\\x01'', ''infinity'')');
CREATE VIEW called AS
	SELECT c.at, c.call || ' -> ' || try(replace(replace(replace(replace(replace('SELECT lead.' || c.call,
		'{NEW}', quote_literal((SELECT id FROM lead.lead WHERE key = 'NEW')) || '::uuid'),
		'{WON}', quote_literal((SELECT id FROM lead.lead WHERE key = 'WON')) || '::uuid'),
		'{SOLD}', quote_literal((SELECT id FROM lead.lead WHERE key = 'SOLD')) || '::uuid'),
		'{LOST}', quote_literal((SELECT id FROM lead.lead WHERE key = 'LOST')) || '::uuid'),
		'{NONE}', '''00000000-0000-7000-8000-000000000000''::uuid')) AS result
	FROM call c;
SELECT result FROM called ORDER BY at;
SELECT everything() = :'before' AS nothing_changed;

-- Rows --------------------------------------------------------------------
-- A row that is right, and each wrong thing in the place of what is right.

CREATE FUNCTION put(tab text, change jsonb) RETURNS text LANGUAGE sql AS $$
	SELECT format('%s %s -> ', tab, left(change::text, 44)) || try(format(
		'INSERT INTO lead.%1$s SELECT r.* FROM jsonb_populate_record(NULL::lead.%1$s, %2$L) r', tab,
		CASE tab
			WHEN 'lead' THEN '{"party_name": "X", "lead_type": "B2B", "lead_rating": "HOT", "lead_source": "WEB"}'
			WHEN 'person' THEN '{"last_name": "X"}'
			WHEN 'customer' THEN '{"name": "X"}'
			WHEN 'account' THEN jsonb_build_object('name', 'X', 'customer_id', (SELECT id FROM lead.customer))
			WHEN 'characteristic' THEN jsonb_build_object('name', 'x', 'entity_spec_id', (SELECT id FROM lead.entity_spec))
			WHEN 'lead_status_rule' THEN '{"from_status": "NEW", "to_status": "LATER"}'
			WHEN 'conversion_target' THEN '{"function": "regress_lead_lab.target"}'
			WHEN 'lead_import' THEN '{"batch": "B", "line": 1, "payload": {}}'
			WHEN 'event_binding' THEN '{"code": "X", "event": "UPDATE", "function": "regress_lead_lab.event"}'
			ELSE '{"code": "X", "name": "X"}'
		END || change))
$$;
CREATE TABLE wrong (at int GENERATED ALWAYS AS IDENTITY, tab text, change jsonb);
INSERT INTO lead.entity_spec (code, name) VALUES ('SPEC', 'Spec');
SELECT everything() AS before \gset

-- the right ones first
SELECT put(c.relname, '{}') FROM pg_class c
WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind = 'r' AND c.relname NOT IN ('lead_status_change', 'lead_conversion', 'lead_merge', 'event_epoch')
ORDER BY c.relname;

INSERT INTO wrong (tab, change) VALUES
	('lead', '{"party_name": null}'), ('lead', '{"party_name": ""}'), ('lead', '{"party_name": " \t\n"}'),
	('lead', '{"lead_type": null}'), ('lead', '{"lead_type": " "}'), ('lead', '{"lead_type": "NONE"}'), ('lead', '{"lead_type": "b2b"}'),
	('lead', '{"lead_rating": null}'), ('lead', '{"lead_rating": ""}'), ('lead', '{"lead_rating": "NONE"}'),
	('lead', '{"lead_source": null}'), ('lead', '{"lead_source": ""}'), ('lead', '{"lead_source": "NONE"}'),
	('lead', '{"status": "DONE"}'), ('lead', '{"status": "CONVERTED"}'), ('lead', '{"status": "REJECTED", "status_reason": "x"}'), ('lead', '{"status": "LATER"}'),
	('lead', '{"status": "LATER", "deferred_until": "infinity"}'), ('lead', '{"status": "LATER", "deferred_until": "2001-01-01"}'),
	('lead', '{"status": "NEW", "deferred_until": "2101-01-01"}'), ('lead', '{"status": "NEW", "deferred_until": "infinity"}'),
	('lead', '{"priority": "URGENT"}'), ('lead', '{"key": "NEW"}'), ('lead', '{"id": "x"}'),
	('lead', '{"phones": {}}'), ('lead', '{"phones": 1}'), ('lead', '{"phones": "x"}'), ('lead', '{"emails": [1]}'), ('lead', '{"emails": ["x", null]}'),
	('lead', '{"websites": [["x"]]}'), ('lead', '{"data_boxes": [true]}'), ('lead', '{"contact_instants": [{}, 1.5]}'),
	('lead', '{"chars": []}'), ('lead', '{"chars": 1}'), ('lead', '{"chars": "x"}'),
	('person', '{"last_name": null}'), ('person', '{"last_name": " "}'), ('person', '{"phones": {}}'), ('person', '{"emails": [1]}'), ('person', '{"chars": []}'),
	('person', '{"lead_id": "00000000-0000-7000-8000-000000000000"}'), ('person', '{"customer_id": "00000000-0000-7000-8000-000000000000"}'),
	('customer', '{"name": null}'), ('customer', '{"name": ""}'), ('customer', '{"data_boxes": [[]]}'), ('customer', '{"chars": "x"}'),
	('account', '{"name": null}'), ('account', '{"name": " "}'), ('account', '{"customer_id": null}'), ('account', '{"customer_id": "00000000-0000-7000-8000-000000000000"}'),
	('account', '{"account_start_date": "2020-01-02", "account_end_date": "2020-01-01"}'), ('account', '{"account_end_date": "-infinity"}'),
	('account', '{"account_start_date": "infinity", "account_end_date": "infinity"}'), ('account', '{"chars": []}'),
	('lead_type', '{"code": null}'), ('lead_type', '{"code": " "}'), ('lead_type', '{"code": "B2B"}'), ('lead_type', '{"name": null}'), ('lead_type', '{"name": ""}'),
	('lead_type', '{"validity_from": "2020-01-02", "validity_to": "2020-01-01"}'), ('lead_type', '{"localization_data": []}'), ('lead_type', '{"config": 1}'),
	('lead_type', '{"registry": "x"}'), ('lead_type', '{"entity_spec_id": "00000000-0000-7000-8000-000000000000"}'), ('lead_type', '{"processing_data": {"x": 1}}'),
	('lead_type', '{"mnemonic_code": "{"}'), ('lead_type', '{"mnemonic_code": "}"}'), ('lead_type', '{"mnemonic_code": "{X}-{SEQ}"}'), ('lead_type', '{"mnemonic_code": "{YYYY}"}'),
	('lead_type', '{"mnemonic_code": "{SEQ:0}"}'), ('lead_type', '{"mnemonic_code": "{SEQ:19}"}'), ('lead_type', '{"mnemonic_code": "{SEQ:}"}'), ('lead_type', '{"mnemonic_code": "{SEQ:-1}"}'),
	('lead_type', '{"mnemonic_code": "{SEQ: 6}"}'), ('lead_type', '{"mnemonic_code": "{SEQ:+6}"}'), ('lead_type', '{"mnemonic_code": "{SEQ:06}"}'), ('lead_type', '{"mnemonic_code": "{{SEQ}}"}'), ('lead_type', '{"mnemonic_code": "%s%n{SEQ}"}'),
	('lead_rating', '{"code": null}'), ('lead_rating', '{"name": " "}'), ('lead_rating', '{"validity_from": "infinity", "validity_to": "2020-01-01"}'), ('lead_rating', '{"config": []}'),
	('lead_source', '{"code": ""}'), ('lead_source', '{"name": null}'), ('lead_source', '{"validity_to": "-infinity"}'), ('lead_source', '{"localization_data": "x"}'),
	('entity_spec', '{"code": null}'), ('entity_spec', '{"name": ""}'), ('entity_spec', '{"code": "SPEC"}'),
	('characteristic', '{"name": null}'), ('characteristic', '{"name": " "}'), ('characteristic', '{"entity_spec_id": null}'),
	('characteristic', '{"entity_spec_id": "00000000-0000-7000-8000-000000000000"}'), ('characteristic', '{"condition": "$"}'), ('characteristic', '{"condition": "$ >"}'),
	('lead_status_rule', '{"to_status": null}'), ('lead_status_rule', '{"to_status": "DONE"}'), ('lead_status_rule', '{"to_status": "NEW"}'),
	('lead_status_rule', '{"from_status": "CONVERTED"}'), ('lead_status_rule', '{"from_status": null, "to_status": "CONVERTED"}'),
	('lead_status_rule', '{"to_status": "WORKING", "needs_until": true}'),
	('lead_status_rule', '{"condition": ""}'), ('lead_status_rule', '{"condition": "$.x =="}'), ('lead_status_rule', '{"condition": "$.x"}'), ('lead_status_rule', '{"condition": "1"}'),
	('lead_status_rule', '{"condition": "true"}'), ('lead_status_rule', '{"condition": "$.x ? (@ > 1)"}'), ('lead_status_rule', '{"condition": "($.x > 1).type()"}'),
	('lead_status_rule', '{"condition": "$.x like_regex \"((\""}'),
	('conversion_target', '{"function": null}'), ('conversion_target', '{"function": ""}'), ('conversion_target', '{"function": "target"}'), ('conversion_target', '{"function": "no.target"}'),
	('conversion_target', '{"function": "regress_lead_lab.none"}'), ('conversion_target', '{"function": "regress_lead_lab.event"}'), ('conversion_target', '{"function": "a.b.c"}'),
	('conversion_target', '{"function": "regress_lead_lab.target()"}'), ('conversion_target', '{"function": "\""}'), ('conversion_target', '{"function": "1.2"}'), ('conversion_target', '{"function": "a..b"}'),
	('conversion_target', '{"function": ".b"}'), ('conversion_target', '{"function": "; DROP"}'), ('conversion_target', '{"lead_type": "NONE"}'),
	('event_binding', '{"code": null}'), ('event_binding', '{"code": ""}'), ('event_binding', '{"event": null}'), ('event_binding', '{"event": "INSERT"}'), ('event_binding', '{"event": "update"}'),
	('event_binding', '{"function": "regress_lead_lab.target"}'), ('event_binding', '{"function": "event"}'), ('event_binding', '{"condition": "$.status"}');
SELECT put(tab, change) FROM wrong ORDER BY at;

-- a variable, of which there are none, would make every change fail
SELECT put('lead_status_rule', jsonb_build_object('condition', c)) LIKE '% -> 22023 %' AS refused
FROM unnest(ARRAY['$.x == $y', 'exists($.x ? (@ > $y))', '!($.a == 1 && $.b == $c)']) c;
-- functions of the wrong kind
CREATE PROCEDURE kind_procedure(lead lead.lead, customer_ref text, processing_data jsonb) LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION kind_set(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS SETOF text LANGUAGE sql AS $$SELECT 'C-1'$$;
CREATE FUNCTION kind_type(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS varchar LANGUAGE sql AS $$SELECT 'C-1'$$;
CREATE FUNCTION kind_any(lead anyelement, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE sql AS $$SELECT 'C-1'$$;
CREATE FUNCTION kind_default(lead lead.lead, customer_ref text, processing_data jsonb, more int DEFAULT 1) RETURNS text LANGUAGE sql AS $$SELECT 'C-1'$$;
SELECT put('conversion_target', jsonb_build_object('function', 'regress_lead_lab.kind_' || kind)) FROM unnest('{procedure,set,type,any,default}'::text[]) kind;
-- no text holds a NUL, and JSON cannot bring one
SELECT try($$INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, chars) VALUES ('X', 'B2B', 'HOT', 'WEB', '{"x": "\u0000"}')$$);
SELECT try($$INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, phones) VALUES (E'\x00', 'B2B', 'HOT', 'WEB', '{}')$$);
-- nested ten thousand deep: taken or refused, but judged and shown without harm
SELECT put('lead', jsonb_build_object('chars', (repeat('{"x":', 1000) || '1' || repeat('}', 1000))::jsonb)) LIKE '% -> ok' AS a_thousand_deep;
SELECT left(try(format('INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, chars, phones) VALUES (''X'', ''B2B'', ''HOT'', ''WEB'', %L, %L)',
	repeat('{"x":', 10000) || '1' || repeat('}', 10000), '[{"value": "+420603123456", "x":' || repeat('{"x":', 10000) || '1' || repeat('}', 10000) || '}]')), 5) IN ('ok', '54001') AS ten_thousand_deep;
-- tags of every shape come out as a plain list
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, data_tags)
VALUES ('T1', 'T', 'B2B', 'HOT', 'WEB', '{{a,b},{" a ",c}}'), ('T2', 'T', 'B2B', 'HOT', 'WEB', '{NULL,""," "}'), ('T3', 'T', 'B2B', 'HOT', 'WEB', '[5:6]={x,x}');
SELECT key, data_tags, array_ndims(data_tags), array_lower(data_tags, 1) FROM lead.lead WHERE key LIKE 'T_' ORDER BY key;
DELETE FROM lead.lead WHERE key LIKE 'T_';
-- and very many of them do not hold the server up
SET statement_timeout = '5s';
SELECT try($$INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, data_tags)
	SELECT 'X', 'B2B', 'HOT', 'WEB', array_agg('tag' || i) FROM generate_series(100000, 299999) i$$) ~ '^(ok|2|5)' AS many_tags;
RESET statement_timeout;
SELECT everything() = :'before' AS nothing_changed;

-- Updates -----------------------------------------------------------------

CREATE TABLE change (at int GENERATED ALWAYS AS IDENTITY, change text);
INSERT INTO change (change) VALUES
	('party_name = NULL'), ('party_name = '' '''), ('party_name = repeat(''x'', 1001)'), ('status = NULL'), ('status = ''DONE'''), ('id = gen_random_uuid()'), ('id = NULL'),
	('key = NULL'), ('key = ''WON'''), ('key = repeat(''x'', 201)'), ('lead_type = NULL'), ('lead_type = ''NONE'''), ('lead_rating = mega()'),
	('status_reason = ''alone'''), ('deferred_until = now() + interval ''1 day'''), ('status = ''LATER'''), ('status = ''LATER'', deferred_until = now() - interval ''1 s'''),
	('status = ''LATER'', deferred_until = ''infinity'''), ('status = ''WORKING'', deferred_until = ''infinity'''), ('phones = ''{}'''), ('chars = ''[]'''),
	('version = NULL, inserted_at = NULL, inserted_by = NULL, edited_by = NULL, edited_at = NULL, status_since = NULL, match_keys = NULL, data_tags = NULL, chars = NULL, phones = NULL'),
	('assigned_to = repeat(''é'', 201)'), ('processing_data = to_jsonb(mega())');
SELECT change || ' -> ' || try(format('UPDATE lead.lead SET %s WHERE key = ''NEW''', change)) FROM change ORDER BY at;
SELECT try($$DELETE FROM lead.lead WHERE key = 'WON'$$);
SELECT try($$DELETE FROM lead.lead_type WHERE code = 'B2B'$$);
SELECT try($$DELETE FROM lead.customer$$);
SELECT everything() = :'before' AS nothing_changed;

-- A megabyte in every text ------------------------------------------------
-- Columns with an index or a limit refuse it by name; the others take it. The
-- server's "index row requires" is never what comes out.

SELECT put(c.relname, jsonb_build_object(a.attname, CASE a.atttypid::regtype::text WHEN 'text' THEN to_jsonb(mega()) ELSE jsonb_build_array(mega()) END))
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind = 'r' AND c.relname NOT IN ('lead_status_change', 'lead_conversion', 'lead_merge', 'event_epoch')
	AND (a.atttypid IN ('text'::regtype, 'text[]'::regtype) OR a.attname IN ('phones', 'emails', 'websites', 'data_boxes', 'contact_instants'))
ORDER BY c.relname, a.attnum;
-- the limits are in characters: the widest ones fit
SELECT put('lead', jsonb_build_object('party_name', repeat('😀', 1000), 'key', repeat('😀', 200), 'assigned_to', repeat('😀', 200)));
SELECT put('lead', jsonb_build_object('key', repeat('😀', 201)));
SELECT put('customer', jsonb_build_object('name', repeat('😀', 1000), 'key', repeat('😀', 200)));
SELECT put('lead_type', jsonb_build_object('code', repeat('😀', 200), 'name', repeat('😀', 1000)));
SELECT put('characteristic', jsonb_build_object('name', repeat('😀', 200)));
SELECT put('characteristic', jsonb_build_object('name', repeat('😀', 201)));
-- a template whose keys would be too long is refused when a key is made
INSERT INTO lead.lead_type (code, name, mnemonic_code) VALUES (repeat('x', 195), 'Long', '{TYPE}-{SEQ:6}');
SELECT put('lead', jsonb_build_object('lead_type', repeat('x', 195)));
DELETE FROM lead.lead_type WHERE name = 'Long';
-- processing_data: a megabyte a lead, 64 a transaction
SELECT put('lead', jsonb_build_object('processing_data', repeat('x', 1024 * 1024 - 100)));
SELECT put('lead', jsonb_build_object('processing_data', repeat('x', 1024 * 1024)));
SELECT try($$INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, processing_data)
	SELECT 'X', 'B2B', 'HOT', 'WEB', to_jsonb(repeat('x', 1000 * 1000)) FROM generate_series(1, 70)$$);
SELECT everything() = :'before' AS nothing_changed;

-- Settings ----------------------------------------------------------------

SELECT try('SET LOCAL lead.actor = ''' || repeat('x', 200) || '''');
SELECT left(try('SET LOCAL lead.actor = ''' || repeat('x', 201) || ''''), 5);
SELECT try('SET LOCAL lead.time_zone = ''Mars/Olympus''');
SELECT try('SET LOCAL lead.nonsense = 1');
SET lead.language = 'no such language';
SELECT lead_type_name FROM lead.lead_report WHERE key = 'NEW';
RESET lead.language;

-- Functions that call themselves ------------------------------------------

-- a binding does not hear of what it does itself; two may call each other once
CREATE FUNCTION touch(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS
	$$UPDATE lead.lead SET description = coalesce(description, '') || '+' WHERE id = (new).id$$;
INSERT INTO lead.event_binding (code, event, function) VALUES ('B1', 'UPDATE', 'regress_lead_lab.touch');
BEGIN;
UPDATE lead.lead SET description = '' WHERE key = 'NEW';
SELECT description, version FROM lead.lead WHERE key = 'NEW';
ROLLBACK;
INSERT INTO lead.event_binding (code, event, function) VALUES ('B2', 'UPDATE', 'regress_lead_lab.touch');
BEGIN;
UPDATE lead.lead SET description = '' WHERE key = 'NEW';
SELECT description, version FROM lead.lead WHERE key = 'NEW';
ROLLBACK;
-- nine of them nest too deep
INSERT INTO lead.event_binding (code, event, function, condition)
SELECT 'B' || i, 'UPDATE', 'regress_lead_lab.touch', format('$.description == "%s"', repeat('+', i - 1))::jsonpath FROM generate_series(3, 9) i;
UPDATE lead.event_binding SET condition = '$.description == ""' WHERE code = 'B1';
UPDATE lead.event_binding SET condition = '$.description == "+"' WHERE code = 'B2';
SELECT try($$UPDATE lead.lead SET description = '' WHERE key = 'NEW'$$);
DELETE FROM lead.event_binding;
-- one that makes a new lead for each new lead makes one
CREATE FUNCTION breed(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS
	$$INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source) VALUES ('Child', 'B2B', 'HOT', 'WEB')$$;
INSERT INTO lead.event_binding (code, event, function) VALUES ('BREED', 'CREATE', 'regress_lead_lab.breed');
BEGIN;
INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source) VALUES ('Parent', 'B2B', 'HOT', 'WEB');
SELECT party_name, count(*) FROM lead.lead WHERE party_name IN ('Parent', 'Child') GROUP BY 1 ORDER BY 1;
ROLLBACK;
DELETE FROM lead.event_binding;
-- one that deletes the lead it is told of
CREATE FUNCTION kill(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS $$DELETE FROM lead.lead WHERE id = (new).id$$;
INSERT INTO lead.event_binding (code, event, function) VALUES ('KILL1', 'CREATE', 'regress_lead_lab.kill'), ('KILL2', 'STATUS_CHANGE', 'regress_lead_lab.kill');
BEGIN;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('DOOMED', 'X', 'B2B', 'HOT', 'WEB');
SELECT lead.transition((SELECT id FROM lead.lead WHERE key = 'NEW'), 'WORKING') IS NULL AS gone;
SELECT count(*) FROM lead.lead WHERE key IN ('DOOMED', 'NEW');
SELECT count(*) FROM lead.lead_status_change c WHERE NOT EXISTS (SELECT FROM lead.lead l WHERE l.id = c.lead_id);
ROLLBACK;
SELECT try($$SELECT lead.convert(id) FROM lead.lead WHERE key = 'NEW'$$);
DELETE FROM lead.event_binding;
-- a target that converts, or deletes, the lead it is to convert
CREATE FUNCTION again(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE plpgsql AS
	$$BEGIN PERFORM lead.convert((again.lead).id); RETURN 'C-1'; END$$;
CREATE FUNCTION vanish(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE plpgsql AS
	$$BEGIN DELETE FROM lead.lead WHERE id = (vanish.lead).id; RETURN 'C-1'; END$$;
CREATE FUNCTION external(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE plpgsql AS
	$$BEGIN PERFORM lead.convert_external((external.lead).id, 'SAP'); RETURN 'C-1'; END$$;
CREATE FUNCTION blank(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE sql AS $$SELECT ' '$$;
CREATE FUNCTION long(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE sql AS $$SELECT regress_lead_lab.mega()$$;
INSERT INTO lead.conversion_target (function) VALUES ('regress_lead_lab.again');
SELECT try($$SELECT lead.convert(id) FROM lead.lead WHERE key = 'NEW'$$);
UPDATE lead.conversion_target SET function = 'regress_lead_lab.vanish';
SELECT try($$SELECT lead.convert(id) FROM lead.lead WHERE key = 'NEW'$$);
UPDATE lead.conversion_target SET function = 'regress_lead_lab.external';
SELECT try($$SELECT lead.convert(id) FROM lead.lead WHERE key = 'NEW'$$);
UPDATE lead.conversion_target SET function = 'regress_lead_lab.blank';
SELECT try($$SELECT lead.convert(id) FROM lead.lead WHERE key = 'NEW'$$);
UPDATE lead.conversion_target SET function = 'regress_lead_lab.long';
SELECT try($$SELECT lead.convert(id) FROM lead.lead WHERE key = 'NEW'$$);

-- What is gone ------------------------------------------------------------

-- the function of a target or binding, or its schema
DROP FUNCTION long;
SELECT try($$SELECT lead.convert(id) FROM lead.lead WHERE key = 'NEW'$$);
DELETE FROM lead.conversion_target;
CREATE SCHEMA regress_lead_gone;
CREATE FUNCTION regress_lead_gone.event(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS $$SELECT NULL$$;
INSERT INTO lead.event_binding (code, event, function) VALUES ('GONE', 'UPDATE', 'regress_lead_gone.event');
SELECT try($$UPDATE lead.lead SET description = 'x' WHERE key = 'NEW'$$);
DROP SCHEMA regress_lead_gone CASCADE;
SELECT try($$UPDATE lead.lead SET description = 'x' WHERE key = 'NEW'$$);
-- a binding that is switched off does not matter
UPDATE lead.event_binding SET enabled = false, function = 'regress_lead_lab.event';
SELECT try($$UPDATE lead.lead SET description = 'x' WHERE key = 'NEW'$$);
DELETE FROM lead.event_binding;
SELECT everything() = :'before' AS nothing_changed;

-- the sequence of the keys: gone, another thing, at its end
BEGIN;
DROP SEQUENCE lead.key_seq;
SELECT put('lead', '{}');
SELECT put('lead', '{"key": "GIVEN"}');
SELECT put('customer', '{}');
CREATE TABLE lead.key_seq (last_value bigint);
-- (the server's words differ between versions)
SELECT left(put('lead', '{}'), 16);
ROLLBACK;
BEGIN;
ALTER SEQUENCE lead.key_seq MAXVALUE 1000 RESTART 1000;
SELECT put('lead', '{}');
SELECT put('lead', '{}');
ROLLBACK;
-- the index of the keys
BEGIN;
ALTER TABLE lead.lead DROP CONSTRAINT lead_key_key;
SELECT put('lead', '{}');
CREATE INDEX ON lead.lead (key);
CREATE UNIQUE INDEX ON lead.lead (lower(key));
CREATE UNIQUE INDEX ON lead.lead (key) WHERE status = 'NEW';
SELECT put('lead', '{}');
CREATE UNIQUE INDEX ON lead.lead (key text_pattern_ops) INCLUDE (party_name);
SELECT put('lead', '{}');
ROLLBACK;
-- a version that cannot grow
BEGIN;
ALTER TABLE lead.lead DISABLE TRIGGER USER;
UPDATE lead.lead SET version = 2147483647 WHERE key = 'NEW';
ALTER TABLE lead.lead ENABLE TRIGGER USER;
SELECT left(try($$UPDATE lead.lead SET description = 'x' WHERE key = 'NEW'$$), 5) AS sqlstate;
ROLLBACK;
-- a code that is gone from its register
BEGIN;
DELETE FROM lead.lead_source WHERE code <> 'WEB';
SELECT put('lead', '{"lead_source": "PHONE"}');
ROLLBACK;
SELECT everything() = :'before' AS nothing_changed;

RESET search_path;
DROP SCHEMA regress_lead_lab CASCADE;
DROP SCHEMA lead CASCADE;
