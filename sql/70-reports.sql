-- Reports for people and BI tools: scalar, commented columns; status and
-- priority as text with an order number, the enum beside them for filters that
-- use an index. All views run with the caller's rights. None touches the rule
-- cache, so all may run in parallel.
--
-- Settings are read with missing_ok: the library may not be loaded yet.

CREATE FUNCTION lead.primary_contact(contacts jsonb) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (
		SELECT CASE jsonb_typeof(e.entry) WHEN 'string' THEN e.entry #>> '{}' ELSE e.entry ->> 'value' END
		FROM jsonb_array_elements(CASE jsonb_typeof(contacts) WHEN 'array' THEN contacts END) WITH ORDINALITY e (entry, ord)
		ORDER BY (e.entry -> 'primary' = 'true') IS TRUE DESC, e.ord
		LIMIT 1);
COMMENT ON FUNCTION lead.primary_contact(jsonb) IS
	'Value of the primary entry of a contact list, else of the first; NULL for an empty list, and for what is none.';

CREATE FUNCTION lead.status_order(status lead.lead_status) RETURNS int
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE status
		WHEN 'NEW' THEN 1
		WHEN 'IN_PROGRESS' THEN 2
		WHEN 'WORKING' THEN 3
		WHEN 'NON_WORKING' THEN 4
		WHEN 'LATER' THEN 5
		WHEN 'CONVERTED' THEN 6
		WHEN 'CONVERTED_EXTERNAL' THEN 7
		WHEN 'UNSUCCESSFUL' THEN 8
		WHEN 'REJECTED' THEN 9
	END;
COMMENT ON FUNCTION lead.status_order(lead.lead_status) IS
	'Order of a status along the funnel, 1 NEW to 9 REJECTED; the order of the enum is the seed''s.';

CREATE FUNCTION lead.status_class(status lead.lead_status) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE
		WHEN status IN ('NEW', 'IN_PROGRESS', 'WORKING', 'NON_WORKING') THEN 'open'
		WHEN status = 'LATER' THEN 'paused'
		WHEN status IN ('CONVERTED', 'CONVERTED_EXTERNAL') THEN 'won'
		WHEN status IN ('UNSUCCESSFUL', 'REJECTED') THEN 'lost'
	END;
COMMENT ON FUNCTION lead.status_class(lead.lead_status) IS
	'What a status means for a report: open, paused (LATER), won (CONVERTED, CONVERTED_EXTERNAL) or lost (UNSUCCESSFUL, REJECTED).';

CREATE FUNCTION lead.label(name text, localization_data jsonb DEFAULT NULL) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN coalesce(localization_data -> current_setting('lead.language', true) ->> 'name', name);
COMMENT ON FUNCTION lead.label(text, jsonb) IS
	'How a report shows a row of a register: lead.label(name, localization_data) is the name in the language of lead.language where there is one, else the name.';

CREATE VIEW lead.status_period WITH (security_invoker = true) AS
	SELECT c.lead_id,
		c.version,
		c.to_status::text AS status,
		c.to_status AS status_code,
		lead.status_order(c.to_status) AS status_order,
		c.changed_at AS started_at,
		lead(c.changed_at) OVER stays AS ended_at,
		round(greatest(extract(epoch FROM coalesce(lead(c.changed_at) OVER stays, now()) - c.changed_at), 0)::numeric / 3600, 4) AS hours,
		CASE WHEN lead(c.changed_at) OVER stays IS NULL THEN 1 ELSE 0 END AS is_current,
		c.from_status::text AS from_status,
		lead(c.to_status) OVER stays::text AS next_status,
		c.reason,
		c.changed_by AS started_by,
		c.actor AS started_by_actor
	FROM lead.lead_status_change c
	WHERE c.from_status IS DISTINCT FROM c.to_status
	WINDOW stays AS (PARTITION BY c.lead_id ORDER BY c.version);
COMMENT ON VIEW lead.status_period IS
	'One row for each stay of a lead in a status, from the history. A postponement in LATER does not end the stay.';
COMMENT ON COLUMN lead.status_period.lead_id IS 'The lead.';
COMMENT ON COLUMN lead.status_period.version IS 'Version of the lead that began the stay.';
COMMENT ON COLUMN lead.status_period.status IS 'Status, as text.';
COMMENT ON COLUMN lead.status_period.status_code IS 'Status, as the enum.';
COMMENT ON COLUMN lead.status_period.status_order IS 'Order of the status along the funnel, 1 NEW to 9 REJECTED: sort by this.';
COMMENT ON COLUMN lead.status_period.started_at IS 'When the status was entered.';
COMMENT ON COLUMN lead.status_period.ended_at IS 'When it was left; NULL for the present stay.';
COMMENT ON COLUMN lead.status_period.hours IS 'Length of the stay in hours; of the present one, up to now.';
COMMENT ON COLUMN lead.status_period.is_current IS '1 for the present stay, else 0.';
COMMENT ON COLUMN lead.status_period.from_status IS 'Status before; NULL at creation.';
COMMENT ON COLUMN lead.status_period.next_status IS 'Status after; NULL for the present stay.';
COMMENT ON COLUMN lead.status_period.reason IS 'Why the status was entered.';
COMMENT ON COLUMN lead.status_period.started_by IS 'Login role (or SET ROLE) that made the change.';
COMMENT ON COLUMN lead.status_period.started_by_actor IS 'The person behind it, as lead.actor named it.';

CREATE VIEW lead.lead_report WITH (security_invoker = true) AS
	SELECT l.id,
		l.key,
		l.party_name,
		l.status::text AS status,
		l.status AS status_code,
		lead.status_order(l.status) AS status_order,
		lead.status_class(l.status) AS status_class,
		CASE WHEN lead.status_class(l.status) IN ('open', 'paused') THEN 1 ELSE 0 END AS is_open,
		CASE WHEN lead.status_class(l.status) = 'won' THEN 1 ELSE 0 END AS is_won,
		CASE WHEN lead.status_class(l.status) = 'lost' AND m.loser_id IS NULL THEN 1 ELSE 0 END AS is_lost,
		l.priority::text AS priority,
		l.priority AS priority_code,
		CASE l.priority WHEN 'HIGH' THEN 1 WHEN 'MEDIUM' THEN 2 WHEN 'LOW' THEN 3 END AS priority_order,
		l.lead_type,
		lead.label(t.name, t.localization_data) AS lead_type_name,
		l.lead_rating,
		lead.label(r.name, r.localization_data) AS lead_rating_name,
		l.lead_source,
		lead.label(o.name, o.localization_data) AS lead_source_name,
		l.assigned_to,
		nullif(array_to_string(l.data_tags, ', '), '') AS tags,
		lead.primary_contact(l.phones) AS primary_phone,
		lead.primary_contact(l.emails) AS primary_email,
		lead.primary_contact(l.websites) AS primary_website,
		l.inserted_at AS created_at,
		l.inserted_at::date AS created_on,
		date_trunc('month', l.inserted_at)::date AS created_month,
		l.status_since,
		floor(greatest(extract(epoch FROM now() - l.status_since), 0) / 86400)::int AS days_in_status,
		floor(greatest(extract(epoch FROM now() - l.inserted_at), 0) / 86400)::int AS age_days,
		h.first_worked_at,
		round(extract(epoch FROM h.first_worked_at - l.inserted_at)::numeric / 3600, 2) AS hours_to_first_work,
		c.converted_at,
		CASE WHEN lead.status_class(l.status) IN ('won', 'lost') THEN l.status_since END AS closed_at,
		CASE WHEN lead.status_class(l.status) IN ('won', 'lost') THEN
			round(extract(epoch FROM l.status_since - l.inserted_at)::numeric / 86400, 2) END AS days_to_close,
		CASE WHEN lead.status_class(l.status) IN ('won', 'lost') THEN l.status_reason END AS close_reason,
		coalesce(h.times_reopened, 0)::int AS times_reopened,
		l.deferred_until,
		c.customer_id,
		cu.key AS customer_key,
		cu.name AS customer_name,
		c.customer_ref,
		c.external_system,
		c.external_id,
		m.winner_id AS merged_into
	FROM lead.lead l
		LEFT JOIN lead.lead_type t ON t.code = l.lead_type
		LEFT JOIN lead.lead_rating r ON r.code = l.lead_rating
		LEFT JOIN lead.lead_source o ON o.code = l.lead_source
		LEFT JOIN lead.lead_conversion c ON c.lead_id = l.id AND c.reverted_at IS NULL
		LEFT JOIN lead.customer cu ON cu.id = c.customer_id
		LEFT JOIN lead.lead_merge m ON m.loser_id = l.id
		LEFT JOIN LATERAL (
			SELECT min(h.changed_at) FILTER (WHERE h.to_status IN ('IN_PROGRESS', 'WORKING')) AS first_worked_at,
				count(*) FILTER (WHERE h.from_status IN ('REJECTED', 'UNSUCCESSFUL')
					AND lead.status_class(h.to_status) IN ('open', 'paused')) AS times_reopened
			FROM lead.lead_status_change h
			WHERE h.lead_id = l.id
		) h ON true;
COMMENT ON VIEW lead.lead_report IS
	'One row for each lead with all that reports ask for, in scalar columns. Days and months are in the time zone of the session. Filter on status_code and priority_code to use their indexes.';
COMMENT ON COLUMN lead.lead_report.id IS 'The lead.';
COMMENT ON COLUMN lead.lead_report.key IS 'Business identifier.';
COMMENT ON COLUMN lead.lead_report.party_name IS 'Name of the company or party.';
COMMENT ON COLUMN lead.lead_report.status IS 'Status, as text.';
COMMENT ON COLUMN lead.lead_report.status_code IS 'Status, as the enum: filter on this one.';
COMMENT ON COLUMN lead.lead_report.status_order IS 'Order of the status along the funnel, 1 NEW to 9 REJECTED: sort by this.';
COMMENT ON COLUMN lead.lead_report.status_class IS 'open, paused (LATER), won (CONVERTED, CONVERTED_EXTERNAL) or lost (UNSUCCESSFUL, REJECTED); by the status alone, so lost for a lead that is merged into another.';
COMMENT ON COLUMN lead.lead_report.is_open IS '1 while not decided (open or paused), else 0; is_open + is_won + is_lost is 1, but 0 for a lead that is merged into another: it counts as that one.';
COMMENT ON COLUMN lead.lead_report.is_won IS '1 when converted, here or externally, else 0.';
COMMENT ON COLUMN lead.lead_report.is_lost IS '1 when rejected or unsuccessful, else 0; 0 for a lead that is merged into another.';
COMMENT ON COLUMN lead.lead_report.priority IS 'Priority, as text.';
COMMENT ON COLUMN lead.lead_report.priority_code IS 'Priority, as the enum: filter on this one.';
COMMENT ON COLUMN lead.lead_report.priority_order IS '1 HIGH, 2 MEDIUM, 3 LOW.';
COMMENT ON COLUMN lead.lead_report.lead_type IS 'Code of the type.';
COMMENT ON COLUMN lead.lead_report.lead_type_name IS 'Name of the type in the language of lead.language, else its name.';
COMMENT ON COLUMN lead.lead_report.lead_rating IS 'Code of the rating.';
COMMENT ON COLUMN lead.lead_report.lead_rating_name IS 'Name of the rating in the language of lead.language, else its name.';
COMMENT ON COLUMN lead.lead_report.lead_source IS 'Code of the source.';
COMMENT ON COLUMN lead.lead_report.lead_source_name IS 'Name of the source in the language of lead.language, else its name.';
COMMENT ON COLUMN lead.lead_report.assigned_to IS 'Who works the lead.';
COMMENT ON COLUMN lead.lead_report.tags IS 'Labels, separated by commas.';
COMMENT ON COLUMN lead.lead_report.primary_phone IS 'Value of the primary phone, else of the first.';
COMMENT ON COLUMN lead.lead_report.primary_email IS 'Value of the primary e-mail, else of the first.';
COMMENT ON COLUMN lead.lead_report.primary_website IS 'Value of the primary website, else of the first.';
COMMENT ON COLUMN lead.lead_report.created_at IS 'When the lead was created.';
COMMENT ON COLUMN lead.lead_report.created_on IS 'Day of the creation.';
COMMENT ON COLUMN lead.lead_report.created_month IS 'First day of the month of the creation.';
COMMENT ON COLUMN lead.lead_report.status_since IS 'When the present status was entered.';
COMMENT ON COLUMN lead.lead_report.days_in_status IS 'Whole days (of 24 hours) in the present status.';
COMMENT ON COLUMN lead.lead_report.age_days IS 'Whole days (of 24 hours) since the creation.';
COMMENT ON COLUMN lead.lead_report.first_worked_at IS 'When the lead first entered IN_PROGRESS or WORKING.';
COMMENT ON COLUMN lead.lead_report.hours_to_first_work IS 'Hours from the creation to first_worked_at.';
COMMENT ON COLUMN lead.lead_report.converted_at IS 'When the open conversion was made.';
COMMENT ON COLUMN lead.lead_report.closed_at IS 'When a won or lost lead was closed.';
COMMENT ON COLUMN lead.lead_report.days_to_close IS 'Days from the creation to closed_at.';
COMMENT ON COLUMN lead.lead_report.close_reason IS 'Reason with which a won or lost lead was closed.';
COMMENT ON COLUMN lead.lead_report.times_reopened IS 'How often the lead came back from REJECTED or UNSUCCESSFUL.';
COMMENT ON COLUMN lead.lead_report.deferred_until IS 'Until when a lead in LATER is parked.';
COMMENT ON COLUMN lead.lead_report.customer_id IS 'Customer of the open conversion.';
COMMENT ON COLUMN lead.lead_report.customer_key IS 'Key of that customer.';
COMMENT ON COLUMN lead.lead_report.customer_name IS 'Name of that customer.';
COMMENT ON COLUMN lead.lead_report.customer_ref IS 'Customer in your own tables, as your conversion target named it.';
COMMENT ON COLUMN lead.lead_report.external_system IS 'System in which the customer lives.';
COMMENT ON COLUMN lead.lead_report.external_id IS 'Id of the customer there.';
COMMENT ON COLUMN lead.lead_report.merged_into IS 'Lead into which this one, a duplicate, is merged; NULL for all others. WHERE merged_into IS NULL leaves duplicates out.';

CREATE FUNCTION lead.funnel(from_day date DEFAULT NULL, to_day date DEFAULT NULL, by text DEFAULT NULL)
	RETURNS TABLE (group_code text, group_name text, leads bigint, open bigint, paused bigint, won bigint,
		unsuccessful bigint, rejected bigint, win_rate numeric, rejection_rate numeric)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	-- Everything but the assignee stands in lead_queue_idx, so that only the index
	-- is read, and by several processes at once. For that each grouping has a query
	-- of its own: the planner leaves out those that are not asked for or, where it
	-- does not know yet, the executor never starts them.
	-- Status and priority come before inserted_at there: all their values are named,
	-- so that of each only the days asked for are read (a year of five: 31 ms for
	-- 75,000 leads of 500,000, not 220 ms for a look at every entry).
	WITH chosen AS NOT MATERIALIZED (
		SELECT l.lead_source, l.lead_type, l.lead_rating, l.priority, l.assigned_to, l.inserted_at, l.status
		FROM (
				SELECT l.id, l.lead_source, l.lead_type, l.lead_rating, l.priority, l.assigned_to, l.inserted_at, l.status
				FROM lead.lead l
				WHERE l.status = ANY (enum_range(NULL::lead.lead_status)) AND l.priority = ANY (enum_range(NULL::lead.lead_priority))
				UNION ALL
				SELECT l.id, l.lead_source, l.lead_type, l.lead_rating, l.priority, l.assigned_to, l.inserted_at, l.status
				FROM lead.lead l
				WHERE l.status = ANY (enum_range(NULL::lead.lead_status)) AND l.priority IS NULL
			) l
		WHERE (funnel.from_day IS NULL OR l.inserted_at >= funnel.from_day::timestamptz)
			AND (funnel.to_day IS NULL OR l.inserted_at < (funnel.to_day + 1)::timestamptz)
			AND NOT EXISTS (SELECT FROM lead.lead_merge m WHERE m.loser_id = l.id)
	), counted AS (
		-- No row, but first, so that an unknown grouping is refused whatever there is.
		SELECT c.value AS group_code, NULL::lead.lead_status AS status, 0::bigint AS leads
		FROM lead.check_argument('by', coalesce(funnel.by, 'source'),
			ARRAY['source', 'type', 'rating', 'priority', 'assigned_to', 'month']) c (value)
		WHERE c.value IS NULL
		UNION ALL
		SELECT s.* FROM (SELECT l.lead_source, l.status, count(*) FROM chosen l GROUP BY 1, 2) s
		WHERE coalesce(funnel.by, 'source') = 'source'
		UNION ALL
		SELECT s.* FROM (SELECT l.lead_type, l.status, count(*) FROM chosen l GROUP BY 1, 2) s
		WHERE funnel.by = 'type'
		UNION ALL
		SELECT s.* FROM (SELECT l.lead_rating, l.status, count(*) FROM chosen l GROUP BY 1, 2) s
		WHERE funnel.by = 'rating'
		UNION ALL
		SELECT s.priority::text, s.status, s.leads
		FROM (SELECT l.priority, l.status, count(*) AS leads FROM chosen l GROUP BY 1, 2) s
		WHERE funnel.by = 'priority'
		UNION ALL
		SELECT s.* FROM (SELECT l.assigned_to, l.status, count(*) FROM chosen l GROUP BY 1, 2) s
		WHERE funnel.by = 'assigned_to'
		UNION ALL
		SELECT to_char(s.month, 'YYYY-MM'), s.status, s.leads
		FROM (SELECT date_trunc('month', l.inserted_at) AS month, l.status, count(*) AS leads FROM chosen l GROUP BY 1, 2) s
		WHERE funnel.by = 'month'
	), grouped AS (
		SELECT c.group_code,
			sum(c.leads)::bigint AS leads,
			coalesce(sum(c.leads) FILTER (WHERE lead.status_class(c.status) = 'open'), 0)::bigint AS open,
			coalesce(sum(c.leads) FILTER (WHERE lead.status_class(c.status) = 'paused'), 0)::bigint AS paused,
			coalesce(sum(c.leads) FILTER (WHERE lead.status_class(c.status) = 'won'), 0)::bigint AS won,
			coalesce(sum(c.leads) FILTER (WHERE c.status = 'UNSUCCESSFUL'), 0)::bigint AS unsuccessful,
			coalesce(sum(c.leads) FILTER (WHERE c.status = 'REJECTED'), 0)::bigint AS rejected
		FROM counted c
		GROUP BY 1
	)
	SELECT g.group_code,
		coalesce(lead.label(n.name, n.localization_data), g.group_code),
		g.leads, g.open, g.paused, g.won, g.unsuccessful, g.rejected,
		round(g.won::numeric / nullif(g.won + g.unsuccessful, 0), 4),
		round(g.rejected::numeric / g.leads, 4)
	FROM grouped g
		LEFT JOIN (
			SELECT 'source' AS by, o.code, o.name, o.localization_data FROM lead.lead_source o
			UNION ALL
			SELECT 'type' AS by, t.code, t.name, t.localization_data FROM lead.lead_type t
			UNION ALL
			SELECT 'rating' AS by, r.code, r.name, r.localization_data FROM lead.lead_rating r
		) n ON n.by = coalesce(funnel.by, 'source') AND n.code = g.group_code
	-- months in their order, all else by size
	ORDER BY CASE WHEN funnel.by = 'month' THEN g.group_code END, g.leads DESC, g.group_code;
END;
-- The first line gives it another name in GraphQL: PostGraphile refuses the whole
-- schema where a function and a view have one.
COMMENT ON FUNCTION lead.funnel(date, date, text) IS
	E'@name funnel_by\n'
	'Leads created from one day to another (both inclusive, NULL is open; in the time zone of the session), grouped by source (default), type, rating, priority, assigned_to or month, and what became of them up to now: each lead counts once, one that is merged into another not at all. Months come in their order, all else by size. win_rate = won / (won + unsuccessful); rejection_rate = rejected / leads. Errors: 22023 unknown grouping.';

CREATE VIEW lead.funnel WITH (security_invoker = true) AS
	SELECT f.group_code AS lead_source, f.group_name AS lead_source_name, f.leads, f.open, f.paused, f.won,
		f.unsuccessful, f.rejected, f.win_rate, f.rejection_rate
	FROM lead.funnel(NULL, NULL, 'source') f;
COMMENT ON VIEW lead.funnel IS
	'The funnel of all leads by source, for tools that cannot call a function: lead.funnel(from_day, to_day, by).';
COMMENT ON COLUMN lead.funnel.lead_source IS 'Code of the source.';
COMMENT ON COLUMN lead.funnel.lead_source_name IS 'Name of the source in the language of lead.language, else its name.';
COMMENT ON COLUMN lead.funnel.leads IS 'Number of leads.';
COMMENT ON COLUMN lead.funnel.open IS 'Of these in NEW, IN_PROGRESS, WORKING or NON_WORKING.';
COMMENT ON COLUMN lead.funnel.paused IS 'Of these in LATER.';
COMMENT ON COLUMN lead.funnel.won IS 'Of these in CONVERTED or CONVERTED_EXTERNAL.';
COMMENT ON COLUMN lead.funnel.unsuccessful IS 'Of these in UNSUCCESSFUL.';
COMMENT ON COLUMN lead.funnel.rejected IS 'Of these in REJECTED.';
COMMENT ON COLUMN lead.funnel.win_rate IS 'won / (won + unsuccessful), 0 to 1; NULL where none is decided.';
COMMENT ON COLUMN lead.funnel.rejection_rate IS 'rejected / leads, 0 to 1.';

CREATE VIEW lead.conversion_rate WITH (security_invoker = true) AS
	SELECT g.created_month,
		g.lead_source,
		lead.label(o.name, o.localization_data) AS lead_source_name,
		g.lead_type,
		lead.label(t.name, t.localization_data) AS lead_type_name,
		g.leads,
		g.won,
		g.unsuccessful,
		g.rejected,
		round(g.won::numeric / g.leads, 4) AS conversion_rate,
		round(g.won::numeric / nullif(g.won + g.unsuccessful, 0), 4) AS win_rate,
		round(g.rejected::numeric / g.leads, 4) AS rejection_rate
	FROM (
			-- First by status, in the index alone (lead_queue_idx), then the sums.
			SELECT c.month::date AS created_month,
				c.lead_source,
				c.lead_type,
				sum(c.leads)::bigint AS leads,
				coalesce(sum(c.leads) FILTER (WHERE lead.status_class(c.status) = 'won'), 0)::bigint AS won,
				coalesce(sum(c.leads) FILTER (WHERE c.status = 'UNSUCCESSFUL'), 0)::bigint AS unsuccessful,
				coalesce(sum(c.leads) FILTER (WHERE c.status = 'REJECTED'), 0)::bigint AS rejected
			FROM (
					SELECT date_trunc('month', l.inserted_at) AS month, l.lead_source, l.lead_type, l.status, count(*) AS leads
					FROM lead.lead l
					WHERE NOT EXISTS (SELECT FROM lead.lead_merge m WHERE m.loser_id = l.id)
					GROUP BY 1, 2, 3, 4
				) c
			GROUP BY 1, 2, 3
		) g
		LEFT JOIN lead.lead_source o ON o.code = g.lead_source
		LEFT JOIN lead.lead_type t ON t.code = g.lead_type;
COMMENT ON VIEW lead.conversion_rate IS
	'Rates by month of creation (time zone of the session), source and type; each lead counts once, in the month in which it was created, one that is merged into another not at all. To group further, sum leads, won, unsuccessful and rejected and divide again: rates do not add up.';
COMMENT ON COLUMN lead.conversion_rate.created_month IS 'First day of the month of the creation.';
COMMENT ON COLUMN lead.conversion_rate.lead_source IS 'Code of the source.';
COMMENT ON COLUMN lead.conversion_rate.lead_source_name IS 'Name of the source in the language of lead.language, else its name.';
COMMENT ON COLUMN lead.conversion_rate.lead_type IS 'Code of the type.';
COMMENT ON COLUMN lead.conversion_rate.lead_type_name IS 'Name of the type in the language of lead.language, else its name.';
COMMENT ON COLUMN lead.conversion_rate.leads IS 'Number of leads.';
COMMENT ON COLUMN lead.conversion_rate.won IS 'Of these in CONVERTED or CONVERTED_EXTERNAL.';
COMMENT ON COLUMN lead.conversion_rate.unsuccessful IS 'Of these in UNSUCCESSFUL.';
COMMENT ON COLUMN lead.conversion_rate.rejected IS 'Of these in REJECTED.';
COMMENT ON COLUMN lead.conversion_rate.conversion_rate IS 'won / leads, 0 to 1.';
COMMENT ON COLUMN lead.conversion_rate.win_rate IS 'won / (won + unsuccessful), 0 to 1; NULL where none is decided.';
COMMENT ON COLUMN lead.conversion_rate.rejection_rate IS 'rejected / leads, 0 to 1.';

-- The past: from the history alone, so a moment of the past and the present
-- agree by construction. Through the leads, so that whoever asks for some of
-- them reads the history of these only.

CREATE FUNCTION lead.status_as_of(moment timestamptz DEFAULT NULL)
	RETURNS TABLE (lead_id uuid, key text, status text, status_code lead.lead_status, status_order int, status_class text,
		since timestamptz, reason text, merged_into uuid)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT l.id,
		l.key,
		h.to_status::text,
		h.to_status,
		lead.status_order(h.to_status),
		lead.status_class(h.to_status),
		-- a postponement does not end the stay
		CASE WHEN h.from_status = h.to_status THEN h.entered_at ELSE h.changed_at END,
		h.reason,
		m.winner_id
	FROM lead.lead l
		CROSS JOIN LATERAL (
			SELECT c.from_status, c.to_status, c.entered_at, c.changed_at, c.reason
			FROM lead.lead_status_change c
			WHERE c.lead_id = l.id AND c.changed_at <= coalesce(status_as_of.moment, 'infinity')
			ORDER BY c.version DESC
			LIMIT 1
		) h
		LEFT JOIN lead.lead_merge m
			ON m.loser_id = l.id AND m.merged_at <= coalesce(status_as_of.moment, 'infinity');
END;
COMMENT ON FUNCTION lead.status_as_of(timestamptz) IS
	'The status of each lead at a moment: one row for each lead that had been created by then; without a moment (or NULL), as it is now. since: when that status had been entered; reason: why; merged_into: the lead into which it had been merged (such a lead is REJECTED; WHERE merged_into IS NULL leaves it out). key, and which leads there are, is of now: a lead that was deleted is gone from its past too, and of a merge that was taken back only the status is told. For counts, lead.status_by_day is cheaper. SELECT status, count(*) FROM lead.status_as_of(''2026-09-30 24:00'') GROUP BY 1;';

CREATE FUNCTION lead.status_by_day(from_day date DEFAULT NULL, to_day date DEFAULT NULL)
	RETURNS TABLE (day date, status text, status_code lead.lead_status, status_order int, status_class text, leads bigint)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	WITH span AS NOT MATERIALIZED (
		SELECT coalesce(status_by_day.from_day, coalesce(status_by_day.to_day, current_date) - 365) AS first_day,
			-- nothing is known of the days to come
			least(coalesce(status_by_day.to_day, current_date), current_date) AS last_day
	), move AS (
		-- What happened before the first day counts on it. The days are
		-- subqueries, so that they become moments once and not for each row.
		SELECT greatest(c.changed_at, (SELECT span.first_day::timestamptz FROM span))::date AS day, c.from_status, c.to_status, count(*) AS leads
		FROM lead.lead_status_change c
		WHERE c.changed_at < (SELECT (span.last_day + 1)::timestamptz FROM span)
		GROUP BY 1, 2, 3
	), flow AS (
		SELECT m.day, m.to_status AS status, m.leads FROM move m
		UNION ALL
		SELECT m.day, m.from_status AS status, -m.leads AS leads FROM move m WHERE m.from_status IS NOT NULL
	), net AS (
		SELECT f.day, f.status, sum(f.leads) AS leads FROM flow f GROUP BY f.day, f.status
	)
	SELECT d.day,
		s.status::text,
		s.status,
		lead.status_order(s.status),
		lead.status_class(s.status),
		coalesce(sum(n.leads) OVER (PARTITION BY s.status ORDER BY d.day), 0)::bigint
	FROM span
		CROSS JOIN LATERAL (
			SELECT span.first_day + g.n AS day FROM generate_series(0, span.last_day - span.first_day) g (n)
		) d
		CROSS JOIN unnest(enum_range(NULL::lead.lead_status)) s (status)
		LEFT JOIN net n ON n.day = d.day AND n.status = s.status
	ORDER BY 1, 4;
END;
COMMENT ON FUNCTION lead.status_by_day(date, date) IS
	E'@name status_by_day_between\n'
	'How many leads were in each status at the end of each day (of today: now), from one day to another, both inclusive, in the time zone of the session: one row for each day and status. to_day: NULL is today, as is every later day; from_day: NULL is 365 days before to_day. The sum over the statuses is the number of leads that had been created by then; one that is merged into another is REJECTED, one that was deleted since is nowhere. Errors: 22008 an infinite day.';

CREATE VIEW lead.status_by_day WITH (security_invoker = true) AS
	SELECT d.day, d.status, d.status_code, d.status_order, d.status_class, d.leads
	FROM lead.status_by_day(NULL, NULL) d;
COMMENT ON VIEW lead.status_by_day IS
	'How many leads were in each status at the end of each of the last 365 days, and are now; for tools that cannot call a function: lead.status_by_day(from_day, to_day). Days are those of the time zone of the session.';
COMMENT ON COLUMN lead.status_by_day.day IS 'The day.';
COMMENT ON COLUMN lead.status_by_day.status IS 'Status, as text.';
COMMENT ON COLUMN lead.status_by_day.status_code IS 'Status, as the enum.';
COMMENT ON COLUMN lead.status_by_day.status_order IS 'Order of the status along the funnel, 1 NEW to 9 REJECTED: sort by this.';
COMMENT ON COLUMN lead.status_by_day.status_class IS 'open, paused (LATER), won (CONVERTED, CONVERTED_EXTERNAL) or lost (UNSUCCESSFUL, REJECTED).';
COMMENT ON COLUMN lead.status_by_day.leads IS 'Leads in it at the end of the day, of today now; those merged into another are REJECTED.';

CREATE FUNCTION lead.stuck_leads(older_than interval DEFAULT NULL)
	RETURNS TABLE (lead_id uuid, key text, party_name text, status text, status_code lead.lead_status, status_order int, status_class text,
		priority text, priority_code lead.lead_priority, assigned_to text, status_since timestamptz, deferred_until timestamptz,
		waiting_since timestamptz, days_waiting int)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT l.id,
		l.key,
		l.party_name,
		l.status::text,
		l.status,
		lead.status_order(l.status),
		lead.status_class(l.status),
		l.priority::text,
		l.priority,
		l.assigned_to,
		l.status_since,
		l.deferred_until,
		greatest(l.status_since, l.deferred_until),
		floor(extract(epoch FROM now() - greatest(l.status_since, l.deferred_until)) / 86400)::int
	FROM lead.lead l
	WHERE l.status IN ('NEW', 'IN_PROGRESS', 'WORKING', 'NON_WORKING', 'LATER')
		AND greatest(l.status_since, l.deferred_until) <= now() - greatest(coalesce(stuck_leads.older_than, '14 days'), '0')
	ORDER BY 13, 1;
END;
COMMENT ON FUNCTION lead.stuck_leads(interval) IS
	E'@name stuck_leads_for\n'
	'Open and paused leads that have had no change of status for older_than (NULL: 14 days; below 0: 0), those that wait longest first; other changes do not count. A lead waits (waiting_since) since it entered its status; in LATER, since the date until which it was parked, so that before this date it is not stuck. days_waiting are whole and of 24 hours.';

CREATE VIEW lead.stuck_leads WITH (security_invoker = true) AS
	SELECT s.lead_id, s.key, s.party_name, s.status, s.status_code, s.status_order, s.status_class, s.priority, s.priority_code,
		s.assigned_to, s.status_since, s.deferred_until, s.waiting_since, s.days_waiting
	FROM lead.stuck_leads(NULL) s;
COMMENT ON VIEW lead.stuck_leads IS
	'Open and paused leads that have had no change of status for 14 days (in LATER: since their date came), for tools that cannot call a function: lead.stuck_leads(older_than).';
COMMENT ON COLUMN lead.stuck_leads.lead_id IS 'The lead.';
COMMENT ON COLUMN lead.stuck_leads.key IS 'Business identifier.';
COMMENT ON COLUMN lead.stuck_leads.party_name IS 'Name of the company or party.';
COMMENT ON COLUMN lead.stuck_leads.status IS 'Status, as text.';
COMMENT ON COLUMN lead.stuck_leads.status_code IS 'Status, as the enum: filter on this one.';
COMMENT ON COLUMN lead.stuck_leads.status_order IS 'Order of the status along the funnel: sort by this.';
COMMENT ON COLUMN lead.stuck_leads.status_class IS 'open or paused (LATER).';
COMMENT ON COLUMN lead.stuck_leads.priority IS 'Priority, as text.';
COMMENT ON COLUMN lead.stuck_leads.priority_code IS 'Priority, as the enum: filter and sort on this one.';
COMMENT ON COLUMN lead.stuck_leads.assigned_to IS 'Who works the lead.';
COMMENT ON COLUMN lead.stuck_leads.status_since IS 'When the status was entered.';
COMMENT ON COLUMN lead.stuck_leads.deferred_until IS 'Until when a lead in LATER was parked.';
COMMENT ON COLUMN lead.stuck_leads.waiting_since IS 'Since when it waits: the later of the two.';
COMMENT ON COLUMN lead.stuck_leads.days_waiting IS 'Whole days (of 24 hours) since then.';

-- What stands in JSON, as rows. What is no list or object, stored while the
-- triggers were off, has none, and does not spoil the report of the others.

CREATE VIEW lead.char_report WITH (security_invoker = true) AS
	SELECT l.id AS lead_id,
		c.name,
		c.value #>> '{}' AS value,
		CASE jsonb_typeof(c.value)
			WHEN 'number' THEN c.value::numeric
			WHEN 'string' THEN
				CASE WHEN c.value #>> '{}' ~ '^-?[0-9]{1,100}([.][0-9]{1,100})?$' THEN (c.value #>> '{}')::numeric END
		END AS number
	FROM lead.lead l
		CROSS JOIN LATERAL jsonb_each(CASE jsonb_typeof(l.chars) WHEN 'object' THEN l.chars END) c (name, value)
	WHERE c.value <> 'null';
COMMENT ON VIEW lead.char_report IS
	'One row for each characteristic that a lead has a value for (JSON null is none), from lead.lead.chars.';
COMMENT ON COLUMN lead.char_report.lead_id IS 'The lead.';
COMMENT ON COLUMN lead.char_report.name IS 'Name of the characteristic, the key in chars.';
COMMENT ON COLUMN lead.char_report.value IS 'Its value as text; of a list or an object, as JSON.';
COMMENT ON COLUMN lead.char_report.number IS 'Its value as a number, where it is one: a JSON number, or a string of digits with sign and decimal point, as imports from CSV bring them; NULL for all else.';

CREATE VIEW lead.contact_report WITH (security_invoker = true) AS
	SELECT l.id AS lead_id,
		k.kind,
		e.ord::int AS ord,
		CASE jsonb_typeof(e.entry) WHEN 'string' THEN e.entry #>> '{}' ELSE e.entry ->> 'value' END AS value,
		e.entry ->> 'type' AS type,
		CASE
			WHEN e.entry -> 'primary' = 'true' THEN 1
			WHEN e.ord = 1 AND NOT k.contacts @> '[{"primary": true}]' THEN 1
			ELSE 0
		END AS is_primary,
		e.entry ->> 'description' AS description,
		e.entry ->> 'service' AS service,
		e.entry ->> 'extension' AS extension
	FROM lead.lead l
		CROSS JOIN LATERAL (VALUES
			('phone', l.phones),
			('email', l.emails),
			('website', l.websites),
			('data box', l.data_boxes),
			('contact instant', l.contact_instants)) k (kind, contacts)
		CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(k.contacts) WHEN 'array' THEN k.contacts END) WITH ORDINALITY e (entry, ord);
COMMENT ON VIEW lead.contact_report IS
	'One row for each contact of a lead, from its five lists.';
COMMENT ON COLUMN lead.contact_report.lead_id IS 'The lead.';
COMMENT ON COLUMN lead.contact_report.kind IS 'phone, email, website, data box or contact instant.';
COMMENT ON COLUMN lead.contact_report.ord IS 'Place in its list, beginning with 1.';
COMMENT ON COLUMN lead.contact_report.value IS 'The number, address or name.';
COMMENT ON COLUMN lead.contact_report.type IS 'Type, in words of your own.';
COMMENT ON COLUMN lead.contact_report.is_primary IS '1 for one entry of each list, the one marked primary, else the first; else 0. It is the one that lead.lead_report shows.';
COMMENT ON COLUMN lead.contact_report.description IS 'Description.';
COMMENT ON COLUMN lead.contact_report.service IS 'Service of a contact instant.';
COMMENT ON COLUMN lead.contact_report.extension IS 'Extension of a phone.';
