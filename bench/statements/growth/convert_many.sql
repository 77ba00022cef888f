-- So many leads (psql variable "count"), spread over the table; taken back. Prints
-- how many were converted.
CREATE TEMP TABLE chosen AS
SELECT id FROM lead.lead WHERE status <> 'CONVERTED' ORDER BY uuid_hash(id) LIMIT :count;
BEGIN;
\timing on
SELECT count(*) FILTER (WHERE o.outcome = 'CONVERTED')
FROM lead.convert_many(ARRAY(SELECT id FROM chosen ORDER BY id)) o;
\timing off
ROLLBACK;
