-- What a lead becomes, and the people in it: customer, account, person.
-- Values of status and of the types are the user's own: the seed names none.

CREATE TABLE lead.customer (
	id uuid PRIMARY KEY DEFAULT lead.uuid_v7(),
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
CREATE INDEX customer_match_keys_idx ON lead.customer USING gin (match_keys) WITH (fastupdate = off);
COMMENT ON TABLE lead.customer IS
	'A customer. lead.convert makes one from a lead, or attaches the lead to one that is there.';
COMMENT ON COLUMN lead.customer.id IS 'Technical primary key; made when missing.';
COMMENT ON COLUMN lead.customer.key IS 'Business identifier, unique; made when missing (CUSTOMER-000042).';
COMMENT ON COLUMN lead.customer.name IS 'Display name, not blank, at most 1,000 characters.';
COMMENT ON COLUMN lead.customer.description IS 'Description.';
COMMENT ON COLUMN lead.customer.status IS 'Status, in words of your own.';
COMMENT ON COLUMN lead.customer.customer_type IS 'Type, in words of your own.';
COMMENT ON COLUMN lead.customer.contact_instants IS 'Generic contact identifiers, as in lead.lead.';
COMMENT ON COLUMN lead.customer.phones IS 'Phone contacts, as in lead.lead.';
COMMENT ON COLUMN lead.customer.emails IS 'E-mail contacts, as in lead.lead.';
COMMENT ON COLUMN lead.customer.websites IS 'Website contacts, as in lead.lead.';
COMMENT ON COLUMN lead.customer.data_boxes IS 'Data-box contacts, as in lead.lead.';
COMMENT ON COLUMN lead.customer.data_tags IS 'Labels: trimmed, no blanks, no repeats.';
COMMENT ON COLUMN lead.customer.chars IS 'Dynamic characteristics, a JSON object.';
COMMENT ON COLUMN lead.customer.match_keys IS 'Normalised contact and name keys for finding duplicates, as in lead.lead; set by a trigger, whatever is written.';

CREATE TABLE lead.account (
	id uuid PRIMARY KEY DEFAULT lead.uuid_v7(),
	key text NOT NULL UNIQUE DEFAULT '',
	name text NOT NULL,
	customer_id uuid NOT NULL REFERENCES lead.customer (id),
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
CREATE INDEX account_customer_id_idx ON lead.account (customer_id);
COMMENT ON TABLE lead.account IS
	'An account of a customer. lead.convert opens one with a new customer.';
COMMENT ON COLUMN lead.account.id IS 'Technical primary key; made when missing.';
COMMENT ON COLUMN lead.account.key IS 'Business identifier, unique; made when missing (ACCOUNT-000042).';
COMMENT ON COLUMN lead.account.name IS 'Account name, not blank, at most 1,000 characters.';
COMMENT ON COLUMN lead.account.customer_id IS 'Owning customer.';
COMMENT ON COLUMN lead.account.status IS 'Status, in words of your own.';
COMMENT ON COLUMN lead.account.account_start_date IS 'First day of the account.';
COMMENT ON COLUMN lead.account.account_end_date IS 'Last day of the account; NULL is open.';
COMMENT ON COLUMN lead.account.description IS 'Description.';
COMMENT ON COLUMN lead.account.chars IS 'Dynamic characteristics, a JSON object.';

CREATE TABLE lead.person (
	id uuid PRIMARY KEY DEFAULT lead.uuid_v7(),
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
	lead_id uuid REFERENCES lead.lead (id) ON DELETE SET NULL,
	customer_id uuid REFERENCES lead.customer (id),
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
CREATE INDEX person_lead_id_idx ON lead.person (lead_id);
CREATE INDEX person_customer_id_idx ON lead.person (customer_id);
COMMENT ON TABLE lead.person IS
	'A contact person of a lead or customer. At conversion a lead''s persons get the customer too and keep the lead: the same row before and after.';
COMMENT ON COLUMN lead.person.id IS 'Technical primary key; made when missing.';
COMMENT ON COLUMN lead.person.key IS 'Business identifier, unique; made when missing (PERSON-000042).';
COMMENT ON COLUMN lead.person.first_name IS 'First name.';
COMMENT ON COLUMN lead.person.last_name IS 'Last name, not blank.';
COMMENT ON COLUMN lead.person.person_type IS 'Type, in words of your own.';
COMMENT ON COLUMN lead.person.status IS 'Status, in words of your own.';
COMMENT ON COLUMN lead.person.contact_instants IS 'Generic contact identifiers, as in lead.lead.';
COMMENT ON COLUMN lead.person.phones IS 'Phone contacts, as in lead.lead.';
COMMENT ON COLUMN lead.person.emails IS 'E-mail contacts, as in lead.lead.';
COMMENT ON COLUMN lead.person.websites IS 'Website contacts, as in lead.lead.';
COMMENT ON COLUMN lead.person.data_boxes IS 'Data-box contacts, as in lead.lead.';
COMMENT ON COLUMN lead.person.lead_id IS 'Linked lead; set NULL when a lead is deleted.';
COMMENT ON COLUMN lead.person.customer_id IS 'Linked customer; set by the conversion of the lead where it is empty.';
COMMENT ON COLUMN lead.person.user_id IS 'Linked user, where the installation has users with ids.';
COMMENT ON COLUMN lead.person.data_tags IS 'Labels: trimmed, no blanks, no repeats.';
COMMENT ON COLUMN lead.person.chars IS 'Dynamic characteristics, a JSON object.';

CREATE TRIGGER zz_check_row BEFORE INSERT OR UPDATE ON lead.customer
	FOR EACH ROW EXECUTE FUNCTION lead.check_row();
CREATE TRIGGER zz_check_row BEFORE INSERT OR UPDATE ON lead.account
	FOR EACH ROW EXECUTE FUNCTION lead.check_row();
CREATE TRIGGER zz_check_row BEFORE INSERT OR UPDATE ON lead.person
	FOR EACH ROW EXECUTE FUNCTION lead.check_row();

CREATE FUNCTION lead.unite_contacts(ours jsonb, theirs jsonb) RETURNS jsonb
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN theirs = '[]' OR ours = theirs THEN ours WHEN ours = '[]' THEN theirs ELSE (
		WITH listed AS (
			SELECT true AS mine, o.ord, CASE jsonb_typeof(o.entry) WHEN 'string' THEN jsonb_build_object('value', o.entry) ELSE o.entry END AS entry
			FROM jsonb_array_elements(ours) WITH ORDINALITY o (entry, ord)
			UNION ALL
			SELECT false AS mine, t.ord, CASE jsonb_typeof(t.entry) WHEN 'string' THEN jsonb_build_object('value', t.entry) ELSE t.entry - 'primary' END AS entry
			FROM jsonb_array_elements(theirs) WITH ORDINALITY t (entry, ord)
		), placed AS (
			-- at_ours: the first of ours that is the same contact
			SELECT l.mine,
				l.ord,
				l.entry,
				min(l.ord) FILTER (WHERE l.mine) OVER (PARTITION BY l.entry -> 'value', l.entry -> 'service', l.entry -> 'extension') AS at_ours,
				min(l.ord) OVER (PARTITION BY l.entry -> 'value', l.entry -> 'service', l.entry -> 'extension', l.entry, l.mine) AS at_theirs
			FROM listed l
		), united AS (
			-- of one contact the later member wins: ours, before it the first of theirs
			SELECT p.mine OR p.at_ours IS NOT NULL AS mine,
				CASE WHEN p.mine THEN p.ord ELSE coalesce(p.at_ours, p.at_theirs) END AS ord,
				coalesce(jsonb_object_agg(m.key, m.value ORDER BY p.mine, p.ord DESC) FILTER (WHERE m.key IS NOT NULL), '{}') AS entry
			FROM placed p
				LEFT JOIN LATERAL jsonb_each(p.entry) m ON true
			GROUP BY 1, 2
		)
		SELECT jsonb_agg(u.entry ORDER BY u.mine DESC, u.ord)
		FROM united u) END;
COMMENT ON FUNCTION lead.unite_contacts(jsonb, jsonb) IS
	'Two contact lists as one: ours, then those of theirs that ours has not (same value, service and extension is the same contact). An entry that both have stands once, as ours, with the members that only theirs has. Ours alone say which is primary, even where none does; theirs where ours is empty. Used by lead.merge, and when a lead is attached to a customer.';
