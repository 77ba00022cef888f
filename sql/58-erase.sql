-- Erasures: the certificate of each, and the function that a caller uses.
-- The certificate is written with the rights of the table's owner by lead.erase
-- alone.

CREATE TABLE lead.lead_erasure (
	lead_id uuid REFERENCES lead.lead (id),
	version int,
	reason text NOT NULL,
	erased_at timestamptz NOT NULL,
	erased_by text NOT NULL,
	erased_by_actor text,
	history_rows int NOT NULL,
	conversions int NOT NULL,
	merges int NOT NULL,
	persons int NOT NULL,
	persons_kept int NOT NULL,
	customer_id uuid REFERENCES lead.customer (id),
	accounts int NOT NULL,
	kept text[] NOT NULL,
	PRIMARY KEY (lead_id, version)
);
CREATE INDEX lead_erasure_customer_id_idx ON lead.lead_erasure (customer_id);

COMMENT ON TABLE lead.lead_erasure IS
	'Certificates: when and why the personal data of a lead was overwritten, by whom, and what it was, as numbers. Written by lead.erase alone. A lead erased again has one more.';
COMMENT ON COLUMN lead.lead_erasure.lead_id IS 'The lead; one that was ever erased cannot be deleted.';
COMMENT ON COLUMN lead.lead_erasure.version IS 'Version of the lead that the erasure made; a lead of a higher version has been written since.';
COMMENT ON COLUMN lead.lead_erasure.reason IS 'Why, as given; it stays, so it should name nobody.';
COMMENT ON COLUMN lead.lead_erasure.erased_at IS 'When.';
COMMENT ON COLUMN lead.lead_erasure.erased_by IS 'Login role (or SET ROLE) that erased.';
COMMENT ON COLUMN lead.lead_erasure.erased_by_actor IS 'The person behind a pooled login, as lead.actor named it.';
COMMENT ON COLUMN lead.lead_erasure.history_rows IS 'Rows of lead.lead_status_change whose reason and actor were emptied.';
COMMENT ON COLUMN lead.lead_erasure.conversions IS 'Rows of lead.lead_conversion whose reasons, actors and references were emptied.';
COMMENT ON COLUMN lead.lead_erasure.merges IS 'Rows of lead.lead_merge, of leads merged into this one, whose snapshots and actor were emptied; each such lead has a certificate of its own.';
COMMENT ON COLUMN lead.lead_erasure.persons IS 'Persons overwritten: those of the lead, or of the customer it made, alone.';
COMMENT ON COLUMN lead.lead_erasure.persons_kept IS 'Persons left as they are, since they also belong to a customer or lead that stays.';
COMMENT ON COLUMN lead.lead_erasure.customer_id IS 'The customer overwritten, which this lead alone had made; NULL where there is none.';
COMMENT ON COLUMN lead.lead_erasure.accounts IS 'Accounts of that customer overwritten.';
COMMENT ON COLUMN lead.lead_erasure.kept IS 'Your own columns in the rows overwritten that take no NULL and so were left, as table.column.';

-- A body in quotes, as those of the conversion functions.
CREATE FUNCTION lead.erase(lead_id uuid, reason text DEFAULT NULL) RETURNS lead.lead_erasure
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
AS $$ SELECT lead.do_erase(NULL::lead.lead_erasure, lead_id, reason) $$;
COMMENT ON FUNCTION lead.erase(uuid, text) IS
	'Overwrites the personal data of a lead, for good: names, contacts, chars, tags, description, reasons, actors, key, its persons, the customer it alone made, and the leads merged into it; codes, statuses and times stay. Administrators only. Returns the certificate. Errors: 22023 lead_id is NULL, 42501 no administrator, LD003 reason required, P0002 no such lead, 55000 it is merged into another lead, or a row was suppressed by a trigger or policy of yours; 40001 at the higher isolation levels when another session was first.';
