-- PostGraphile passes over functions that belong to an extension, so those in C:
-- functions of your own stand in front of them, here as a field of Lead.
CREATE SCHEMA lead_api;
GRANT USAGE ON SCHEMA lead_api TO app;
CREATE FUNCTION lead_api.lead_moves(lead lead.lead)
	RETURNS TABLE (to_status lead.lead_status, allowed boolean, needs_reason boolean, needs_until boolean, via text, refusals text[], hint text)
	LANGUAGE sql STABLE
AS $$ SELECT * FROM lead.allowed_transitions(lead_moves.lead.id) $$;
