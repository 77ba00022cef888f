-- The leads from :from to :to (psql variables) moved in one transaction: the
-- history while the old status is still there, then the leads. One statement with
-- several parts took no less.
BEGIN;
INSERT INTO bare.lead_status_change (lead_id, version, from_status, to_status, entered_at, changed_at, changed_by, xid, event_position)
SELECT id, version + 1, status, 'WORKING', status_since, now(), current_user, pg_current_xact_id()::text::bigint, txid_current()
FROM bare.lead
WHERE id BETWEEN ('7fffffff-ffff-7fff-8fff-' || :from)::uuid AND ('7fffffff-ffff-7fff-8fff-' || :to)::uuid;
WITH moved AS (
	UPDATE bare.lead
	SET status = 'WORKING', version = version + 1, status_reason = NULL, deferred_until = NULL, status_since = now(),
		edited_by = current_user, edited_at = now()
	WHERE id BETWEEN ('7fffffff-ffff-7fff-8fff-' || :from)::uuid AND ('7fffffff-ffff-7fff-8fff-' || :to)::uuid
	RETURNING id
)
SELECT 'CHANGED', count(*) FROM moved;
COMMIT;
