-- Conversions: the record of each, and the functions that a caller uses.
-- The record is written with the rights of the table's owner by the conversion
-- functions alone; lead, customer, account and person are written as the caller.

CREATE TABLE lead.lead_conversion (
	lead_id uuid REFERENCES lead.lead (id),
	version int,
	kind lead.lead_status NOT NULL,
	from_status lead.lead_status NOT NULL,
	deferred_until timestamptz,
	customer_id uuid REFERENCES lead.customer (id),
	account_id uuid REFERENCES lead.account (id),
	customer_ref text,
	external_system text,
	external_id text,
	person_ids uuid[] NOT NULL DEFAULT '{}',
	reason text,
	converted_at timestamptz NOT NULL,
	converted_by text NOT NULL,
	converted_by_actor text,
	reverted_at timestamptz,
	reverted_by text,
	reverted_by_actor text,
	revert_reason text,
	made_customer boolean,
	PRIMARY KEY (lead_id, version),
	CONSTRAINT lead_conversion_kind_check CHECK (kind IN ('CONVERTED', 'CONVERTED_EXTERNAL')),
	CONSTRAINT lead_conversion_customer_check CHECK (
		CASE kind
			WHEN 'CONVERTED' THEN (customer_id IS NULL) <> (customer_ref IS NULL) AND external_system IS NULL
			ELSE customer_id IS NULL AND customer_ref IS NULL AND external_system IS NOT NULL
		END),
	CONSTRAINT lead_conversion_length_check CHECK (
		length(external_system) <= 200 AND length(external_id) <= 200 AND length(customer_ref) <= 200),
	CONSTRAINT lead_conversion_reverted_check CHECK ((reverted_at IS NULL) = (reverted_by IS NULL))
);
CREATE UNIQUE INDEX lead_conversion_open_key ON lead.lead_conversion (lead_id) WHERE reverted_at IS NULL;
CREATE INDEX lead_conversion_customer_id_idx ON lead.lead_conversion (customer_id);
CREATE INDEX lead_conversion_account_id_idx ON lead.lead_conversion (account_id);
CREATE INDEX lead_conversion_external_idx ON lead.lead_conversion (external_system, external_id);

COMMENT ON TABLE lead.lead_conversion IS
	'Every conversion of a lead; at most one is open (not reverted). Written by the conversion functions alone; it is updated by a reversal and by lead.erase. Several leads may lead to one customer.';
COMMENT ON COLUMN lead.lead_conversion.lead_id IS 'The lead; a lead that was ever converted cannot be deleted.';
COMMENT ON COLUMN lead.lead_conversion.version IS 'Version of the lead that the conversion made, as in lead.lead_status_change.';
COMMENT ON COLUMN lead.lead_conversion.kind IS 'CONVERTED (a customer here, built-in or in your own tables) or CONVERTED_EXTERNAL.';
COMMENT ON COLUMN lead.lead_conversion.from_status IS 'Status that the lead was converted from; a reversal returns to it.';
COMMENT ON COLUMN lead.lead_conversion.deferred_until IS 'Until when the lead was parked, where it was converted from LATER; a reversal gives the date back.';
COMMENT ON COLUMN lead.lead_conversion.customer_id IS 'Customer in lead.customer.';
COMMENT ON COLUMN lead.lead_conversion.account_id IS 'Account in lead.account.';
COMMENT ON COLUMN lead.lead_conversion.customer_ref IS 'Customer in your own tables, as your conversion target returned it.';
COMMENT ON COLUMN lead.lead_conversion.external_system IS 'System in which the customer lives.';
COMMENT ON COLUMN lead.lead_conversion.external_id IS 'Id of the customer there; NULL where unknown.';
COMMENT ON COLUMN lead.lead_conversion.person_ids IS 'Persons to whom the conversion gave the customer; a reversal takes it from them again.';
COMMENT ON COLUMN lead.lead_conversion.reason IS 'Reason given.';
COMMENT ON COLUMN lead.lead_conversion.converted_at IS 'When.';
COMMENT ON COLUMN lead.lead_conversion.converted_by IS 'Login role (or SET ROLE) that converted, or moved the lead in.';
COMMENT ON COLUMN lead.lead_conversion.converted_by_actor IS 'The person behind a pooled login, as lead.actor named it.';
COMMENT ON COLUMN lead.lead_conversion.reverted_at IS 'When it was reverted; NULL is open.';
COMMENT ON COLUMN lead.lead_conversion.reverted_by IS 'Login role (or SET ROLE) that reverted, or moved the lead in.';
COMMENT ON COLUMN lead.lead_conversion.reverted_by_actor IS 'The person behind the reversal, as lead.actor named it.';
COMMENT ON COLUMN lead.lead_conversion.revert_reason IS 'Why it was reverted.';
COMMENT ON COLUMN lead.lead_conversion.made_customer IS 'Whether customer_id was made by a conversion of this lead (true), or was there before (false); NULL where customer_id is.';

-- Bodies in quotes, not parsed ones: a parsed body would hold a value of the
-- row type, and the server would then refuse to add a column to the table.

CREATE FUNCTION lead.convert(
	lead_id uuid, customer_id uuid DEFAULT NULL, customer_ref text DEFAULT NULL,
	reason text DEFAULT NULL, processing_data jsonb DEFAULT NULL) RETURNS lead.lead_conversion
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
AS $$ SELECT lead.do_convert(NULL::lead.lead_conversion, lead_id, customer_id, customer_ref, reason, processing_data) $$;
COMMENT ON FUNCTION lead.convert(uuid, uuid, text, text, jsonb) IS
	'Converts a lead into a customer with an account, or attaches it to customer_id (with a conversion target of your own: to customer_ref), in the caller''s transaction; returns the conversion. Called again it returns the same one. Errors: 22023 bad argument, P0002 no such lead, 23503 no such customer, LD001 not allowed from its status, LD002 condition, LD003 reason required, LD005 converted elsewhere, LD009 a required characteristic is missing, LD010 target unusable, 42501 privilege, 27000 your target or trigger moved the lead meanwhile, 54000 processing_data too large, 55000 a row was suppressed by a trigger or policy of yours; 40001 at the higher isolation levels when another session was first.';

CREATE FUNCTION lead.convert_external(
	lead_id uuid, external_system text DEFAULT NULL, external_id text DEFAULT NULL,
	reason text DEFAULT NULL, processing_data jsonb DEFAULT NULL) RETURNS lead.lead_conversion
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
AS $$ SELECT lead.do_convert_external(NULL::lead.lead_conversion, lead_id, external_system, external_id, reason, processing_data) $$;
COMMENT ON FUNCTION lead.convert_external(uuid, text, text, text, jsonb) IS
	'Records that the lead became a customer in another system, with its id there where known; makes no customer here. Called again with the same system and id (or none) it returns the same conversion. Errors as lead.convert; 22023 external_system is missing.';

CREATE FUNCTION lead.revert_conversion(lead_id uuid, reason text DEFAULT NULL) RETURNS lead.lead
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
AS $$ SELECT lead.do_revert_conversion(NULL::lead.lead, lead_id, reason) $$;
COMMENT ON FUNCTION lead.revert_conversion(uuid, text) IS
	'Takes a conversion back: the lead returns to the status it was converted from, the persons that the conversion pointed to the customer lose it, customer and account stay. A later lead.convert with no customer named attaches to the same one. Errors: 22023, P0002 no such lead, 55000 not converted, LD003 reason required.';
