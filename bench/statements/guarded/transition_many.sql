-- The leads from :from to :to (psql variables) in one call.
SELECT o.outcome, count(*)
FROM lead.transition_many(ARRAY(
	SELECT l.id
	FROM lead.lead l
	WHERE l.id BETWEEN ('7fffffff-ffff-7fff-8fff-' || :from)::uuid AND ('7fffffff-ffff-7fff-8fff-' || :to)::uuid
	ORDER BY l.id), 'WORKING') o
GROUP BY o.outcome
ORDER BY o.outcome;
