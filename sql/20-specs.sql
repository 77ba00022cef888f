-- What the chars of a lead may hold: a specification (a lead type names one)
-- and its characteristics.

CREATE TABLE lead.entity_spec (
	id uuid PRIMARY KEY DEFAULT lead.uuid_v7(),
	code text NOT NULL UNIQUE,
	name text NOT NULL,
	description text,
	closed boolean NOT NULL DEFAULT false,
	CONSTRAINT entity_spec_code_check CHECK (code ~ '\S' AND length(code) <= 200)
);
COMMENT ON TABLE lead.entity_spec IS
	'Specification of the chars of leads: a named set of characteristics; lead_type.entity_spec_id chooses one for a type.';
COMMENT ON COLUMN lead.entity_spec.id IS 'Primary key; made when missing.';
COMMENT ON COLUMN lead.entity_spec.code IS 'Technical code.';
COMMENT ON COLUMN lead.entity_spec.name IS 'Display name.';
COMMENT ON COLUMN lead.entity_spec.description IS 'Description.';
COMMENT ON COLUMN lead.entity_spec.closed IS 'Whether chars may hold the listed characteristics only. Not enforced in this version.';

CREATE TABLE lead.characteristic (
	entity_spec_id uuid REFERENCES lead.entity_spec (id) ON DELETE CASCADE,
	name text,
	required boolean NOT NULL DEFAULT false,
	default_value jsonb,
	condition jsonpath,
	message text,
	description text,
	PRIMARY KEY (entity_spec_id, name),
	CONSTRAINT characteristic_name_check CHECK (name ~ '\S' AND length(name) <= 200)
);
COMMENT ON TABLE lead.characteristic IS
	'One attribute that the chars of a lead may or must hold under a specification. A conversion is refused (LD009) while a required one is missing.';
COMMENT ON COLUMN lead.characteristic.entity_spec_id IS 'The specification it belongs to.';
COMMENT ON COLUMN lead.characteristic.name IS 'Name of the attribute, the key in chars.';
COMMENT ON COLUMN lead.characteristic.required IS 'Whether a lead must have a value (not null) to be converted.';
COMMENT ON COLUMN lead.characteristic.default_value IS 'Value for a lead that brings none. Not filled in in this version.';
COMMENT ON COLUMN lead.characteristic.condition IS 'Predicate over the value, such as $ > 0; it holds only if it yields exactly true. Not asked in this version.';
COMMENT ON COLUMN lead.characteristic.message IS 'What to tell the user when the condition does not hold.';
COMMENT ON COLUMN lead.characteristic.description IS 'Description.';

CREATE TRIGGER zz_check_row BEFORE INSERT OR UPDATE ON lead.entity_spec
	FOR EACH ROW EXECUTE FUNCTION lead.check_row();
CREATE TRIGGER zz_check_row BEFORE INSERT OR UPDATE ON lead.characteristic
	FOR EACH ROW EXECUTE FUNCTION lead.check_row();
CREATE TRIGGER rules_changed BEFORE INSERT OR UPDATE OR DELETE ON lead.characteristic
	FOR EACH ROW EXECUTE FUNCTION lead.rules_changed('characteristic');
CREATE TRIGGER rules_truncated BEFORE TRUNCATE ON lead.characteristic
	FOR EACH STATEMENT EXECUTE FUNCTION lead.rules_changed('characteristic');
ALTER TABLE lead.characteristic ENABLE ALWAYS TRIGGER rules_changed;
ALTER TABLE lead.characteristic ENABLE ALWAYS TRIGGER rules_truncated;
