-- Every lead taken over: the history while the old status is still there, then
-- the leads.
BEGIN;
INSERT INTO bare.lead_status_change (lead_id, version, from_status, to_status, entered_at, changed_at, changed_by, xid, event_position)
SELECT id, version + 1, status, 'IN_PROGRESS', status_since, now(), current_user, pg_current_xact_id()::text::bigint, txid_current()
FROM bare.lead
WHERE status = 'NEW';
UPDATE bare.lead
SET status = 'IN_PROGRESS', version = version + 1, status_since = now(), edited_by = current_user, edited_at = now()
WHERE status = 'NEW';
COMMIT;
