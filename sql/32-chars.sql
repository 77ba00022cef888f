-- The chars of stored leads against the specifications of now. A specification
-- that changes leaves stored leads alone, so somebody has to ask.

CREATE FUNCTION lead.check_chars(lead_type text DEFAULT NULL)
	RETURNS TABLE (lead_id uuid, key text, problems text[])
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	-- refuses an unknown type, which would have no leads
	SELECT lead.chars_problems(check_chars.lead_type, '{}') WHERE check_chars.lead_type IS NOT NULL;
	SELECT l.id, l.key, found.problems
	FROM lead.lead l
		CROSS JOIN LATERAL (SELECT lead.chars_problems(l.lead_type, l.chars) AS problems) found
	WHERE (check_chars.lead_type IS NULL OR l.lead_type = check_chars.lead_type)
		AND cardinality(found.problems) > 0
	ORDER BY l.key;
END;
COMMENT ON FUNCTION lead.check_chars(text) IS
	'The leads of a type (NULL: of all) whose chars would be refused if they were written now, and what stands against each attribute: they are older than their specification. Reads every lead of the type. Errors: 23503 no such type.';
