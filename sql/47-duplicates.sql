-- What happens to a certain duplicate. Finding them: lead.find_duplicates,
-- lead.find_matches and lead.duplicate_groups, C functions of the extension.

CREATE TABLE lead.duplicate_policy (
	id uuid PRIMARY KEY DEFAULT lead.uuid_v7(),
	lead_type text REFERENCES lead.lead_type (code) ON UPDATE CASCADE ON DELETE CASCADE,
	on_create text NOT NULL DEFAULT 'ignore',
	on_convert text NOT NULL DEFAULT 'warn',
	description text,
	CONSTRAINT duplicate_policy_lead_type_key UNIQUE NULLS NOT DISTINCT (lead_type),
	CONSTRAINT duplicate_policy_on_create_check CHECK (on_create IN ('ignore', 'warn', 'refuse')),
	CONSTRAINT duplicate_policy_on_convert_check CHECK (on_convert IN ('ignore', 'warn', 'refuse'))
);
COMMENT ON TABLE lead.duplicate_policy IS
	'What happens to a certain duplicate (the same phone, email or data box), by lead type. Without a row: a new lead is stored as if nothing were, a conversion that would make a second customer warns.';
COMMENT ON COLUMN lead.duplicate_policy.id IS 'Primary key; made when missing.';
COMMENT ON COLUMN lead.duplicate_policy.lead_type IS 'Lead type it serves; NULL serves all that have none of their own.';
COMMENT ON COLUMN lead.duplicate_policy.on_create IS 'A new lead that duplicates an open lead: ignore, warn (SQLSTATE LD011) or refuse (LD011; free of races).';
COMMENT ON COLUMN lead.duplicate_policy.on_convert IS 'A conversion with no customer named that would duplicate a customer: ignore, warn or refuse. Conversion targets of your own are not concerned.';
COMMENT ON COLUMN lead.duplicate_policy.description IS 'Description.';

CREATE TRIGGER zz_check_row BEFORE INSERT OR UPDATE ON lead.duplicate_policy
	FOR EACH ROW EXECUTE FUNCTION lead.check_row();
CREATE TRIGGER rules_changed BEFORE INSERT OR UPDATE OR DELETE ON lead.duplicate_policy
	FOR EACH ROW EXECUTE FUNCTION lead.rules_changed('duplicate_policy');
CREATE TRIGGER rules_truncated BEFORE TRUNCATE ON lead.duplicate_policy
	FOR EACH STATEMENT EXECUTE FUNCTION lead.rules_changed('duplicate_policy');
ALTER TABLE lead.duplicate_policy ENABLE ALWAYS TRIGGER rules_changed;
ALTER TABLE lead.duplicate_policy ENABLE ALWAYS TRIGGER rules_truncated;
