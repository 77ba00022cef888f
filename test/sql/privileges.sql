\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
-- What a reader, an agent and an administrator may do, as lead.grant_access
-- makes them: every verb on every table, view and sequence, every function.
-- The matrices below are written out; what is compared with them are attempts.

-- Tools -------------------------------------------------------------------

CREATE SCHEMA regress_lead_lab;
GRANT USAGE, CREATE ON SCHEMA regress_lead_lab TO PUBLIC;
SET search_path = regress_lead_lab, pg_catalog;

-- Runs a statement as a role and undoes it: ok, or the SQLSTATE.
CREATE FUNCTION attempt(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	EXECUTE statement;
	RAISE EXCEPTION 'undo' USING ERRCODE = 'UNDO0';
EXCEPTION WHEN OTHERS THEN
	RETURN CASE SQLSTATE WHEN 'UNDO0' THEN 'ok' ELSE SQLSTATE END;
END $$;
REVOKE ALL ON FUNCTION attempt FROM PUBLIC;

-- One letter for each verb, and the statement that tries it. No row is touched:
-- the server asks for the privilege before it looks for rows.
CREATE FUNCTION verbs(object regclass) RETURNS TABLE (letter text, statement text)
LANGUAGE sql AS $$
	SELECT v.letter, format(v.statement, object, k.first, k.list, k.definitions)
	FROM pg_class c,
		LATERAL (SELECT min(a.attname) FILTER (WHERE a.ord = 1) AS first,
				string_agg(a.attname, ', ' ORDER BY a.ord) AS list,
				string_agg(a.attname || ' ' || a.typ, ', ' ORDER BY a.ord) AS definitions
			FROM (
				SELECT a.attname::text, format_type(a.atttypid, NULL) AS typ, row_number() OVER (ORDER BY a.attnum) AS ord
				FROM pg_attribute a
					LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
				WHERE a.attrelid = c.oid AND (a.attnum = ANY (i.indkey) OR i.indkey IS NULL AND a.attnum = 1)) a) k,
		(VALUES
			('rv', 'r', 'SELECT FROM %1$s'),
			('rv', 'a', 'INSERT INTO %1$s (%2$I) SELECT NULL WHERE false'),
			('rv', 'w', 'UPDATE %1$s SET %2$I = NULL WHERE false'),
			('rv', 'd', 'DELETE FROM %1$s WHERE false'),
			('rv', 'D', 'TRUNCATE %1$s CASCADE'),
			('rv', 'x', 'CREATE TABLE regress_lead_lab.referring (%4$s, FOREIGN KEY (%3$s) REFERENCES %1$s)'),
			('rv', 't', 'CREATE TRIGGER mine AFTER INSERT ON %1$s EXECUTE FUNCTION tsvector_update_trigger()'),
			('S', 'r', 'SELECT last_value FROM %1$s'),
			('S', 'U', 'SELECT nextval(%1$L)'),
			('S', 'w', 'SELECT setval(%1$L, 1)')) v (kinds, letter, statement)
	WHERE c.oid = object AND position(c.relkind::text IN v.kinds) > 0
$$;

-- The letters that work. 42501 is a refusal; of a view also that it cannot be
-- written (55000) and is no table (42809), which nobody gets around. Any other
-- error is shown, as it means that the attempt tried something else.
CREATE FUNCTION works(role name, object regclass) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(
		CASE
			WHEN a.result = 'ok' THEN a.letter
			WHEN a.result = '42501' OR c.relkind = 'v' AND a.result IN ('55000', '42809') THEN ''
			ELSE format('(%s: %s)', a.letter, a.result)
		END, '' ORDER BY a.ord), '')
	FROM pg_class c,
		LATERAL (SELECT v.letter, v.ord, attempt(role, v.statement) AS result
			FROM verbs(c.oid) WITH ORDINALITY v (letter, statement, ord)) a
	WHERE c.oid = object
$$;

-- The roles ---------------------------------------------------------------

CREATE ROLE regress_lead_nothing;
CREATE ROLE regress_lead_reader;
CREATE ROLE regress_lead_agent;
CREATE ROLE regress_lead_administrator;
SELECT lead.grant_access('regress_lead_reader', 'reader'),
	lead.grant_access('regress_lead_agent', 'agent'),
	lead.grant_access('regress_lead_administrator', 'administrator');

-- Tables, views, sequences ------------------------------------------------
-- r SELECT, a INSERT, w UPDATE, d DELETE, D TRUNCATE, x REFERENCES, t TRIGGER,
-- U USAGE of a sequence (nextval).

CREATE TABLE object_matrix (object text, nothing text, reader text, agent text, administrator text);
INSERT INTO object_matrix VALUES
	('lead.lead',               '', 'r', 'raw', 'rawd'),
	('lead.person',             '', 'r', 'raw', 'rawd'),
	('lead.customer',           '', 'r', 'raw', 'rawd'),
	('lead.account',            '', 'r', 'raw', 'rawd'),
	('lead.lead_status_change', '', 'r', 'r',   'r'),
	('lead.lead_conversion',    '', 'r', 'r',   'r'),
	('lead.lead_merge',         '', 'r', 'r',   'r'),
	('lead.lead_erasure',       '', 'r', 'r',   'r'),
	('lead.lead_import',        '', 'r', 'rad', 'rad'),
	('lead.event_epoch',        '', 'r', 'r',   'r'),
	('lead.lead_type',          '', 'r', 'r',   'rawd'),
	('lead.lead_rating',        '', 'r', 'r',   'rawd'),
	('lead.lead_source',        '', 'r', 'r',   'rawd'),
	('lead.entity_spec',        '', 'r', 'r',   'rawd'),
	('lead.characteristic',     '', 'r', 'r',   'rawd'),
	('lead.lead_status_rule',   '', 'r', 'r',   'rawd'),
	('lead.conversion_target',  '', 'r', 'r',   'rawd'),
	('lead.event_binding',      '', 'r', 'r',   'rawd'),
	('lead.duplicate_policy',   '', 'r', 'r',   'rawd'),
	('lead.status_transition',  '', 'r', 'r',   'r'),
	('lead.status_period',      '', 'r', 'r',   'r'),
	('lead.lead_report',        '', 'r', 'r',   'r'),
	('lead.funnel',             '', 'r', 'r',   'r'),
	('lead.conversion_rate',    '', 'r', 'r',   'r'),
	('lead.status_by_day',      '', 'r', 'r',   'r'),
	('lead.stuck_leads',        '', 'r', 'r',   'r'),
	('lead.char_report',        '', 'r', 'r',   'r'),
	('lead.contact_report',     '', 'r', 'r',   'r'),
	('lead.status_duration',    '', 'r', 'r',   'r'),
	('lead.key_seq',            '', 'r', 'r',   'r'),
	('lead.lead_import_line_seq', '', 'r', 'r', 'r');

CREATE VIEW object_seen AS
	SELECT c.oid::regclass::text AS object,
		works('regress_lead_nothing', c.oid) AS nothing,
		works('regress_lead_reader', c.oid) AS reader,
		works('regress_lead_agent', c.oid) AS agent,
		works('regress_lead_administrator', c.oid) AS administrator
	FROM pg_class c
	WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind NOT IN ('i', 't', 'c');

-- no difference, also no object without a line and no line without an object
SELECT 'expected' AS which, * FROM (TABLE object_matrix EXCEPT TABLE object_seen) e
UNION ALL
SELECT 'seen', * FROM (TABLE object_seen EXCEPT TABLE object_matrix) s
ORDER BY 2, 1;
SELECT count(*) >= 20 AS objects_compared, sum(length(o.administrator)) >= 56 AS verbs_seen_to_work FROM object_seen o;

-- the attempts tell: the owner may do all of it (TRUNCATE … CASCADE has notices)
SET client_min_messages = warning;
SELECT string_agg(DISTINCT works(current_user, c.oid), ' ' ORDER BY works(current_user, c.oid)) AS owner_of_tables
FROM pg_class c WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind = 'r';
SELECT works(current_user, 'lead.lead_report') AS owner_of_view, works(current_user, 'lead.key_seq') AS owner_of_sequence;
RESET client_min_messages;

-- no privilege of a column but those of lead_import's (the matrix tries the first), none of PUBLIC's
SELECT c.relname, a.attname, x.grantee::regrole, string_agg(x.privilege_type, ', ' ORDER BY x.privilege_type) AS privileges
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, LATERAL aclexplode(a.attacl) x
WHERE c.relnamespace = 'lead'::regnamespace GROUP BY c.relname, a.attnum, a.attname, x.grantee ORDER BY c.relname, a.attnum, x.grantee::regrole::text;
SELECT count(*) AS public_privileges
FROM (
	SELECT c.relacl FROM pg_class c WHERE c.relnamespace = 'lead'::regnamespace
	UNION ALL
	SELECT n.nspacl FROM pg_namespace n WHERE n.nspname = 'lead') o (acl),
	LATERAL aclexplode(o.acl) x
WHERE x.grantee = 0;

-- Functions ---------------------------------------------------------------
-- Each is called as it is meant to be, on leads made for it. 39P01 is what a
-- trigger function says to a plain call, 55000 what serves only the install,
-- 2D000 a procedure that commits to a call inside a transaction.

INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source)
VALUES ('FRESH', 'Fresh', 'B2B', 'HOT', 'WEB'), ('WON', 'Won', 'B2B', 'HOT', 'WEB'),
	('TWICE', 'Twice', 'B2B', 'HOT', 'WEB'), ('MERGED', 'Merged', 'B2B', 'HOT', 'WEB');
SELECT key FROM lead.merge((SELECT id FROM lead.lead WHERE key = 'FRESH'), ARRAY(SELECT id FROM lead.lead WHERE key = 'MERGED'));
SELECT kind, customer_id IS NOT NULL AS has_customer
FROM lead.convert((SELECT id FROM lead.lead WHERE key = 'WON'));

CREATE TABLE function_matrix (
	signature text, call text, nothing text, reader text, agent text, administrator text);
INSERT INTO function_matrix VALUES
	('lead.add_starter_registers()', 'add_starter_registers()', '42501', '42501', '42501', 'ok'),
	('lead.allowed_transitions(uuid)', 'allowed_transitions({FRESH})', '42501', 'ok', 'ok', 'ok'),
	('lead.as_json(record)', 'as_json(l) FROM lead.lead l', '42501', 'ok', 'ok', 'ok'),
	('lead.builtin_transition()', 'builtin_transition()', '42501', 'ok', 'ok', 'ok'),
	('lead.call_event_bindings()', 'call_event_bindings()', '42501', '39P01', '39P01', '39P01'),
	('lead.chars_problems(text,jsonb)', 'chars_problems(''B2B'', ''{}'')', '42501', 'ok', 'ok', 'ok'),
	('lead.check_argument(text,text,text[])', 'check_argument(''a'', ''b'')', '42501', 'ok', 'ok', 'ok'),
	('lead.check_chars(text)', 'check_chars()', '42501', 'ok', 'ok', 'ok'),
	('lead.check_install_schema()', 'check_install_schema()', '42501', '42501', '42501', '42501'),
	('lead.check_row()', 'check_row()', '42501', '39P01', '39P01', '39P01'),
	('lead.check_user_function()', 'check_user_function()', '42501', '39P01', '39P01', '39P01'),
	('lead.claim(text,integer,text,text)', 'claim(''jana'')', '42501', '42501', 'ok', 'ok'),
	('lead.convert(uuid,uuid,text,text,jsonb)', 'convert({FRESH})', '42501', '42501', 'ok', 'ok'),
	('lead.convert_external(uuid,text,text,text,jsonb)', 'convert_external({FRESH}, ''SAP'')', '42501', '42501', 'ok', 'ok'),
	('lead.convert_all(lead.lead_status,text,text,text,text,text,integer,bigint,bigint)', 'convert_all(''NEW'')', '42501', '2D000', '2D000', '2D000'),
	('lead.convert_many(uuid[],boolean,boolean,text,jsonb)', 'convert_many(ARRAY[{FRESH}])', '42501', '42501', 'ok', 'ok'),
	('lead.convert_external_many(uuid[],text,text[],boolean,boolean,text,jsonb)', 'convert_external_many(ARRAY[{FRESH}], ''SAP'')', '42501', '42501', 'ok', 'ok'),
	('lead.transition_many(uuid[],lead.lead_status,text,timestamp with time zone,jsonb,boolean,boolean)', 'transition_many(ARRAY[{FRESH}], ''WORKING'')', '42501', '42501', 'ok', 'ok'),
	('lead.do_convert(anyelement,uuid,uuid,text,text,jsonb)', 'do_convert(NULL::lead.lead_conversion, {FRESH}, NULL, NULL, NULL, NULL)', '42501', '42501', 'ok', 'ok'),
	('lead.do_convert_external(anyelement,uuid,text,text,text,jsonb)', 'do_convert_external(NULL::lead.lead_conversion, {FRESH}, ''SAP'', NULL, NULL, NULL)', '42501', '42501', 'ok', 'ok'),
	('lead.do_merge(anyelement,uuid,uuid[])', 'do_merge(NULL::lead.lead, {FRESH}, ARRAY[{TWICE}])', '42501', '42501', 'ok', 'ok'),
	('lead.do_unmerge(anyelement,uuid)', 'do_unmerge(NULL::lead.lead, {MERGED})', '42501', '42501', 'ok', 'ok'),
	('lead.do_revert_conversion(anyelement,uuid,text)', 'do_revert_conversion(NULL::lead.lead, {WON}, ''mistake'')', '42501', '42501', 'ok', 'ok'),
	('lead.do_transition(anyelement,uuid,lead.lead_status,text,timestamp with time zone,jsonb)', 'do_transition(NULL::lead.lead, {FRESH}, ''WORKING'', NULL, NULL, NULL)', '42501', '42501', 'ok', 'ok'),
	('lead.duplicate_groups(double precision)', 'duplicate_groups()', '42501', 'ok', 'ok', 'ok'),
	('lead.find_duplicates(uuid)', 'find_duplicates({FRESH})', '42501', 'ok', 'ok', 'ok'),
	('lead.find_matches(text,text[],text[],text[],text[])', 'find_matches(''Fresh'')', '42501', 'ok', 'ok', 'ok'),
	('lead.match_tokens(text[],double precision)', 'match_tokens(''{p:1}'', 0.9)', '42501', 'ok', 'ok', 'ok'),
	('lead.name_key(text)', 'name_key(''Fresh'')', '42501', 'ok', 'ok', 'ok'),
	('lead.do_erase(anyelement,uuid,text)', 'do_erase(NULL::lead.lead_erasure, {WON}, ''asked'')', '42501', '42501', '42501', 'ok'),
	('lead.create_lead(jsonb)', 'create_lead(''{"partyName": "x", "leadType": "B2B", "leadRating": "HOT", "leadSource": "WEB"}'')', '42501', '42501', 'ok', 'ok'),
	('lead.do_create_lead(anyelement,jsonb)', 'do_create_lead(NULL::lead.lead, ''{"partyName": "x", "leadType": "B2B", "leadRating": "HOT", "leadSource": "WEB"}'')', '42501', '42501', 'ok', 'ok'),
	('lead.do_patch_lead(anyelement,text,jsonb)', 'do_patch_lead(NULL::lead.lead, ''FRESH'', ''{}'')', '42501', '42501', 'ok', 'ok'),
	('lead.do_replace_lead(anyelement,text,jsonb)', 'do_replace_lead(NULL::lead.lead, l.key, lead.as_json(l)) FROM lead.lead l', '42501', '42501', 'ok', 'ok'),
	('lead.domain_version()', 'domain_version()', '42501', 'ok', 'ok', 'ok'),
	('lead.erase(uuid,text)', 'erase({WON}, ''asked'')', '42501', '42501', '42501', 'ok'),
	('lead.check_cursor(bigint,bigint,integer,boolean,boolean)', 'check_cursor(1, 1, 1, true, false)', '42501', 'ok', 'ok', 'ok'),
	('lead.epoch_start(bigint)', 'epoch_start(1)', '42501', 'ok', 'ok', 'ok'),
	('lead.event_cursor(bigint,uuid,integer,bigint,integer)', 'event_cursor(1, {FRESH}, 1, 1, 1)', '42501', 'ok', 'ok', 'ok'),
	('lead.event_horizon()', 'event_horizon()', '42501', 'ok', 'ok', 'ok'),
	('lead.event_request(text,integer)', 'event_request(NULL, NULL)', '42501', 'ok', 'ok', 'ok'),
	('lead.events(text,integer)', 'events()', '42501', 'ok', 'ok', 'ok'),
	('lead.newest_event()', 'newest_event()', '42501', 'ok', 'ok', 'ok'),
	('lead.settled_xid()', 'settled_xid()', '42501', 'ok', 'ok', 'ok'),
	('lead.funnel(date,date,text)', 'funnel()', '42501', 'ok', 'ok', 'ok'),
	('lead.funnel_chart(date,date,text)', 'funnel_chart()', '42501', 'ok', 'ok', 'ok'),
	('lead.svg_text(text,numeric)', 'svg_text(''x'')', '42501', 'ok', 'ok', 'ok'),
	('lead.grant_access(text,text)', 'grant_access(''regress_lead_nothing'', ''reader'')', '42501', '42501', '42501', '42501'),
	('lead.guard()', 'guard()', '42501', '39P01', '39P01', '39P01'),
	('lead.hand_over_domain()', 'hand_over_domain()', '42501', '42501', '42501', '42501'),
	('lead.import_leads(jsonb,boolean,text)', 'import_leads(''[]'')', '42501', '42501', 'ok', 'ok'),
	('lead.run_import(text,text,text,integer,bigint,bigint,bigint)', 'run_import(''x'')', '42501', '2D000', '2D000', '2D000'),
	('lead.has_event_bindings()', 'has_event_bindings()', '42501', 'ok', 'ok', 'ok'),
	('lead.merge(uuid,uuid[])', 'merge({FRESH}, ARRAY[{TWICE}])', '42501', '42501', 'ok', 'ok'),
	('lead.label(text,jsonb)', 'label(''Web'', ''{}'')', '42501', 'ok', 'ok', 'ok'),
	('lead.status_as_of(timestamp with time zone)', 'status_as_of(now())', '42501', 'ok', 'ok', 'ok'),
	('lead.status_by_day(date,date)', 'status_by_day()', '42501', 'ok', 'ok', 'ok'),
	('lead.stuck_leads(interval)', 'stuck_leads(''1 day'')', '42501', 'ok', 'ok', 'ok'),
	('lead.patch_lead(text,jsonb)', 'patch_lead(''FRESH'', ''{"description": "x"}'')', '42501', '42501', 'ok', 'ok'),
	('lead.primary_contact(jsonb)', 'primary_contact(''[]'')', '42501', 'ok', 'ok', 'ok'),
	('lead.processing_data(uuid)', 'processing_data({FRESH})', '42501', 'ok', 'ok', 'ok'),
	('lead.replace_lead(text,jsonb)', 'replace_lead(l.key, lead.as_json(l)) FROM lead.lead l', '42501', '42501', 'ok', 'ok'),
	('lead.revert_conversion(uuid,text)', 'revert_conversion({WON}, ''mistake'')', '42501', '42501', 'ok', 'ok'),
	('lead.revoke_access(text)', 'revoke_access(''regress_lead_nothing'')', '42501', '42501', '42501', '42501'),
	('lead.rules_changed()', 'rules_changed()', '42501', '39P01', '39P01', '39P01'),
	('lead.length_class(timestamp with time zone,timestamp with time zone)', 'length_class(now(), now())', '42501', 'ok', 'ok', 'ok'),
	('lead.seconds_between(timestamp with time zone,timestamp with time zone)', 'seconds_between(now(), now())', '42501', 'ok', 'ok', 'ok'),
	('lead.status_duration(date,date)', 'status_duration()', '42501', 'ok', 'ok', 'ok'),
	('lead.status_diagram()', 'status_diagram()', '42501', 'ok', 'ok', 'ok'),
	('lead.status_class(lead.lead_status)', 'status_class(''NEW'')', '42501', 'ok', 'ok', 'ok'),
	('lead.status_order(lead.lead_status)', 'status_order(''NEW'')', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_characteristics(jsonb)', 'tmf_characteristics(''{}'')', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_contact_media(jsonb)', 'tmf_contact_media(''{}'')', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_customer(jsonb,boolean)', 'tmf_customer(lead.as_json(c)) FROM lead.customer c', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_customer_accounts(uuid)', 'tmf_customer_accounts({WON})', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_customer_parties(uuid)', 'tmf_customer_parties({WON})', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_document(text,jsonb,jsonb,boolean)', 'tmf_document(''X'', ''{}'')', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_href(text,text)', 'tmf_href(''customer'', ''x'')', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_individual(jsonb,boolean)', 'tmf_individual(lead.as_json(p)) FROM lead.person p', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_lead_parties(uuid)', 'tmf_lead_parties({WON})', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_lead_reference(uuid)', 'tmf_lead_reference({WON})', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_lead_state(text)', 'tmf_lead_state(''NEW'')', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_medium_word(text)', 'tmf_medium_word(''phone'')', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_offerings(jsonb)', 'tmf_offerings(''{}'')', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_product_order(jsonb,boolean)', 'tmf_product_order(lead.as_json(l)) FROM lead.lead l', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_reference(text,text,text,text,text)', 'tmf_reference(''x'')', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_revenue(jsonb)', 'tmf_revenue(''5'')', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_sales_lead(jsonb,boolean)', 'tmf_sales_lead(lead.as_json(l)) FROM lead.lead l', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_source_channel(text)', 'tmf_source_channel(''WEB'')', '42501', 'ok', 'ok', 'ok'),
	('lead.tmf_time(text)', 'tmf_time(''infinity'')', '42501', 'ok', 'ok', 'ok'),
	('lead.to_tmf622(lead.lead,boolean)', 'to_tmf622(l) FROM lead.lead l', '42501', 'ok', 'ok', 'ok'),
	('lead.to_tmf629(lead.customer,boolean)', 'to_tmf629(c) FROM lead.customer c', '42501', 'ok', 'ok', 'ok'),
	('lead.to_tmf632(lead.person,boolean)', 'to_tmf632(p) FROM lead.person p', '42501', 'ok', 'ok', 'ok'),
	('lead.to_tmf699(lead.lead,boolean)', 'to_tmf699(l) FROM lead.lead l', '42501', 'ok', 'ok', 'ok'),
	('lead.transition(uuid,lead.lead_status,text,timestamp with time zone,jsonb)', 'transition({FRESH}, ''WORKING'')', '42501', '42501', 'ok', 'ok'),
	('lead.transition_allowed(record,lead.lead_status)', 'transition_allowed(l, ''WORKING'') FROM lead.lead l', '42501', 'ok', 'ok', 'ok'),
	('lead.unite_contacts(jsonb,jsonb)', 'unite_contacts(''[]'', ''[]'')', '42501', 'ok', 'ok', 'ok'),
	('lead.unmerge(uuid)', 'unmerge({MERGED})', '42501', '42501', 'ok', 'ok'),
	('lead.uuid_v7()', 'uuid_v7()', '42501', 'ok', 'ok', 'ok'),
	('lead.wake_due(integer)', 'wake_due()', '42501', '42501', 'ok', 'ok');

CREATE VIEW function_seen AS
	SELECT p.oid::regprocedure::text AS signature, c.call,
		attempt('regress_lead_nothing', c.statement) AS nothing,
		attempt('regress_lead_reader', c.statement) AS reader,
		attempt('regress_lead_agent', c.statement) AS agent,
		attempt('regress_lead_administrator', c.statement) AS administrator
	FROM pg_proc p
		LEFT JOIN function_matrix m ON m.signature = p.oid::regprocedure::text,
		LATERAL (SELECT m.call, replace(replace(replace(replace(CASE p.prokind WHEN 'p' THEN 'CALL lead.' ELSE 'SELECT lead.' END || m.call,
			'{TWICE}', quote_literal((SELECT l.id FROM lead.lead l WHERE l.key = 'TWICE')) || '::uuid'),
			'{MERGED}', quote_literal((SELECT l.id FROM lead.lead l WHERE l.key = 'MERGED')) || '::uuid'),
			'{FRESH}', quote_literal((SELECT l.id FROM lead.lead l WHERE l.key = 'FRESH')) || '::uuid'),
			'{WON}', quote_literal((SELECT l.id FROM lead.lead l WHERE l.key = 'WON')) || '::uuid') AS statement) c
	WHERE p.pronamespace = 'lead'::regnamespace;

SELECT 'expected' AS which, * FROM (TABLE function_matrix EXCEPT TABLE function_seen) e
UNION ALL
SELECT 'seen', * FROM (TABLE function_seen EXCEPT TABLE function_matrix) s
ORDER BY 2, 1;
SELECT count(*) >= 33 AS functions_compared FROM function_seen;

-- to a superuser all functions are open, and those of the install say what they are for
SELECT attempt(current_user, 'SELECT lead.hand_over_domain()') AS hand_over,
	attempt(current_user, 'SELECT lead.check_install_schema()') AS check_schema;

-- the enums and their casts come with the schema
SELECT attempt('regress_lead_nothing', 'SELECT NULL::lead.lead_status') AS nothing,
	attempt('regress_lead_reader', 'SELECT NULL::lead.lead_status') AS reader;

-- Definition is the owner's -----------------------------------------------

SELECT s.statement, attempt('regress_lead_administrator', s.statement) AS administrator, attempt(current_user, s.statement) AS owner
FROM (VALUES
	('CREATE TABLE lead.mine ()'),
	('CREATE FUNCTION lead.mine() RETURNS int LANGUAGE sql RETURN 1'),
	('ALTER TABLE lead.lead DISABLE TRIGGER ALL'),
	('ALTER TABLE lead.lead ADD COLUMN mine int'),
	('ALTER TABLE lead.lead_status_change DROP CONSTRAINT lead_status_change_lead_id_fkey'),
	('CREATE INDEX ON lead.lead (description)'),
	('REINDEX TABLE lead.lead'),
	('CREATE POLICY mine ON lead.lead'),
	('CREATE RULE mine AS ON DELETE TO lead.lead DO INSTEAD NOTHING'),
	('CREATE TABLE regress_lead_lab.child () INHERITS (lead.lead)'),
	('COMMENT ON TABLE lead.lead IS ''mine'''),
	('ALTER FUNCTION lead.claim SECURITY DEFINER'),
	('ALTER VIEW lead.lead_report SET (security_invoker = false)'),
	('SET LOCAL lead.time_zone = ''UTC'''),
	('SET LOCAL session_replication_role = replica')) s (statement);

-- The work as a whole -----------------------------------------------------
-- An agent takes a lead from its creation to a customer, by plain SQL and by
-- function; nothing of it asks for more than grant_access gave.

BEGIN;
SET LOCAL ROLE regress_lead_agent;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('A', 'A', 'B2B', 'HOT', 'WEB');
INSERT INTO lead.person (key, last_name, lead_id) SELECT 'P', 'Novak', id FROM lead.lead WHERE key = 'A';
UPDATE lead.lead SET status = 'LATER', deferred_until = now() + interval '1 day' WHERE key = 'A';
SELECT status FROM lead.transition((SELECT id FROM lead.lead WHERE key = 'A'), 'WORKING');
SELECT kind, converted_by FROM lead.convert((SELECT id FROM lead.lead WHERE key = 'A'));
SELECT status FROM lead.revert_conversion((SELECT id FROM lead.lead WHERE key = 'A'), 'mistake');
SELECT kind FROM lead.convert_external((SELECT id FROM lead.lead WHERE key = 'A'), 'SAP', 'C-1');
SELECT status, first_worked_at IS NOT NULL AS worked, external_id FROM lead.lead_report WHERE key = 'A';
SELECT to_status, changed_by FROM lead.lead_status_change ORDER BY changed_at DESC LIMIT 6;
ROLLBACK;

-- The same for many, all written as him; a reader may only ask what would become of them.
BEGIN;
SET LOCAL ROLE regress_lead_agent;
SELECT outcome, sqlstate FROM lead.transition_many(ARRAY(SELECT id FROM lead.lead WHERE key IN ('FRESH', 'TWICE')), 'WORKING');
SELECT outcome, sqlstate FROM lead.convert_many(ARRAY(SELECT id FROM lead.lead WHERE key IN ('FRESH', 'TWICE')));
SELECT DISTINCT converted_by FROM lead.lead_conversion WHERE from_status = 'WORKING';
ROLLBACK;
BEGIN;
SET LOCAL ROLE regress_lead_reader;
SELECT outcome, sqlstate FROM lead.transition_many(ARRAY(SELECT id FROM lead.lead WHERE key IN ('FRESH', 'TWICE')), 'WORKING', dry_run => true);
SELECT outcome, sqlstate FROM lead.convert_many(ARRAY(SELECT id FROM lead.lead WHERE key IN ('FRESH', 'WON')), dry_run => true);
ROLLBACK;
-- who may change leads but make no customer converts none, and is told so for each
CREATE ROLE regress_lead_mover;
GRANT USAGE ON SCHEMA lead TO regress_lead_mover;
GRANT SELECT, UPDATE ON lead.lead TO regress_lead_mover;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA lead TO regress_lead_mover;
BEGIN;
SET LOCAL ROLE regress_lead_mover;
SELECT outcome, sqlstate, message FROM lead.convert_many(ARRAY(SELECT id FROM lead.lead WHERE key IN ('FRESH', 'TWICE')));
SELECT outcome, sqlstate FROM lead.convert_external_many(ARRAY(SELECT id FROM lead.lead WHERE key IN ('FRESH', 'TWICE')), 'SAP');
ROLLBACK;
DROP OWNED BY regress_lead_mover;
DROP ROLE regress_lead_mover;

-- An administrator deletes a lead that was never converted; its history goes with it.
BEGIN;
SET LOCAL ROLE regress_lead_administrator;
DELETE FROM lead.lead WHERE key = 'TWICE';
SELECT count(*) FROM lead.lead_status_change h WHERE NOT EXISTS (SELECT FROM lead.lead l WHERE l.id = h.lead_id);
ROLLBACK;

-- He erases one that was, with its customer.
BEGIN;
SET LOCAL ROLE regress_lead_administrator;
SELECT erased_by, conversions, accounts FROM lead.erase((SELECT id FROM lead.lead WHERE key = 'WON'), 'asked');
SELECT party_name, customer_name FROM lead.lead_report WHERE customer_id IS NOT NULL;
ROLLBACK;

-- Another level, no level -------------------------------------------------

-- all that works for a role, in one text
CREATE FUNCTION profile(role name) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(o.object || ' ' || works(role, o.object::regclass), ', ' ORDER BY o.object)
		|| (SELECT string_agg(f.signature || ' ' || has_function_privilege(role, f.signature::regprocedure, 'EXECUTE'), ', ' ORDER BY f.signature)
			FROM function_matrix f)
		|| has_schema_privilege(role, 'lead', 'USAGE')
	FROM object_matrix o
$$;

CREATE ROLE regress_lead_moving;
SELECT lead.grant_access('regress_lead_moving', 'administrator');
SELECT profile('regress_lead_moving') = profile('regress_lead_administrator') AS is_administrator;
SELECT lead.grant_access('regress_lead_moving', 'agent');
SELECT profile('regress_lead_moving') = profile('regress_lead_agent') AS is_agent;
SELECT lead.grant_access('regress_lead_moving', 'agent');
SELECT profile('regress_lead_moving') = profile('regress_lead_agent') AS is_agent;
SELECT lead.grant_access('regress_lead_moving', 'reader');
SELECT profile('regress_lead_moving') = profile('regress_lead_reader') AS is_reader;
SELECT lead.grant_access('regress_lead_moving', 'administrator');
SELECT lead.revoke_access('regress_lead_moving');
SELECT profile('regress_lead_moving') = profile('regress_lead_nothing') AS has_nothing;
SELECT lead.revoke_access('regress_lead_moving');
-- nothing is left that would keep the role from being dropped
DROP ROLE regress_lead_moving;

-- a name that must be quoted
CREATE ROLE "regress_lead_Odd ""name""; x";
SELECT lead.grant_access('regress_lead_Odd "name"; x', 'reader');
SELECT profile('regress_lead_Odd "name"; x') = profile('regress_lead_reader') AS is_reader;
SELECT lead.revoke_access('regress_lead_Odd "name"; x');
DROP ROLE "regress_lead_Odd ""name""; x";

-- Refusals ----------------------------------------------------------------

\set VERBOSITY default
SELECT lead.grant_access('regress_lead_absent', 'reader');
\echo :LAST_ERROR_SQLSTATE
SELECT lead.revoke_access('regress_lead_absent');
\echo :LAST_ERROR_SQLSTATE
SELECT lead.grant_access('public', 'reader');
\echo :LAST_ERROR_SQLSTATE
SELECT lead.grant_access('', 'reader');
\echo :LAST_ERROR_SQLSTATE
SELECT lead.grant_access('regress_lead_nothing', 'owner');
\echo :LAST_ERROR_SQLSTATE
SELECT lead.grant_access('regress_lead_nothing', 'Reader');
\echo :LAST_ERROR_SQLSTATE
SELECT lead.grant_access('regress_lead_nothing', '');
\echo :LAST_ERROR_SQLSTATE
SELECT lead.grant_access('regress_lead_nothing', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT lead.grant_access(NULL, 'reader');
\echo :LAST_ERROR_SQLSTATE
SELECT lead.revoke_access(NULL);
\echo :LAST_ERROR_SQLSTATE

-- not the owner: nothing is given, and no warnings stand for the refusal (the
-- hint names the owner, who is another one on each machine)
\set VERBOSITY terse
SET ROLE regress_lead_administrator;
SELECT lead.grant_access('regress_lead_nothing', 'reader');
\echo :LAST_ERROR_SQLSTATE
SELECT lead.revoke_access('regress_lead_reader');
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_lead_reader;
SELECT lead.grant_access('regress_lead_reader', 'administrator');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT profile('regress_lead_nothing') LIKE '%lead.lead r,%' AS was_given, profile('regress_lead_reader') LIKE '%lead.lead r,%' AS has_still;

-- Tables of a role that is no superuser -----------------------------------
-- The operator may give the domain to another role: that role, and who is a
-- member of it, then gives access; work goes on, and the history is written
-- with the rights of the new owner.

CREATE ROLE regress_lead_owner;
CREATE ROLE regress_lead_deputy IN ROLE regress_lead_owner;
DO $$
DECLARE
	object record;
BEGIN
	FOR object IN
		SELECT format('ALTER %s %s OWNER TO regress_lead_owner',
			CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, c.oid::regclass) AS statement
		FROM pg_class c WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind IN ('r', 'v', 'S')
			AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'i' AND c.relkind = 'S')
		UNION ALL
		SELECT format('ALTER FUNCTION %s OWNER TO regress_lead_owner', p.oid::regprocedure)
		FROM pg_proc p WHERE p.pronamespace = 'lead'::regnamespace
			AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
		UNION ALL
		SELECT 'ALTER SCHEMA lead OWNER TO regress_lead_owner'
	LOOP
		EXECUTE object.statement;
	END LOOP;
END $$;
CREATE ROLE regress_lead_new;
SET ROLE regress_lead_deputy;
SELECT lead.grant_access('regress_lead_new', 'agent');
RESET ROLE;
SELECT profile('regress_lead_new') = profile('regress_lead_agent') AS is_agent;
BEGIN;
SET LOCAL ROLE regress_lead_new;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('B', 'B', 'B2B', 'HOT', 'WEB');
SELECT kind, converted_by FROM lead.convert((SELECT id FROM lead.lead WHERE key = 'B'));
SELECT from_status, to_status, changed_by FROM lead.lead_status_change
WHERE lead_id = (SELECT id FROM lead.lead WHERE key = 'B') ORDER BY version;
ROLLBACK;
SET ROLE regress_lead_owner;
SELECT lead.revoke_access('regress_lead_new');
RESET ROLE;
SELECT profile('regress_lead_new') = profile('regress_lead_nothing') AS has_nothing;

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA regress_lead_lab CASCADE;
DROP SCHEMA lead CASCADE;
DROP ROLE regress_lead_nothing, regress_lead_reader, regress_lead_agent, regress_lead_administrator,
	regress_lead_owner, regress_lead_deputy, regress_lead_new;
