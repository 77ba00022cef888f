-- What was claimed is free again.
UPDATE lead.lead SET status = 'LATER', deferred_until = now() + interval '1 day' WHERE assigned_to = 'agent';
UPDATE lead.lead SET status = 'NEW', assigned_to = NULL WHERE assigned_to = 'agent';
