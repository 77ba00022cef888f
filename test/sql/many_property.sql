\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh
\set tools :abs_srcdir '/data/tools.sql'
\i :tools
-- A call for many leads does what the single functions do, called one by one in
-- the order of ids: same outcomes, same rows. Leads, rules, policies and repeats
-- at random; each round is done both ways, and each way is undone.
SET client_min_messages = error;

-- What a lead can be refused for besides the rules: a target, a trigger, a unique
-- index, a deferred constraint.
CREATE SCHEMA regress_property;
CREATE TABLE regress_property.client (ref text PRIMARY KEY, name text);
CREATE FUNCTION regress_property.target(l lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	IF 'nobody' = ANY (l.data_tags) THEN
		RETURN NULL;
	ELSIF 'forbidden' = ANY (l.data_tags) THEN
		RAISE EXCEPTION 'target refuses %', l.key USING DETAIL = 'It has a tag.', HINT = 'Take it away.';
	END IF;
	INSERT INTO regress_property.client VALUES (coalesce(customer_ref, 'C-' || l.key), l.party_name)
		ON CONFLICT (ref) DO UPDATE SET name = client.name || ' again';
	RETURN coalesce(customer_ref, 'C-' || l.key);
END $$;
CREATE FUNCTION regress_property.refuse_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NOT current_setting('regress.acts')::boolean THEN
		RETURN NEW;
	ELSIF 'forbidden' = ANY (NEW.data_tags) THEN
		RAISE EXCEPTION 'no customer %', NEW.name USING ERRCODE = 'ZZ001', DETAIL = 'It has a tag.', HINT = 'Take it away.';
	ELSIF 'suppressed' = ANY (NEW.data_tags) THEN
		RETURN NULL;
	END IF;
	RETURN NEW;
END $$;
CREATE FUNCTION regress_property.fill_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NOT current_setting('regress.acts')::boolean THEN
		RETURN NEW;
	ELSIF NEW.status_reason IS NULL AND 'helped' = ANY (NEW.data_tags) THEN
		NEW.status_reason := 'by the trigger';
	ELSIF 'stuck' = ANY (NEW.data_tags) AND NEW.status <> OLD.status THEN
		RAISE EXCEPTION 'lead % is stuck', OLD.key USING HINT = 'Pull.';
	END IF;
	RETURN NEW;
END $$;

-- Leads, and what is asked: ids at random, some twice, some unknown, some NULL.
CREATE PROCEDURE pg_temp.make_leads(round int, leads int) LANGUAGE plpgsql AS $$
DECLARE
	statuses text[] := '{NEW,NEW,NEW,IN_PROGRESS,WORKING,WORKING,NON_WORKING,LATER,REJECTED,UNSUCCESSFUL,CONVERTED,CONVERTED_EXTERNAL,REVERTED,REVERTED}';
	kind text;
BEGIN
	PERFORM setseed(round / 100.0);
	UPDATE lead.characteristic SET required = false;
	TRUNCATE lead.lead, lead.customer, lead.account, lead.person, lead.lead_conversion, lead.lead_merge, lead.lead_erasure,
		lead.lead_status_change, lead.lead_status_rule, lead.duplicate_policy, lead.conversion_target, regress_property.client;
	FOR number IN 1 .. leads LOOP
		kind := statuses[1 + floor(random() * 14)];
		INSERT INTO lead.lead (id, key, party_name, description, lead_type, lead_rating, lead_source, data_tags, chars, phones, emails)
		VALUES (pg_temp.id(number), 'L' || number, 'Party ' || number, CASE WHEN random() < 0.5 THEN 'Something' END,
			(ARRAY['B2B', 'B2B', 'B2B', 'B2C', 'OWN', 'ASKS'])[1 + floor(random() * 6)], 'WARM', 'WEB',
			CASE WHEN random() < 0.1 THEN ARRAY[(ARRAY['forbidden', 'suppressed', 'nobody', 'helped', 'stuck'])[1 + floor(random() * 5)]] ELSE '{}' END,
			CASE WHEN random() < 0.5 THEN '{"budget": 1}' ELSE '{}' END::jsonb,
			CASE WHEN random() < 0.4 THEN jsonb_build_array('+4206031000' || lpad(floor(random() * leads / 2)::text, 2, '0')) ELSE '[]' END,
			CASE WHEN random() < 0.4 THEN jsonb_build_array(floor(random() * leads / 2) || '@a.example') ELSE '[]' END);
		IF random() < 0.3 THEN
			INSERT INTO lead.person (key, last_name, lead_id) VALUES ('P' || number, 'Person', pg_temp.id(number)), ('Q' || number, 'Person', pg_temp.id(number));
		END IF;
		CASE
			WHEN kind = 'NEW' THEN
			WHEN kind IN ('IN_PROGRESS', 'WORKING', 'NON_WORKING', 'REJECTED') THEN
				UPDATE lead.lead l SET status = kind, status_reason = 'first' WHERE l.id = pg_temp.id(number);
			WHEN kind = 'LATER' THEN
				UPDATE lead.lead l SET status = 'LATER', deferred_until = '2999-01-01 00:00+00' WHERE l.id = pg_temp.id(number);
			WHEN kind = 'UNSUCCESSFUL' THEN
				UPDATE lead.lead l SET status = 'WORKING' WHERE l.id = pg_temp.id(number);
				UPDATE lead.lead l SET status = 'UNSUCCESSFUL', status_reason = 'first' WHERE l.id = pg_temp.id(number);
			WHEN kind = 'CONVERTED_EXTERNAL' THEN
				PERFORM lead.convert_external(pg_temp.id(number), 'SAP', CASE WHEN random() < 0.7 THEN 'X' || number END);
			ELSE
				IF random() < 0.5 THEN
					UPDATE lead.lead l SET status = 'LATER', deferred_until = '2999-01-01 00:00+00' WHERE l.id = pg_temp.id(number);
				END IF;
				IF kind = 'CONVERTED' OR random() < 0.7 THEN
					PERFORM lead.convert(l.id) FROM lead.lead l WHERE l.id = pg_temp.id(number) AND (l.lead_type <> 'ASKS' OR l.chars <> '{}');
				ELSE
					PERFORM lead.convert_external(l.id, 'SAP', 'X' || number) FROM lead.lead l WHERE l.id = pg_temp.id(number) AND (l.lead_type <> 'ASKS' OR l.chars <> '{}');
				END IF;
				IF kind = 'REVERTED' THEN
					PERFORM lead.revert_conversion(l.id, 'mistake') FROM lead.lead l WHERE l.id = pg_temp.id(number) AND l.status::text LIKE 'CONVERTED%';
					IF random() < 0.5 THEN
						UPDATE lead.lead l SET emails = jsonb_build_array(floor(random() * leads / 2) || '@a.example') WHERE l.id = pg_temp.id(number);
					END IF;
				END IF;
		END CASE;
	END LOOP;
	-- rules that are younger than the leads
	UPDATE lead.characteristic SET required = true;
	INSERT INTO lead.conversion_target (lead_type, function) VALUES ('OWN', 'regress_property.target');
	IF random() < 0.8 THEN
		INSERT INTO lead.duplicate_policy (lead_type, on_convert) VALUES
			(NULL, (ARRAY['ignore', 'warn', 'refuse'])[1 + round % 3]), ('B2C', (ARRAY['ignore', 'warn', 'refuse'])[1 + floor(random() * 3)]);
	END IF;
	INSERT INTO lead.lead_status_rule (from_status, to_status, allowed, needs_reason, condition, message)
	SELECT r.* FROM (VALUES
		('NON_WORKING'::lead.lead_status, 'CONVERTED'::lead.lead_status, false, NULL::boolean, NULL::jsonpath, 'Work on it first.'),
		('NEW', 'CONVERTED', NULL, NULL, '$.chars.budget > 0', NULL),
		('IN_PROGRESS', 'CONVERTED', NULL, true, NULL, NULL),
		('WORKING', 'CONVERTED_EXTERNAL', NULL, NULL, '$.statusReason == "PRICE"', 'Only for the price.'),
		('LATER', 'CONVERTED_EXTERNAL', NULL, true, NULL, NULL),
		('NEW', 'WORKING', NULL, true, '$.chars.budget > 0', 'No budget.'),
		('REJECTED', 'CONVERTED', true, NULL, NULL, NULL),
		('IN_PROGRESS', 'REJECTED', NULL, NULL, '$.statusReason == "PRICE" || $.statusReason == "SPAM"', 'Unknown reason.')) r
	WHERE random() < 0.4;
	CREATE TEMP TABLE IF NOT EXISTS asked (ord int, id uuid, external_id text);
	TRUNCATE asked;
	INSERT INTO asked
	SELECT row_number() OVER (ORDER BY a.place), a.id, CASE WHEN random() < 0.7 THEN (ARRAY['X', 'Y'])[1 + floor(random() * 1.2)] || a.number END
	FROM (
		SELECT n AS number, pg_temp.id(n) AS id, random() AS place FROM generate_series(1, leads + 4) n WHERE random() < 0.9
		UNION ALL SELECT n, pg_temp.id(n), random() FROM generate_series(1, leads) n WHERE random() < 0.15
		UNION ALL SELECT 0, NULL, random() FROM generate_series(1, 2)) a;
END $$;

-- Times and generated ids and keys left out.
CREATE FUNCTION pg_temp.stored() RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(x.line ORDER BY x.line) FROM (
		SELECT concat_ws('|', 'lead', l.key, l.status, l.status_reason, l.deferred_until AT TIME ZONE 'UTC', l.version, l.edited_by, l.edited_by_actor) FROM lead.lead l
		UNION ALL
		SELECT concat_ws('|', 'change', l.key, c.version, c.from_status, c.to_status, c.reason, c.changed_by, c.actor)
		FROM lead.lead_status_change c JOIN lead.lead l ON l.id = c.lead_id
		UNION ALL
		SELECT concat_ws('|', 'conversion', l.key, v.version, v.kind, v.from_status, v.deferred_until AT TIME ZONE 'UTC', c.name, a.name, (a.customer_id = c.id)::text,
			v.customer_ref, v.external_system, v.external_id, v.made_customer::text, v.reason, v.converted_by, v.converted_by_actor, (v.reverted_at IS NOT NULL)::text,
			(SELECT string_agg(p.key, ',' ORDER BY p.key) FROM lead.person p WHERE p.id = ANY (v.person_ids)))
		FROM lead.lead_conversion v JOIN lead.lead l ON l.id = v.lead_id LEFT JOIN lead.customer c ON c.id = v.customer_id LEFT JOIN lead.account a ON a.id = v.account_id
		UNION ALL
		SELECT concat_ws('|', 'customer', c.name, c.description, c.phones, c.emails, c.data_tags, c.chars, c.status, c.match_keys) FROM lead.customer c
		UNION ALL
		SELECT concat_ws('|', 'account', a.name, c.name, a.status, a.account_start_date) FROM lead.account a JOIN lead.customer c ON c.id = a.customer_id
		UNION ALL
		SELECT concat_ws('|', 'person', p.key, c.name) FROM lead.person p LEFT JOIN lead.customer c ON c.id = p.customer_id
		UNION ALL
		SELECT concat_ws('|', 'client', c.ref, c.name) FROM regress_property.client c) x (line)
$$;

-- Generated ids, and keys of customers, do not count.
CREATE FUNCTION pg_temp.plain(message text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT regexp_replace(regexp_replace(replace(message, ' What this call itself made is undone.', ''), '\m(?!00000000-)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\M', '(id)', 'g'),
		'customer "[^"]*"', 'customer (key)')
$$;

-- Where nothing is written, a lead keeps its status.
CREATE FUNCTION pg_temp.but_status(line text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT regexp_replace(line, '^([^|]*\|[^|]*\|[^|]*)\|[^|]*', '\1')
$$;

CREATE TYPE pg_temp.result AS (outcomes text[], stored text[]);

-- The one call. What it did is undone.
CREATE FUNCTION pg_temp.at_once(call text) RETURNS pg_temp.result LANGUAGE plpgsql AS $$
DECLARE
	found pg_temp.result;
BEGIN
	EXECUTE 'CREATE TEMP TABLE given AS SELECT * FROM ' || call;
	SELECT array_agg(concat_ws('|', o.ord, o.lead_id, o.outcome, o.status, coalesce(c.name, '-'), o.customer_ref, o.sqlstate,
		CASE WHEN o.outcome = 'REFUSED' AND o.lead_id IS NOT NULL THEN pg_temp.plain(concat_ws(E'\n', o.message, o.detail, o.hint)) END) ORDER BY o.ord)
	INTO found.outcomes
	FROM given o LEFT JOIN lead.customer c ON c.id = o.customer_id;
	found.stored := pg_temp.stored();
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
	RETURN found;
END $$;

-- The same by one call for each, in the order of ids, repeats in the order of inputs.
CREATE FUNCTION pg_temp.one_by_one(call text) RETURNS pg_temp.result LANGUAGE plpgsql AS $$
DECLARE
	found pg_temp.result;
	one record;
	before lead.lead;
	after lead.lead;
	outcome text; warned text; customer text; ref text;
	message text; detail text; hint text;
BEGIN
	CREATE TEMP TABLE told (ord int, line text);
	FOR one IN SELECT * FROM asked a ORDER BY a.id, a.ord LOOP
		SELECT * INTO before FROM lead.lead l WHERE l.id = one.id;
		-- a warning is not to be caught: whether there is reason for one
		SELECT 'LD011' INTO warned
		FROM lead.lead l
		WHERE call LIKE 'lead.convert(%' AND l.id = one.id
			AND l.lead_type <> 'OWN'
			AND NOT EXISTS (SELECT FROM lead.lead_conversion v WHERE v.lead_id = l.id AND v.customer_id IS NOT NULL)
			AND 'warn' = coalesce((SELECT p.on_convert FROM lead.duplicate_policy p WHERE p.lead_type = l.lead_type),
				(SELECT p.on_convert FROM lead.duplicate_policy p WHERE p.lead_type IS NULL), 'warn')
			AND EXISTS (SELECT FROM lead.find_duplicates(l.id) d WHERE d.customer_id IS NOT NULL AND d.score >= 0.9);
		message := NULL; detail := NULL; hint := NULL; customer := NULL; ref := NULL;
		BEGIN
			EXECUTE 'SELECT FROM ' || call USING one.id, one.external_id;
			SELECT * INTO after FROM lead.lead l WHERE l.id = one.id;
			outcome := CASE WHEN before.version = after.version THEN 'REPLAYED' WHEN call LIKE 'lead.convert%' THEN 'CONVERTED' ELSE 'CHANGED' END;
			IF call LIKE 'lead.convert%' THEN
				SELECT c.name, v.customer_ref INTO customer, ref FROM lead.lead_conversion v LEFT JOIN lead.customer c ON c.id = v.customer_id
				WHERE v.lead_id = one.id AND v.reverted_at IS NULL;
			END IF;
			INSERT INTO told VALUES (one.ord, concat_ws('|', one.ord, one.id, outcome, after.status, coalesce(customer, '-'), ref,
				CASE WHEN outcome = 'CONVERTED' THEN warned END));
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
			INSERT INTO told VALUES (one.ord, concat_ws('|', one.ord, one.id, 'REFUSED', before.status, '-', SQLSTATE,
				CASE WHEN one.id IS NOT NULL THEN pg_temp.plain(concat_ws(E'\n', message, nullif(detail, ''), nullif(hint, ''))) END));
		END;
	END LOOP;
	SELECT array_agg(t.line ORDER BY t.ord) INTO found.outcomes FROM told t;
	found.stored := pg_temp.stored();
	RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
	RETURN found;
END $$;

-- A call for many, and its like for one.
CREATE FUNCTION pg_temp.many_of(call text, options text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE
		WHEN call LIKE 'lead.convert(%' THEN
			'lead.convert_many((SELECT array_agg(a.id ORDER BY a.ord) FROM asked a)' || replace(replace(call, 'lead.convert($1', ''), ')', options || ')')
		WHEN call LIKE 'lead.convert_external(%' THEN
			'lead.convert_external_many((SELECT array_agg(a.id ORDER BY a.ord) FROM asked a), ''SAP'', (SELECT array_agg(a.external_id ORDER BY a.ord) FROM asked a)'
			|| replace(replace(call, 'lead.convert_external($1, ''SAP'', $2', ''), ')', options || ')')
		ELSE
			'lead.transition_many((SELECT array_agg(a.id ORDER BY a.ord) FROM asked a)' || replace(replace(call, 'lead.transition($1', ''), ')', options || ')')
	END
$$;

-- Both ways, and what differs.
CREATE FUNCTION pg_temp.compare(round int, leads int, call text) RETURNS TABLE (problem text, line text) LANGUAGE plpgsql AS $$
DECLARE
	many pg_temp.result;
	single pg_temp.result;
	dry pg_temp.result;
	all_or_none pg_temp.result;
	before text[];
BEGIN
	PERFORM set_config('regress.acts', 'off', true);
	CALL pg_temp.make_leads(round, leads);
	PERFORM set_config('regress.acts', 'on', true);
	before := pg_temp.stored();
	many := pg_temp.at_once(pg_temp.many_of(call, ''));
	single := pg_temp.one_by_one(call);
	dry := pg_temp.at_once(pg_temp.many_of(call, ', dry_run => true'));
	all_or_none := pg_temp.at_once(pg_temp.many_of(call, ', all_or_none => true'));
	INSERT INTO tally SELECT call, split_part(o, '|', 3), (regexp_match(o, '\|((?:LD|P0|ZZ|[0-9]{2})[0-9A-Z]{3})(?:\||$)'))[1] FROM unnest(many.outcomes) o;
	RETURN QUERY
		SELECT 'only one by one', x FROM unnest(single.outcomes) x WHERE x <> ALL (many.outcomes)
		UNION ALL SELECT 'only at once', x FROM unnest(many.outcomes) x WHERE x <> ALL (single.outcomes)
		UNION ALL (SELECT 'only stored one by one', x FROM (SELECT unnest(single.stored) EXCEPT ALL SELECT unnest(many.stored)) e (x))
		UNION ALL (SELECT 'only stored at once', x FROM (SELECT unnest(many.stored) EXCEPT ALL SELECT unnest(single.stored)) e (x))
		UNION ALL SELECT 'dry run stored something', NULL WHERE dry.stored <> before
		-- what it refuses is refused, what it lets through is, or is refused by code of the user's
		UNION ALL
		SELECT 'dry run promised', d || E'\n    but it is ' || m
		FROM unnest(dry.outcomes, many.outcomes) AS u (d, m)
		WHERE CASE WHEN d LIKE '%|REFUSED|%LD011%' THEN m NOT LIKE '%|REFUSED|%|LD011|%' AND NOT (round > 20 AND d LIKE '%lead of this call%')
			WHEN round > 20 AND m LIKE '%|REPLAYED|%' THEN false
			WHEN d LIKE '%|REFUSED|%' THEN pg_temp.but_status(d) <> pg_temp.but_status(m) AND m NOT LIKE '%|CHANGED|%' AND m NOT LIKE '%is stuck%'
			ELSE split_part(d, '|', 3) <> split_part(m, '|', 3) AND m !~ 'ZZ001|P0001|LD010|55000' END
		UNION ALL SELECT 'all or none stored something', NULL WHERE all_or_none.stored <> before AND 'REFUSED' = ANY (ARRAY(SELECT split_part(o, '|', 3) FROM unnest(all_or_none.outcomes) o))
		UNION ALL
		SELECT 'all or none', a || E'\n    against ' || m
		FROM unnest(all_or_none.outcomes, many.outcomes) AS u (a, m)
		WHERE CASE WHEN split_part(m, '|', 3) IN ('CONVERTED', 'CHANGED') THEN a NOT LIKE '%|REFUSED|%|-|40000|%'
			WHEN m LIKE '%|REPLAYED|%' THEN a NOT LIKE '%|REPLAYED|%' AND a NOT LIKE '%|REFUSED|%|-|40000|%'
			ELSE pg_temp.but_status(a) <> pg_temp.but_status(m) AND a NOT LIKE '%|REFUSED|%|-|40000|%' END;
END $$;
CREATE TEMP TABLE tally (call text, outcome text, sqlstate text);

INSERT INTO lead.entity_spec (code, name) VALUES ('ASKED', 'Asked');
INSERT INTO lead.characteristic (entity_spec_id, name, required) SELECT s.id, 'budget', false FROM lead.entity_spec s;
INSERT INTO lead.lead_type (code, name) VALUES ('OWN', 'Own');
INSERT INTO lead.lead_type (code, name, entity_spec_id) SELECT 'ASKS', 'Asks', s.id FROM lead.entity_spec s;

-- Without code of the user's but the target.
CREATE TEMP TABLE call (number int, call text);
INSERT INTO call VALUES
	(1, 'lead.convert($1)'),
	(2, 'lead.convert($1, reason => ''PRICE'', processing_data => ''{"a": 1}'')'),
	(3, 'lead.convert($1)'),
	(4, 'lead.convert_external($1, ''SAP'', $2)'),
	(5, 'lead.convert_external($1, ''SAP'', $2, reason => ''PRICE'')'),
	(6, 'lead.transition($1, ''WORKING'')'),
	(7, 'lead.transition($1, ''REJECTED'', ''PRICE'')'),
	(8, 'lead.transition($1, ''LATER'', NULL, ''2998-01-01 00:00+00'')'),
	(9, 'lead.transition($1, ''NEW'', ''again'')'),
	(10, 'lead.transition($1, ''CONVERTED'')'),
	(11, 'lead.transition($1, ''UNSUCCESSFUL'')'),
	(12, 'lead.transition($1, ''IN_PROGRESS'', NULL, ''2998-01-01 00:00+00'')');
SET lead.actor = 'ema@example.com';
SELECT c.number, c.call, p.* FROM call c, LATERAL pg_temp.compare(c.number, 60, c.call) p ORDER BY c.number, p.problem, p.line;

-- With triggers that refuse, suppress and help.
CREATE TRIGGER refuse BEFORE INSERT ON lead.customer FOR EACH ROW EXECUTE FUNCTION regress_property.refuse_customer();
CREATE TRIGGER a_fill BEFORE UPDATE ON lead.lead FOR EACH ROW EXECUTE FUNCTION regress_property.fill_reason();
SELECT c.number, c.call, p.* FROM call c, LATERAL pg_temp.compare(20 + c.number, 60, c.call) p ORDER BY c.number, p.problem, p.line;

-- It was no easy exam.
SELECT regexp_replace(t.call, '\(.*', '') AS function, t.outcome, t.sqlstate, count(*) > 0 AS seen
FROM tally t GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

DROP SCHEMA regress_property CASCADE;
