-- Helpers that several tests share, silent as fresh.sql.
\set ECHO none
-- They live in pg_temp and name no type of schema lead in a signature, so that
-- nothing of it depends on them.
\set QUIET on
\o /dev/null

-- Ids that are the same in every run.
CREATE FUNCTION pg_temp.id(number int) RETURNS uuid IMMUTABLE LANGUAGE sql AS
	$$ SELECT ('00000000-0000-0000-0000-' || lpad(number::text, 12, '0'))::uuid $$;

-- Runs a statement and tells what came of it, with all that an error carries.
-- Days near today are named, so that messages are the same on every day.
CREATE PROCEDURE pg_temp.try(statement text) LANGUAGE plpgsql AS $$
DECLARE
	rows bigint;
	message text; detail text; hint text; schema_name text; table_name text; column_name text; rule text; report text;
BEGIN
	EXECUTE statement;
	GET DIAGNOSTICS rows = ROW_COUNT;
	RAISE INFO 'done, % row(s)', rows;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
		schema_name = SCHEMA_NAME, table_name = TABLE_NAME, column_name = COLUMN_NAME, rule = CONSTRAINT_NAME;
	report := concat_ws(E'\n',
		SQLSTATE || ': ' || message,
		'DETAIL: ' || nullif(detail, ''),
		'HINT: ' || nullif(hint, ''),
		'AT: ' || nullif(concat_ws(', ', nullif(concat_ws('.', nullif(schema_name, ''), nullif(table_name, ''), nullif(column_name, '')), ''),
			nullif(rule, '')), ''));
	-- ids made by the server; those of pg_temp.id begin with zeros
	report := regexp_replace(report, '\m(?!00000000-)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\M', '(id)', 'g');
	report := replace(report, (current_date - 1)::text, '(yesterday)');
	report := replace(report, current_date::text, '(today)');
	report := replace(report, (current_date + 1)::text, '(tomorrow)');
	RAISE INFO '%', report;
END $$;

-- A lead with key L<number> in any status, reached the shortest way.
CREATE FUNCTION pg_temp.new_lead(number int, status text DEFAULT 'NEW') RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
	lead_id uuid := pg_temp.id(number);
BEGIN
	INSERT INTO lead.lead (id, key, party_name, lead_rating, lead_source, lead_type)
	VALUES (lead_id, 'L' || number, 'Party ' || number, 'WARM', 'WEB', 'B2B');
	CASE status
		WHEN 'NEW' THEN
		WHEN 'LATER' THEN
			UPDATE lead.lead l SET status = 'LATER', deferred_until = '2999-01-01 00:00+00' WHERE l.id = lead_id;
		WHEN 'UNSUCCESSFUL' THEN
			UPDATE lead.lead l SET status = 'WORKING' WHERE l.id = lead_id;
			UPDATE lead.lead l SET status = 'UNSUCCESSFUL', status_reason = 'first' WHERE l.id = lead_id;
		WHEN 'CONVERTED' THEN
			PERFORM lead.convert(lead_id);
		WHEN 'CONVERTED_EXTERNAL' THEN
			PERFORM lead.convert_external(lead_id, 'SAP');
		ELSE
			UPDATE lead.lead l SET status = new_lead.status, status_reason = 'first' WHERE l.id = lead_id;
	END CASE;
	RETURN lead_id;
END $$;

-- Where history, lead and conversion disagree: no rows if all is well. Each
-- lead's changes make a chain from the creation to the present status.
CREATE FUNCTION pg_temp.broken_history() RETURNS TABLE (key text, version int, problem text)
	LANGUAGE sql SET search_path = pg_catalog AS $$
	WITH change AS (
		SELECT c.*,
			pg_catalog.lead(c.version) OVER w IS NULL AS is_last,
			lag(c.to_status) OVER w AS to_before,
			lag(c.version) OVER w AS version_before,
			lag(c.changed_at) OVER w AS changed_before,
			max(c.changed_at) FILTER (WHERE c.from_status IS DISTINCT FROM c.to_status)
				OVER (PARTITION BY c.lead_id ORDER BY c.version ROWS UNBOUNDED PRECEDING) AS entered_present,
			max(c.changed_at) FILTER (WHERE c.from_status IS DISTINCT FROM c.to_status)
				OVER (PARTITION BY c.lead_id ORDER BY c.version ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS entered_from
		FROM lead.lead_status_change c
		WINDOW w AS (PARTITION BY c.lead_id ORDER BY c.version)
	)
	SELECT l.key, c.version, p.problem
	FROM lead.lead l
		LEFT JOIN change c ON c.lead_id = l.id
		LEFT JOIN lead.lead_conversion o ON o.lead_id = l.id AND o.reverted_at IS NULL
		CROSS JOIN LATERAL (VALUES
			(c.lead_id IS NULL, 'no history'),
			(c.version_before IS NULL AND (c.version <> 1 OR c.from_status IS NOT NULL OR c.entered_at IS NOT NULL
				OR c.changed_at <> l.inserted_at), 'first change is not the creation'),
			(c.version_before IS NOT NULL AND c.from_status IS DISTINCT FROM c.to_before, 'does not begin where the one before ended'),
			(c.changed_at <= c.changed_before, 'time does not grow'),
			(c.entered_at IS DISTINCT FROM c.entered_from, 'entered_at is not when the status before was entered'),
			(c.from_status = c.to_status AND c.to_status <> 'LATER', 'goes nowhere'),
			(c.version > l.version, 'version is not reached yet'),
			(c.is_last AND c.to_status <> l.status, 'last change is not the present status'),
			(c.is_last AND c.reason IS DISTINCT FROM l.status_reason, 'reason differs'),
			(c.is_last AND c.entered_present <> l.status_since, 'status_since differs'),
			(c.is_last AND l.edited_at < c.changed_at, 'edited before the last change'),
			(c.is_last AND (o.lead_id IS NOT NULL) <> (l.status IN ('CONVERTED', 'CONVERTED_EXTERNAL')), 'status and conversion disagree'),
			(c.is_last AND (o.version <> c.version OR o.kind <> c.to_status OR o.from_status <> c.from_status), 'conversion is another change')
		) p (holds, problem)
	WHERE p.holds
	ORDER BY l.key, c.version, p.problem
$$;

-- The history of a lead, without times.
CREATE FUNCTION pg_temp.history(lead_id uuid) RETURNS TABLE (version int, from_status text, to_status text, reason text)
	LANGUAGE sql AS $$
	SELECT c.version, c.from_status::text, c.to_status::text, c.reason
	FROM lead.lead_status_change c WHERE c.lead_id = history.lead_id ORDER BY c.version
$$;
\o
\set ECHO all
