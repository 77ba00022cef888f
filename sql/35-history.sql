-- The status history: written by the guard alone, with the rights of the
-- table's owner, so that nobody else needs or has INSERT.

CREATE TABLE lead.lead_status_change (
	lead_id uuid REFERENCES lead.lead (id) ON DELETE CASCADE,
	version int,
	from_status lead.lead_status,
	to_status lead.lead_status NOT NULL,
	reason text,
	entered_at timestamptz,
	changed_at timestamptz NOT NULL,
	changed_by text NOT NULL,
	actor text,
	xid bigint NOT NULL,
	PRIMARY KEY (lead_id, version)
);
COMMENT ON TABLE lead.lead_status_change IS
	'Every status that a lead has entered, from its creation (version 1, from_status NULL) on; a row from LATER to LATER is a postponement. Written by the guard alone; lead.erase empties reason and actor. Order by version.';
COMMENT ON COLUMN lead.lead_status_change.lead_id IS 'The lead.';
COMMENT ON COLUMN lead.lead_status_change.version IS 'Version of the lead that this change made.';
COMMENT ON COLUMN lead.lead_status_change.from_status IS 'Status before; NULL at creation.';
COMMENT ON COLUMN lead.lead_status_change.to_status IS 'Status entered.';
COMMENT ON COLUMN lead.lead_status_change.reason IS 'Why, as given with the change.';
COMMENT ON COLUMN lead.lead_status_change.entered_at IS 'Since when from_status had held; NULL at creation.';
COMMENT ON COLUMN lead.lead_status_change.changed_at IS 'When, by the clock after the row was locked; strictly increasing for a lead. Of a lead that was moved in from another system, up to then as that system told it.';
COMMENT ON COLUMN lead.lead_status_change.changed_by IS 'Login role (or SET ROLE) that made the change, or moved the lead in.';
COMMENT ON COLUMN lead.lead_status_change.actor IS 'The person behind a pooled login, as lead.actor named it, or as the system that the lead was moved in from did.';
COMMENT ON COLUMN lead.lead_status_change.xid IS 'Transaction that made the change (64 bits, as pg_current_xact_id()); means something in this cluster only.';
