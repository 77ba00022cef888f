-- Writing leads as JSON documents, in the form of lead.as_json. Bodies in
-- quotes, as those of the conversion.

CREATE FUNCTION lead.create_lead(document jsonb) RETURNS lead.lead
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
AS $$ SELECT lead.do_create_lead(NULL::lead.lead, document) $$;
COMMENT ON FUNCTION lead.create_lead(jsonb) IS
	E'@name create_lead_from_document\n'
	'Creates a lead from a JSON object with the tSM names (as lead.as_json shows them) or those of the columns, and returns it: SELECT lead.as_json(l) FROM lead.create_lead(''{"partyName": "Acme Ltd", "leadType": "B2B", "leadRating": "HOT", "leadSource": "WEB"}'') l. Null is as left out; statusSince and auditInfo are ignored; processingData is taken. Errors: 22023 no object, an unknown attribute or one of another kind, LD012 auditInfo.version is given, and all of an INSERT (22P02 and 22007 a value not understood, 23502, 23503, 23505, LD001 to LD009, LD011, 42501).';

CREATE FUNCTION lead.replace_lead(id_or_key text, document jsonb DEFAULT NULL) RETURNS lead.lead
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
AS $$ SELECT lead.do_replace_lead(NULL::lead.lead, id_or_key, document) $$;
COMMENT ON FUNCTION lead.replace_lead(text, jsonb) IS
	'Gives the lead of this id, or else this key, what the JSON object says, and returns it. What is left out or null becomes empty, but id, key and status (with statusReason and deferredUntil) stay; another key is a new key. Another status is a transition. auditInfo.version, if given, must be the present one (LD012). Where nothing changes nothing is written: lead.as_json, sent back, leaves version and edited_at as they were; only a document with processingData is always written. Errors: 22023 bad argument, an unknown attribute, or one of another kind or lead, P0002 no such lead, LD012 changed meanwhile, and all of an UPDATE (22P02 and 22007 a value not understood, 23502 a required attribute is missing, 23503, 23505, LD001 to LD009, 42501).';

CREATE FUNCTION lead.patch_lead(id_or_key text, document jsonb DEFAULT NULL) RETURNS lead.lead
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
AS $$ SELECT lead.do_patch_lead(NULL::lead.lead, id_or_key, document) $$;
COMMENT ON FUNCTION lead.patch_lead(text, jsonb) IS
	'Changes the lead of this id, or else this key, as a JSON merge patch (RFC 7396) says, and returns it: what is left out stays, null empties, lists are replaced, chars are merged member by member and a null removes one. SELECT * FROM lead.patch_lead(''LEAD-000001'', ''{"priority": "HIGH", "chars": {"seats": 40, "region": null}}''). All else, errors too, as lead.replace_lead.';
