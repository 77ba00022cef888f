-- The same leads from a file on the server (psql variable "file_with_keys").
BEGIN;
COPY bare.lead (party_name, lead_rating, description, priority, lead_source, phones, emails, data_tags, chars, lead_type, match_keys)
FROM :'file_with_keys';
INSERT INTO bare.lead_status_change (lead_id, version, to_status, changed_at, changed_by, xid, event_position)
SELECT id, version, status, status_since, inserted_by, pg_current_xact_id()::text::bigint, txid_current()
FROM bare.lead;
COMMIT;
