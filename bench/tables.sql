-- The tables of lead once more, in the schema that the psql variable "schema"
-- names: the same columns, types, checks, indexes and foreign keys, and nothing
-- of the extension. bare.sql and peer.sql include it; shape.sql proves to
-- bench/run that the tables are the same.

CREATE SCHEMA :schema;

CREATE TYPE :schema.lead_priority AS ENUM ('HIGH', 'MEDIUM', 'LOW');
CREATE TYPE :schema.lead_status AS ENUM (
	'NEW', 'IN_PROGRESS', 'CONVERTED', 'CONVERTED_EXTERNAL', 'REJECTED',
	'LATER', 'UNSUCCESSFUL', 'WORKING', 'NON_WORKING');

-- UUID version 7 in plain SQL: with it both schemas write faster than with
-- gen_random_uuid(), since new index entries lie side by side.
CREATE FUNCTION :schema.uuid_v7() RETURNS uuid
	LANGUAGE sql VOLATILE PARALLEL SAFE
	RETURN encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
		PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
		FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid;

CREATE TABLE :schema.entity_spec (
	id uuid PRIMARY KEY DEFAULT :schema.uuid_v7(),
	code text NOT NULL UNIQUE,
	name text NOT NULL,
	description text,
	closed boolean NOT NULL DEFAULT false,
	CONSTRAINT entity_spec_code_check CHECK (code ~ '\S' AND length(code) <= 200)
);

CREATE TABLE :schema.lead_type (
	id uuid NOT NULL DEFAULT :schema.uuid_v7() UNIQUE,
	code text PRIMARY KEY,
	name text NOT NULL,
	validity_from date,
	validity_to date,
	description text,
	localization_data jsonb,
	entity_spec_id uuid REFERENCES :schema.entity_spec (id),
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
CREATE INDEX lead_type_entity_spec_id_idx ON :schema.lead_type (entity_spec_id);

CREATE TABLE :schema.lead_rating (
	id uuid NOT NULL DEFAULT :schema.uuid_v7() UNIQUE,
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

CREATE TABLE :schema.lead_source (
	id uuid NOT NULL DEFAULT :schema.uuid_v7() UNIQUE,
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

INSERT INTO :schema.lead_type (code, name)
VALUES ('B2B', 'Business customer'), ('B2C', 'Residential customer');
INSERT INTO :schema.lead_rating (code, name)
VALUES ('HOT', 'Hot'), ('WARM', 'Warm'), ('COLD', 'Cold');
INSERT INTO :schema.lead_source (code, name)
VALUES ('WEB', 'Web'), ('PHONE', 'Phone'), ('EMAIL', 'E-mail'), ('PARTNER', 'Partner'),
	('REFERRAL', 'Referral'), ('CAMPAIGN', 'Campaign'), ('EVENT', 'Event');

CREATE SEQUENCE :schema.key_seq;

CREATE TABLE :schema.lead (
	id uuid PRIMARY KEY DEFAULT :schema.uuid_v7(),
	key text NOT NULL UNIQUE DEFAULT '',
	status :schema.lead_status NOT NULL DEFAULT 'NEW',
	party_name text NOT NULL,
	lead_rating text NOT NULL REFERENCES :schema.lead_rating (code) ON UPDATE CASCADE,
	description text,
	priority :schema.lead_priority,
	lead_source text NOT NULL REFERENCES :schema.lead_source (code) ON UPDATE CASCADE,
	contact_instants jsonb NOT NULL DEFAULT '[]',
	phones jsonb NOT NULL DEFAULT '[]',
	emails jsonb NOT NULL DEFAULT '[]',
	websites jsonb NOT NULL DEFAULT '[]',
	data_boxes jsonb NOT NULL DEFAULT '[]',
	data_tags text[] NOT NULL DEFAULT '{}',
	processing_data jsonb,
	chars jsonb NOT NULL DEFAULT '{}',
	lead_type text NOT NULL REFERENCES :schema.lead_type (code) ON UPDATE CASCADE,
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
CREATE INDEX lead_lead_type_idx ON :schema.lead (lead_type);
CREATE INDEX lead_lead_rating_idx ON :schema.lead (lead_rating);
CREATE INDEX lead_lead_source_idx ON :schema.lead (lead_source);
CREATE INDEX lead_match_keys_idx ON :schema.lead USING gin (match_keys) WITH (fastupdate = off);
CREATE INDEX lead_queue_idx ON :schema.lead (status, priority, inserted_at, id)
	INCLUDE (lead_source, lead_type, lead_rating);
CREATE INDEX lead_deferred_until_idx ON :schema.lead (deferred_until) WHERE deferred_until IS NOT NULL;

CREATE TABLE :schema.lead_status_change (
	lead_id uuid REFERENCES :schema.lead (id) ON DELETE CASCADE,
	version int,
	from_status :schema.lead_status,
	to_status :schema.lead_status NOT NULL,
	reason text,
	entered_at timestamptz,
	changed_at timestamptz NOT NULL,
	changed_by text NOT NULL,
	actor text,
	xid bigint NOT NULL,
	event_position bigint NOT NULL,
	PRIMARY KEY (lead_id, version)
);
CREATE INDEX lead_status_change_event_idx ON :schema.lead_status_change (event_position, lead_id, version);

CREATE TABLE :schema.customer (
	id uuid PRIMARY KEY DEFAULT :schema.uuid_v7(),
	key text NOT NULL UNIQUE DEFAULT '',
	name text NOT NULL,
	description text,
	status text NOT NULL DEFAULT 'ACTIVE',
	customer_type text,
	contact_instants jsonb NOT NULL DEFAULT '[]',
	phones jsonb NOT NULL DEFAULT '[]',
	emails jsonb NOT NULL DEFAULT '[]',
	websites jsonb NOT NULL DEFAULT '[]',
	data_boxes jsonb NOT NULL DEFAULT '[]',
	data_tags text[] NOT NULL DEFAULT '{}',
	chars jsonb NOT NULL DEFAULT '{}',
	match_keys text[],
	CONSTRAINT customer_key_check CHECK (key <> '' AND length(key) <= 200),
	CONSTRAINT customer_name_check CHECK (name <> '' AND length(name) <= 1000),
	CONSTRAINT customer_contact_instants_check CHECK (jsonb_typeof(contact_instants) = 'array'),
	CONSTRAINT customer_phones_check CHECK (jsonb_typeof(phones) = 'array'),
	CONSTRAINT customer_emails_check CHECK (jsonb_typeof(emails) = 'array'),
	CONSTRAINT customer_websites_check CHECK (jsonb_typeof(websites) = 'array'),
	CONSTRAINT customer_data_boxes_check CHECK (jsonb_typeof(data_boxes) = 'array'),
	CONSTRAINT customer_chars_check CHECK (jsonb_typeof(chars) = 'object')
);
CREATE INDEX customer_match_keys_idx ON :schema.customer USING gin (match_keys) WITH (fastupdate = off);

CREATE TABLE :schema.account (
	id uuid PRIMARY KEY DEFAULT :schema.uuid_v7(),
	key text NOT NULL UNIQUE DEFAULT '',
	name text NOT NULL,
	customer_id uuid NOT NULL REFERENCES :schema.customer (id),
	status text NOT NULL DEFAULT 'ACTIVE',
	account_start_date date NOT NULL DEFAULT current_date,
	account_end_date date,
	description text,
	chars jsonb NOT NULL DEFAULT '{}',
	CONSTRAINT account_key_check CHECK (key <> '' AND length(key) <= 200),
	CONSTRAINT account_name_check CHECK (name <> '' AND length(name) <= 1000),
	CONSTRAINT account_dates_check CHECK (account_start_date <= account_end_date),
	CONSTRAINT account_chars_check CHECK (jsonb_typeof(chars) = 'object')
);
CREATE INDEX account_customer_id_idx ON :schema.account (customer_id);

CREATE TABLE :schema.person (
	id uuid PRIMARY KEY DEFAULT :schema.uuid_v7(),
	key text NOT NULL UNIQUE DEFAULT '',
	first_name text,
	last_name text NOT NULL,
	person_type text,
	status text NOT NULL DEFAULT 'ACTIVE',
	contact_instants jsonb NOT NULL DEFAULT '[]',
	phones jsonb NOT NULL DEFAULT '[]',
	emails jsonb NOT NULL DEFAULT '[]',
	websites jsonb NOT NULL DEFAULT '[]',
	data_boxes jsonb NOT NULL DEFAULT '[]',
	lead_id uuid REFERENCES :schema.lead (id) ON DELETE SET NULL,
	customer_id uuid REFERENCES :schema.customer (id),
	user_id uuid,
	data_tags text[] NOT NULL DEFAULT '{}',
	chars jsonb NOT NULL DEFAULT '{}',
	CONSTRAINT person_key_check CHECK (key <> '' AND length(key) <= 200),
	CONSTRAINT person_last_name_check CHECK (last_name <> '' AND length(last_name) <= 1000),
	CONSTRAINT person_contact_instants_check CHECK (jsonb_typeof(contact_instants) = 'array'),
	CONSTRAINT person_phones_check CHECK (jsonb_typeof(phones) = 'array'),
	CONSTRAINT person_emails_check CHECK (jsonb_typeof(emails) = 'array'),
	CONSTRAINT person_websites_check CHECK (jsonb_typeof(websites) = 'array'),
	CONSTRAINT person_data_boxes_check CHECK (jsonb_typeof(data_boxes) = 'array'),
	CONSTRAINT person_chars_check CHECK (jsonb_typeof(chars) = 'object')
);
CREATE INDEX person_lead_id_idx ON :schema.person (lead_id);
CREATE INDEX person_customer_id_idx ON :schema.person (customer_id);

CREATE TABLE :schema.lead_conversion (
	lead_id uuid REFERENCES :schema.lead (id),
	version int,
	kind :schema.lead_status NOT NULL,
	from_status :schema.lead_status NOT NULL,
	deferred_until timestamptz,
	customer_id uuid REFERENCES :schema.customer (id),
	account_id uuid REFERENCES :schema.account (id),
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
CREATE UNIQUE INDEX lead_conversion_open_key ON :schema.lead_conversion (lead_id) WHERE reverted_at IS NULL;
CREATE INDEX lead_conversion_customer_id_idx ON :schema.lead_conversion (customer_id);
CREATE INDEX lead_conversion_account_id_idx ON :schema.lead_conversion (account_id);
CREATE INDEX lead_conversion_external_idx ON :schema.lead_conversion (external_system, external_id);
