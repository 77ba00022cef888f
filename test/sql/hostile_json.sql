\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
-- Contact lists of hostile shape: each is refused with a clear error, or kept.
-- Nothing crashes, and nothing takes long, or the timeout would end it.

SET client_encoding = 'UTF8';
SET statement_timeout = '20s';
\pset format unaligned
\pset tuples_only on

-- Writes what an expression yields into a list, twice: as given, and as stored
-- into a customer. Tells the error, without repeating a megabyte, or the size of
-- what is kept and, where it is short, the list.
CREATE FUNCTION pg_temp.write(col text, expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	stored jsonb;
	again jsonb;
	message text; detail text; hint text;
BEGIN
	EXECUTE format('INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, %1$I) VALUES (''Party'', ''B2B'', ''HOT'', ''WEB'', %2$s) RETURNING %1$I',
		col, expression) INTO stored;
	EXECUTE format('INSERT INTO lead.customer (name, %1$I) VALUES (''Party'', $1) RETURNING %1$I', col) INTO again USING stored;
	RETURN format('kept, %s bytes%s%s', octet_length(stored::text), CASE WHEN octet_length(stored::text) < 200 THEN ': ' || stored::text END,
		CASE WHEN again::text <> stored::text THEN ', CHANGED WHEN STORED AGAIN' END);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN format('%s: %s%s', SQLSTATE, left(concat_ws(' / ', message, nullif(detail, '')), 300),
		CASE WHEN length(message) + length(detail) + length(hint) > 1000 THEN ' TOO LONG' END);
END $$;
CREATE FUNCTION pg_temp.nested(open text, middle text, close text, levels int) RETURNS jsonb LANGUAGE sql AS
	$$ SELECT (repeat(open, levels) || middle || repeat(close, levels))::jsonb $$;

-- Deep ------------------------------------------------------------------------
-- As an entry, as a value, as a member that is ours, as one that is not; once,
-- and in two entries that are compared to the last level. More than the stack
-- holds the server itself refuses.

SELECT pg_temp.write('phones', $$pg_temp.nested('[', '', ']', 5000)$$);
SELECT pg_temp.write('phones', $$jsonb_build_array(pg_temp.nested('[', '', ']', 5000))$$);
SELECT pg_temp.write('phones', $$jsonb_build_array(jsonb_build_object('value', pg_temp.nested('{"value":', '"+420603123456"', '}', 5000)))$$);
SELECT pg_temp.write('phones', $$jsonb_build_array(jsonb_build_object('value', '+420603123456', 'type', pg_temp.nested('[', '', ']', 5000)))$$);
SELECT pg_temp.write('phones', $$jsonb_build_array(jsonb_build_object('value', '+420603123456', 'x', pg_temp.nested('{"value":', '"+420603123456"', '}', 5000)))$$);
SELECT pg_temp.write('phones', $$jsonb_build_array(jsonb_build_object('value', '+420 603 123 456', 'x', pg_temp.nested('[', '1', ']', 5000)), jsonb_build_object('value', '+420603123456', 'x', pg_temp.nested('[', '2', ']', 5000)))$$);
SELECT pg_temp.write('phones', $$jsonb_build_array(jsonb_build_object('value', '+420603123456', 'x', pg_temp.nested('[', '1', ']', 5000)), jsonb_build_object('value', '+420 603 123 456', 'x', pg_temp.nested('[', '1', ']', 5000)))$$);
SELECT pg_temp.write('phones', $$pg_temp.nested('[', '', ']', 10000)$$) ~ '^(LD008: phones\[0\] is not understood / phones\[0\]: it is neither a string nor an object\.|54001: stack depth limit exceeded)';
SELECT pg_temp.write('phones', $$jsonb_build_array(jsonb_build_object('value', '+420 603 123 456', 'x', pg_temp.nested('{"a":', '1', '}', 10000)))$$) ~ '^(kept|54001: stack depth limit exceeded)';
SELECT pg_temp.write('phones', $$pg_temp.nested('[', '', ']', 1000000)$$);

-- Duplicate keys: the last one counts, as jsonb has it --------------------------

SELECT pg_temp.write('phones', $$'[{"value": "call me", "value": "+420603123456"}]'$$);
SELECT pg_temp.write('phones', $$'[{"value": "+420603123456", "value": "call me"}]'$$);
SELECT pg_temp.write('phones', $$'[{"value": "+420603123456", "value": null}]'$$);
SELECT pg_temp.write('phones', $$'[{"value": "+420603123456", "primary": "x", "primary": true, "primary": false}]'$$);
SELECT pg_temp.write('phones', $$('[{' || repeat('"value": "x", ', 100000) || '"value": "+420603123456"}]')::jsonb$$);
-- the escaped name is the same name
SELECT pg_temp.write('phones', $$'[{"v\u0061lue": "+420603123456", "\u0070rimary": "x"}]'$$);

-- Strings as numbers, numbers as strings -----------------------------------------

SELECT pg_temp.write('phones', $$'[420603123456]'$$);
SELECT pg_temp.write('phones', $$'["420603123456"]'$$);
SELECT pg_temp.write('phones', $$'[{"value": 4.20603123456e11}]'$$);
SELECT pg_temp.write('phones', $$'["4.20603123456e11"]'$$);
SELECT pg_temp.write('phones', $$('[' || repeat('9', 100000) || ']')::jsonb$$);
SELECT pg_temp.write('phones', $$'[{"value": "+420603123456", "primary": "false"}]'$$);
SELECT pg_temp.write('data_boxes', $$'[2345678]'$$);
SELECT pg_temp.write('data_boxes', $$'["true", "null"]'$$);
SELECT pg_temp.write('phones', $$('[{"value": "+420603123456", "x": 1e' || repeat('9', 10) || '}]')::jsonb$$);
SELECT pg_temp.write('phones', $$'[{"value": "+420603123456", "x": 1e131071}]'$$);

-- Not an array; arrays in arrays ----------------------------------------------------

SELECT pg_temp.write('emails', $$'"a@example.com"'$$);
SELECT pg_temp.write('emails', $$'1'$$);
SELECT pg_temp.write('emails', $$'null'$$);
SELECT pg_temp.write('emails', $$'false'$$);
SELECT pg_temp.write('emails', $$to_jsonb('["a@example.com"]'::text)$$);
SELECT pg_temp.write('emails', $$'{"0": "a@example.com"}'$$);
SELECT pg_temp.write('emails', $$'[[{"value": "a@example.com"}]]'$$);
SELECT pg_temp.write('emails', $$'[[]]'$$);
SELECT pg_temp.write('emails', $$'["[\"a@example.com\"]"]'$$);
SELECT pg_temp.write('emails', $$'["{\"value\": \"a@example.com\"}"]'$$);

-- Escapes that are no text -----------------------------------------------------------
-- jsonb itself refuses NUL and half a surrogate pair.

SELECT pg_temp.write('emails', $$'["a\u0000@example.com"]'$$);
SELECT pg_temp.write('emails', $$'[{"value": "a@example.com", "\u0000": 1}]'$$);
SELECT pg_temp.write('emails', $$'["a\ud800@example.com"]'$$);
SELECT pg_temp.write('emails', $$'["a\udc00\ud800@example.com"]'$$);
SELECT pg_temp.write('emails', $$'["\\u0000@example.com"]'$$);
SELECT pg_temp.write('contact_instants', $$'["jo \ud83d\ude00"]'$$);
SELECT pg_temp.write('contact_instants', $$'["jo\ufffd"]'$$);

-- Control characters and marks of direction ---------------------------------------------
-- Outside a value they are kept as any text; around it they go; in it they are
-- refused, save that a phone number loses what address books put between digits.

SELECT v, c, regexp_replace(pg_temp.write(col, format($$jsonb_build_array(replace(%L, 'X', U&'%s'))$$, v, c)), '^LD008: .*": ', 'LD008: ')
FROM (VALUES ('contact_instants', 'joXann'), ('phones', '+420X603123456'), ('emails', 'joX@example.com'), ('emails', 'jo@exXample.com'),
		('websites', 'example.com/Xa'), ('data_boxes', '6bnXaawp')) v (col, v),
	unnest('{\\0001,\\0009,\\000A,\\001B,\\007F,\\0085,\\200E,\\202E,\\2066,\\2028,\\FEFF,\\+0E0041}'::text[]) c;
SELECT pg_temp.write('emails', $$jsonb_build_array(jsonb_build_object('value', U&'\FEFF\202Ajo@example.com\202C', 'type', U&'\202Ework\0001', U&'\202E', U&'\0007'))$$) ~ '^kept, \d+ bytes.*"value": "jo@example.com"';

-- Large -------------------------------------------------------------------------------------

SELECT pg_temp.write(col, $$jsonb_build_array(repeat('1', 1048576))$$) FROM unnest('{contact_instants,phones,emails,websites,data_boxes}'::text[]) col;
SELECT pg_temp.write(col, $$jsonb_build_array(jsonb_build_object('value', repeat('ž', 1048576)))$$) FROM unnest('{contact_instants,phones,emails,websites,data_boxes}'::text[]) col;
SELECT pg_temp.write('emails', $$jsonb_build_array(jsonb_build_object('value', 'a@example.com', 'x', repeat('x', 1048576)))$$);
SELECT pg_temp.write('emails', $$jsonb_build_array(jsonb_build_object('value', 'a@EXAMPLE.com', 'description', repeat('ž', 1048576)))$$);
SELECT pg_temp.write('emails', $$jsonb_build_array(jsonb_build_object('value', 'a@EXAMPLE.com', repeat('k', 1048576), 1))$$);
SELECT pg_temp.write('emails', $$(SELECT jsonb_build_array(jsonb_object_agg(n, n) || '{"value": "a@EXAMPLE.com"}') FROM generate_series(1, 50000) n)$$);
SELECT pg_temp.write('emails', $$(SELECT jsonb_build_array(jsonb_build_object('value', 'a@EXAMPLE.com', 'x', jsonb_agg(n))) FROM generate_series(1, 100000) n)$$);
SELECT pg_temp.write('emails', $$(SELECT jsonb_agg('u' || n || '@example.com') FROM generate_series(1, 100000) n)$$);
SELECT pg_temp.write('emails', $$(SELECT jsonb_agg(1) FROM generate_series(1, 100000) n)$$);
-- alike to the last character, all of them compared
SELECT pg_temp.write('emails', $$(SELECT jsonb_agg(jsonb_build_object('value', 'a@EXAMPLE.com', 'x', repeat('ž', 10000) || n)) FROM generate_series(1, 100) n)$$);
SELECT pg_temp.write('emails', $$(SELECT jsonb_agg(jsonb_build_object('value', 'a@EXAMPLE.com', 'x', (SELECT jsonb_agg(1) || to_jsonb(n) FROM generate_series(1, 1000)))) FROM generate_series(1, 100) n)$$);
-- what is slow to read, if anything is
SELECT pg_temp.write('phones', format($$jsonb_build_array(repeat(%L, 400))$$, p)) FROM unnest('{0,+,(,(0),1 ,/,ext,;ext=,x1,+1}'::text[]) p;
SELECT pg_temp.write('emails', format($$jsonb_build_array(repeat(%L, 1980 / length(%1$L)) || '@example.com')$$, p)) FROM unnest('{a.,.,-,@,"<"}'::text[]) p;
SELECT pg_temp.write('emails', format($$jsonb_build_array('a@' || repeat(%L, 1900 / length(%1$L)) || '.com')$$, p)) FROM unnest('{a.,ž.,xn--,.,ž,-}'::text[]) p;
SELECT pg_temp.write('websites', format($$jsonb_build_array('example.com/' || repeat(%L, 1900 / length(%1$L)))$$, p)) FROM unnest('{../,./,%2e%2e/,?,#,%25,:,[}'::text[]) p;

-- Documents ------------------------------------------------------------------------------------
-- The same of leads that are written as JSON: what chars keep, what a patch merges,
-- what stands where nothing is expected.

CREATE FUNCTION pg_temp.put(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	made lead.lead;
	version int;
	message text; detail text; hint text;
BEGIN
	EXECUTE format('SELECT l.* FROM lead.create_lead(''{"partyName": "Party", "leadType": "B2B", "leadRating": "HOT", "leadSource": "WEB"}''::jsonb || (%s)) l', expression) INTO made;
	EXECUTE format('SELECT (lead.patch_lead(%L, %s)).version', made.id, expression) INTO version;
	SELECT (lead.replace_lead(made.id::text, lead.as_json(l))).version INTO version FROM lead.lead l WHERE l.id = made.id;
	RETURN format('kept, %s bytes, version %s', octet_length(made.chars::text), version);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN format('%s: %s%s', SQLSTATE, left(concat_ws(' / ', message, nullif(detail, '')), 300),
		CASE WHEN length(message) + length(detail) + length(hint) > 1000 THEN ' TOO LONG' END);
END $$;
SELECT pg_temp.put($$jsonb_build_object('chars', pg_temp.nested('{"a":', '1', '}', 1000))$$);
SELECT pg_temp.put($$jsonb_build_object('chars', pg_temp.nested('{"a":', '{"b": null}', '}', 1000))$$);
SELECT pg_temp.put($$jsonb_build_object('chars', jsonb_build_object('a', pg_temp.nested('[', '', ']', 1000)))$$);
SELECT pg_temp.put($$jsonb_build_object('chars', pg_temp.nested('{"a":', '1', '}', 10000))$$) ~ '^(kept|54001: stack depth limit exceeded)';
SELECT pg_temp.put($$jsonb_build_object('auditInfo', pg_temp.nested('{"version":', '1', '}', 5000))$$);
SELECT pg_temp.put($$jsonb_build_object('auditInfo', jsonb_build_object('whoEdited', pg_temp.nested('[', '', ']', 5000)))$$);
SELECT pg_temp.put($$jsonb_build_object('statusSince', pg_temp.nested('[', '', ']', 5000))$$);
SELECT pg_temp.put($$jsonb_build_object('description', pg_temp.nested('[', '', ']', 5000))$$);
SELECT pg_temp.put($$jsonb_build_object('processingData', pg_temp.nested('[', '', ']', 1000))$$);
SELECT pg_temp.put($$jsonb_build_object(repeat('k', 1048576), 1)$$);
SELECT pg_temp.put($$jsonb_build_object('auditInfo', jsonb_build_object(repeat('k', 1048576), 1))$$);
SELECT pg_temp.put(format($$jsonb_build_object(%L, repeat('x', 1048576))$$, n)) FROM unnest('{id,key,partyName,leadType,priority,status,deferredUntil,assignedTo}'::text[]) n;
SELECT pg_temp.put($$jsonb_build_object('description', repeat('ž', 1048576))$$);
SELECT pg_temp.put($$jsonb_build_object('chars', jsonb_build_object('x', repeat('ž', 1048576)))$$);
SELECT pg_temp.put($$(SELECT jsonb_build_object('chars', jsonb_object_agg(n, n)) FROM generate_series(1, 50000) n)$$);
SELECT pg_temp.put($$(SELECT jsonb_build_object('dataTags', jsonb_agg(n::text)) FROM generate_series(1, 100000) n)$$);
SELECT pg_temp.put($$(SELECT jsonb_object_agg('x' || n, 1) FROM generate_series(1, 100000) n)$$);
SELECT pg_temp.put($$('{"chars": {"x": 1e131071, "y": ' || repeat('9', 10000) || '}}')::jsonb$$);
SELECT pg_temp.put($$('{"auditInfo": {"version": 1e131071}}')::jsonb$$);
SELECT pg_temp.put($$'{"description": "a", "description": 1, "\u0064escription": "b"}'$$);
SELECT pg_temp.put($$'{"description": "\u0000"}'$$);
SELECT pg_temp.put($$'{"\ud83d\ude00": 1}'$$);
SELECT pg_temp.put($$'{"chars": {"": {"": null}, "\u0001": [null, {}, []]}}'$$);
SELECT left(lead.patch_lead(repeat('k', 1048576), '{}')::text, 100);
