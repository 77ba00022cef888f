-- The lead itself. First the seed's attributes in the seed's order, then ours.
--
-- The guard (src/guard.c) fills and judges every row, and what a trigger after it
-- made of the row. So no CHECK says the same once more: the server parses, plans
-- and compiles each of them anew for every statement, and the ten that said it
-- took 220 of the 867 thousand instructions of an UPDATE of one lead (and as many
-- of an INSERT). The one that is left takes 6 to 8, and is for what must not be
-- stored even where the owner has disabled the triggers. Nothing else judges a row
-- then.

CREATE SEQUENCE lead.key_seq;
COMMENT ON SEQUENCE lead.key_seq IS
	'Numbers the keys that are made for leads, persons, customers and accounts. Gaps are normal; it is never reset.';

CREATE TABLE lead.lead (
	id uuid PRIMARY KEY DEFAULT lead.uuid_v7(),
	key text NOT NULL UNIQUE DEFAULT '',
	status lead.lead_status NOT NULL DEFAULT 'NEW',
	party_name text NOT NULL,
	lead_rating text NOT NULL REFERENCES lead.lead_rating (code) ON UPDATE CASCADE,
	description text,
	priority lead.lead_priority,
	lead_source text NOT NULL REFERENCES lead.lead_source (code) ON UPDATE CASCADE,
	contact_instants jsonb NOT NULL DEFAULT '[]',
	phones jsonb NOT NULL DEFAULT '[]',
	emails jsonb NOT NULL DEFAULT '[]',
	websites jsonb NOT NULL DEFAULT '[]',
	data_boxes jsonb NOT NULL DEFAULT '[]',
	data_tags text[] NOT NULL DEFAULT '{}',
	processing_data jsonb,
	chars jsonb NOT NULL DEFAULT '{}',
	lead_type text NOT NULL REFERENCES lead.lead_type (code) ON UPDATE CASCADE,
	status_since timestamptz NOT NULL DEFAULT now(),
	status_reason text,
	deferred_until timestamptz,
	assigned_to text,
	match_keys text[],
	version int NOT NULL DEFAULT 1,
	inserted_by text NOT NULL DEFAULT current_user,
	inserted_by_actor text,
	inserted_at timestamptz NOT NULL DEFAULT now(),
	edited_by text NOT NULL DEFAULT current_user,
	edited_by_actor text,
	edited_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT lead_processing_data_check CHECK (processing_data IS NULL)
);

CREATE INDEX lead_lead_type_idx ON lead.lead (lead_type);
CREATE INDEX lead_lead_rating_idx ON lead.lead (lead_rating);
CREATE INDEX lead_lead_source_idx ON lead.lead (lead_source);
-- Without a list of pending entries, which every search would have to read.
CREATE INDEX lead_match_keys_idx ON lead.lead USING gin (match_keys) WITH (fastupdate = off);
-- The one index that names status (each costs the HOT updates of a status
-- change): claim takes its leads from here in order, and the funnel is counted
-- from it alone, for which it includes the codes.
CREATE INDEX lead_queue_idx ON lead.lead (status, priority, inserted_at, id)
	INCLUDE (lead_source, lead_type, lead_rating);
CREATE INDEX lead_deferred_until_idx ON lead.lead (deferred_until) WHERE deferred_until IS NOT NULL;

COMMENT ON TABLE lead.lead IS
	'A lead: a commercial opportunity before there is a customer. Write it with plain SQL; the guard trigger judges every change, whoever makes it.';
COMMENT ON COLUMN lead.lead.id IS 'Technical primary key; made when missing, never changes.';
COMMENT ON COLUMN lead.lead.key IS 'Business identifier, unique; made when missing (LEAD-000042, or as the lead type''s mnemonic_code says). At most 200 characters.';
COMMENT ON COLUMN lead.lead.status IS 'Lifecycle status. What may follow: SELECT * FROM lead.allowed_transitions(id).';
COMMENT ON COLUMN lead.lead.party_name IS 'Name of the company or party, not blank, at most 1,000 characters.';
COMMENT ON COLUMN lead.lead.lead_rating IS 'Code of the rating in lead.lead_rating.';
COMMENT ON COLUMN lead.lead.description IS 'Description.';
COMMENT ON COLUMN lead.lead.priority IS 'Priority; NULL is not set.';
COMMENT ON COLUMN lead.lead.lead_source IS 'Code of the source in lead.lead_source.';
COMMENT ON COLUMN lead.lead.contact_instants IS 'Generic contact identifiers, such as accounts of chat services: array of {"value": ..., "service": ...}.';
COMMENT ON COLUMN lead.lead.phones IS 'Phone contacts: array of {"value": ..., "type": ..., "primary": true, "description": ..., "extension": ...}; a bare string is short for {"value": ...}. Values become E.164 (+420603123456).';
COMMENT ON COLUMN lead.lead.emails IS 'E-mail contacts: array, as phones. The domain is checked and folded.';
COMMENT ON COLUMN lead.lead.websites IS 'Website contacts: array, as phones. A bare host gets https://.';
COMMENT ON COLUMN lead.lead.data_boxes IS 'Data-box contacts (Czech ISDS): array, as phones. Seven characters, the last a check.';
COMMENT ON COLUMN lead.lead.data_tags IS 'Labels: trimmed, no blanks, no repeats.';
COMMENT ON COLUMN lead.lead.processing_data IS 'Transient context of a write: accepted, never stored, always NULL here; lead.processing_data(id) gives it to triggers of the same transaction.';
COMMENT ON COLUMN lead.lead.chars IS 'Dynamic characteristics, a JSON object: expected revenue, region, technology and the like. The specification of the lead type (lead.lead_type.entity_spec_id) says what it must and may hold, and fills in defaults.';
COMMENT ON COLUMN lead.lead.lead_type IS 'Code of the type in lead.lead_type.';
COMMENT ON COLUMN lead.lead.status_since IS 'When the present status was entered; set by the guard.';
COMMENT ON COLUMN lead.lead.status_reason IS 'Why the present status was entered; given together with the status.';
COMMENT ON COLUMN lead.lead.deferred_until IS 'Until when a lead in LATER is parked; NULL in every other status.';
COMMENT ON COLUMN lead.lead.assigned_to IS 'Who works the lead, as the application names people; at most 200 characters.';
COMMENT ON COLUMN lead.lead.match_keys IS 'Normalised contact and name keys for finding duplicates; set by the guard. p: phone, e: email, b: data box, d: web domain, n: name.';
COMMENT ON COLUMN lead.lead.version IS 'Starts at 1 and grows by one with every UPDATE; UPDATE ... WHERE version = ? is an optimistic lock. Set by the guard.';
COMMENT ON COLUMN lead.lead.inserted_by IS 'Login role (or SET ROLE) that created the lead; set by the guard.';
COMMENT ON COLUMN lead.lead.inserted_by_actor IS 'The person behind a pooled login, as lead.actor named it; set by the guard.';
COMMENT ON COLUMN lead.lead.inserted_at IS 'When the lead was created; set by the guard.';
COMMENT ON COLUMN lead.lead.edited_by IS 'Login role (or SET ROLE) of the last change; set by the guard.';
COMMENT ON COLUMN lead.lead.edited_by_actor IS 'The person behind the last change, as lead.actor named it; set by the guard.';
COMMENT ON COLUMN lead.lead.edited_at IS 'When the lead was last changed; set by the guard.';

-- The names matter: triggers fire in the order of their names. BEFORE: after
-- the user's own, so that what they set is judged. AFTER: before RI_*, so that
-- an unknown code gets our message, and the history before the event bindings.
CREATE TRIGGER zz_lead_guard BEFORE INSERT OR UPDATE OR DELETE ON lead.lead
	FOR EACH ROW EXECUTE FUNCTION lead.guard();
CREATE TRIGGER "LEAD_guard" AFTER INSERT OR UPDATE ON lead.lead
	FOR EACH ROW EXECUTE FUNCTION lead.guard();
CREATE TRIGGER "LEAD_guard_events" AFTER INSERT OR UPDATE OR DELETE ON lead.lead
	FOR EACH ROW WHEN (lead.has_event_bindings()) EXECUTE FUNCTION lead.call_event_bindings();
