-- Every lead taken over, in one statement.
UPDATE lead.lead SET status = 'IN_PROGRESS' WHERE status = 'NEW';
