-- The leads from :from to :to (psql variables) converted in one transaction: a
-- statement for each table, over a list that holds the new ids. All in one
-- statement with several parts, as in convert.pgbench, took a quarter longer.
BEGIN;
CREATE TEMP TABLE batch ON COMMIT DROP AS
SELECT id AS lead_id, version + 1 AS version, status, status_since, deferred_until,
	bare.uuid_v7() AS customer_id, bare.uuid_v7() AS account_id
FROM bare.lead
WHERE id BETWEEN ('7fffffff-ffff-7fff-8fff-' || :from)::uuid AND ('7fffffff-ffff-7fff-8fff-' || :to)::uuid
ORDER BY id;
ANALYZE batch;
INSERT INTO bare.customer (id, name, description, contact_instants, phones, emails, websites, data_boxes, data_tags, chars, match_keys)
SELECT b.customer_id, l.party_name, l.description, l.contact_instants, l.phones, l.emails, l.websites, l.data_boxes,
	l.data_tags, l.chars, l.match_keys
FROM batch b
	JOIN bare.lead l ON l.id = b.lead_id;
INSERT INTO bare.account (id, name, customer_id)
SELECT b.account_id, l.party_name, b.customer_id
FROM batch b
	JOIN bare.lead l ON l.id = b.lead_id;
WITH persons AS (
	UPDATE bare.person p SET customer_id = b.customer_id
	FROM batch b
	WHERE p.lead_id = b.lead_id AND p.customer_id IS NULL
	RETURNING b.lead_id, p.id
)
INSERT INTO bare.lead_conversion (lead_id, version, kind, from_status, deferred_until, customer_id, account_id, person_ids,
	converted_at, converted_by, made_customer)
SELECT b.lead_id, b.version, 'CONVERTED', b.status, b.deferred_until, b.customer_id, b.account_id,
	coalesce(p.ids, '{}'), now(), current_user, true
FROM batch b
	LEFT JOIN (SELECT lead_id, array_agg(id) AS ids FROM persons GROUP BY lead_id) p USING (lead_id);
INSERT INTO bare.lead_status_change (lead_id, version, from_status, to_status, entered_at, changed_at, changed_by, xid, event_position)
SELECT lead_id, version, status, 'CONVERTED', status_since, now(), current_user, pg_current_xact_id()::text::bigint, txid_current()
FROM batch;
UPDATE bare.lead l
SET status = 'CONVERTED', status_reason = NULL, deferred_until = NULL, version = b.version, status_since = now(),
	edited_by = current_user, edited_at = now()
FROM batch b
WHERE l.id = b.lead_id;
SELECT 'CONVERTED', count(*) FROM batch;
COMMIT;
