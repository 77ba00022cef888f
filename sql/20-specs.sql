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
COMMENT ON COLUMN lead.entity_spec.closed IS 'Whether chars may hold the listed characteristics only; other names are then refused (LD009).';

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
	'One attribute that the chars of a lead may or must hold under a specification. Asked when a lead is created and when its chars or type change (LD009); leads that are older than a row here stay as they are until then (lead.check_chars lists those that would be refused), but are not converted while a required one is missing.';
COMMENT ON COLUMN lead.characteristic.entity_spec_id IS 'The specification it belongs to.';
COMMENT ON COLUMN lead.characteristic.name IS 'Name of the attribute, the key in chars.';
COMMENT ON COLUMN lead.characteristic.required IS 'Whether a lead must have a value; JSON null is none.';
COMMENT ON COLUMN lead.characteristic.default_value IS 'Value for a lead whose chars do not name the attribute (not for one that writes null); NULL is none. It must meet the condition (22023).';
COMMENT ON COLUMN lead.characteristic.condition IS 'Predicate over the value alone, such as $ > 0 or $ == "FTTH"; it holds only if it yields exactly true, and is not asked where there is no value.';
COMMENT ON COLUMN lead.characteristic.message IS 'What to tell the user when the condition does not hold.';
COMMENT ON COLUMN lead.characteristic.description IS 'Description.';

CREATE TRIGGER zz_check_row BEFORE INSERT OR UPDATE ON lead.entity_spec
	FOR EACH ROW EXECUTE FUNCTION lead.check_row();
CREATE TRIGGER zz_check_row BEFORE INSERT OR UPDATE ON lead.characteristic
	FOR EACH ROW EXECUTE FUNCTION lead.check_row();
CREATE TRIGGER rules_changed BEFORE INSERT OR UPDATE OR DELETE ON lead.entity_spec
	FOR EACH ROW EXECUTE FUNCTION lead.rules_changed('entity_spec');
CREATE TRIGGER rules_truncated BEFORE TRUNCATE ON lead.entity_spec
	FOR EACH STATEMENT EXECUTE FUNCTION lead.rules_changed('entity_spec');
CREATE TRIGGER rules_changed BEFORE INSERT OR UPDATE OR DELETE ON lead.characteristic
	FOR EACH ROW EXECUTE FUNCTION lead.rules_changed('characteristic');
CREATE TRIGGER rules_truncated BEFORE TRUNCATE ON lead.characteristic
	FOR EACH STATEMENT EXECUTE FUNCTION lead.rules_changed('characteristic');
ALTER TABLE lead.entity_spec ENABLE ALWAYS TRIGGER rules_changed;
ALTER TABLE lead.entity_spec ENABLE ALWAYS TRIGGER rules_truncated;
ALTER TABLE lead.characteristic ENABLE ALWAYS TRIGGER rules_changed;
ALTER TABLE lead.characteristic ENABLE ALWAYS TRIGGER rules_truncated;
