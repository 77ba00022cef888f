-- Nobody but the owner may do anything until lead.grant_access (src/access.c)
-- says so: PUBLIC has no USAGE on the schema. Reading functions are left to
-- PUBLIC, for they read as the caller; those that change data are not.

REVOKE EXECUTE ON FUNCTION
	lead.add_starter_registers(),
	lead.transition(uuid, lead.lead_status, text, timestamptz, jsonb),
	lead.claim(text, int, text, text),
	lead.wake_due(int),
	lead.convert(uuid, uuid, text, text, jsonb),
	lead.convert_external(uuid, text, text, text, jsonb),
	lead.revert_conversion(uuid, text),
	lead.merge(uuid, uuid[]),
	lead.unmerge(uuid),
	lead.erase(uuid, text),
	lead.create_lead(jsonb),
	lead.replace_lead(text, jsonb),
	lead.patch_lead(text, jsonb)
	FROM PUBLIC;
