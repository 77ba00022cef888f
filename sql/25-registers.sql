-- The three registers that classify a lead: lead_type, lead_rating, lead_source.
-- Attributes and their order are the seed's; code is the key that leads use.

CREATE TABLE lead.lead_type (
	id uuid NOT NULL DEFAULT lead.uuid_v7() UNIQUE,
	code text PRIMARY KEY,
	name text NOT NULL,
	validity_from date,
	validity_to date,
	description text,
	localization_data jsonb,
	entity_spec_id uuid REFERENCES lead.entity_spec (id),
	mnemonic_code text,
	create_privilege text,
	registry jsonb,
	processing_data jsonb,
	icon text,
	tsm_module text,
	config jsonb,
	data_tags text[] NOT NULL DEFAULT '{}',
	CONSTRAINT lead_type_code_check CHECK (code ~ '\S' AND length(code) <= 200),
	CONSTRAINT lead_type_validity_check CHECK (validity_from <= validity_to),
	CONSTRAINT lead_type_localization_data_check CHECK (jsonb_typeof(localization_data) = 'object'),
	CONSTRAINT lead_type_config_check CHECK (jsonb_typeof(config) = 'object'),
	CONSTRAINT lead_type_registry_check CHECK (jsonb_typeof(registry) = 'object'),
	CONSTRAINT lead_type_processing_data_check CHECK (processing_data IS NULL)
);
CREATE INDEX lead_type_entity_spec_id_idx ON lead.lead_type (entity_spec_id);
COMMENT ON TABLE lead.lead_type IS
	'Register of lead types, such as B2B and B2C. A lead names the code; its type decides the characteristics it may carry, how its key is made and who may create it.';
COMMENT ON COLUMN lead.lead_type.id IS 'UUID of the register row; made when missing.';
COMMENT ON COLUMN lead.lead_type.code IS 'Technical code, the key that leads refer to; a new name for it cascades to them.';
COMMENT ON COLUMN lead.lead_type.name IS 'Display name.';
COMMENT ON COLUMN lead.lead_type.validity_from IS 'First day on which the code may be given to a lead; NULL is open.';
COMMENT ON COLUMN lead.lead_type.validity_to IS 'Last day on which the code may be given to a lead; NULL is open. Leads keep a code that has since expired.';
COMMENT ON COLUMN lead.lead_type.description IS 'Description.';
COMMENT ON COLUMN lead.lead_type.localization_data IS 'Labels by language: {"cs": {"name": "...", "description": "..."}, ...}. Reports take the language of lead.language.';
COMMENT ON COLUMN lead.lead_type.entity_spec_id IS 'Which specification the chars of leads of this type follow; NULL is none.';
COMMENT ON COLUMN lead.lead_type.mnemonic_code IS 'How keys of leads of this type are made: with braces a template of {YYYY}, {MM}, {TYPE} and {SEQ} or {SEQ:6} (SEQ is required), without braces a prefix (B2B gives B2B-000042), NULL gives LEAD-000042.';
COMMENT ON COLUMN lead.lead_type.create_privilege IS 'Name of a role whose members may create a lead of this type or move one to it; NULL is anybody. Where no such role exists nobody but a superuser may.';
COMMENT ON COLUMN lead.lead_type.registry IS 'Register metadata, a JSON object.';
COMMENT ON COLUMN lead.lead_type.processing_data IS 'Transient context of the write; accepted, never stored, always NULL.';
COMMENT ON COLUMN lead.lead_type.icon IS 'Icon.';
COMMENT ON COLUMN lead.lead_type.tsm_module IS 'Module code.';
COMMENT ON COLUMN lead.lead_type.config IS 'Additional configuration, a JSON object.';
COMMENT ON COLUMN lead.lead_type.data_tags IS 'Labels: trimmed, no blanks, no repeats.';

CREATE TRIGGER zz_check_row BEFORE INSERT OR UPDATE ON lead.lead_type
	FOR EACH ROW EXECUTE FUNCTION lead.check_row();
CREATE TRIGGER rules_changed BEFORE INSERT OR UPDATE OR DELETE ON lead.lead_type
	FOR EACH ROW EXECUTE FUNCTION lead.rules_changed('lead_type');
CREATE TRIGGER rules_truncated BEFORE TRUNCATE ON lead.lead_type
	FOR EACH STATEMENT EXECUTE FUNCTION lead.rules_changed('lead_type');
ALTER TABLE lead.lead_type ENABLE ALWAYS TRIGGER rules_changed;
ALTER TABLE lead.lead_type ENABLE ALWAYS TRIGGER rules_truncated;

CREATE TABLE lead.lead_rating (
	id uuid NOT NULL DEFAULT lead.uuid_v7() UNIQUE,
	code text PRIMARY KEY,
	name text NOT NULL,
	validity_from date,
	validity_to date,
	description text,
	localization_data jsonb,
	data_tags text[] NOT NULL DEFAULT '{}',
	config jsonb,
	CONSTRAINT lead_rating_code_check CHECK (code ~ '\S' AND length(code) <= 200),
	CONSTRAINT lead_rating_validity_check CHECK (validity_from <= validity_to),
	CONSTRAINT lead_rating_localization_data_check CHECK (jsonb_typeof(localization_data) = 'object'),
	CONSTRAINT lead_rating_config_check CHECK (jsonb_typeof(config) = 'object')
);
COMMENT ON TABLE lead.lead_rating IS
	'Register of lead ratings, such as HOT, WARM and COLD. A lead names the code.';
COMMENT ON COLUMN lead.lead_rating.id IS 'UUID of the register row; made when missing.';
COMMENT ON COLUMN lead.lead_rating.code IS 'Technical code, the key that leads refer to; a new name for it cascades to them.';
COMMENT ON COLUMN lead.lead_rating.name IS 'Display name.';
COMMENT ON COLUMN lead.lead_rating.validity_from IS 'First day on which the code may be given to a lead; NULL is open.';
COMMENT ON COLUMN lead.lead_rating.validity_to IS 'Last day on which the code may be given to a lead; NULL is open. Leads keep a code that has since expired.';
COMMENT ON COLUMN lead.lead_rating.description IS 'Description.';
COMMENT ON COLUMN lead.lead_rating.localization_data IS 'Labels by language: {"cs": {"name": "...", "description": "..."}, ...}. Reports take the language of lead.language.';
COMMENT ON COLUMN lead.lead_rating.data_tags IS 'Labels: trimmed, no blanks, no repeats.';
COMMENT ON COLUMN lead.lead_rating.config IS 'Additional configuration, a JSON object.';

CREATE TRIGGER zz_check_row BEFORE INSERT OR UPDATE ON lead.lead_rating
	FOR EACH ROW EXECUTE FUNCTION lead.check_row();
CREATE TRIGGER rules_changed BEFORE INSERT OR UPDATE OR DELETE ON lead.lead_rating
	FOR EACH ROW EXECUTE FUNCTION lead.rules_changed('lead_rating');
CREATE TRIGGER rules_truncated BEFORE TRUNCATE ON lead.lead_rating
	FOR EACH STATEMENT EXECUTE FUNCTION lead.rules_changed('lead_rating');
ALTER TABLE lead.lead_rating ENABLE ALWAYS TRIGGER rules_changed;
ALTER TABLE lead.lead_rating ENABLE ALWAYS TRIGGER rules_truncated;

CREATE TABLE lead.lead_source (
	id uuid NOT NULL DEFAULT lead.uuid_v7() UNIQUE,
	code text PRIMARY KEY,
	name text NOT NULL,
	validity_from date,
	validity_to date,
	description text,
	localization_data jsonb,
	data_tags text[] NOT NULL DEFAULT '{}',
	config jsonb,
	CONSTRAINT lead_source_code_check CHECK (code ~ '\S' AND length(code) <= 200),
	CONSTRAINT lead_source_validity_check CHECK (validity_from <= validity_to),
	CONSTRAINT lead_source_localization_data_check CHECK (jsonb_typeof(localization_data) = 'object'),
	CONSTRAINT lead_source_config_check CHECK (jsonb_typeof(config) = 'object')
);
COMMENT ON TABLE lead.lead_source IS
	'Register of lead sources: where a lead came from, such as WEB or PARTNER. A lead names the code.';
COMMENT ON COLUMN lead.lead_source.id IS 'UUID of the register row; made when missing.';
COMMENT ON COLUMN lead.lead_source.code IS 'Technical code, the key that leads refer to; a new name for it cascades to them.';
COMMENT ON COLUMN lead.lead_source.name IS 'Display name.';
COMMENT ON COLUMN lead.lead_source.validity_from IS 'First day on which the code may be given to a lead; NULL is open.';
COMMENT ON COLUMN lead.lead_source.validity_to IS 'Last day on which the code may be given to a lead; NULL is open. Leads keep a code that has since expired.';
COMMENT ON COLUMN lead.lead_source.description IS 'Description.';
COMMENT ON COLUMN lead.lead_source.localization_data IS 'Labels by language: {"cs": {"name": "...", "description": "..."}, ...}. Reports take the language of lead.language.';
COMMENT ON COLUMN lead.lead_source.data_tags IS 'Labels: trimmed, no blanks, no repeats.';
COMMENT ON COLUMN lead.lead_source.config IS 'Additional configuration, a JSON object.';

CREATE TRIGGER zz_check_row BEFORE INSERT OR UPDATE ON lead.lead_source
	FOR EACH ROW EXECUTE FUNCTION lead.check_row();
CREATE TRIGGER rules_changed BEFORE INSERT OR UPDATE OR DELETE ON lead.lead_source
	FOR EACH ROW EXECUTE FUNCTION lead.rules_changed('lead_source');
CREATE TRIGGER rules_truncated BEFORE TRUNCATE ON lead.lead_source
	FOR EACH STATEMENT EXECUTE FUNCTION lead.rules_changed('lead_source');
ALTER TABLE lead.lead_source ENABLE ALWAYS TRIGGER rules_changed;
ALTER TABLE lead.lead_source ENABLE ALWAYS TRIGGER rules_truncated;

CREATE FUNCTION lead.add_starter_registers()
	RETURNS TABLE (register text, code text, name text)
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
	WITH added_type AS (
		INSERT INTO lead.lead_type (code, name)
		SELECT v.code, v.name
		FROM (VALUES ('B2B', 'Business customer'), ('B2C', 'Residential customer')) v (code, name)
		WHERE NOT EXISTS (SELECT FROM lead.lead_type)
		RETURNING code, name
	), added_rating AS (
		INSERT INTO lead.lead_rating (code, name)
		SELECT v.code, v.name
		FROM (VALUES ('HOT', 'Hot'), ('WARM', 'Warm'), ('COLD', 'Cold')) v (code, name)
		WHERE NOT EXISTS (SELECT FROM lead.lead_rating)
		RETURNING code, name
	), added_source AS (
		INSERT INTO lead.lead_source (code, name)
		SELECT v.code, v.name
		FROM (VALUES ('WEB', 'Web'), ('PHONE', 'Phone'), ('EMAIL', 'E-mail'), ('PARTNER', 'Partner'),
			('REFERRAL', 'Referral'), ('CAMPAIGN', 'Campaign'), ('EVENT', 'Event')) v (code, name)
		WHERE NOT EXISTS (SELECT FROM lead.lead_source)
		RETURNING code, name
	)
	SELECT 'lead_type' AS register, t.code, t.name FROM added_type t
	UNION ALL
	SELECT 'lead_rating' AS register, r.code, r.name FROM added_rating r
	UNION ALL
	SELECT 'lead_source' AS register, s.code, s.name FROM added_source s;
END;
COMMENT ON FUNCTION lead.add_starter_registers() IS
	'Fills each register that is empty: types B2B, B2C; ratings HOT, WARM, COLD; sources WEB, PHONE, EMAIL, PARTNER, REFERRAL, CAMPAIGN, EVENT. Returns what it added; a register with rows is left alone. Needs INSERT on the registers (42501).';
