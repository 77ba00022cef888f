-- The lifecycle as functions and as views.

CREATE FUNCTION lead.transition(
	lead_id uuid, to_status lead.lead_status, reason text DEFAULT NULL,
	until timestamptz DEFAULT NULL, processing_data jsonb DEFAULT NULL) RETURNS lead.lead
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
AS $$ SELECT lead.do_transition(NULL::lead.lead, lead_id, to_status, reason, until, processing_data) $$;
COMMENT ON FUNCTION lead.transition(uuid, lead.lead_status, text, timestamptz, jsonb) IS
	'Moves a lead to a status and returns it; to its present status it does nothing, save that a new date (until) in LATER postpones. A plain UPDATE of status, status_reason and deferred_until does the same. Errors: 22023 bad argument, P0002 no such lead, LD001 not allowed, LD002 condition, LD003 reason required, LD004 date missing or past, LD006 only by conversion, 23514 a date outside LATER, 42501 privilege, 54000 processing_data too large, 55000 suppressed by a trigger or policy of yours. Use SELECT * FROM lead.transition(...).';

-- claim and wake_due end in an UPDATE, whose rows a body of BEGIN ATOMIC could
-- only return column by column, fixed when it is created; a column that a user
-- adds would break it. A body in quotes is read at each call. It must then name
-- everything in full, types too: the caller's search_path is in force, and has to be, for
-- the user's own triggers run under it.

CREATE FUNCTION lead.claim(
	assignee text, max_leads int DEFAULT NULL, lead_type text DEFAULT NULL, lead_source text DEFAULT NULL)
	RETURNS SETOF lead.lead
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
AS $$
	SELECT lead.check_argument('assignee'::pg_catalog.text, claim.assignee, NULL::pg_catalog.text[]);
	WITH picked AS MATERIALIZED (
		SELECT l.id
		FROM lead.lead l
		WHERE l.status OPERATOR(pg_catalog.=) 'NEW'::lead.lead_status
			AND l.assigned_to IS NULL
			AND (claim.lead_type IS NULL OR l.lead_type OPERATOR(pg_catalog.=) claim.lead_type)
			AND (claim.lead_source IS NULL OR l.lead_source OPERATOR(pg_catalog.=) claim.lead_source)
			AND lead.transition_allowed(l.*, 'IN_PROGRESS'::lead.lead_status)
			AND NOT EXISTS (SELECT FROM lead.lead_erasure e WHERE e.lead_id OPERATOR(pg_catalog.=) l.id)
		ORDER BY l.priority, l.inserted_at, l.id
		LIMIT coalesce(claim.max_leads, 1)
		FOR NO KEY UPDATE SKIP LOCKED
	), moved AS (
		UPDATE lead.lead l
		SET status = 'IN_PROGRESS'::lead.lead_status, assigned_to = claim.assignee
		FROM picked
		WHERE l.id OPERATOR(pg_catalog.=) picked.id
		RETURNING l.*
	)
	SELECT m.* FROM moved m ORDER BY m.priority, m.inserted_at, m.id;
$$;
COMMENT ON FUNCTION lead.claim(text, int, text, text) IS
	'Takes over up to max_leads (default 1) leads that are NEW and unassigned, HIGH priority first, then the oldest: IN_PROGRESS and assigned_to the assignee. Safe for any number of callers at once: none waits, none gets another''s lead. Leads that may not move without a reason, and those that were erased, are passed over. Errors: 22023 assignee missing, 2201W negative max_leads.';

CREATE FUNCTION lead.wake_due(max_leads int DEFAULT NULL) RETURNS SETOF lead.lead
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
AS $$
	WITH due AS MATERIALIZED (
		SELECT l.id,
			CASE
				WHEN lead.transition_allowed(l.*, before.status) THEN before.status
				ELSE 'IN_PROGRESS'::lead.lead_status
			END AS status
		FROM lead.lead l
			LEFT JOIN LATERAL (
				SELECT c.from_status AS status
				FROM lead.lead_status_change c
				WHERE c.lead_id OPERATOR(pg_catalog.=) l.id
					-- a way back from a merge or a conversion did not park it
					AND c.to_status OPERATOR(pg_catalog.=) 'LATER'::lead.lead_status
					AND c.from_status OPERATOR(pg_catalog.<>) ALL (
						ARRAY['LATER', 'REJECTED', 'CONVERTED', 'CONVERTED_EXTERNAL']::lead.lead_status[])
				ORDER BY c.version DESC
				LIMIT 1
			) before ON true
		WHERE l.deferred_until OPERATOR(pg_catalog.<=) pg_catalog.statement_timestamp()
			AND l.status OPERATOR(pg_catalog.=) 'LATER'::lead.lead_status
			AND (lead.transition_allowed(l.*, before.status)
				OR lead.transition_allowed(l.*, 'IN_PROGRESS'::lead.lead_status))
		ORDER BY l.deferred_until, l.id
		LIMIT wake_due.max_leads
		FOR NO KEY UPDATE OF l SKIP LOCKED
	), moved AS (
		UPDATE lead.lead l
		SET status = due.status
		FROM due
		WHERE l.id OPERATOR(pg_catalog.=) due.id
		RETURNING l.*
	)
	SELECT m.* FROM moved m ORDER BY m.priority, m.inserted_at, m.id;
$$;
COMMENT ON FUNCTION lead.wake_due(int) IS
	'Wakes up to max_leads (default all) leads in LATER whose date has come: back to the status they were parked from where that is allowed, else IN_PROGRESS. Safe for many workers at once. Leads that may move to neither stay. Errors: 2201W negative max_leads.';

CREATE VIEW lead.status_transition WITH (security_invoker = true) AS
	SELECT b.from_status,
		b.to_status,
		coalesce(r.allowed, b.allowed) AS allowed,
		coalesce(r.needs_reason, b.needs_reason) AS needs_reason,
		coalesce(r.needs_until, b.needs_until) AS needs_until,
		r.condition::text AS condition,
		r.message,
		CASE WHEN r.id IS NULL THEN 'built-in' ELSE 'rule' END AS origin
	FROM lead.builtin_transition() b
		LEFT JOIN lead.lead_status_rule r
			ON r.from_status IS NOT DISTINCT FROM b.from_status AND r.to_status = b.to_status;
COMMENT ON VIEW lead.status_transition IS
	'The lifecycle in force: the built-in graph with the overrides of lead.lead_status_rule, one row for each pair of statuses. From CONVERTED and CONVERTED_EXTERNAL nothing is allowed but lead.revert_conversion.';
COMMENT ON COLUMN lead.status_transition.from_status IS 'Status before; NULL is creation.';
COMMENT ON COLUMN lead.status_transition.to_status IS 'Status to enter.';
COMMENT ON COLUMN lead.status_transition.allowed IS 'Whether the pair is allowed.';
COMMENT ON COLUMN lead.status_transition.needs_reason IS 'Whether a reason is required.';
COMMENT ON COLUMN lead.status_transition.needs_until IS 'Whether a deferral date is required.';
COMMENT ON COLUMN lead.status_transition.condition IS 'Predicate that the lead must meet (jsonpath).';
COMMENT ON COLUMN lead.status_transition.message IS 'What the user is told when it does not.';
COMMENT ON COLUMN lead.status_transition.origin IS 'built-in, or rule: a row of lead.lead_status_rule.';

CREATE FUNCTION lead.status_diagram() RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT 'stateDiagram-v2' || string_agg(
		E'\n    ' || coalesce(t.from_status::text, '[*]') || ' --> ' || t.to_status
		|| CASE
			WHEN t.needs_reason AND t.needs_until THEN ' : reason, date'
			WHEN t.needs_reason THEN ' : reason'
			WHEN t.needs_until THEN ' : date'
			ELSE ''
		END
		|| CASE
			WHEN t.condition IS NULL THEN ''
			WHEN t.needs_reason OR t.needs_until THEN ', condition'
			ELSE ' : condition'
		END, '' ORDER BY t.from_status NULLS FIRST, t.to_status)
	FROM lead.status_transition t
	WHERE t.allowed;
END;
COMMENT ON FUNCTION lead.status_diagram() IS
	'The lifecycle in force as a Mermaid state diagram: paste it where Markdown is rendered. Arrows say what a move needs.';
