-- Schema peer: the tables of lead with the plpgsql triggers and functions that a
-- careful team would write for the same rules. It is tuned: one query for all
-- that an INSERT has to look up, none where nothing relevant changed, the history
-- of an INSERT in one statement, WHEN on the trigger for that of an UPDATE, loops
-- only over what is there, no SET clauses.
--
-- It does what lead does: fills id, key, audit columns, version and status_since
-- and ignores what a client sends for them; NULL in a list means empty; trims
-- tags; brings contacts into normal form (phones already in E.164, ASCII
-- addresses) and makes the keys by which duplicates are found; checks that
-- register codes exist and are valid today; judges creation and every transition
-- by a table that an administrator edits; asks for reasons and dates; clears a
-- reason that was not given anew; takes processing_data out of the row; writes the
-- history with the rights of the owner; lets nobody but convert() set CONVERTED.
-- Before a conversion it asks for the required characteristics, for an earlier
-- conversion that was taken back, and for a customer who would be duplicated, of
-- whom it warns unless the policy says otherwise. A call for many leads has a
-- savepoint for each and tells what became of it.
--
-- It does less than lead: phones in E.164 only, and judged by their length alone;
-- no international domains, no data-box check; simple party names; chars are not
-- checked when they are written; no create_privilege of a lead type, no conditions
-- on transitions, no event bindings, no templates in mnemonic_code, no second look
-- at the stored row after other triggers, no conversion targets; a reason equal to
-- the one before does not count as given (plpgsql cannot see which columns an
-- UPDATE names); a taken key is an error; who did it is current_user, also inside
-- SECURITY DEFINER functions and foreign key actions; the mark that lets
-- convert() through is a setting, which a client can forge; the conversion record
-- is open to whoever may convert; two sessions at once may make a duplicate that
-- the policy refuses; what nothing here calls is not written (all_or_none,
-- dry_run, taking a conversion back); errors carry no detail or hint. All of this
-- would cost it more time.

\set schema peer
\ir tables.sql

-- What a team states as a CHECK, as it does for every other table here. Nothing
-- below judges it again.
ALTER TABLE peer.lead
	ADD CONSTRAINT lead_key_check CHECK (key <> '' AND length(key) <= 200),
	ADD CONSTRAINT lead_party_name_check CHECK (party_name <> '' AND length(party_name) <= 1000),
	ADD CONSTRAINT lead_contact_instants_check CHECK (jsonb_typeof(contact_instants) = 'array'),
	ADD CONSTRAINT lead_phones_check CHECK (jsonb_typeof(phones) = 'array'),
	ADD CONSTRAINT lead_emails_check CHECK (jsonb_typeof(emails) = 'array'),
	ADD CONSTRAINT lead_websites_check CHECK (jsonb_typeof(websites) = 'array'),
	ADD CONSTRAINT lead_data_boxes_check CHECK (jsonb_typeof(data_boxes) = 'array'),
	ADD CONSTRAINT lead_chars_check CHECK (jsonb_typeof(chars) = 'object'),
	ADD CONSTRAINT lead_deferred_until_check CHECK (deferred_until IS NULL OR status = 'LATER'),
	ADD CONSTRAINT lead_assigned_to_check CHECK (length(assigned_to) <= 200);

-- The lifecycle; an administrator adds, changes and deletes rows. from_status NULL
-- is creation.
CREATE TABLE peer.transition (
	from_status peer.lead_status,
	to_status peer.lead_status NOT NULL,
	needs_reason boolean NOT NULL DEFAULT false,
	needs_until boolean NOT NULL DEFAULT false,
	UNIQUE NULLS NOT DISTINCT (from_status, to_status)
);

INSERT INTO peer.transition
SELECT g.from_status::peer.lead_status, t.to_status::peer.lead_status,
	t.to_status IN ('REJECTED', 'UNSUCCESSFUL') OR coalesce(g.from_status IN ('REJECTED', 'UNSUCCESSFUL'), false),
	t.to_status = 'LATER'
FROM (VALUES
		(NULL, 'NEW IN_PROGRESS WORKING NON_WORKING LATER'),
		('NEW', 'IN_PROGRESS WORKING NON_WORKING LATER REJECTED CONVERTED CONVERTED_EXTERNAL'),
		('IN_PROGRESS', 'WORKING NON_WORKING LATER REJECTED UNSUCCESSFUL CONVERTED CONVERTED_EXTERNAL'),
		('WORKING', 'IN_PROGRESS NON_WORKING LATER REJECTED UNSUCCESSFUL CONVERTED CONVERTED_EXTERNAL'),
		('NON_WORKING', 'IN_PROGRESS WORKING LATER REJECTED UNSUCCESSFUL CONVERTED CONVERTED_EXTERNAL'),
		('LATER', 'NEW IN_PROGRESS WORKING NON_WORKING REJECTED UNSUCCESSFUL CONVERTED CONVERTED_EXTERNAL'),
		('REJECTED', 'NEW IN_PROGRESS'),
		('UNSUCCESSFUL', 'NEW IN_PROGRESS')) g (from_status, to_statuses),
	string_to_table(g.to_statuses, ' ') t (to_status);

-- What a lead needs before it is converted.
CREATE TABLE peer.characteristic (
	entity_spec_id uuid REFERENCES peer.entity_spec (id) ON DELETE CASCADE,
	name text,
	required boolean NOT NULL DEFAULT false,
	PRIMARY KEY (entity_spec_id, name)
);

-- What happens to a conversion that would make a second customer; lead_type NULL is
-- every type without a row of its own.
CREATE TABLE peer.duplicate_policy (
	lead_type text UNIQUE NULLS NOT DISTINCT REFERENCES peer.lead_type (code) ON UPDATE CASCADE ON DELETE CASCADE,
	on_convert text NOT NULL DEFAULT 'warn' CHECK (on_convert IN ('ignore', 'warn', 'refuse'))
);

CREATE FUNCTION peer.next_key(prefix text) RETURNS text
	LANGUAGE sql VOLATILE
	RETURN prefix || '-' || to_char(nextval('peer.key_seq'), 'FM999999000000');

-- No blanks, no repeats, first come first. Called for rows with tags only.
CREATE FUNCTION peer.tidy_tags(tags text[]) RETURNS text[]
	LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	tag text;
	tidy text[] := '{}';
BEGIN
	FOREACH tag IN ARRAY tags LOOP
		tag := btrim(tag);
		IF tag <> '' AND tag <> ALL (tidy) THEN
			tidy := tidy || tag;
		END IF;
	END LOOP;
	RETURN tidy;
END $$;

-- A list of contacts in normal form: objects, no repeats, one primary at most.
CREATE FUNCTION peer.normal_list(kind text, list jsonb) RETURNS jsonb
	LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	entry jsonb;
	value text;
	normal jsonb := '[]';
	has_primary boolean := false;
BEGIN
	IF jsonb_array_length(list) > 100 THEN
		RAISE 'a list has more than 100 entries' USING ERRCODE = 'LD008';
	END IF;
	FOR entry IN SELECT jsonb_array_elements(list) LOOP
		IF jsonb_typeof(entry) = 'string' THEN
			entry := jsonb_build_object('value', entry);
		ELSIF jsonb_typeof(entry) <> 'object' OR jsonb_typeof(entry -> 'value') IS DISTINCT FROM 'string' THEN
			RAISE 'a contact has no value' USING ERRCODE = 'LD008';
		END IF;
		value := entry ->> 'value';
		IF length(value) > 2000 THEN
			RAISE 'a contact is too long' USING ERRCODE = 'LD008';
		END IF;
		CASE kind
			WHEN 'phone' THEN
				IF value !~ '^\+[1-9][0-9]{6,14}$' THEN
					RAISE 'a phone number is not understood' USING ERRCODE = 'LD008';
				END IF;
			WHEN 'email' THEN
				IF value !~ '^[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$'
						OR length(value) > 254 THEN
					RAISE 'an e-mail address is not understood' USING ERRCODE = 'LD008';
				END IF;
				value := split_part(value, '@', 1) || '@' || lower(split_part(value, '@', 2));
			WHEN 'website' THEN
				IF value !~ '^[a-z]+://' THEN
					value := 'https://' || value;
				END IF;
				IF value !~ '^https?://([a-z0-9-]+\.)+[a-z]+(:[0-9]+)?(/[!-~]*)?$' THEN
					RAISE 'a website is not understood' USING ERRCODE = 'LD008';
				END IF;
			ELSE
		END CASE;
		IF value <> entry ->> 'value' THEN
			entry := jsonb_set(entry, '{value}', to_jsonb(value));
		END IF;
		IF normal @> jsonb_build_array(entry) THEN
			CONTINUE;
		END IF;
		IF (entry -> 'primary') = 'true' THEN
			IF has_primary THEN
				RAISE 'a list has two primary entries' USING ERRCODE = 'LD008';
			END IF;
			has_primary := true;
		END IF;
		normal := normal || entry;
	END LOOP;
	RETURN normal;
END $$;

CREATE TABLE peer.shared_domain (domain text PRIMARY KEY);
INSERT INTO peer.shared_domain VALUES ('gmail.com'), ('outlook.com'), ('seznam.cz'), ('facebook.com'), ('wixsite.com');

CREATE FUNCTION peer.match_keys(name text, phones jsonb, emails jsonb, websites jsonb, data_boxes jsonb) RETURNS text[]
	LANGUAGE plpgsql STABLE AS $$
DECLARE
	keys text[] := ARRAY['n:' || btrim(regexp_replace(regexp_replace(lower(name), '[^[:alnum:]]+', ' ', 'g'),
		' (sro|s r o|as|a s|gmbh|ltd|inc|llc|s a)$', ''))];
	value text;
	mail_domain text;
BEGIN
	FOR value IN SELECT e.entry ->> 'value' FROM jsonb_array_elements(phones) e (entry) LOOP
		keys := keys || ('p:' || value);
	END LOOP;
	FOR value IN SELECT lower(e.entry ->> 'value') FROM jsonb_array_elements(emails) e (entry) LOOP
		mail_domain := split_part(value, '@', 2);
		keys := keys || ('e:' || value);
		IF NOT EXISTS (SELECT FROM peer.shared_domain d WHERE d.domain = mail_domain) THEN
			keys := keys || ('d:' || mail_domain);
		END IF;
	END LOOP;
	IF websites <> '[]' THEN
		FOR value IN SELECT e.entry ->> 'value' FROM jsonb_array_elements(websites) e (entry) LOOP
			keys := keys || ('d:' || regexp_replace(value, '^[a-z]+://(www\.)?([^/:?#]*).*$', '\2'));
		END LOOP;
	END IF;
	IF data_boxes <> '[]' THEN
		FOR value IN SELECT e.entry ->> 'value' FROM jsonb_array_elements(data_boxes) e (entry) LOOP
			keys := keys || ('b:' || value);
		END LOOP;
	END IF;
	RETURN ARRAY(SELECT DISTINCT k COLLATE "C" FROM unnest(keys) k ORDER BY 1);
END $$;

CREATE FUNCTION peer.guard_insert() RETURNS trigger
	LANGUAGE plpgsql AS $$
DECLARE
	needs_reason boolean;
	needs_until boolean;
	prefix text;
	valid boolean;
BEGIN
	IF (NEW.id IS NULL OR NEW.status IS NULL OR NEW.contact_instants IS NULL OR NEW.phones IS NULL OR NEW.emails IS NULL
			OR NEW.websites IS NULL OR NEW.data_boxes IS NULL OR NEW.data_tags IS NULL OR NEW.chars IS NULL) THEN
		NEW.id := coalesce(NEW.id, peer.uuid_v7());
		NEW.status := coalesce(NEW.status, 'NEW');
		NEW.contact_instants := coalesce(NEW.contact_instants, '[]');
		NEW.phones := coalesce(NEW.phones, '[]');
		NEW.emails := coalesce(NEW.emails, '[]');
		NEW.websites := coalesce(NEW.websites, '[]');
		NEW.data_boxes := coalesce(NEW.data_boxes, '[]');
		NEW.data_tags := coalesce(NEW.data_tags, '{}');
		NEW.chars := coalesce(NEW.chars, '{}');
	END IF;
	NEW.party_name := btrim(NEW.party_name);
	IF NEW.phones <> '[]' THEN
		NEW.phones := peer.normal_list('phone', NEW.phones);
	END IF;
	IF NEW.emails <> '[]' THEN
		NEW.emails := peer.normal_list('email', NEW.emails);
	END IF;
	IF NEW.websites <> '[]' THEN
		NEW.websites := peer.normal_list('website', NEW.websites);
	END IF;
	NEW.match_keys := peer.match_keys(NEW.party_name, NEW.phones, NEW.emails, NEW.websites, NEW.data_boxes);
	IF NEW.data_tags <> '{}' THEN
		NEW.data_tags := peer.tidy_tags(NEW.data_tags);
	END IF;
	IF NEW.processing_data IS NOT NULL THEN
		PERFORM set_config('peer.processing_data', NEW.processing_data::text, true);
		NEW.processing_data := NULL;
	END IF;

	SELECT coalesce(t.mnemonic_code, 'LEAD'), s.needs_reason, s.needs_until,
		(t.validity_from IS NULL OR t.validity_from <= current_date) AND (t.validity_to IS NULL OR t.validity_to >= current_date)
		AND (r.validity_from IS NULL OR r.validity_from <= current_date) AND (r.validity_to IS NULL OR r.validity_to >= current_date)
		AND (o.validity_from IS NULL OR o.validity_from <= current_date) AND (o.validity_to IS NULL OR o.validity_to >= current_date)
	INTO prefix, needs_reason, needs_until, valid
	FROM peer.lead_type t, peer.lead_rating r, peer.lead_source o, peer.transition s
	WHERE t.code = NEW.lead_type AND r.code = NEW.lead_rating AND o.code = NEW.lead_source
		AND s.from_status IS NULL AND s.to_status = NEW.status;
	IF NOT FOUND THEN
		RAISE 'a lead cannot be created with type %, rating %, source % in status %',
			NEW.lead_type, NEW.lead_rating, NEW.lead_source, NEW.status USING ERRCODE = '23503';
	END IF;
	IF NOT valid THEN
		RAISE 'type %, rating % or source % is not valid today',
			NEW.lead_type, NEW.lead_rating, NEW.lead_source USING ERRCODE = 'LD007';
	END IF;
	IF needs_reason AND (NEW.status_reason IS NULL OR btrim(NEW.status_reason) = '') THEN
		RAISE 'status % needs a reason', NEW.status USING ERRCODE = 'LD003';
	END IF;
	IF needs_until THEN
		IF NEW.deferred_until IS NULL OR NEW.deferred_until <= clock_timestamp() OR NOT isfinite(NEW.deferred_until) THEN
			RAISE 'status % needs a date in the future', NEW.status USING ERRCODE = 'LD004';
		END IF;
	ELSIF NEW.status <> 'LATER' THEN
		NEW.deferred_until := NULL;
	END IF;

	IF NEW.key IS NULL OR NEW.key = '' THEN
		NEW.key := peer.next_key(prefix);
	END IF;
	NEW.version := 1;
	NEW.status_since := clock_timestamp();
	NEW.inserted_at := NEW.status_since;
	NEW.inserted_by := current_user;
	NEW.inserted_by_actor := nullif(current_setting('peer.actor', true), '');
	NEW.edited_at := NEW.status_since;
	NEW.edited_by := NEW.inserted_by;
	NEW.edited_by_actor := NEW.inserted_by_actor;
	RETURN NEW;
END $$;

CREATE FUNCTION peer.guard_update() RETURNS trigger
	LANGUAGE plpgsql AS $$
DECLARE
	needs_reason boolean;
	needs_until boolean;
	reason_given boolean := NEW.status_reason IS DISTINCT FROM OLD.status_reason;
	moment timestamptz := greatest(clock_timestamp(), OLD.edited_at + interval '1 microsecond');
BEGIN
	IF NEW.id <> OLD.id THEN
		RAISE 'the id of a lead never changes' USING ERRCODE = '55000';
	END IF;
	IF (NEW.contact_instants, NEW.phones, NEW.emails, NEW.websites, NEW.data_boxes, NEW.chars)
			IS DISTINCT FROM (OLD.contact_instants, OLD.phones, OLD.emails, OLD.websites, OLD.data_boxes, OLD.chars) THEN
		NEW.contact_instants := coalesce(NEW.contact_instants, '[]');
		NEW.phones := coalesce(NEW.phones, '[]');
		NEW.emails := coalesce(NEW.emails, '[]');
		NEW.websites := coalesce(NEW.websites, '[]');
		NEW.data_boxes := coalesce(NEW.data_boxes, '[]');
		NEW.chars := coalesce(NEW.chars, '{}');
		IF NEW.phones <> '[]' THEN
			NEW.phones := peer.normal_list('phone', NEW.phones);
		END IF;
		IF NEW.emails <> '[]' THEN
			NEW.emails := peer.normal_list('email', NEW.emails);
		END IF;
		IF NEW.websites <> '[]' THEN
			NEW.websites := peer.normal_list('website', NEW.websites);
		END IF;
		NEW.match_keys := peer.match_keys(NEW.party_name, NEW.phones, NEW.emails, NEW.websites, NEW.data_boxes);
	END IF;
	IF NEW.party_name <> OLD.party_name THEN
		NEW.party_name := btrim(NEW.party_name);
		NEW.match_keys := peer.match_keys(NEW.party_name, NEW.phones, NEW.emails, NEW.websites, NEW.data_boxes);
	END IF;
	IF NEW.data_tags IS DISTINCT FROM OLD.data_tags THEN
		NEW.data_tags := peer.tidy_tags(coalesce(NEW.data_tags, '{}'));
	END IF;
	IF NEW.processing_data IS NOT NULL THEN
		PERFORM set_config('peer.processing_data', NEW.processing_data::text, true);
		NEW.processing_data := NULL;
	END IF;

	IF (NEW.lead_type, NEW.lead_rating, NEW.lead_source) IS DISTINCT FROM (OLD.lead_type, OLD.lead_rating, OLD.lead_source) THEN
		PERFORM FROM peer.lead_type t, peer.lead_rating r, peer.lead_source o
		WHERE t.code = NEW.lead_type AND r.code = NEW.lead_rating AND o.code = NEW.lead_source
			AND (t.code = OLD.lead_type OR current_date BETWEEN coalesce(t.validity_from, '-infinity') AND coalesce(t.validity_to, 'infinity'))
			AND (r.code = OLD.lead_rating OR current_date BETWEEN coalesce(r.validity_from, '-infinity') AND coalesce(r.validity_to, 'infinity'))
			AND (o.code = OLD.lead_source OR current_date BETWEEN coalesce(o.validity_from, '-infinity') AND coalesce(o.validity_to, 'infinity'));
		IF NOT FOUND THEN
			RAISE 'type %, rating % or source % is unknown or not valid today',
				NEW.lead_type, NEW.lead_rating, NEW.lead_source USING ERRCODE = 'LD007';
		END IF;
	END IF;

	NEW.status := coalesce(NEW.status, OLD.status);
	IF NEW.status <> OLD.status THEN
		IF NEW.status IN ('CONVERTED', 'CONVERTED_EXTERNAL')
				AND current_setting('peer.converting', true) IS DISTINCT FROM NEW.id::text THEN
			RAISE 'status % is set only by a conversion', NEW.status USING ERRCODE = 'LD006';
		END IF;
		SELECT t.needs_reason, t.needs_until
		INTO needs_reason, needs_until
		FROM peer.transition t
		WHERE t.from_status = OLD.status AND t.to_status = NEW.status;
		IF NOT FOUND THEN
			RAISE 'lead % cannot go from % to %', OLD.key, OLD.status, NEW.status USING ERRCODE = 'LD001';
		END IF;
		IF NOT reason_given THEN
			NEW.status_reason := NULL;
		END IF;
		IF needs_reason AND (NEW.status_reason IS NULL OR btrim(NEW.status_reason) = '') THEN
			RAISE 'status % needs a reason', NEW.status USING ERRCODE = 'LD003';
		END IF;
		IF needs_until THEN
			IF NEW.deferred_until IS NULL OR NEW.deferred_until <= moment OR NOT isfinite(NEW.deferred_until) THEN
				RAISE 'status % needs a date in the future', NEW.status USING ERRCODE = 'LD004';
			END IF;
		ELSE
			NEW.deferred_until := NULL;
		END IF;
		NEW.status_since := moment;
	ELSE
		NEW.status_since := OLD.status_since;
		IF NEW.status = 'LATER' AND NEW.deferred_until IS DISTINCT FROM OLD.deferred_until THEN
			IF NEW.deferred_until IS NULL OR NEW.deferred_until <= moment OR NOT isfinite(NEW.deferred_until) THEN
				RAISE 'status % needs a date in the future', NEW.status USING ERRCODE = 'LD004';
			END IF;
		ELSIF reason_given THEN
			RAISE 'status_reason changes only with the status' USING ERRCODE = '55000';
		END IF;
	END IF;

	NEW.key := coalesce(NEW.key, OLD.key);
	NEW.version := OLD.version + 1;
	NEW.inserted_at := OLD.inserted_at;
	NEW.inserted_by := OLD.inserted_by;
	NEW.inserted_by_actor := OLD.inserted_by_actor;
	NEW.edited_at := moment;
	NEW.edited_by := current_user;
	NEW.edited_by_actor := nullif(current_setting('peer.actor', true), '');
	RETURN NEW;
END $$;

-- One statement for all rows of an INSERT beats one for each. For an UPDATE, which
-- would have to join old and new rows, it does not.
CREATE FUNCTION peer.write_creations() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	INSERT INTO peer.lead_status_change (lead_id, version, to_status, reason, changed_at, changed_by, actor, xid)
	SELECT id, version, status, status_reason, status_since, edited_by, edited_by_actor, pg_current_xact_id()::text::bigint
	FROM added;
	RETURN NULL;
END $$;

CREATE FUNCTION peer.write_change() RETURNS trigger
	LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
	INSERT INTO peer.lead_status_change (lead_id, version, from_status, to_status, reason, entered_at, changed_at, changed_by, actor, xid)
	VALUES (NEW.id, NEW.version, OLD.status, NEW.status, NEW.status_reason, OLD.status_since, NEW.edited_at,
		NEW.edited_by, NEW.edited_by_actor, pg_current_xact_id()::text::bigint);
	RETURN NULL;
END $$;

CREATE TRIGGER guard_insert BEFORE INSERT ON peer.lead
	FOR EACH ROW EXECUTE FUNCTION peer.guard_insert();
CREATE TRIGGER guard_update BEFORE UPDATE ON peer.lead
	FOR EACH ROW EXECUTE FUNCTION peer.guard_update();
CREATE TRIGGER "HISTORY_insert" AFTER INSERT ON peer.lead
	REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION peer.write_creations();
CREATE TRIGGER "HISTORY_update" AFTER UPDATE ON peer.lead
	FOR EACH ROW WHEN (OLD.status <> NEW.status OR OLD.deferred_until <> NEW.deferred_until)
	EXECUTE FUNCTION peer.write_change();

-- Customers, accounts, persons: key, empty lists, tags.

CREATE FUNCTION peer.fill_customer() RETURNS trigger
	LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.key IS NULL OR NEW.key = '' THEN
		NEW.key := peer.next_key('CUSTOMER');
	END IF;
	IF (NEW.contact_instants IS NULL OR NEW.phones IS NULL OR NEW.emails IS NULL OR NEW.websites IS NULL
			OR NEW.data_boxes IS NULL OR NEW.data_tags IS NULL OR NEW.chars IS NULL) THEN
		NEW.contact_instants := coalesce(NEW.contact_instants, '[]');
		NEW.phones := coalesce(NEW.phones, '[]');
		NEW.emails := coalesce(NEW.emails, '[]');
		NEW.websites := coalesce(NEW.websites, '[]');
		NEW.data_boxes := coalesce(NEW.data_boxes, '[]');
		NEW.data_tags := coalesce(NEW.data_tags, '{}');
		NEW.chars := coalesce(NEW.chars, '{}');
	END IF;
	IF NEW.phones <> '[]' THEN
		NEW.phones := peer.normal_list('phone', NEW.phones);
	END IF;
	IF NEW.emails <> '[]' THEN
		NEW.emails := peer.normal_list('email', NEW.emails);
	END IF;
	IF NEW.websites <> '[]' THEN
		NEW.websites := peer.normal_list('website', NEW.websites);
	END IF;
	NEW.match_keys := peer.match_keys(NEW.name, NEW.phones, NEW.emails, NEW.websites, NEW.data_boxes);
	IF NEW.data_tags <> '{}' THEN
		NEW.data_tags := peer.tidy_tags(NEW.data_tags);
	END IF;
	RETURN NEW;
END $$;

CREATE FUNCTION peer.fill_account() RETURNS trigger
	LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.key IS NULL OR NEW.key = '' THEN
		NEW.key := peer.next_key('ACCOUNT');
	END IF;
	IF NEW.chars IS NULL THEN
		NEW.chars := '{}';
	END IF;
	RETURN NEW;
END $$;

CREATE FUNCTION peer.fill_person() RETURNS trigger
	LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.key IS NULL OR NEW.key = '' THEN
		NEW.key := peer.next_key('PERSON');
	END IF;
	IF (NEW.contact_instants IS NULL OR NEW.phones IS NULL OR NEW.emails IS NULL OR NEW.websites IS NULL
			OR NEW.data_boxes IS NULL OR NEW.data_tags IS NULL OR NEW.chars IS NULL) THEN
		NEW.contact_instants := coalesce(NEW.contact_instants, '[]');
		NEW.phones := coalesce(NEW.phones, '[]');
		NEW.emails := coalesce(NEW.emails, '[]');
		NEW.websites := coalesce(NEW.websites, '[]');
		NEW.data_boxes := coalesce(NEW.data_boxes, '[]');
		NEW.data_tags := coalesce(NEW.data_tags, '{}');
		NEW.chars := coalesce(NEW.chars, '{}');
	END IF;
	IF NEW.phones <> '[]' THEN
		NEW.phones := peer.normal_list('phone', NEW.phones);
	END IF;
	IF NEW.emails <> '[]' THEN
		NEW.emails := peer.normal_list('email', NEW.emails);
	END IF;
	IF NEW.websites <> '[]' THEN
		NEW.websites := peer.normal_list('website', NEW.websites);
	END IF;
	IF NEW.data_tags <> '{}' THEN
		NEW.data_tags := peer.tidy_tags(NEW.data_tags);
	END IF;
	RETURN NEW;
END $$;

CREATE TRIGGER fill_customer BEFORE INSERT OR UPDATE ON peer.customer
	FOR EACH ROW EXECUTE FUNCTION peer.fill_customer();
CREATE TRIGGER fill_account BEFORE INSERT OR UPDATE ON peer.account
	FOR EACH ROW EXECUTE FUNCTION peer.fill_account();
CREATE TRIGGER fill_person BEFORE INSERT OR UPDATE ON peer.person
	FOR EACH ROW EXECUTE FUNCTION peer.fill_person();

CREATE FUNCTION peer.transition(
	lead_id uuid, to_status peer.lead_status, reason text DEFAULT NULL,
	until timestamptz DEFAULT NULL, processing_data jsonb DEFAULT NULL) RETURNS peer.lead
	LANGUAGE plpgsql AS $$
DECLARE
	moved peer.lead;
BEGIN
	UPDATE peer.lead l
	SET status = transition.to_status, status_reason = transition.reason,
		deferred_until = transition.until, processing_data = transition.processing_data
	WHERE l.id = transition.lead_id
		AND (l.status <> transition.to_status OR l.deferred_until <> transition.until)
	RETURNING * INTO moved;
	IF NOT FOUND THEN
		SELECT * INTO moved FROM peer.lead l WHERE l.id = transition.lead_id;
		IF NOT FOUND THEN
			RAISE 'there is no lead %', lead_id USING ERRCODE = 'P0002';
		END IF;
	END IF;
	RETURN moved;
END $$;

CREATE FUNCTION peer.convert(
	lead_id uuid, customer_id uuid DEFAULT NULL, reason text DEFAULT NULL,
	processing_data jsonb DEFAULT NULL) RETURNS peer.lead_conversion
	LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	l peer.lead;
	made peer.lead_conversion;
	earlier peer.lead_conversion;
	missing text;
	customer uuid := convert.customer_id;
	makes_customer boolean := false;
	account uuid;
	persons uuid[];
	candidates bigint;
	policy text;
	new_version int;
BEGIN
	SELECT * INTO l FROM peer.lead WHERE id = convert.lead_id FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RAISE 'there is no lead %', convert.lead_id USING ERRCODE = 'P0002';
	END IF;
	IF l.status IN ('CONVERTED', 'CONVERTED_EXTERNAL') THEN
		SELECT * INTO made FROM peer.lead_conversion c WHERE c.lead_id = l.id AND c.reverted_at IS NULL;
		IF made.kind = 'CONVERTED' AND (customer IS NULL OR customer = made.customer_id) THEN
			RETURN made;
		END IF;
		RAISE 'lead % is converted elsewhere', l.key USING ERRCODE = 'LD005';
	END IF;

	SELECT string_agg(ch.name, ', ' ORDER BY ch.name) INTO missing
	FROM peer.lead_type t
		JOIN peer.characteristic ch ON ch.entity_spec_id = t.entity_spec_id
	WHERE t.code = l.lead_type AND ch.required AND coalesce(l.chars -> ch.name, 'null') = 'null';
	IF missing IS NOT NULL THEN
		RAISE 'lead % lacks %', l.key, missing USING ERRCODE = 'LD009';
	END IF;

	IF customer IS NULL THEN
		SELECT * INTO earlier
		FROM peer.lead_conversion c
		WHERE c.lead_id = l.id AND c.reverted_at IS NOT NULL AND c.customer_id IS NOT NULL
		ORDER BY c.version DESC
		LIMIT 1;
		customer := earlier.customer_id;
		makes_customer := coalesce(earlier.made_customer, true);
	END IF;
	IF customer IS NULL THEN
		-- materialized: for the first match alone the server would walk the table
		WITH found AS MATERIALIZED (
			SELECT c.id FROM peer.customer c
			WHERE c.match_keys && ARRAY(SELECT k FROM unnest(l.match_keys) k WHERE left(k, 2) IN ('p:', 'e:', 'b:'))
		)
		SELECT count(*) FROM found INTO candidates;
		IF candidates > 0 THEN
			SELECT p.on_convert INTO policy
			FROM peer.duplicate_policy p
			WHERE p.lead_type = l.lead_type OR p.lead_type IS NULL
			ORDER BY p.lead_type
			LIMIT 1;
			IF policy = 'refuse' THEN
				RAISE 'lead % may be an existing customer', l.key USING ERRCODE = 'LD011';
			ELSIF policy IS DISTINCT FROM 'ignore' THEN
				RAISE WARNING 'lead % may be an existing customer', l.key USING ERRCODE = 'LD011';
			END IF;
		END IF;
		INSERT INTO peer.customer (name, description, contact_instants, phones, emails, websites, data_boxes, data_tags, chars)
		VALUES (l.party_name, l.description, l.contact_instants, l.phones, l.emails, l.websites, l.data_boxes, l.data_tags, l.chars)
		RETURNING id INTO customer;
		INSERT INTO peer.account (name, customer_id)
		VALUES (l.party_name, customer)
		RETURNING id INTO account;
	ELSE
		UPDATE peer.customer c
		SET description = coalesce(c.description, l.description),
			contact_instants = peer.united(c.contact_instants, l.contact_instants),
			phones = peer.united(c.phones, l.phones),
			emails = peer.united(c.emails, l.emails),
			websites = peer.united(c.websites, l.websites),
			data_boxes = peer.united(c.data_boxes, l.data_boxes),
			data_tags = c.data_tags || l.data_tags,
			chars = l.chars || c.chars
		WHERE c.id = customer;
		IF NOT FOUND THEN
			RAISE 'there is no customer %', customer USING ERRCODE = '23503';
		END IF;
		SELECT a.id INTO account
		FROM peer.account a
		WHERE a.customer_id = customer AND (a.account_end_date IS NULL OR a.account_end_date >= current_date)
		ORDER BY (a.id = earlier.account_id) IS NOT TRUE, a.account_start_date, a.id
		LIMIT 1;
		IF NOT FOUND THEN
			INSERT INTO peer.account (name, customer_id)
			VALUES (l.party_name, customer)
			RETURNING id INTO account;
		END IF;
	END IF;
	WITH moved AS (
		UPDATE peer.person p SET customer_id = customer
		WHERE p.lead_id = l.id AND p.customer_id IS NULL
		RETURNING p.id
	)
	SELECT coalesce(array_agg(moved.id), '{}') INTO persons FROM moved;

	PERFORM set_config('peer.converting', l.id::text, true);
	UPDATE peer.lead
	SET status = 'CONVERTED', status_reason = convert.reason, processing_data = convert.processing_data
	WHERE id = l.id
	RETURNING version, status_since INTO new_version, l.status_since;
	PERFORM set_config('peer.converting', '', true);

	INSERT INTO peer.lead_conversion (lead_id, version, kind, from_status, deferred_until, customer_id, account_id,
		person_ids, reason, converted_at, converted_by, converted_by_actor, made_customer)
	VALUES (l.id, new_version, 'CONVERTED', l.status, l.deferred_until, customer, account,
		persons, convert.reason, l.status_since, current_user, nullif(current_setting('peer.actor', true), ''),
		makes_customer)
	RETURNING * INTO made;
	RETURN made;
END $$;

CREATE FUNCTION peer.united(kept jsonb, added jsonb) RETURNS jsonb
	LANGUAGE sql IMMUTABLE
	RETURN kept || (
		SELECT coalesce(jsonb_agg(e.entry), '[]')
		FROM jsonb_array_elements(added) e (entry)
		WHERE NOT kept @> jsonb_build_array(e.entry));

-- Many leads in one call: what became of each, in the order of their ids, which is
-- the order of the locks. A refusal undoes its lead alone; what is not the lead's
-- fault ends the call.

CREATE TYPE peer.outcome AS (
	ord bigint,
	lead_id uuid,
	outcome text,
	status peer.lead_status,
	customer_id uuid,
	customer_ref text,
	sqlstate text,
	message text,
	detail text,
	hint text
);

CREATE FUNCTION peer.convert_many(
	lead_ids uuid[], reason text DEFAULT NULL, processing_data jsonb DEFAULT NULL) RETURNS SETOF peer.outcome
	LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	result peer.outcome;
	made peer.lead_conversion;
	began timestamptz;
BEGIN
	FOR result.ord, result.lead_id IN
		SELECT u.ord, u.id FROM unnest(lead_ids) WITH ORDINALITY u (id, ord) ORDER BY u.id, u.ord
	LOOP
		began := clock_timestamp();
		BEGIN
			made := peer.convert(result.lead_id, NULL, convert_many.reason, convert_many.processing_data);
			result := (result.ord, result.lead_id, CASE WHEN made.converted_at < began THEN 'REPLAYED' ELSE 'CONVERTED' END,
				made.kind, made.customer_id, made.customer_ref, NULL, NULL, NULL, NULL);
		EXCEPTION
			WHEN transaction_rollback OR insufficient_resources OR operator_intervention THEN
				RAISE;
			WHEN OTHERS THEN
				result := peer.refused(result.ord, result.lead_id, SQLSTATE, SQLERRM);
		END;
		RETURN NEXT result;
	END LOOP;
END $$;

CREATE FUNCTION peer.transition_many(
	lead_ids uuid[], to_status peer.lead_status, reason text DEFAULT NULL,
	until timestamptz DEFAULT NULL, processing_data jsonb DEFAULT NULL) RETURNS SETOF peer.outcome
	LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	result peer.outcome;
	moved peer.lead;
	began timestamptz;
BEGIN
	FOR result.ord, result.lead_id IN
		SELECT u.ord, u.id FROM unnest(lead_ids) WITH ORDINALITY u (id, ord) ORDER BY u.id, u.ord
	LOOP
		began := clock_timestamp();
		BEGIN
			moved := peer.transition(result.lead_id, transition_many.to_status, transition_many.reason,
				transition_many.until, transition_many.processing_data);
			result := (result.ord, result.lead_id, CASE WHEN moved.edited_at < began THEN 'REPLAYED' ELSE 'CHANGED' END,
				moved.status, NULL, NULL, NULL, NULL, NULL, NULL);
		EXCEPTION
			WHEN transaction_rollback OR insufficient_resources OR operator_intervention THEN
				RAISE;
			WHEN OTHERS THEN
				result := peer.refused(result.ord, result.lead_id, SQLSTATE, SQLERRM);
		END;
		RETURN NEXT result;
	END LOOP;
END $$;

CREATE FUNCTION peer.refused(ord bigint, lead_id uuid, sqlstate text, message text) RETURNS peer.outcome
	LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT (refused.ord, refused.lead_id, 'REFUSED', l.status, NULL::uuid, NULL, refused.sqlstate, refused.message, NULL, NULL)::peer.outcome
	FROM (SELECT) one
		LEFT JOIN peer.lead l ON l.id = refused.lead_id;
END;
