-- The shape of a lead is judged once more as it is stored: a BEFORE trigger of the
-- user's that fires after the guard cannot spoil it, whatever path the row takes.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools

SELECT pg_temp.new_lead(1), pg_temp.new_lead(2, 'LATER') \g /dev/null

-- A trigger that writes into the row what the setting says.
CREATE FUNCTION public.spoil() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RETURN jsonb_populate_record(new, current_setting('late.spoil')::jsonb);
END $$;
SET late.spoil = '{}';
CREATE TRIGGER zzz_late BEFORE INSERT OR UPDATE ON lead.lead FOR EACH ROW EXECUTE FUNCTION public.spoil();

CREATE TEMP TABLE path (path text, statement text);
INSERT INTO path VALUES
	('INSERT', $$INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type) VALUES ('N', 'Party', 'HOT', 'WEB', 'B2B')$$),
	('UPDATE', $$UPDATE lead.lead SET description = 'x' WHERE key = 'L1'$$),
	('UPDATE status', $$UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L1'$$),
	('upsert, new', $$INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type) VALUES ('N', 'Party', 'HOT', 'WEB', 'B2B')
		ON CONFLICT (key) DO UPDATE SET description = excluded.description$$),
	('upsert, there', $$INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type) VALUES (pg_temp.id(1), 'L1', 'Party', 'HOT', 'WEB', 'B2B')
		ON CONFLICT (id) DO UPDATE SET description = excluded.description$$),
	('COPY', $$COPY lead.lead (key, party_name, lead_rating, lead_source, lead_type) FROM PROGRAM 'echo N,Party,HOT,WEB,B2B' (FORMAT csv)$$),
	('MERGE', $$MERGE INTO lead.lead l USING (VALUES ('L1')) v (key) ON l.key = v.key WHEN MATCHED THEN UPDATE SET description = 'x'$$),
	('transition', $$SELECT lead.transition(pg_temp.id(1), 'IN_PROGRESS')$$);

CREATE FUNCTION pg_temp.said(spoil jsonb, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	table_name text; column_name text; rule text;
BEGIN
	PERFORM set_config('late.spoil', spoil::text, false);
	BEGIN
		EXECUTE statement;
		RAISE SQLSTATE 'ZZ000';
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS table_name = TABLE_NAME, column_name = COLUMN_NAME, rule = CONSTRAINT_NAME;
		PERFORM set_config('late.spoil', '{}', false);
		RETURN CASE SQLSTATE WHEN 'ZZ000' THEN 'done' ELSE format('%s %s [%s.%s, %s]', SQLSTATE, SQLERRM, table_name, column_name, rule) END;
	END;
END $$;

CREATE TEMP TABLE spoilt (ord serial, spoil jsonb);
INSERT INTO spoilt (spoil) VALUES
	('{}'),
	('{"key": ""}'), ('{"key": " \t\n"}'), (jsonb_build_object('key', repeat('é', 201))), (jsonb_build_object('key', repeat('é', 200))),
	('{"party_name": ""}'), ('{"party_name": "  "}'), (jsonb_build_object('party_name', repeat('é', 1001))), (jsonb_build_object('party_name', repeat('é', 1000))),
	('{"assigned_to": ""}'), ('{"assigned_to": " "}'), (jsonb_build_object('assigned_to', repeat('x', 201))), (jsonb_build_object('assigned_to', repeat('x', 200))), ('{"assigned_to": null}'),
	('{"contact_instants": {}}'), ('{"contact_instants": "x"}'),
	('{"phones": {"value": "+420603123456"}}'), ('{"phones": "+420603123456"}'), ('{"phones": 1}'), ('{"phones": true}'), ('{"phones": []}'),
	('{"emails": {}}'), ('{"emails": "a@example.com"}'),
	('{"websites": {}}'), ('{"websites": 1}'),
	('{"data_boxes": {}}'), ('{"data_boxes": 1}'),
	('{"chars": []}'), ('{"chars": 1}'), ('{"chars": "x"}'), ('{"chars": [{"a": 1}]}'), ('{"chars": {"a": 1}}'),
	-- as long as is stored out of its row
	(jsonb_build_object('phones', (SELECT jsonb_object_agg(md5(n::text), md5((-n)::text)) FROM generate_series(1, 2000) n))),
	(jsonb_build_object('chars', (SELECT jsonb_agg(md5(n::text)) FROM generate_series(1, 2000) n))),
	(jsonb_build_object('chars', (SELECT jsonb_object_agg(md5(n::text), md5((-n)::text)) FROM generate_series(1, 2000) n))),
	('{"deferred_until": "2999-01-01"}'), ('{"deferred_until": "infinity"}');

-- The same is said on every path.
SELECT ord, CASE WHEN length(spoil::text) > 60 THEN left(spoil::text, 30) || '...' ELSE spoil::text END AS spoil, said, string_agg(path, ', ' ORDER BY path) AS paths
FROM (SELECT s.*, p.path, pg_temp.said(s.spoil, p.statement) AS said FROM spoilt s, path p) a
GROUP BY ord, spoil, said ORDER BY ord, said;
-- In LATER a date is as it should be, and must be.
SELECT pg_temp.said('{"deferred_until": "2999-02-02"}', $$UPDATE lead.lead SET description = 'x' WHERE key = 'L2'$$);
SELECT pg_temp.said('{"status": "NEW"}', $$UPDATE lead.lead SET description = 'x' WHERE key = 'L2'$$);

-- All that an error carries.
CREATE PROCEDURE pg_temp.late(spoil jsonb) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('late.spoil', spoil::text, false);
	CALL pg_temp.try($q$UPDATE lead.lead SET description = 'x' WHERE key = 'L1'$q$);
	PERFORM set_config('late.spoil', '{}', false);
END $$;
CALL pg_temp.late('{"key": ""}');
CALL pg_temp.late('{"party_name": ""}');
CALL pg_temp.late(jsonb_build_object('party_name', repeat('x', 1001)));
CALL pg_temp.late('{"assigned_to": ""}');
CALL pg_temp.late('{"websites": {"value": "https://example.com"}}');
CALL pg_temp.late('{"chars": "x"}');
CALL pg_temp.late('{"deferred_until": "2999-01-01"}');
-- COPY as a client sends it.
SET late.spoil = '{"emails": {}}';
COPY lead.lead (key, party_name, lead_rating, lead_source, lead_type) FROM STDIN;
N	Party	HOT	WEB	B2B
\.
-- One spoilt row refuses the statement.
CREATE OR REPLACE FUNCTION public.spoil() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RETURN jsonb_populate_record(new, CASE new.key WHEN 'N7' THEN '{"party_name": " "}' ELSE '{}' END::jsonb);
END $$;
CALL pg_temp.try($$INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type) SELECT 'N' || n, 'Party', 'HOT', 'WEB', 'B2B' FROM generate_series(1, 9) n$$);
SELECT key, party_name, version FROM lead.lead ORDER BY key;
-- A call for many refuses the one lead, and import_leads the one element.
UPDATE lead.lead SET key = 'L7' WHERE key = 'L2';
CREATE OR REPLACE FUNCTION public.spoil() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RETURN jsonb_populate_record(new, CASE WHEN new.key LIKE '%7' THEN '{"chars": []}' ELSE '{}' END::jsonb);
END $$;
SELECT ord, outcome, sqlstate, message FROM lead.transition_many(ARRAY[pg_temp.id(1), pg_temp.id(2)], 'WORKING');
SELECT ord, outcome, sqlstate, message FROM lead.import_leads('[{"key": "N7", "party_name": "x", "lead_type": "B2B", "lead_rating": "HOT", "lead_source": "WEB"}, {"key": "N8", "party_name": "x", "lead_type": "B2B", "lead_rating": "HOT", "lead_source": "WEB"}]');
DROP TRIGGER zzz_late ON lead.lead;
DROP FUNCTION public.spoil();

-- What came in past the guard ----------------------------------------------------------------------

-- Where the owner has switched the triggers off nothing judges. What is stored then
-- stands in no reader's way.
SELECT pg_temp.new_lead(20), pg_temp.new_lead(21), pg_temp.new_lead(22), pg_temp.new_lead(23), pg_temp.new_lead(24), pg_temp.new_lead(25) \g /dev/null
INSERT INTO lead.entity_spec (code, name) VALUES ('S', 'Spec');
INSERT INTO lead.characteristic (entity_spec_id, name, required, default_value) SELECT s.id, c.name, c.required, c.default_value
FROM lead.entity_spec s, (VALUES ('a', true, NULL), ('b', false, '1'::jsonb)) c (name, required, default_value);
SET session_replication_role = replica;
UPDATE lead.lead SET phones = '{"value": "+420603123456"}', emails = '"a@example.com"', websites = '1', data_boxes = 'null', contact_instants = '{}' WHERE key = 'L20';
UPDATE lead.lead SET chars = '[1, 2, 3]' WHERE key = 'L21';
UPDATE lead.lead SET chars = '"a"' WHERE key = 'L22';
UPDATE lead.lead SET party_name = ' ', assigned_to = ' ' WHERE key = 'L23';
UPDATE lead.lead SET deferred_until = '2999-01-01 00:00+00' WHERE key = 'L24';
UPDATE lead.lead_type SET entity_spec_id = (SELECT id FROM lead.entity_spec) WHERE code = 'B2B';
RESET session_replication_role;
SELECT key, primary_phone, primary_email, primary_website FROM lead.lead_report WHERE key ~ '^L2[0-9]$' ORDER BY key;
SELECT j.json ->> 'key' AS key, j.json -> 'phones' AS phones, j.json -> 'chars' AS chars FROM lead.lead l, LATERAL lead.as_json(l) j (json) WHERE key ~ '^L2[0-9]$' ORDER BY l.key;
SELECT l.key, count(d.*) FROM lead.lead l LEFT JOIN LATERAL lead.find_duplicates(l.id) d ON true WHERE l.key ~ '^L2[0-9]$' GROUP BY 1 ORDER BY 1;
SELECT l.key, a.allowed, a.refusals FROM lead.lead l, LATERAL lead.allowed_transitions(l.id) a WHERE l.key ~ '^L2[0-9]$' AND a.to_status = 'CONVERTED' ORDER BY 1;
-- Nor does it crash a conversion, or defaults that are filled in.
SELECT ord, outcome, sqlstate, message, detail FROM lead.convert_many(ARRAY(SELECT id FROM lead.lead WHERE key ~ '^L2[0-9]$' ORDER BY key), dry_run => true) ORDER BY ord;
UPDATE lead.characteristic SET required = false;
SELECT ord, outcome, sqlstate, message, detail FROM lead.convert_many(ARRAY(SELECT id FROM lead.lead WHERE key ~ '^L2[0-3]$' ORDER BY key)) ORDER BY ord;
-- A list or chars that are spoilt already stay as they are; what is given anew is
-- judged, and the texts always are.
SELECT l.key, pg_temp.said('{}', format('UPDATE lead.lead SET description = %L WHERE key = %L', 'x', l.key)) FROM lead.lead l WHERE l.key ~ '^L2[0-9]$' ORDER BY 1;
SELECT l.key, pg_temp.said('{}', format('UPDATE lead.lead SET chars = %L WHERE key = %L', '[3]', l.key)) FROM lead.lead l WHERE l.key ~ '^L2[12]$' ORDER BY 1;
SELECT l.key, pg_temp.said('{}', format('UPDATE lead.lead SET phones = %L, chars = %L, party_name = %L, deferred_until = NULL WHERE key = %L', '[]', '{"a": 1}', 'Party', l.key)) FROM lead.lead l WHERE l.key ~ '^L2[0-9]$' ORDER BY 1;
