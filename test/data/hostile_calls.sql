-- Everything that can be done with lead, for the test hostile_path: each table
-- written, each view read, each function called. It uses no operator, function
-- or type but with its schema, so that whatever else is found along the
-- search_path was looked for by lead. Errors are shown, results not.
\set ECHO none
\o /dev/null

-- rules
INSERT INTO lead.entity_spec (code, name) VALUES ('SPEC', 'Spec');
INSERT INTO lead.characteristic (entity_spec_id, name, required, default_value, condition)
	SELECT s.id, v.name, true, v.default_value, '$ > 0'
	FROM lead.entity_spec s, (VALUES ('budget', NULL), ('seats', '1'::pg_catalog.jsonb)) v (name, default_value);
INSERT INTO lead.lead_type (code, name, mnemonic_code, data_tags) VALUES ('OWN', 'Own', '{TYPE}-{YYYY}-{MM}-{SEQ:4}', '{" a ",a,b}');
UPDATE lead.lead_type SET entity_spec_id = s.id FROM lead.entity_spec s WHERE lead_type.code OPERATOR(pg_catalog.=) 'B2C';
INSERT INTO lead.lead_status_rule (from_status, to_status, condition, message)
	VALUES ('NEW', 'WORKING', '$.chars.budget > 0', 'No budget.'), (NULL, 'REJECTED', NULL, NULL);
UPDATE lead.entity_spec SET closed = true;
UPDATE lead.lead_status_rule SET needs_reason = true;
INSERT INTO lead.event_binding (code, event, function, condition)
	VALUES ('E', 'UPDATE', 'regress_lead_lab.event', '$.status != "NEW"'), ('C', 'CREATE', 'regress_lead_lab.event', NULL),
	('D', 'DELETE', 'regress_lead_lab.event', NULL);
INSERT INTO lead.conversion_target (lead_type, function) VALUES ('OWN', 'regress_lead_lab.target');

-- leads, persons, customers, accounts
INSERT INTO lead.lead (id, key, party_name, lead_type, lead_rating, lead_source, priority, chars, data_tags, phones, emails, processing_data)
VALUES
	('00000000-0000-7000-8000-000000000001', NULL, 'One', 'B2B', 'HOT', 'WEB', 'HIGH', '{"budget": 1}', '{" a ",a}', '["+420 603 123 456"]', '[{"value": "a@b.example"}]', '{"x": 1}'),
	('00000000-0000-7000-8000-000000000002', '', 'Two', 'B2C', 'HOT', 'WEB', NULL, '{"budget": 2}', NULL, NULL, NULL, NULL),
	('00000000-0000-7000-8000-000000000003', 'K3', 'Three', 'OWN', 'WARM', 'PHONE', 'LOW', '{}', NULL, NULL, NULL, NULL),
	('00000000-0000-7000-8000-000000000004', 'K4', 'Four', 'B2B', 'WARM', 'PHONE', 'LOW', '{}', NULL, NULL, NULL, NULL),
	('00000000-0000-7000-8000-000000000005', 'K5', 'Five', 'B2B', 'WARM', 'PHONE', 'LOW', '{}', NULL, NULL, NULL, NULL);
COPY lead.lead (key, party_name, lead_type, lead_rating, lead_source) FROM STDIN;
\N	Six	OWN	COLD	EMAIL
\.
INSERT INTO lead.lead (id, key, party_name, lead_type, lead_rating, lead_source)
	VALUES ('00000000-0000-7000-8000-000000000001', 'K1', 'One', 'B2B', 'HOT', 'WEB')
	ON CONFLICT (id) DO UPDATE SET description = excluded.party_name;
MERGE INTO lead.lead l USING lead.lead m ON l.id OPERATOR(pg_catalog.=) m.id
	WHEN MATCHED THEN UPDATE SET description = 'merged';
UPDATE lead.lead SET chars = '{"budget": 3}' WHERE id OPERATOR(pg_catalog.=) '00000000-0000-7000-8000-000000000002';
INSERT INTO lead.person (key, last_name, lead_id) VALUES (NULL, 'Person', '00000000-0000-7000-8000-000000000001');
UPDATE lead.person SET emails = '["a@b.example"]', chars = NULL, status = NULL;
INSERT INTO lead.customer (id, key, name) VALUES ('00000000-0000-7000-8000-000000000100', '', 'Customer');
INSERT INTO lead.account (key, name, customer_id, account_start_date) VALUES (NULL, 'Account', '00000000-0000-7000-8000-000000000100', NULL);

-- lifecycle and conversion
SELECT lead.allowed_transitions('00000000-0000-7000-8000-000000000001');
SELECT lead.transition('00000000-0000-7000-8000-000000000001', 'WORKING', 'reason', NULL, '{"x": 1}');
UPDATE lead.lead SET status = 'LATER', deferred_until = pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+) '20 ms'::pg_catalog.interval
	WHERE id OPERATOR(pg_catalog.=) '00000000-0000-7000-8000-000000000004';
SELECT lead.transition('00000000-0000-7000-8000-000000000004', 'LATER', NULL, pg_catalog.clock_timestamp() OPERATOR(pg_catalog.+) '30 ms'::pg_catalog.interval);
SELECT pg_catalog.pg_sleep(0.05);
SELECT * FROM lead.wake_due();
SELECT * FROM lead.wake_due(1);
SELECT * FROM lead.claim('jana');
SELECT * FROM lead.claim('jana', 10, 'B2B', 'PHONE');
SELECT lead.convert('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000100', NULL, 'reason', '{"x": 1}');
SELECT lead.revert_conversion('00000000-0000-7000-8000-000000000001', 'mistake');
SELECT lead.import_leads('[{"key": "MOVED", "partyName": "Moved", "leadType": "B2B", "leadRating": "HOT", "leadSource": "WEB", "conversion": [{"externalSystem": "SAP"}, {}],
	"history": [{"status": "NEW", "at": "2024-03-01T09:00:00Z"}, {"status": "CONVERTED_EXTERNAL", "at": "2024-03-02T09:00:00Z"},
		{"status": "NEW", "at": "2024-03-03T09:00:00Z"}, {"status": "CONVERTED", "at": "2024-03-04T09:00:00Z"}]}]');
SELECT lead.convert('00000000-0000-7000-8000-000000000001');
SELECT lead.convert('00000000-0000-7000-8000-000000000001');
SELECT lead.convert('00000000-0000-7000-8000-000000000002');
SELECT lead.convert('00000000-0000-7000-8000-000000000003', customer_ref => 'C-1');
SELECT lead.convert_external('00000000-0000-7000-8000-000000000004', 'SAP', 'C-1', 'reason');
SELECT lead.revert_conversion('00000000-0000-7000-8000-000000000004', 'mistake');
UPDATE lead.lead SET status = 'REJECTED', status_reason = 'spam' WHERE id OPERATOR(pg_catalog.=) '00000000-0000-7000-8000-000000000004';

-- many at once: leads of all kinds, with persons, and a pair that shares a phone number
INSERT INTO lead.lead (id, key, party_name, lead_type, lead_rating, lead_source, phones, chars) VALUES
	('00000000-0000-7000-8000-000000000021', 'K21', 'M1', 'B2B', 'WARM', 'PHONE', '["+420603000021"]', NULL),
	('00000000-0000-7000-8000-000000000022', 'K22', 'M2', 'B2B', 'WARM', 'PHONE', '["+420603000021"]', NULL),
	('00000000-0000-7000-8000-000000000023', 'K23', 'M3', 'OWN', 'WARM', 'PHONE', NULL, NULL),
	('00000000-0000-7000-8000-000000000024', 'K24', 'M4', 'B2B', 'WARM', 'PHONE', NULL, NULL),
	('00000000-0000-7000-8000-000000000025', 'K25', 'M5', 'B2B', 'WARM', 'PHONE', NULL, NULL);
INSERT INTO lead.person (key, last_name, lead_id) VALUES ('P21', 'Person', '00000000-0000-7000-8000-000000000021');
SELECT lead.transition_many('{00000000-0000-7000-8000-000000000021,00000000-0000-7000-8000-000000000022,00000000-0000-7000-8000-000000000001}', 'IN_PROGRESS', 'reason', NULL, '{"x": 1}');
SELECT lead.transition_many('{00000000-0000-7000-8000-000000000024}', 'LATER', NULL, '2999-01-01');
SELECT lead.transition_many('{00000000-0000-7000-8000-000000000024,00000000-0000-7000-8000-000000000024}', 'LATER', NULL, '2998-01-01', dry_run => true);
SELECT lead.transition_many('{00000000-0000-7000-8000-000000000024,00000000-0000-7000-8000-000000000024}', 'LATER', NULL, '2998-01-01', all_or_none => true);
SELECT lead.convert_many('{00000000-0000-7000-8000-000000000021,00000000-0000-7000-8000-000000000022,00000000-0000-7000-8000-000000000023,00000000-0000-7000-8000-000000000099,NULL}', dry_run => true);
SELECT lead.convert_many('{00000000-0000-7000-8000-000000000021,00000000-0000-7000-8000-000000000022,00000000-0000-7000-8000-000000000023,00000000-0000-7000-8000-000000000099,NULL}', all_or_none => true);
SELECT lead.convert_many('{00000000-0000-7000-8000-000000000021,00000000-0000-7000-8000-000000000022,00000000-0000-7000-8000-000000000023,00000000-0000-7000-8000-000000000099,NULL}', reason => 'reason', processing_data => '{"x": 1}');
SELECT lead.revert_conversion('00000000-0000-7000-8000-000000000021', 'mistake');
SELECT lead.convert_many('{00000000-0000-7000-8000-000000000021,00000000-0000-7000-8000-000000000025}');
SELECT lead.convert_external_many('{00000000-0000-7000-8000-000000000024,00000000-0000-7000-8000-000000000024,00000000-0000-7000-8000-000000000025}', 'SAP', '{A,B,C}');
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, data_tags) VALUES ('K26', 'M6', 'B2B', 'WARM', 'PHONE', '{all}'), ('K27', 'M7', 'B2B', 'WARM', 'PHONE', '{all}');
CALL lead.convert_all('NEW', 'B2B', 'PHONE', 'all', commit_every => 1);

-- merging
INSERT INTO lead.lead (id, key, party_name, lead_type, lead_rating, lead_source, description, data_tags, chars, phones)
VALUES ('00000000-0000-7000-8000-000000000006', 'K6', 'Six', 'B2B', 'WARM', 'PHONE', NULL, '{x}', '{"a": 1}', '[{"value": "+420603000001", "primary": true}]'),
	('00000000-0000-7000-8000-000000000007', 'K7', 'Seven', 'B2B', 'WARM', 'PHONE', 'seven', '{y}', '{"b": 1}', '[{"value": "+420603000001", "type": "x"}, {"value": "+420603000002"}]'),
	('00000000-0000-7000-8000-000000000008', 'K8', 'Eight', 'B2B', 'WARM', 'PHONE', 'eight', NULL, NULL, NULL);
INSERT INTO lead.person (key, last_name, lead_id) VALUES ('P7', 'Person', '00000000-0000-7000-8000-000000000007');
SELECT lead.merge('00000000-0000-7000-8000-000000000006', '{00000000-0000-7000-8000-000000000007,00000000-0000-7000-8000-000000000008}');
SELECT lead.merge('00000000-0000-7000-8000-000000000006', '{00000000-0000-7000-8000-000000000007}');
DO $$ BEGIN
	UPDATE lead.lead SET status = 'NEW', status_reason = 'again' WHERE id OPERATOR(pg_catalog.=) '00000000-0000-7000-8000-000000000007';
EXCEPTION WHEN SQLSTATE 'LD001' THEN NULL;
END $$;
SELECT lead.allowed_transitions('00000000-0000-7000-8000-000000000007');
DO $$ BEGIN
	PERFORM lead.unmerge('00000000-0000-7000-8000-000000000007');
EXCEPTION WHEN SQLSTATE '55000' THEN NULL;
END $$;
SELECT lead.unmerge('00000000-0000-7000-8000-000000000008');
SELECT lead.unmerge('00000000-0000-7000-8000-000000000007');
SELECT lead.merge('00000000-0000-7000-8000-000000000006', '{00000000-0000-7000-8000-000000000008}');

-- duplicates
INSERT INTO lead.duplicate_policy (on_create, on_convert) VALUES ('warn', 'warn');
UPDATE lead.duplicate_policy SET on_create = 'refuse', on_convert = 'refuse';
INSERT INTO lead.lead (id, key, party_name, lead_type, lead_rating, lead_source, emails, phones, websites, data_boxes) VALUES
	('00000000-0000-7000-8000-000000000011', 'K11', 'Twin Ltd', 'B2B', 'WARM', 'PHONE', '["twin@twin.example"]', '["+442079460018"]', '["twin.example"]', '["6bnaawp"]'),
	('00000000-0000-7000-8000-000000000012', 'K12', 'Other', 'B2B', 'WARM', 'PHONE', '["other@twin.example"]', NULL, NULL, NULL);
DO $$ BEGIN
	INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, emails) VALUES ('K13', 'Twin', 'B2B', 'WARM', 'PHONE', '["twin@twin.example"]');
EXCEPTION WHEN SQLSTATE 'LD011' THEN NULL;
END $$;
INSERT INTO lead.customer (id, name, emails) VALUES ('00000000-0000-7000-8000-000000000091', 'Twin', '["twin@twin.example"]');
DO $$ BEGIN
	PERFORM lead.convert('00000000-0000-7000-8000-000000000011');
EXCEPTION WHEN SQLSTATE 'LD011' THEN NULL;
END $$;
SELECT lead.find_duplicates('00000000-0000-7000-8000-000000000011');
SELECT * FROM lead.find_matches('Twin', '{twin@twin.example}', '{+442079460018}', '{twin.example}', '{6bnaawp}');
SELECT * FROM lead.duplicate_groups(0.5);
SELECT lead.name_key('Twin Ltd'), lead.match_tokens('{p:1}', 0.5);
DELETE FROM lead.lead WHERE key OPERATOR(pg_catalog.=) 'K11' OR key OPERATOR(pg_catalog.=) 'K12';

-- erasing
SELECT lead.erase('00000000-0000-7000-8000-000000000001', 'asked');
SELECT lead.erase('00000000-0000-7000-8000-000000000003', 'asked');
SELECT lead.erase('00000000-0000-7000-8000-000000000005', 'asked');
SELECT lead.erase('00000000-0000-7000-8000-000000000006', 'asked');

-- reading
SELECT lead.as_json(l), lead.transition_allowed(l, 'WORKING'), lead.processing_data(l.id), lead.primary_contact(l.phones),
	lead.unite_contacts(l.phones, l.emails) FROM lead.lead l;
SELECT lead.as_json(c) FROM lead.customer c;
SELECT lead.as_json(t) FROM lead.lead_type t;
UPDATE lead.lead SET chars = '{"productOffering": [{"id": "PO", "quantity": 2, "chars": {"a": 1.5}}], "expectedRevenue": {"amount": 5, "currency": "CZK"}}' WHERE key OPERATOR(pg_catalog.=) 'MOVED';
SELECT lead.to_tmf699(l), lead.to_tmf699(l, true), lead.to_tmf622(l), lead.to_tmf622(l, true) FROM lead.lead l;
SELECT lead.to_tmf629(c), lead.to_tmf629(c, true) FROM lead.customer c;
SELECT lead.to_tmf632(p), lead.to_tmf632(p, true) FROM lead.person p;
SELECT lead.tmf_contact_media(lead.as_json(l)), lead.tmf_characteristics(l.chars), lead.tmf_offerings(l.chars), lead.tmf_lead_parties(l.id), lead.tmf_lead_reference(l.id),
	lead.tmf_source_channel(l.lead_source), lead.tmf_sales_lead(lead.as_json(l)), lead.tmf_product_order(lead.as_json(l)) FROM lead.lead l;
SELECT lead.tmf_customer_parties(c.id), lead.tmf_customer_accounts(c.id), lead.tmf_customer(lead.as_json(c)) FROM lead.customer c;
SELECT lead.tmf_individual(lead.as_json(p)) FROM lead.person p;
SELECT lead.tmf_time('2026-01-01T00:00:00Z'), lead.tmf_href('customer', 'x'), lead.tmf_medium_word('phone'), lead.tmf_reference('x'), lead.tmf_revenue('5'), lead.tmf_lead_state('NEW'),
	lead.tmf_document('X', '{}', '{}');
SELECT lead.status_diagram(), lead.domain_version(), lead.uuid_v7(), lead.has_event_bindings(), lead.check_argument('a', 'b');
SELECT lead.chars_problems('B2C', '{}'), lead.chars_problems('B2B', NULL);
SELECT * FROM lead.check_chars();
SELECT * FROM lead.check_chars('B2C');
SELECT * FROM lead.builtin_transition();
SELECT * FROM lead.status_transition;
SELECT * FROM lead.status_period;
SELECT * FROM lead.lead_report;
SELECT * FROM lead.funnel;
SELECT * FROM lead.funnel('2020-01-01', '2099-12-31', 'month');
SELECT * FROM lead.funnel(by => 'priority');
SELECT lead.funnel_chart(), lead.funnel_chart('2020-01-01', '2099-12-31', 'month'), lead.svg_text('<x>', 2);
SELECT * FROM lead.conversion_rate;
SELECT * FROM lead.status_as_of();
SELECT * FROM lead.status_as_of('2099-12-31');
SELECT * FROM lead.status_by_day;
SELECT * FROM lead.status_by_day('2024-01-01', '2024-12-31');
SELECT * FROM lead.stuck_leads;
SELECT * FROM lead.stuck_leads('0');
SELECT * FROM lead.char_report;
SELECT * FROM lead.contact_report;
SELECT lead.label('Web', '{"cs": {"name": "Web"}}');
SELECT * FROM lead.events(lead.newest_event());
SELECT * FROM lead.events('', 10);
SELECT * FROM lead.status_duration;
SELECT * FROM lead.status_duration('2020-01-01', '2099-12-31');

-- imports
INSERT INTO lead.lead_import (batch, line, payload) VALUES
	('hostile', 1, '{"key": "I1", "partyName": "I", "leadType": "B2B", "leadRating": "HOT", "leadSource": "WEB", "priority": "LOW", "phones": "+420603123456", "dataTags": "x", "chars.a": 1}'),
	('hostile', 2, '{"key": "I1", "description": "x", "status": "WORKING"}'), ('hostile', 3, '{"priority": "x"}');
CALL lead.run_import('hostile', on_duplicate => 'update', commit_every => 2);
\o
SELECT i.line, i.state, i.sqlstate FROM lead.lead_import i ORDER BY i.line;
\o /dev/null
SELECT * FROM lead.import_leads('[{"key": "I1", "priority": "HIGH"}, {"key": "I2"}]', true, 'update');
SELECT * FROM lead.import_leads('[{"key": "I1"}]', false, 'skip');
DELETE FROM lead.lead_import;
DELETE FROM lead.lead WHERE key OPERATOR(pg_catalog.=) 'I1';

-- documents
SELECT lead.create_lead('{"key": "D1", "partyName": "D", "leadType": "B2B", "leadRating": "HOT", "leadSource": "WEB", "priority": "LOW", "phones": ["+420603123456"], "dataTags": ["x"], "chars": {"a": 1}}');
SELECT lead.replace_lead('D1', '{"partyName": "D", "leadType": "B2B", "leadRating": "HOT", "leadSource": "WEB", "priority": "HIGH", "auditInfo": {"version": 1}}');
SELECT lead.patch_lead('D1', '{"priority": null, "description": "x", "emails": ["d@example.com"], "chars": {"a": null, "b": {"c": 1}}, "processingData": 1}');
SELECT lead.replace_lead(l.id::pg_catalog.text, lead.as_json(l)) FROM lead.lead l WHERE l.key OPERATOR(pg_catalog.=) 'D1';
DELETE FROM lead.lead WHERE key OPERATOR(pg_catalog.=) 'D1';

-- codes renamed, access, end
UPDATE lead.lead_type SET code = 'B2X' WHERE code OPERATOR(pg_catalog.=) 'B2B';
UPDATE lead.lead_type SET code = 'B2B' WHERE code OPERATOR(pg_catalog.=) 'B2X';
SELECT lead.grant_access('regress_lead_victim', 'administrator');
SELECT lead.grant_access('regress_lead_victim', 'agent');
SELECT lead.revoke_access('regress_lead_victim');
SELECT lead.add_starter_registers();
\o
SELECT l.status, pg_catalog.count(*) FROM lead.lead l GROUP BY l.status ORDER BY l.status;
\o /dev/null
DELETE FROM lead.lead_erasure;
DELETE FROM lead.event_epoch;
DELETE FROM lead.lead_conversion;
DELETE FROM lead.lead_merge;
DELETE FROM lead.lead;
DELETE FROM lead.person;
DELETE FROM lead.account;
DELETE FROM lead.customer;
TRUNCATE lead.duplicate_policy, lead.lead_status_rule, lead.event_binding, lead.conversion_target, lead.characteristic;
UPDATE lead.lead_type SET entity_spec_id = NULL;
DELETE FROM lead.entity_spec;
DELETE FROM lead.lead_type WHERE code OPERATOR(pg_catalog.=) 'OWN';
\o
\set ECHO all
