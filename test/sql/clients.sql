-- What clients may rely on: ORMs that write every column, drivers that bind
-- strings, optimistic locks, keys and ids.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools
SET client_min_messages = warning;

-- Every column named ----------------------------------------------------------------

-- Writes every column that the table has (a later version's too): the given
-- values, else NULL. Returns the row, without what differs between runs.
CREATE FUNCTION pg_temp.without_moments(stored jsonb) RETURNS jsonb LANGUAGE sql AS $$
	SELECT stored - '{id,status_since,inserted_at,edited_at,inserted_by,edited_by}'::text[] || jsonb_strip_nulls(jsonb_build_object(
		'id', CASE WHEN substr(stored ->> 'id', 15, 1) = '7' THEN 'v7' ELSE stored ->> 'id' END,
		'times', CASE WHEN stored ? 'inserted_at' THEN CASE
			WHEN (stored ->> 'inserted_at')::timestamptz <= (stored ->> 'status_since')::timestamptz
				AND (stored ->> 'status_since')::timestamptz <= (stored ->> 'edited_at')::timestamptz
				AND (stored ->> 'edited_at')::timestamptz <= clock_timestamp()
				AND (stored ->> 'inserted_at')::timestamptz > clock_timestamp() - interval '1 minute' THEN 'right' ELSE 'wrong' END END,
		'by', CASE WHEN stored ? 'inserted_by' THEN
			CASE WHEN stored ->> 'inserted_by' = session_user AND stored ->> 'edited_by' = session_user THEN 'me' ELSE 'wrong' END END))
$$;
CREATE FUNCTION pg_temp.write_all(table_name text, condition text, given jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	columns text; assignments text; expressions text; stored jsonb;
BEGIN
	SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
		string_agg(quote_nullable(given ->> a.attname), ', ' ORDER BY a.attnum),
		string_agg(format('%I = %L', a.attname, given ->> a.attname), ', ' ORDER BY a.attnum)
	INTO columns, expressions, assignments
	FROM pg_attribute a WHERE a.attrelid = format('lead.%I', table_name)::regclass AND a.attnum > 0 AND NOT a.attisdropped;
	IF condition IS NULL THEN
		EXECUTE format('INSERT INTO lead.%1$I AS r (%2$s) VALUES (%3$s) RETURNING to_jsonb(r)', table_name, columns, expressions) INTO stored;
	ELSE
		EXECUTE format('UPDATE lead.%1$I AS r SET %2$s WHERE %3$s RETURNING to_jsonb(r)', table_name, assignments, condition) INTO stored;
	END IF;
	RETURN pg_temp.without_moments(stored);
END $$;

\pset format unaligned
\pset tuples_only on
-- INSERT: NULL wherever there is a default, or the guard fills
SELECT jsonb_pretty(pg_temp.write_all('lead', NULL, '{"party_name": "Full", "lead_rating": "HOT", "lead_source": "WEB", "lead_type": "B2B"}'));
SELECT pg_temp.write_all(t.name, NULL, t.given) - 'account_start_date' AS stored FROM (VALUES
	(1, 'lead_type', '{"code": "T", "name": "Type"}'::jsonb),
	(2, 'lead_rating', '{"code": "R", "name": "Rating"}'),
	(3, 'lead_source', '{"code": "S", "name": "Source"}'),
	(4, 'entity_spec', '{"id": "00000000-0000-0000-0000-000000000001", "code": "E", "name": "Spec"}'),
	(5, 'characteristic', '{"entity_spec_id": "00000000-0000-0000-0000-000000000001", "name": "seats"}'),
	(6, 'customer', '{"id": "00000000-0000-0000-0000-000000000001", "name": "Customer"}'),
	(7, 'account', '{"name": "Account", "customer_id": "00000000-0000-0000-0000-000000000001"}'),
	(8, 'person', '{"last_name": "Person"}'),
	(9, 'lead_status_rule', '{"to_status": "REJECTED"}')) t (ord, name, given)
ORDER BY t.ord;
SELECT account_start_date = current_date AS starts_today FROM lead.account;
DELETE FROM lead.lead_status_rule;
CREATE SCHEMA regress_lead_clients;
CREATE FUNCTION regress_lead_clients.target(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE sql AS $$ SELECT 'ref' $$;
CREATE FUNCTION regress_lead_clients.listener(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS '';
SELECT pg_temp.write_all('conversion_target', NULL, '{"function": "regress_lead_clients.target"}'),
	pg_temp.write_all('event_binding', NULL, '{"code": "B", "event": "CREATE", "function": "regress_lead_clients.listener"}');
DELETE FROM lead.conversion_target;
DELETE FROM lead.event_binding;
DROP SCHEMA regress_lead_clients CASCADE;

-- UPDATE: NULL empties lists, tags and chars; in what is generated it changes nothing
CREATE FUNCTION pg_temp.full_lead() RETURNS uuid LANGUAGE sql AS $$
	INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type, description, priority, contact_instants, phones, emails,
		websites, data_boxes, data_tags, chars, assigned_to, status)
	VALUES (pg_temp.id(2), 'L2', 'Full', 'HOT', 'WEB', 'B2B', 'text', 'HIGH', '["a"]', '["+420603123456"]', '["b@example.com"]', '["https://example.com"]', '["6bnaawp"]', '{x}', '{"a": 1}', 'ema', 'WORKING')
	RETURNING id
$$;
SELECT pg_temp.full_lead() \g /dev/null
SELECT pg_temp.write_all('lead', $$key = 'L2'$$, '{"party_name": "Full", "lead_rating": "HOT", "lead_source": "WEB", "lead_type": "B2B", "status": "WORKING"}');
UPDATE lead.lead_type SET validity_from = '2001-01-01', data_tags = '{x}', config = '{}', registry = '{}', description = 'd' WHERE code = 'T';
UPDATE lead.customer SET phones = '["+420603123456"]', data_tags = '{x}', chars = '{"a": 1}', status = 'SLEEPING', key = 'C1';
UPDATE lead.person SET emails = '["a@example.com"]', data_tags = '{x}', chars = '{"a": 1}', status = 'GONE', key = 'P1', first_name = 'First';
UPDATE lead.account SET chars = '{"a": 1}', status = 'CLOSED', account_start_date = '2001-01-01', key = 'A1';
UPDATE lead.entity_spec SET closed = true;
UPDATE lead.characteristic SET required = true;
SELECT pg_temp.write_all(t.name, t.condition, t.given) AS stored FROM (VALUES
	(1, 'lead_type', $$code = 'T'$$, '{"code": "T", "name": "Type"}'::jsonb),
	(4, 'entity_spec', 'true', '{"code": "E", "name": "Spec"}'),
	(5, 'characteristic', 'true', '{"entity_spec_id": "00000000-0000-0000-0000-000000000001", "name": "seats"}'),
	(6, 'customer', 'true', '{"name": "Customer"}'),
	(7, 'account', 'true', '{"name": "Account", "customer_id": "00000000-0000-0000-0000-000000000001"}'),
	(8, 'person', 'true', '{"last_name": "Person"}')) t (ord, name, condition, given)
ORDER BY t.ord;

-- What is the guard's cannot be written, in an INSERT nor in an UPDATE.
SELECT pg_temp.write_all('lead', NULL, g.given) ->> 'key' AS key, pg_temp.write_all('lead', $$key = 'FORGED'$$, g.given - 'id') - '{phones,emails,websites,data_boxes,contact_instants,data_tags}'::text[] AS stored
FROM (VALUES ('{"key": "FORGED", "party_name": "Full", "lead_rating": "HOT", "lead_source": "WEB", "lead_type": "B2B", "status": "NEW",
	"version": "77", "inserted_by": "mallory", "inserted_by_actor": "mallory", "inserted_at": "2001-01-01", "edited_by": "mallory", "edited_by_actor": "mallory",
	"edited_at": "2001-01-01", "status_since": "2001-01-01", "match_keys": "{a}"}'::jsonb)) g (given);

\pset format aligned
\pset tuples_only off
-- Required is required, with an error that names the column and shows no row.
CALL pg_temp.try($$INSERT INTO lead.lead (lead_rating, lead_source, lead_type) VALUES ('HOT', 'WEB', 'B2B')$$);
CALL pg_temp.try($$INSERT INTO lead.lead (party_name, lead_source, lead_type) VALUES ('x', 'WEB', 'B2B')$$);
CALL pg_temp.try($$INSERT INTO lead.lead (party_name, lead_rating, lead_type) VALUES ('x', 'HOT', 'B2B')$$);
CALL pg_temp.try($$INSERT INTO lead.lead (party_name, lead_rating, lead_source) VALUES ('x', 'HOT', 'WEB')$$);
CALL pg_temp.try($$UPDATE lead.lead SET party_name = NULL WHERE key = 'L2'$$);
CALL pg_temp.try($$UPDATE lead.lead SET party_name = E' \n\t' WHERE key = 'L2'$$);
CALL pg_temp.try($$UPDATE lead.lead SET lead_type = NULL WHERE key = 'L2'$$);
CALL pg_temp.try($$UPDATE lead.lead SET lead_rating = '' WHERE key = 'L2'$$);
CALL pg_temp.try($$INSERT INTO lead.lead_type (code) VALUES ('X')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_source (name) VALUES ('X')$$);
CALL pg_temp.try($$INSERT INTO lead.lead_rating (code, name) VALUES (' ', 'X')$$);
CALL pg_temp.try($$INSERT INTO lead.person (first_name) VALUES ('X')$$);
CALL pg_temp.try($$UPDATE lead.customer SET name = ''$$);
CALL pg_temp.try($$INSERT INTO lead.account (name) VALUES ('X')$$);
-- Lengths are counted in characters.
UPDATE lead.lead SET party_name = repeat('ř', 1000), assigned_to = repeat('ř', 200), key = repeat('ř', 200) WHERE key = 'L2' RETURNING length(party_name), length(assigned_to), length(key);
CALL pg_temp.try($$UPDATE lead.lead SET party_name = repeat('x', 1001) WHERE id = pg_temp.id(2)$$);
CALL pg_temp.try($$UPDATE lead.lead SET assigned_to = repeat('x', 201) WHERE id = pg_temp.id(2)$$);
CALL pg_temp.try($$UPDATE lead.lead SET key = repeat('x', 1000000) WHERE id = pg_temp.id(2)$$);
CALL pg_temp.try($$INSERT INTO lead.lead_source (code, name) VALUES (repeat('x', 201), 'X')$$);
UPDATE lead.lead SET key = 'L2', party_name = 'Full', assigned_to = NULL WHERE id = pg_temp.id(2);

-- Versions ------------------------------------------------------------------------------

SELECT version FROM lead.lead WHERE key = 'L2' \gset
-- every UPDATE counts, also one that changes nothing
UPDATE lead.lead SET description = description WHERE key = 'L2' RETURNING version - :version AS more;
UPDATE lead.lead SET description = 'x', version = version + 10 WHERE key = 'L2' RETURNING version - :version AS more;
UPDATE lead.lead SET key = key WHERE key = 'L2' RETURNING version - :version AS more;
-- so a version read before is stale, and the UPDATE finds no row
UPDATE lead.lead SET description = 'lost update' WHERE key = 'L2' AND version = :version RETURNING version;
\echo :ROW_COUNT
UPDATE lead.lead SET description = 'saved', version = :version + 4 WHERE key = 'L2' AND version = :version + 3 RETURNING description, version - :version AS more;
-- one UPDATE, one version, whatever it does
UPDATE lead.lead SET status = 'LATER', deferred_until = '2999-01-01', description = NULL, lead_rating = 'COLD' WHERE key = 'L2' RETURNING version - :version AS more;
SELECT count(*) AS changes FROM lead.lead_status_change WHERE lead_id = pg_temp.id(2);

-- Strings for enums ------------------------------------------------------------------------

PREPARE add_lead (varchar, varchar, text) AS INSERT INTO lead.lead (key, status, priority, party_name, lead_rating, lead_source, lead_type)
	VALUES ($3, $1, $2, 'Bound', 'HOT', 'WEB', 'B2B') RETURNING key, status, priority;
EXECUTE add_lead ('WORKING', 'HIGH', 'E1');
EXECUTE add_lead (NULL, NULL, 'E2');
EXECUTE add_lead ('NEW', 'URGENT', 'E3');
EXECUTE add_lead ('', 'HIGH', 'E3');
EXECUTE add_lead ('new', 'HIGH', 'E3');
PREPARE move_lead (text, text, varchar) AS UPDATE lead.lead SET status = $2, status_reason = $3, priority = 'LOW'::text WHERE key = $1 RETURNING status, priority;
EXECUTE move_lead ('E1', 'REJECTED', 'x');
EXECUTE move_lead ('E1', 'LATER', 'x');
INSERT INTO lead.lead (key, status, priority, party_name, lead_rating, lead_source, lead_type)
	SELECT v.key, v.status, v.priority::varchar(10), 'Bound', 'HOT', 'WEB', 'B2B' FROM (VALUES ('E3', 'NON_WORKING', 'MEDIUM')) v (key, status, priority) RETURNING status, priority;
INSERT INTO lead.lead_status_rule (from_status, to_status) VALUES ('REJECTED'::text, 'WORKING'::varchar) RETURNING from_status, to_status;
DELETE FROM lead.lead_status_rule;
-- in a comparison or as an argument the string is cast by hand
PREPARE find_lead (varchar) AS SELECT key FROM lead.lead WHERE status = $1;
PREPARE find_lead (varchar) AS SELECT key FROM lead.lead WHERE status = $1::lead.lead_status AND key LIKE 'E%' ORDER BY key;
EXECUTE find_lead ('REJECTED');
PREPARE transition (uuid, varchar) AS SELECT status FROM lead.transition($1, $2::lead.lead_status);
EXECUTE transition ('00000000-0000-0000-0000-000000000002', 'NEW');

-- Ids -----------------------------------------------------------------------------------

CALL pg_temp.try($$UPDATE lead.lead SET id = pg_temp.id(3) WHERE key = 'L2'$$);
UPDATE lead.lead SET id = id WHERE key = 'L2' RETURNING id;
UPDATE lead.lead SET id = NULL WHERE key = 'L2' RETURNING id;
CALL pg_temp.try($$INSERT INTO lead.lead (id, party_name, lead_rating, lead_source, lead_type) VALUES (pg_temp.id(2), 'x', 'HOT', 'WEB', 'B2B')$$);
-- made ids ascend, and have version and variant of RFC 9562
SELECT count(*) AS ids, count(DISTINCT id) AS different, bool_and(id > before) IS TRUE AS ascending,
	bool_and(id::text ~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$') AS v7,
	bool_and(abs(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint - extract(epoch FROM clock_timestamp()) * 1000) < 60000) AS now
FROM (SELECT id, lag(id) OVER (ORDER BY n) AS before FROM (SELECT n, lead.uuid_v7() AS id FROM generate_series(1, 10000) n OFFSET 0) i) i;

-- Keys ----------------------------------------------------------------------------------

-- The number that is drawn next, so that what follows depends on nothing above.
CREATE FUNCTION pg_temp.next(ahead int DEFAULT 1) RETURNS bigint LANGUAGE sql AS $$ SELECT last_value + ahead FROM lead.key_seq $$;
CREATE FUNCTION pg_temp.made(given_key text DEFAULT NULL, lead_type text DEFAULT 'B2B') RETURNS text LANGUAGE sql AS $$
	INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type) VALUES (given_key, 'Key', 'HOT', 'WEB', lead_type) RETURNING key
$$;
SELECT 'LEAD-' || lpad(pg_temp.next()::text, 6, '0') AS expected \gset
SELECT pg_temp.made() = :'expected' AS drawn;
-- a given key is kept, and draws nothing
SELECT pg_temp.next() AS number \gset
SELECT pg_temp.made('my own / key 1'), pg_temp.made(' spaces kept ');
SELECT pg_temp.next() = :number AS none_drawn;
-- blank is none
SELECT pg_temp.made('') LIKE 'LEAD-%', pg_temp.made('  ') LIKE 'LEAD-%';
-- a given one that is taken is refused
CALL pg_temp.try($$SELECT pg_temp.made('my own / key 1')$$);
CALL pg_temp.try($$UPDATE lead.lead SET key = 'my own / key 1' WHERE key = 'L2'$$);
-- it may be changed, and NULL or blank leaves it
UPDATE lead.lead SET key = 'renamed' WHERE key = ' spaces kept ' RETURNING key;
UPDATE lead.lead SET key = NULL WHERE key = 'renamed' RETURNING key;
UPDATE lead.lead SET key = ' ' WHERE key = 'renamed' RETURNING key;
-- a made one that is taken draws the next
SELECT pg_temp.next() AS number \gset
SELECT pg_temp.made('LEAD-' || lpad((:number)::text, 6, '0')), pg_temp.made('LEAD-' || lpad((:number + 1)::text, 6, '0')) \g /dev/null
SELECT pg_temp.made() = 'LEAD-' || lpad((:number + 2)::text, 6, '0') AS next_free;
-- also when they come in one statement
SELECT pg_temp.next() AS number \gset
WITH stored AS (
	INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type)
	SELECT k, 'Key', 'HOT', 'WEB', 'B2B' FROM (VALUES (1, 'LEAD-' || lpad((:number)::text, 6, '0')), (2, NULL), (3, NULL)) v (n, k) ORDER BY n RETURNING key
)
SELECT array_agg(right(key, 6)::int - :number ORDER BY key) FROM stored;
-- six digits are a width, no limit
SELECT setval('lead.key_seq', 999999) \g /dev/null
SELECT pg_temp.made();
SELECT setval('lead.key_seq', 1000) \g /dev/null
-- one sequence for all tables
INSERT INTO lead.customer (name) VALUES ('x') RETURNING key;
INSERT INTO lead.account (name, customer_id) SELECT 'x', id FROM lead.customer WHERE name = 'x' RETURNING key;
INSERT INTO lead.person (last_name) VALUES ('x') RETURNING key;
SELECT pg_temp.made();
INSERT INTO lead.person (last_name, key) VALUES ('x', 'PERSON-001005'), ('x', NULL), ('x', '') RETURNING key;
CALL pg_temp.try($$INSERT INTO lead.customer (name, key) VALUES ('x', 'CUSTOMER-001001')$$);

-- Templates. A key of the type B2C, and the number that it drew.
CREATE FUNCTION pg_temp.templated(template text) RETURNS text LANGUAGE sql AS $$
	SELECT setval('lead.key_seq', 41);
	UPDATE lead.lead_type SET mnemonic_code = template WHERE code = 'B2C';
	SELECT replace(replace(pg_temp.made(lead_type => 'B2C'), to_char(now(), 'YYYY'), '(year)'), '-' || to_char(now(), 'MM') || '-', '-(month)-')
$$;
SELECT t.template, pg_temp.templated(t.template) AS key FROM (VALUES
	(1, NULL), (2, ''), (3, '  '), (4, 'B2C'), (5, 'č.'), (6, '{SEQ}'), (7, '{SEQ:1}'), (8, '{SEQ:6}'), (9, '{SEQ:18}'),
	(10, 'L{SEQ:4}/{YYYY}'), (11, '{TYPE}-{YYYY}-{MM}-{SEQ:5}'), (12, '{SEQ}{SEQ:3}'), (13, '100%s{SEQ}\')) t (ord, template)
ORDER BY t.ord;
CALL pg_temp.try($$UPDATE lead.lead_type SET mnemonic_code = '{TYPE}-{YYYY}' WHERE code = 'B2C'$$);
CALL pg_temp.try($$UPDATE lead.lead_type SET mnemonic_code = '{}' WHERE code = 'B2C'$$);
CALL pg_temp.try($$INSERT INTO lead.lead_type (code, name, mnemonic_code) VALUES ('X', 'X', '{SEQ}{DAY}')$$);
CREATE FUNCTION pg_temp.template_error(template text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	UPDATE lead.lead_type SET mnemonic_code = template WHERE code = 'B2C';
	RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || detail;
END $$;
SELECT t.template, pg_temp.template_error(t.template) FROM unnest(ARRAY['{SEQ', 'SEQ}', '{SEQ}}', '{{SEQ}}', '{seq}', '{SEQ:}', '{SEQ:0}', '{SEQ:19}', '{SEQ:-1}', '{SEQ:x}', '{SEQ:6x}', '{SEQ: 6}', '{SEQ:+6}',
	'{SEQ:99999999999}', '{ SEQ}', '{YYY}{SEQ}']) WITH ORDINALITY t (template, ord) ORDER BY t.ord;
SELECT pg_temp.template_error(repeat('x', 101)), pg_temp.template_error(repeat('x', 100));
-- a key longer than a key may be
INSERT INTO lead.lead_type (code, name, mnemonic_code) VALUES (repeat('T', 200), 'Long', '{TYPE}{SEQ}');
CALL pg_temp.try($$SELECT pg_temp.made(lead_type => repeat('T', 200))$$);
-- a lead keeps its key when its type changes, or the type's template
UPDATE lead.lead_type SET mnemonic_code = 'B' WHERE code = 'B2B';
UPDATE lead.lead SET lead_type = 'B2C' WHERE key = 'E1' RETURNING key, lead_type;

-- Tags, lists, chars --------------------------------------------------------------------------

UPDATE lead.lead SET data_tags = ARRAY[E' a\t', 'b', 'a', '', '  ', NULL, 'B', 'b ', 'ř '] WHERE key = 'E1' RETURNING data_tags;
UPDATE lead.lead SET data_tags = '{{a,b},{ a,c}}' WHERE key = 'E1' RETURNING data_tags;
UPDATE lead.lead SET data_tags = '[5:6]={x,y}' WHERE key = 'E1' RETURNING data_tags;
UPDATE lead.lead SET data_tags = '{NULL,""}' WHERE key = 'E1' RETURNING data_tags;
-- at most 1,000, for each is compared with all before it
UPDATE lead.lead SET data_tags = (SELECT array_agg(n::text) FROM generate_series(1, 1000) n) WHERE key = 'E1' RETURNING cardinality(data_tags);
CALL pg_temp.try($$UPDATE lead.lead SET data_tags = (SELECT array_agg(n::text) FROM generate_series(1, 1001) n) WHERE key = 'E1'$$);
INSERT INTO lead.customer (name, data_tags) VALUES ('tagged', '{" a ",a}') RETURNING data_tags;
UPDATE lead.lead_source SET data_tags = '{" a ",a}' WHERE code = 'WEB' RETURNING data_tags;
UPDATE lead.lead SET emails = '["a@example.com", {"value": "b@example.com", "primary": true, "mine": 1}]', chars = '{"a": [1, {"b": null}]}' WHERE key = 'E1' RETURNING emails, chars;
CALL pg_temp.try($$UPDATE lead.lead SET emails = '"a@example.com"' WHERE key = 'E1'$$);
CALL pg_temp.try($$UPDATE lead.lead SET phones = '{"value": "+420603123456"}' WHERE key = 'E1'$$);
CALL pg_temp.try($$UPDATE lead.lead SET phones = 'null' WHERE key = 'E1'$$);
CALL pg_temp.try($$UPDATE lead.lead SET websites = '["https://example.com", 1]' WHERE key = 'E1'$$);
CALL pg_temp.try($$UPDATE lead.customer SET data_boxes = '["6bnaawp", {}, []]'$$);
CALL pg_temp.try($$INSERT INTO lead.person (last_name, contact_instants) VALUES ('x', '[null]')$$);
CALL pg_temp.try($$UPDATE lead.lead SET chars = '[]' WHERE key = 'E1'$$);
CALL pg_temp.try($$UPDATE lead.account SET chars = '1'$$);

-- The catalog that clients are generated from ----------------------------------------------------

-- What must be given, written out; all else that is NOT NULL has a default.
SELECT a.attrelid::regclass AS "table", string_agg(a.attname, ', ' ORDER BY a.attnum) AS must_be_given
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
	AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
	AND c.relname NOT IN ('lead_status_change', 'lead_conversion', 'lead_merge', 'lead_erasure', 'event_epoch')	-- no client writes these
GROUP BY a.attrelid ORDER BY a.attrelid::regclass::text COLLATE "C";
-- no types that drivers do not know
SELECT a.attrelid::regclass, a.attname, a.atttypid::regtype
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
	AND (a.atttypid IN ('name'::regtype, 'xid'::regtype, 'xid8'::regtype, 'oid'::regtype, '"char"'::regtype) OR a.atttypid::regtype::text LIKE 'reg%');
-- a primary key everywhere
SELECT c.oid::regclass FROM pg_class c
WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary);
-- an index for every foreign key
SELECT k.conrelid::regclass, k.conname FROM pg_constraint k
WHERE k.connamespace = 'lead'::regnamespace AND k.contype = 'f'
	AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indkey[0] = k.conkey[1])
ORDER BY k.conrelid::regclass::text COLLATE "C", k.conname COLLATE "C";
-- PostGraphile refuses the whole schema where a function has the name of a table or view;
-- the first line of its comment gives it another one. Where it has the name of a mutation
-- of a table, it is left out. No other comment has such a line.
SELECT p.proname AS function, substring(obj_description(p.oid, 'pg_proc') FROM '^@name (\w+)\n') AS name_in_graphql
FROM pg_proc p
WHERE p.pronamespace = 'lead'::regnamespace
	AND (obj_description(p.oid, 'pg_proc') ~ '^@'
		OR p.proname IN (SELECT verb || c.relname FROM pg_class c, unnest(ARRAY['', 'create_', 'update_', 'delete_']) verb
			WHERE c.relnamespace = p.pronamespace AND c.relkind IN ('r', 'v')))
ORDER BY p.proname COLLATE "C";
SELECT c.oid::regclass, d.objsubid FROM pg_description d JOIN pg_class c ON c.oid = d.objoid
WHERE d.classoid = 'pg_class'::regclass AND c.relnamespace = 'lead'::regnamespace AND d.description ~ '^@';
-- each index that names status costs the cheap (HOT) updates of a change of status: one at most
SELECT count(*) AS indexes_naming_status FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname IN ('status', 'status_since', 'version')
WHERE i.indrelid = 'lead.lead'::regclass AND (a.attnum = ANY (i.indkey) OR pg_get_expr(i.indpred, i.indrelid) ~ ('\m' || a.attname || '\M'));

SELECT * FROM pg_temp.broken_history();
