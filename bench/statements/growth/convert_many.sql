-- So many leads (psql variable "count"), spread over the table; taken back. Twice:
-- the first time the session meets all their pages and makes its plans. Prints how
-- many were converted.
CREATE TEMP TABLE chosen AS
SELECT id FROM lead.lead WHERE status <> 'CONVERTED' ORDER BY uuid_hash(id) LIMIT :count;
PREPARE convert_chosen AS
SELECT count(*) FILTER (WHERE o.outcome = 'CONVERTED')
FROM lead.convert_many(ARRAY(SELECT id FROM chosen ORDER BY id)) o;
BEGIN;
EXECUTE convert_chosen \g /dev/null
ROLLBACK;
BEGIN;
\timing on
EXECUTE convert_chosen;
\timing off
ROLLBACK;
