-- Events: the status history as TM Forum events, in an order in which a consumer
-- that keeps the cursor of the last one misses nothing and sees nothing twice.
-- How that order comes about is told in src/epochs.c.
--
-- An event tells what happened then, from the history alone, not what the lead
-- is now; and nothing of a person, so that an erasure need not run after events.

CREATE TABLE lead.event_epoch (
	first_position bigint,
	began_xid bigint,
	system_identifier bigint NOT NULL,
	timeline int NOT NULL,
	began_at timestamptz NOT NULL,
	PRIMARY KEY (first_position, began_xid)
);
COMMENT ON TABLE lead.event_epoch IS
	'The clusters, and their timelines, in which the history was written: positions of events begin anew in each, higher than all before. Written by the guard alone. Several rows with the same first_position are one epoch, which transactions began at the same time.';
COMMENT ON COLUMN lead.event_epoch.first_position IS 'Position of the first transaction id, 0; event_position less this is the newest transaction id when the change was written.';
COMMENT ON COLUMN lead.event_epoch.began_xid IS 'Transaction that wrote the first change (64 bits, as pg_current_xact_id()).';
COMMENT ON COLUMN lead.event_epoch.system_identifier IS 'The cluster, as in pg_control_system().';
COMMENT ON COLUMN lead.event_epoch.timeline IS 'Its timeline: another one after a standby was promoted, or a recovery to a point in time.';
COMMENT ON COLUMN lead.event_epoch.began_at IS 'When.';

CREATE TRIGGER rules_changed BEFORE INSERT OR UPDATE OR DELETE ON lead.event_epoch
	FOR EACH ROW EXECUTE FUNCTION lead.rules_changed('event_epoch');
CREATE TRIGGER rules_truncated BEFORE TRUNCATE ON lead.event_epoch
	FOR EACH STATEMENT EXECUTE FUNCTION lead.rules_changed('event_epoch');
ALTER TABLE lead.event_epoch ENABLE ALWAYS TRIGGER rules_changed;
ALTER TABLE lead.event_epoch ENABLE ALWAYS TRIGGER rules_truncated;

-- As EPOCH_SIZE in src/epochs.h.
CREATE FUNCTION lead.epoch_start(event_position bigint) RETURNS bigint
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN event_position / 281474976710656 * 281474976710656;
COMMENT ON FUNCTION lead.epoch_start(bigint) IS
	'Used by the events: first_position of the epoch in which a position lies.';

-- Where the last epoch is another cluster's, nobody has written here since the
-- restore: all is settled. (Not so at a subscriber of a logical replication, who gets
-- the publisher's rows in the order of their commits: doc/events.md says to read events
-- at the publisher.) Else it is what lies below the oldest transaction that
-- still runs, in the epoch that was in force when this one began: a transaction
-- that was prepared before a standby was promoted may yet be committed. Where none of
-- our epochs had begun then, one that still runs may have begun the first: it is
-- what lies below that. NULL, and so nothing at all, where no epoch is seen.
CREATE FUNCTION lead.event_horizon() RETURNS bigint
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE
			WHEN l.system_identifier <> s.system_identifier THEN 9223372036854775807
			ELSE (
				SELECT coalesce(
					max(e.first_position) FILTER (WHERE e.began_xid <= s.settled_xid) + s.settled_xid,
					min(e.first_position))
				FROM lead.event_epoch e
				WHERE e.system_identifier = s.system_identifier)
		END
	FROM lead.settled_xid() s
		LEFT JOIN (
			SELECT e.system_identifier
			FROM lead.event_epoch e
			ORDER BY e.first_position DESC
			LIMIT 1) l ON true;
END;
COMMENT ON FUNCTION lead.event_horizon() IS
	'Position below which no event can appear any more: lead.events returns what lies below. A transaction that stays open in any database of the cluster, and has written anything, holds it back.';

CREATE FUNCTION lead.events(after text DEFAULT NULL, max_events int DEFAULT NULL)
	RETURNS TABLE (cursor text, event_type text, lead_id uuid, version int, from_status text, to_status text,
		occurred_at timestamptz, event jsonb)
	LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000
BEGIN ATOMIC
	WITH asked AS MATERIALIZED (
		SELECT r.event_position, r.lead_id, r.version, lead.epoch_start(r.event_position) AS first_position,
			r.system_identifier, r.timeline, r.max_events_asked
		FROM lead.event_request(events.after, events.max_events) r
	), beginning AS MATERIALIZED (
		-- of another cluster's epoch that goes by the same number: nothing of ours is known there
		SELECT CASE WHEN e.is_ours THEN a.event_position ELSE a.first_position END AS event_position,
			CASE WHEN e.is_ours THEN a.lead_id ELSE '00000000-0000-0000-0000-000000000000' END AS lead_id,
			CASE WHEN e.is_ours THEN a.version ELSE 0 END AS version,
			a.max_events_asked
		FROM asked a
			CROSS JOIN LATERAL (
				SELECT lead.check_cursor(a.event_position, a.system_identifier, a.timeline,
					bool_or(e.first_position = a.first_position),
					bool_or(e.first_position = a.first_position AND e.system_identifier = a.system_identifier AND e.timeline = a.timeline)) AS is_ours
				FROM lead.event_epoch e) e
	), page AS (
		SELECT h.event_position, h.lead_id, h.version, h.from_status, h.to_status, h.changed_at,
			CASE
				WHEN h.from_status IS NULL THEN 'SalesLeadCreateEvent'
				WHEN h.from_status = h.to_status THEN 'SalesLeadAttributeValueChangeEvent'
				ELSE 'SalesLeadStateChangeEvent'
			END AS event_type,
			to_char(h.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS event_time,
			to_char(CASE WHEN h.from_status = h.to_status THEN h.entered_at ELSE h.changed_at END AT TIME ZONE 'UTC',
				'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS status_time,
			lead.tmf_href('salesLead', h.lead_id::text) AS href
		FROM lead.lead_status_change h
		WHERE (h.event_position, h.lead_id, h.version) > (
				(SELECT b.event_position FROM beginning b), (SELECT b.lead_id FROM beginning b), (SELECT b.version FROM beginning b))
			AND h.event_position < (SELECT lead.event_horizon())
		ORDER BY h.event_position, h.lead_id, h.version
		-- (read from the table that checks the cursor, also where there is no history)
		LIMIT (SELECT b.max_events_asked FROM beginning b)
	)
	SELECT p.cursor, p.event_type, p.lead_id, p.version, p.from_status::text, p.to_status::text, p.changed_at,
		-- keys and words of ours alone, so nothing of the user's is stripped
		jsonb_strip_nulls(jsonb_build_object(
			'eventId', p.cursor,
			'eventType', p.event_type,
			'eventTime', p.event_time,
			'timeOcurred', p.event_time,
			'correlationId', p.lead_id,
			'id', CASE WHEN p.event_type <> 'SalesLeadAttributeValueChangeEvent' THEN p.lead_id END,
			'href', CASE WHEN p.event_type <> 'SalesLeadAttributeValueChangeEvent' THEN p.href END,
			'fieldPath', CASE WHEN p.event_type = 'SalesLeadAttributeValueChangeEvent' THEN 'deferredUntil' END,
			'event', jsonb_build_object('salesLead', jsonb_build_object(
				'@type', 'TsmSalesLead',
				'@baseType', 'SalesLead',
				'id', p.lead_id,
				'href', p.href,
				'status', lead.tmf_lead_state(p.to_status::text),
				'statusChangeDate', p.status_time,
				'leadStatus', p.to_status,
				'leadStatusBefore', p.from_status,
				'leadVersion', p.version,
				'relatedParty', c.related_party,
				'externalReference', c.external_reference)))) AS event
	FROM (
			SELECT p.*, lead.event_cursor(p.event_position, p.lead_id, p.version,
				coalesce(e.system_identifier, 0), coalesce(e.timeline, 0)) AS cursor
			FROM page p
				LEFT JOIN LATERAL (
					SELECT e.system_identifier, e.timeline
					FROM lead.event_epoch e
					WHERE e.first_position = lead.epoch_start(p.event_position)
					LIMIT 1) e ON true
		) p
		LEFT JOIN LATERAL (
			SELECT CASE WHEN c.kind = 'CONVERTED' THEN jsonb_build_array(jsonb_build_object(
					'id', coalesce(c.customer_id::text, c.customer_ref), 'role', 'Customer', '@referredType', 'Customer')) END AS related_party,
				CASE WHEN c.kind = 'CONVERTED_EXTERNAL' THEN jsonb_build_array(jsonb_build_object(
					'externalReferenceType', c.external_system, 'name', c.external_id)) END AS external_reference
			FROM lead.lead_conversion c
			WHERE p.to_status IN ('CONVERTED', 'CONVERTED_EXTERNAL') AND c.lead_id = p.lead_id AND c.version = p.version
			OFFSET 0) c ON true
	ORDER BY p.event_position, p.lead_id, p.version;
END;
COMMENT ON FUNCTION lead.events(text, int) IS
	'What happened to leads, after the cursor of an event (NULL: from the first on): one event for each row of lead.lead_status_change, at most max_events (default 1000, at most 10000). In commit-safe order: who goes on from the cursor of the last event that he has handled misses nothing and sees nothing twice, whatever order writers commit in, and after a restore into another cluster. The events of a lead come in the order of their versions. event is a TM Forum v4 event (SalesLeadCreateEvent, SalesLeadStateChangeEvent; a postponement is a SalesLeadAttributeValueChangeEvent) with the exact statuses in leadStatus and leadStatusBefore, a customer''s id, and no names, contacts or reasons. Shows what the caller may see of the history. SELECT * FROM lead.events(after => ''...''); Errors: 22023 bad argument, or a cursor of an event that is not known here, as after a backup was put back.';

CREATE FUNCTION lead.newest_event() RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN (
		SELECT lead.event_cursor(h.event_position, h.lead_id, h.version, coalesce(e.system_identifier, 0), coalesce(e.timeline, 0))
		FROM (
				SELECT h.event_position, h.lead_id, h.version
				FROM lead.lead_status_change h
				WHERE h.event_position < (SELECT lead.event_horizon())
				ORDER BY h.event_position DESC, h.lead_id DESC, h.version DESC
				LIMIT 1
			) h
			LEFT JOIN lead.event_epoch e ON e.first_position = lead.epoch_start(h.event_position)
		LIMIT 1);
COMMENT ON FUNCTION lead.newest_event() IS
	'Cursor of the last event that lead.events would return now, for a consumer that is to begin with what comes next; NULL where there is none.';
