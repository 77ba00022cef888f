# A database full of leads, and of what users hang on our tables, comes back
# from every kind of dump as it was: each row, each object, each privilege; and
# the guard judges again afterwards.
#
# Two databases are dumped: "crm" belongs to a superuser, "owned" is the same
# with all tables in the hands of a role that is none.

use strict;
use warnings;

use File::Path qw(remove_tree);
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir;
my $notice = qr/NOTICE:  the tables of lead are left to the dump that is being restored/;

# ---------------------------------------------------------------- what is dumped

my $roles = <<'END';
CREATE ROLE crm_owner LOGIN;
CREATE ROLE crm_agent LOGIN;
CREATE ROLE crm_admin LOGIN;
CREATE ROLE crm_reader LOGIN;
CREATE ROLE crm_backup LOGIN BYPASSRLS IN ROLE crm_reader;
CREATE ROLE crm_sales;
END

my $leads = <<'END';
CREATE EXTENSION lead;
SELECT FROM lead.add_starter_registers();

-- Registers with all that a user may put there.
INSERT INTO lead.entity_spec (code, name, description) VALUES ('BROADBAND', 'Broadband', 'What we must know');
INSERT INTO lead.characteristic (entity_spec_id, name, required, default_value, condition, message)
	SELECT id, 'speed', true, '100'::jsonb, '$ > 0'::jsonpath, 'a speed is positive' FROM lead.entity_spec
	UNION ALL SELECT id, 'note', false, '"tři\nřádky"', NULL, NULL FROM lead.entity_spec;
INSERT INTO lead.lead_type (code, name, entity_spec_id, mnemonic_code, create_privilege, localization_data,
		registry, config, icon, tsm_module, data_tags, processing_data)
	SELECT 'FIBRE', 'Fibre', id, 'F{YYYY}-{SEQ:4}', 'crm_sales', '{"cs": {"name": "Optika"}}',
		'{"a": 1}', '{"b": [2]}', 'wire', 'crm', '{x,"y z"}', '{"gone": true}' FROM lead.entity_spec;
INSERT INTO lead.lead_type (code, name) VALUES ('DEAL', 'Goes to crm.client');
INSERT INTO lead.lead_source (code, name, validity_from, validity_to)
	VALUES ('FAIR', 'Fair', current_date - 10, current_date + 10);
INSERT INTO lead.lead_rating (code, name, validity_to) VALUES ('OLD', 'Old', current_date + 10);

-- Overrides: one that allows, one that forbids, one that waives a reason, one
-- with a condition.
INSERT INTO lead.lead_status_rule (from_status, to_status, allowed, needs_reason, condition, message) VALUES
	('NON_WORKING', 'NEW', true, NULL, NULL, NULL),
	('NEW', 'WORKING', false, NULL, NULL, NULL),
	('NEW', 'REJECTED', true, false, NULL, NULL),
	('WORKING', 'UNSUCCESSFUL', true, true, '$.statusReason == "PRICE" || $.statusReason == "NO NEED"', 'choose a lost reason');

-- A conversion target and an event function of the user's own.
CREATE SCHEMA crm;
CREATE TABLE crm.client (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, told jsonb);
CREATE FUNCTION crm.make_client(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text
	LANGUAGE sql AS $$
	INSERT INTO crm.client (name, told) VALUES ((lead).party_name, processing_data) RETURNING id::text $$;
INSERT INTO lead.conversion_target (lead_type, function) VALUES ('DEAL', 'crm.make_client');
CREATE TABLE crm.event_log (n serial PRIMARY KEY, event text, key text, status lead.lead_status);
CREATE FUNCTION crm.log_event(event text, old lead.lead, new lead.lead) RETURNS void
	LANGUAGE sql AS $$
	INSERT INTO crm.event_log (event, key, status) VALUES (event, (coalesce(new, old)).key, (coalesce(new, old)).status) $$;
INSERT INTO lead.event_binding (code, event, function, condition, enabled) VALUES
	('a', 'CONVERT', 'crm.log_event', NULL, true),
	('b', 'STATUS_CHANGE', 'crm.log_event', '$.priority == "HIGH"', true),
	('c', 'DELETE', 'crm.log_event', NULL, false);

-- Leads in every status, persons.
SET lead.actor = 'jana';
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, priority, phones, emails, data_tags, chars, description)
	SELECT 'D-' || n, 'Party ' || n, CASE WHEN n % 5 = 0 THEN 'OLD' ELSE 'HOT' END,
		CASE WHEN n % 3 = 0 THEN 'FAIR' ELSE 'WEB' END,
		CASE n % 4 WHEN 0 THEN 'DEAL' WHEN 1 THEN 'FIBRE' ELSE 'B2B' END,
		(ARRAY['HIGH', 'MEDIUM', 'LOW', NULL]::lead.lead_priority[])[n % 4 + 1],
		'["+420777123456", {"value": "+420777123457", "primary": true, "x": null}]', '[{"value": "a@example.com", "type": "work"}]',
		ARRAY['tag', 'with "quotes" and \'], '{"speed": 100, "region": "Žďár"}', E'line\nline\t\\. end'
	FROM generate_series(1, 40) n;
-- Contacts of all kinds, as people write them; and some from before there were rules,
-- which no INSERT would take today.
SET lead.default_region = 'CZ';
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, phones, emails, websites, data_boxes, contact_instants)
	VALUES ('CONTACTS', 'Žluťoučký kůň, s.r.o.', 'HOT', 'WEB', 'B2B',
		'["603 123 456", {"value": "+44 20 7946 0018 ext. 12", "type": "office", "primary": true, "note": {"a": [1.50]}}, "00420 603 123 456"]',
		'["info@ŽLUŤOUČKÝ.cz", "Jo@Example.COM"]', '["www.žluťoučký.cz/kůň?a=ž", "example.com", "https://example.com/"]', '["6BNAAWP"]',
		'[{"value": "@jo", "service": "signal"}, "jo ž"]');
INSERT INTO lead.customer (key, name, phones, emails) VALUES ('CONTACTS', 'Kůň', '["224 123 456 kl. 7"]', '["a@bücher.example"]');
RESET lead.default_region;
SET session_replication_role = replica;
INSERT INTO lead.customer (id, key, name, phones, emails) VALUES (gen_random_uuid(), 'OLD', 'Old', '["603 123 456", "call me"]', '["jo", {"address": 1}]');
RESET session_replication_role;
INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type)
	VALUES ('Keyed one', 'HOT', 'WEB', 'B2B'), ('Keyed two', 'HOT', 'WEB', 'FIBRE');
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type, status, deferred_until)
	VALUES ('L-1', 'Born later', 'HOT', 'WEB', 'B2B', 'LATER', now() + interval '1 year');
INSERT INTO lead.person (first_name, last_name, lead_id, phones, user_id)
	SELECT 'Jana', 'Nová ' || l.key, l.id, '["+420777123458"]', l.id FROM lead.lead l WHERE l.key LIKE 'D-1%' ORDER BY l.key;

UPDATE lead.lead SET status = 'IN_PROGRESS', assigned_to = 'petr', processing_data = '{"secret": 1}' WHERE key BETWEEN 'D-2' AND 'D-4';
UPDATE lead.lead SET status = 'WORKING' WHERE key BETWEEN 'D-3' AND 'D-4';
UPDATE lead.lead SET status = 'NON_WORKING' WHERE key IN ('D-20', 'D-21');
UPDATE lead.lead SET status = 'NEW' WHERE key = 'D-20';
UPDATE lead.lead SET status = 'LATER', deferred_until = now() + interval '5 days', status_reason = 'holiday' WHERE key IN ('D-22', 'D-23');
UPDATE lead.lead SET deferred_until = now() + interval '9 days' WHERE key = 'D-23';
UPDATE lead.lead SET status = 'REJECTED', status_reason = 'spam' WHERE key IN ('D-24', 'D-25');
SELECT FROM lead.transition((SELECT id FROM lead.lead WHERE key = 'D-25'), 'NEW', 'was a mistake');
UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'PRICE' WHERE key IN ('D-30', 'D-31');
SELECT FROM lead.claim('eva', 3);

-- Conversions: to a customer, to the same customer, reverted, reverted and made
-- again, to other systems, to the user's own table.
SELECT FROM lead.convert((SELECT id FROM lead.lead WHERE key = 'D-13'));
SELECT FROM lead.convert((SELECT id FROM lead.lead WHERE key = 'D-14'),
	(SELECT customer_id FROM lead.lead_conversion), reason => 'same firm');
SELECT FROM lead.convert((SELECT id FROM lead.lead WHERE key = 'D-15'));
SELECT FROM lead.revert_conversion((SELECT id FROM lead.lead WHERE key = 'D-15'), 'too early');
SELECT FROM lead.convert((SELECT id FROM lead.lead WHERE key = 'D-17'));
SELECT FROM lead.revert_conversion((SELECT id FROM lead.lead WHERE key = 'D-17'), 'wrong');
SELECT FROM lead.convert((SELECT id FROM lead.lead WHERE key = 'D-17'));
SELECT FROM lead.convert_external((SELECT id FROM lead.lead WHERE key = 'D-18'), 'SAP', 'C-77', 'there already');
SELECT FROM lead.convert_external((SELECT id FROM lead.lead WHERE key = 'D-19'), 'SAP');
SELECT FROM lead.revert_conversion((SELECT id FROM lead.lead WHERE key = 'D-19'), 'not there');
SELECT FROM lead.convert((SELECT id FROM lead.lead WHERE key = 'D-36'), processing_data => '{"campaign": 7}');
SELECT FROM lead.convert((SELECT id FROM lead.lead WHERE key = 'D-12'));
INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type) VALUES ('E-1', 'To be erased', 'HOT', 'WEB', 'B2B');
SELECT FROM lead.convert((SELECT id FROM lead.lead WHERE key = 'E-1'));
SELECT FROM lead.erase((SELECT id FROM lead.lead WHERE key = 'E-1'), 'asked for it');
-- An import that is not at its end: a line of each state.
INSERT INTO lead.lead_import (batch, payload) VALUES ('fair', '{"key": "D-20"}'), ('fair', '{"priority": "x"}');
CALL lead.run_import('fair', on_duplicate => 'skip');
INSERT INTO lead.lead_import (batch, payload) VALUES ('fair', '{"key": "D-21", "description": "imported"}');
CALL lead.run_import('fair', on_duplicate => 'update');
INSERT INTO lead.lead_import (batch, payload) VALUES ('fair', '{"key": "D-22"}');
-- Duplicates: what is to become of them, from now on.
INSERT INTO lead.duplicate_policy (lead_type, on_create, on_convert, description) VALUES
	(NULL, 'warn', 'ignore', 'říkej'), ('B2B', 'refuse', 'refuse', NULL);
RESET lead.actor;
DELETE FROM lead.lead WHERE key = 'D-11';

-- Codes expire after they were used.
UPDATE lead.lead_source SET validity_to = current_date - 1 WHERE code = 'FAIR';
UPDATE lead.lead_rating SET validity_to = current_date - 1 WHERE code = 'OLD';

-- What users do to tables that are theirs.
ALTER TABLE lead.lead ADD COLUMN dropped int;
ALTER TABLE lead.lead ADD COLUMN region text DEFAULT 'north';
ALTER TABLE lead.lead DROP COLUMN dropped;
ALTER TABLE lead.lead ADD COLUMN region_upper text GENERATED ALWAYS AS (upper(region)) STORED;
ALTER TABLE lead.lead ADD CONSTRAINT crm_region_check CHECK (region <> 'nowhere');
ALTER TABLE lead.lead ALTER COLUMN lead_rating SET DEFAULT 'WARM';
ALTER TABLE lead.lead ALTER COLUMN party_name SET STATISTICS 500;
ALTER TABLE lead.lead SET (fillfactor = 80);
COMMENT ON COLUMN lead.lead.region IS 'ours';
COMMENT ON COLUMN lead.lead.description IS 'said otherwise';
CREATE INDEX crm_lead_region ON lead.lead (region, lower(party_name)) WHERE status <> 'NEW';
CREATE STATISTICS crm.lead_stats ON lead_type, lead_source FROM lead.lead;
CREATE FUNCTION crm.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.region := coalesce(NEW.region, 'south');
	RETURN NEW;
END $$;
CREATE TRIGGER crm_touch BEFORE INSERT OR UPDATE ON lead.lead FOR EACH ROW EXECUTE FUNCTION crm.touch();
CREATE TRIGGER crm_off BEFORE UPDATE ON lead.lead FOR EACH ROW EXECUTE FUNCTION crm.touch();
ALTER TABLE lead.lead DISABLE TRIGGER crm_off;
UPDATE lead.lead SET region = 'east' WHERE key LIKE 'D-3%';
-- Merges: two leads into a third.
SELECT FROM lead.merge((SELECT id FROM lead.lead WHERE key = 'D-37'), ARRAY(SELECT id FROM lead.lead WHERE key IN ('D-38', 'D-39') ORDER BY key));
CREATE POLICY crm_own ON lead.lead TO crm_agent USING (assigned_to = current_user OR assigned_to IS NULL) WITH CHECK (true);
CREATE POLICY crm_all ON lead.lead TO crm_admin USING (true);
ALTER TABLE lead.lead ENABLE ROW LEVEL SECURITY;
CREATE TABLE crm.task (id int PRIMARY KEY, lead_id uuid NOT NULL REFERENCES lead.lead, was lead.lead_status);
INSERT INTO crm.task SELECT row_number() OVER (ORDER BY key), id, status FROM lead.lead WHERE key <> 'D-10';
CREATE TABLE crm.snapshot (id int PRIMARY KEY, lead lead.lead);
INSERT INTO crm.snapshot SELECT row_number() OVER (ORDER BY key), l FROM lead.lead l;
CREATE VIEW crm.open_lead AS SELECT l.key, l.status, l.party_name, l.region FROM lead.lead l WHERE l.status < 'CONVERTED';
CREATE MATERIALIZED VIEW crm.by_class AS SELECT status_class, count(*) AS leads FROM lead.lead_report GROUP BY 1;
CREATE PUBLICATION crm_pub FOR TABLE lead.lead, lead.lead_status_change;
SELECT lead.grant_access('crm_reader', 'reader'), lead.grant_access('crm_agent', 'agent'), lead.grant_access('crm_admin', 'administrator');
GRANT SELECT (key, status) ON lead.lead TO crm_sales;
GRANT USAGE ON SCHEMA crm TO crm_agent;
GRANT INSERT ON crm.event_log, crm.client TO crm_agent;
GRANT USAGE ON SEQUENCE crm.event_log_n_seq TO crm_agent;
END

# The owner of the tables is the one whom a dump would stop at FORCE.
my $force = 'ALTER TABLE lead.person ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;';

my $to_owner = <<'END';
DO $$
DECLARE
	owned record;
BEGIN
	FOR owned IN
		SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS type,
			c.oid::regclass::text AS name
		FROM pg_class c
		WHERE relnamespace IN ('lead'::regnamespace, 'crm'::regnamespace) AND relkind IN ('r', 'v', 'm', 'S')
			AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i') AND relkind = 'S')
		UNION ALL
		SELECT 'FUNCTION', p.oid::regprocedure::text
		FROM pg_proc p
		WHERE pronamespace IN ('lead'::regnamespace, 'crm'::regnamespace)
			AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
		UNION ALL VALUES ('SCHEMA', 'lead'), ('SCHEMA', 'crm'), ('PUBLICATION', 'crm_pub'), ('STATISTICS', 'crm.lead_stats')
	LOOP
		EXECUTE format('ALTER %s %s OWNER TO crm_owner', owned.type, owned.name);
	END LOOP;
END $$;
END

# ---------------------------------------------------------------- a database in words

# Rows as one checksum a table, whatever their order; sequences; what the
# catalogs say of every object, and which ones are members of the extension.
my $rows_query = <<'END';
SELECT format('SELECT %L, count(*), md5(coalesce(string_agg(whole_row::text, E''\n'' ORDER BY whole_row::text COLLATE pg_catalog."C"), '''')) FROM %s whole_row',
	'rows of ' || c.oid::regclass, c.oid::regclass)
FROM pg_class c
WHERE c.relkind IN ('r', 'm') AND c.relnamespace::regnamespace::text IN ('lead', 'crm')
UNION ALL
SELECT format('SELECT %L, last_value, is_called FROM %s', 'sequence ' || c.oid::regclass, c.oid::regclass)
FROM pg_class c
WHERE c.relkind = 'S' AND c.relnamespace::regnamespace::text IN ('lead', 'crm')
ORDER BY 1 \gexec
END

my $catalog_query = <<'END';
WITH relation AS (
	SELECT c.* FROM pg_class c
	WHERE c.relnamespace::regnamespace::text IN ('lead', 'crm') AND c.relkind IN ('r', 'v', 'm', 'S')
), function AS (
	SELECT p.* FROM pg_proc p WHERE p.pronamespace::regnamespace::text IN ('lead', 'crm')
)
SELECT concat_ws(' | ', 'relation', oid::regclass, relkind, relrowsecurity, relforcerowsecurity, relreplident, reloptions,
	relowner::regrole, (SELECT array_agg(a::text ORDER BY a::text COLLATE "C") FROM unnest(relacl) a), obj_description(oid, 'pg_class'))
FROM relation
UNION ALL
SELECT concat_ws(' | ', 'column', r.oid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attgenerated, attidentity,
	nullif(attstattarget, -1), (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef d WHERE d.adrelid = r.oid AND d.adnum = attnum),
	attacl, col_description(r.oid, attnum))
FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT concat_ws(' | ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(c.oid), convalidated)
FROM relation r JOIN pg_constraint c ON c.conrelid = r.oid
UNION ALL
SELECT concat_ws(' | ', 'index', pg_get_indexdef(indexrelid), indisvalid, indisready)
FROM relation r JOIN pg_index i ON i.indrelid = r.oid
UNION ALL
SELECT concat_ws(' | ', 'trigger', tgenabled, pg_get_triggerdef(t.oid))
FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT tgisinternal
UNION ALL
SELECT concat_ws(' | ', 'policy', p.*::text) FROM pg_policies p
UNION ALL
SELECT concat_ws(' | ', 'view', oid::regclass, pg_get_viewdef(oid)) FROM relation WHERE relkind IN ('v', 'm')
UNION ALL
SELECT concat_ws(' | ', 'function', oid::regprocedure, proowner::regrole,
	(SELECT array_agg(a::text ORDER BY a::text COLLATE "C") FROM unnest(proacl) a),
	pg_get_functiondef(oid), obj_description(oid, 'pg_proc'))
FROM function
UNION ALL
SELECT concat_ws(' | ', 'member', extname, extversion, extnamespace::regnamespace, pg_describe_object(d.classid, d.objid, d.objsubid))
FROM pg_extension e JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
WHERE e.extname = 'lead'
END

# Where somebody else than before owns all, the owners are masked. A second dump
# says most of what the catalogs say, but takes longer.
sub portrait
{
	my ($node, $db, %how) = @_;
	my $text = $node->safe_psql($db, "SET search_path = ''; SET timezone = 'UTC';\n$rows_query\n;$catalog_query;");

	if ($how{mask_owner})
	{
		$text =~ s/\b(crm_owner|$how{superuser})\b/OWNER/g;
		$text =~ s/(?<= \| \{)([^{}|]+=[^{}|]+)(?=\})/join ',', sort split m{,}, $1/ge;
	}
	$text .= "\n" . schema_dump($node, $db) unless $how{no_dump};
	return $text;
}

# pg_dump's own view of it, without what differs from one dump to the next.
sub schema_dump
{
	my ($node, $db) = @_;
	my ($out, $err) = run_command([ 'pg_dump', '-s', '-d', $node->connstr($db) ]);

	is($err, '', "$db can be dumped again");
	return join "\n", grep { !/^\\(un)?restrict |^-- Dumped / } split /\n/, $out;
}

# The lines that only one has, and no more than a screenful of them.
sub same_portrait
{
	my ($got, $wanted, $name) = @_;
	my (%count, @differ);

	$count{$_}++ for split /\n/, $wanted;
	$count{$_}-- for split /\n/, $got;
	@differ = map { ($count{$_} > 0 ? 'missing: ' : 'surplus: ') . $_ } grep { $count{$_} != 0 } sort keys %count;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok(@differ == 0, $name) or diag(join "\n", @differ > 30 ? (@differ[ 0 .. 29 ], '...') : @differ);
}

# ---------------------------------------------------------------- life goes on

# Each line: what is tried, and how it ends: ok, or the SQLSTATE.
my @attempts = (
	[ 'a pair that a rule forbids', 'LD001', q{UPDATE lead.lead SET status = 'WORKING' WHERE key = 'D-1'} ],
	[ 'a pair that a rule allows', 'ok', q{UPDATE lead.lead SET status = 'NEW' WHERE key = 'D-21'} ],
	[ 'a pair that the built-in graph lacks', 'LD001', q{UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'x' WHERE key = 'D-1'} ],
	[ 'a conversion by hand', 'LD006', q{UPDATE lead.lead SET status = 'CONVERTED' WHERE key = 'D-1'} ],
	[ 'a reason that a rule waives', 'ok', q{UPDATE lead.lead SET status = 'REJECTED' WHERE key = 'D-5'} ],
	[ 'a missing reason', 'LD003', q{UPDATE lead.lead SET status = 'REJECTED' WHERE key = 'D-32'} ],
	[ 'a condition that does not hold', 'LD002', q{UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'BORED' WHERE key = 'D-32'} ],
	[ 'a condition that holds', 'ok', q{UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'PRICE' WHERE key = 'D-32'} ],
	[ 'a past date', 'LD004', q{UPDATE lead.lead SET status = 'LATER', deferred_until = now() - interval '1 day' WHERE key = 'D-1'} ],
	[ 'an expired code', 'LD007', q{INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type) VALUES ('x', 'HOT', 'FAIR', 'B2B')} ],
	[ 'a lead that keeps an expired code', 'ok', q{UPDATE lead.lead SET description = 'still there' WHERE key = 'D-33'} ],
	[ 'an unknown code', '23503', q{INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type) VALUES ('x', 'HOT', 'NOWHERE', 'B2B')} ],
	[ 'a new lead with the defaults of the user', 'ok', q{INSERT INTO lead.lead (party_name, lead_source, lead_type, region) VALUES ('Next', 'WEB', 'B2B', NULL)} ],
	[ 'a new lead with a template for its key', 'ok', q{INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type) VALUES ('Next fibre', 'HOT', 'WEB', 'FIBRE')} ],
	[ 'the check of the user', '23514', q{UPDATE lead.lead SET region = 'nowhere' WHERE key = 'D-1'} ],
	[ 'a new lead that lacks a required characteristic', 'LD009', q{INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type, chars) VALUES ('x', 'HOT', 'WEB', 'FIBRE', '{"speed": null}')} ],
	[ 'chars that do not meet a condition', 'LD009', q{UPDATE lead.lead SET chars = '{"speed": 0}' WHERE party_name = 'Next fibre'} ],
	[ 'a default that was filled in', 'ok', q{UPDATE lead.lead SET description = 1 / (chars ->> 'speed' = '100')::int WHERE party_name = 'Next fibre'} ],
	[ 'a conversion', 'ok', q{SELECT lead.convert(id) FROM lead.lead WHERE key = 'D-33'} ],
	[ 'a conversion to the user\'s own table', 'ok', q{SELECT lead.convert(id) FROM lead.lead WHERE key = 'D-28'} ],
	[ 'a conversion that was reverted', 'ok', q{SELECT lead.convert(id) FROM lead.lead WHERE key = 'D-15'} ],
	[ 'the same conversion elsewhere', 'LD005', q{SELECT lead.convert_external(id, 'SAP') FROM lead.lead WHERE key = 'D-13'} ],
	[ 'a reversal', 'ok', q{SELECT lead.revert_conversion(id, 'wrong') FROM lead.lead WHERE key = 'D-14'} ],
	[ 'the deletion of a converted lead', '23503', q{DELETE FROM lead.lead WHERE key = 'D-13'} ],
	[ 'the reopening of a merged lead', 'LD001', q{UPDATE lead.lead SET status = 'NEW', status_reason = 'again' WHERE key = 'D-38'} ],
	[ 'the deletion of a merged lead', '23503', q{DELETE FROM lead.lead WHERE key = 'D-38'} ],
	[ 'taking the latest merge back', 'ok', q{SELECT lead.unmerge(id) FROM lead.lead WHERE key = 'D-39'} ],
	[ 'a merge', 'ok', q{SELECT lead.merge(w.id, ARRAY[l.id]) FROM lead.lead w, lead.lead l WHERE w.key = 'D-37' AND l.key = 'D-39'} ],
	[ 'a duplicate of a type that refuses', 'LD011', q{INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type, phones) VALUES ('Twin', 'HOT', 'WEB', 'B2B', '["+420777123456"]')} ],
	[ 'a conversion into a second customer', 'LD011', q{SELECT lead.convert(id) FROM lead.lead WHERE key = 'D-34'} ],
	[ 'the deletion of a lead with a task', '23503', q{DELETE FROM lead.lead WHERE key = 'D-1'} ],
	[ 'the deletion of an erased lead', '23503', q{DELETE FROM lead.lead WHERE key LIKE 'ERASED-%'} ],
	[ 'an erasure', 'ok', q{SELECT lead.erase(id, 'asked for it') FROM lead.lead WHERE key = 'D-13'} ],
	[ 'a lead erased again', 'ok', q{SELECT lead.erase(id, 'asked for it') FROM lead.lead WHERE party_name = 'ERASED'} ],
	[ 'the deletion of another lead', 'ok', q{DELETE FROM lead.lead WHERE key = 'D-10'} ],
	[ 'a second open conversion', '23505', q{
		INSERT INTO lead.lead_conversion (lead_id, version, kind, from_status, customer_id, converted_at, converted_by)
		SELECT lead_id, 99, kind, from_status, customer_id, converted_at, converted_by FROM lead.lead_conversion
		WHERE reverted_at IS NULL AND customer_id IS NOT NULL LIMIT 1} ],
	[ 'DROP EXTENSION', '2BP01', q{DROP EXTENSION lead} ],
	[ 'an agent who works a lead of his own', 'ok', q{SET LOCAL ROLE crm_agent; UPDATE lead.lead SET status = 'IN_PROGRESS', assigned_to = 'crm_agent' WHERE key = 'D-1'} ],
	[ 'an agent who writes history', '42501', q{SET LOCAL ROLE crm_agent; INSERT INTO lead.lead_status_change (lead_id, version, to_status, changed_at, changed_by, xid) SELECT id, 99, 'NEW', now(), 'me', 1 FROM lead.lead} ],
	[ 'an agent who erases', '42501', q{SET LOCAL ROLE crm_agent; SELECT lead.do_erase(NULL::lead.lead_erasure, id, 'asked') FROM lead.lead} ],
	[ 'an agent who changes a rule', '42501', q{SET LOCAL ROLE crm_agent; DELETE FROM lead.lead_status_rule} ],
	[ 'a reader who writes', '42501', q{SET LOCAL ROLE crm_reader; UPDATE lead.lead SET description = 'x'} ],
	[ 'a type that asks for a role', '42501', q{SET LOCAL ROLE crm_agent; INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type) VALUES ('x', 'HOT', 'WEB', 'FIBRE')} ],
);

my $try = <<'END';
SET client_min_messages = warning;
SELECT clock_timestamp() AS started, max(n) AS logged FROM crm.event_log \gset
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RESET ROLE;
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
END

# What the attempts have left, as yes or no.
my @facts = (
	[ 'history of every lead is complete and ends at its status', q{
		SELECT bool_and(h.first_version = 1 AND h.last_status = l.status AND h.last_version <= l.version)
		FROM lead.lead l LEFT JOIN (
			SELECT lead_id, min(version) AS first_version, max(version) AS last_version, (array_agg(to_status ORDER BY version DESC))[1] AS last_status
			FROM lead.lead_status_change GROUP BY lead_id) h ON h.lead_id = l.id} ],
	[ 'each change was recorded', q{
		SELECT array_agg(format('%s %s>%s', l.key, h.from_status, h.to_status) ORDER BY l.key, h.version) =
			'{"D-1 NEW>IN_PROGRESS","D-14 CONVERTED>NEW","D-15 NEW>CONVERTED","D-21 NON_WORKING>NEW","D-28 IN_PROGRESS>CONVERTED","D-32 WORKING>UNSUCCESSFUL","D-33 WORKING>CONVERTED","D-39 REJECTED>WORKING","D-39 WORKING>REJECTED","D-5 NEW>REJECTED"}'
		FROM lead.lead_status_change h JOIN lead.lead l ON l.id = h.lead_id
		WHERE h.changed_at >= :'started' AND h.from_status IS NOT NULL} ],
	[ 'the agent stands in the history', q{
		SELECT h.changed_by = 'crm_agent' AND l.edited_by = 'crm_agent'
		FROM lead.lead_status_change h JOIN lead.lead l ON l.id = h.lead_id WHERE l.key = 'D-1' ORDER BY h.version DESC LIMIT 1} ],
	[ 'the sequence of the keys goes on', q{
		SELECT (regexp_match(n.key, '^B2B-(\d+)$|^LEAD-(\d+)$'))[2]::bigint > max((regexp_match(o.key, '(\d+)$'))[1]::bigint)
		FROM lead.lead n, (SELECT key FROM lead.lead WHERE inserted_at < :'started' AND key !~ '^([DL]|ERASED)-'
			UNION ALL SELECT key FROM lead.customer WHERE name NOT IN ('Party 33', 'ERASED') UNION ALL SELECT key FROM lead.person) o
		WHERE n.party_name = 'Next' GROUP BY n.key} ],
	[ 'keys follow the template', q{SELECT key ~ '^F\d{4}-\d{4,}$' FROM lead.lead WHERE party_name = 'Next fibre'} ],
	[ 'defaults and trigger of the user', q{SELECT lead_rating = 'WARM' AND region = 'south' AND region_upper = 'SOUTH' FROM lead.lead WHERE party_name = 'Next'} ],
	[ 'a reverted conversion finds its customer again', q{
		SELECT count(DISTINCT customer_id) = 1 AND count(*) = 2 FROM lead.lead_conversion c JOIN lead.lead l ON l.id = c.lead_id WHERE l.key = 'D-15'} ],
	[ 'merges stand, with what was before', q{
		SELECT array_agg(l.key ORDER BY m.merged_at) = '{D-38,D-39}' AND bool_and(w.key = 'D-37' AND m.winner_version = w.version AND m.loser_version = l.version
			AND m.loser_before ->> 'party_name' = l.party_name)
		FROM lead.lead_merge m JOIN lead.lead l ON l.id = m.loser_id JOIN lead.lead w ON w.id = m.winner_id} ],
	[ 'an import goes on where it stopped', q{
		SELECT string_agg(state || CASE WHEN l.id = i.lead_id THEN ' ' || l.key ELSE '' END, ', ' ORDER BY line) = 'SKIPPED D-20, REFUSED, DONE D-21, NEW'
			AND max(line) < nextval('lead.lead_import_line_seq') FROM lead.lead_import i LEFT JOIN lead.lead l ON l.id = i.lead_id WHERE batch = 'fair'} ],
	[ 'duplicates are found', q{
		SELECT count(*) FILTER (WHERE d.score > 0.9) > 20 FROM lead.lead l, lead.find_duplicates(l.id) d WHERE l.key = 'D-34'} ],
	[ 'persons lose the customer of a reverted conversion', q{
		SELECT count(*) = 1 AND bool_and(p.customer_id IS NULL) FROM lead.person p JOIN lead.lead l ON l.id = p.lead_id WHERE l.key = 'D-14'} ],
	[ 'the user\'s own target made a client with a fresh id', q{
		SELECT c.customer_ref = '3' AND c.customer_id IS NULL AND (SELECT name FROM crm.client WHERE id = 3) = 'Party 28'
		FROM lead.lead_conversion c JOIN lead.lead l ON l.id = c.lead_id WHERE l.key = 'D-28'} ],
	[ 'event bindings were called', q{
		SELECT array_agg(event || ' ' || key ORDER BY n) = '{"STATUS_CHANGE D-32","CONVERT D-33","CONVERT D-28","STATUS_CHANGE D-28","CONVERT D-15"}'
		FROM crm.event_log WHERE n > :logged} ],
	[ 'an agent sees his leads and free ones', q{SET LOCAL ROLE crm_agent; SELECT count(*) > 0 AND bool_and(assigned_to IS NULL OR assigned_to = 'crm_agent') FROM lead.lead} ],
	[ 'an administrator sees all', q{SET LOCAL ROLE crm_admin; SELECT count(*) = 45 FROM lead.lead} ],
	[ 'a reader, whom no policy names, sees none', q{SET LOCAL ROLE crm_reader; SELECT count(*) = 0 FROM lead.lead_report} ],
);

sub life_goes_on
{
	my ($node, $db, $name) = @_;
	my $script = $try;
	my (@got, @wanted);

	$script .= "SELECT pg_temp.try(\$try\$$_->[2]\$try\$);\n" for @attempts;
	for my $fact (@facts)
	{
		my $query = $fact->[1];
		my $role = $query =~ s/^(SET LOCAL ROLE \w+;)// ? $1 : '';
		$script .= "BEGIN;$role SELECT coalesce(($query)::text, 'null'); COMMIT;\n";
	}
	@got = split /\n/, $node->safe_psql($db, $script);
	push @wanted, map { "$_->[0]: $_->[1]" } @attempts;
	push @wanted, map { "$_->[0]: true" } @facts;
	my @labels = map { $_->[0] } @attempts, @facts;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	same_portrait(join("\n", map { "$labels[$_]: $got[$_]" } 0 .. $#got), join("\n", @wanted), "$name: life goes on");
}

# ---------------------------------------------------------------- dumping, restoring

# Runs a command that must succeed; returns what it wrote to stderr.
sub runs
{
	my ($name, @command) = @_;
	my ($out, $err);
	my $success = IPC::Run::run(\@command, '>', \$out, '2>', \$err);

	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($success, $name) or diag("@command\n$err");
	return $err;
}

# Runs a command that may fail; returns its errors alone.
sub errors_of
{
	my (@command) = @_;
	my ($out, $err);

	IPC::Run::run(\@command, '>', \$out, '2>', \$err);
	return join "\n", grep { /ERROR:/ } split /\n/, $err;
}

sub psql_file
{
	my ($node, $db, $file, @options) = @_;
	return ('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', @options, '-d', $node->connstr($db), '-f', $file);
}

sub new_database
{
	my ($node, $db, $template) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $db" . ($template ? " TEMPLATE $template" : ''));
}

sub new_node
{
	my ($name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(extra => [ '--encoding=UTF8', '--no-locale', '--no-sync' ]);
	$node->append_conf('postgresql.conf', slurp_file($ENV{LEAD_STAGE_CONF})) if $ENV{LEAD_STAGE_CONF};
	$node->append_conf('postgresql.conf', <<'END');
wal_level = logical
synchronous_commit = off
full_page_writes = off
autovacuum = off
jit = off
log_statement = none
END
	$node->start;
	return $node;
}

my $node = new_node('main');
my $crm = $node->connstr('crm');
my $owned = $node->connstr('owned');
my $superuser = $node->safe_psql('postgres', 'SELECT current_user');

$node->safe_psql('postgres', $roles);
new_database($node, 'crm');
$node->safe_psql('crm', $leads . $force);
is($node->safe_psql('crm', q{SELECT count(DISTINCT status) FROM lead.lead}), 9, 'there are leads in every status');
my $portrait = portrait($node, 'crm');
my $short_portrait = portrait($node, 'crm', no_dump => 1);

# ---- the whole cluster, into another one

{
	my $second = new_node('second');
	my $err;

	runs('pg_dumpall', 'pg_dumpall', '--no-sync', '-f', "$dir/all.sql", '-d', $node->connstr('postgres'));
	$err = errors_of(psql_file($second, 'postgres', "$dir/all.sql", '-v', 'ON_ERROR_STOP=0'));
	is($err =~ s/^.*ERROR:  role "$superuser" already exists$//r, '', 'pg_dumpall: restored, but for the role that was there');
	same_portrait(portrait($second, 'crm'), $portrait, 'pg_dumpall: all is as it was');
	life_goes_on($second, 'crm', 'pg_dumpall');
	$second->stop('immediate');
}

# ---- plain

runs('plain: dump', 'pg_dump', '-d', $crm, '-f', "$dir/plain.sql");
new_database($node, 'plain');
like(runs('plain: restore', psql_file($node, 'plain', "$dir/plain.sql")), $notice, 'plain: the notice is seen');
same_portrait(portrait($node, 'plain'), $portrait, 'plain: all is as it was');
life_goes_on($node, 'plain', 'plain');

# ---- custom, one transaction

runs('custom: dump', 'pg_dump', '-d', $crm, '-Fc', '-f', "$dir/custom");
new_database($node, 'custom');
{
	# In a session that reads phone numbers otherwise: what is restored is not read anew.
	local $ENV{PGOPTIONS} = '-c lead.default_region=US';
	like(runs('custom: restore', 'pg_restore', '--verbose', '--single-transaction', '--exit-on-error', '-d', $node->connstr('custom'), "$dir/custom"),
		$notice, 'custom: the notice is seen, as far as pg_restore shows any');
}
same_portrait(portrait($node, 'custom'), $portrait, 'custom: all is as it was');
life_goes_on($node, 'custom', 'custom');

# Over what is there: a database in use, and one with the bare extension.
runs('clean: restore', 'pg_restore', '--clean', '--if-exists', '--single-transaction', '--exit-on-error', '-d', $node->connstr('custom'), "$dir/custom");
same_portrait(portrait($node, 'custom', no_dump => 1), $short_portrait, 'clean: all is as it was');
new_database($node, 'clean');
$node->safe_psql('clean', 'CREATE EXTENSION lead');
like(errors_of('pg_restore', '--single-transaction', '--exit-on-error', '-d', $node->connstr('clean'), "$dir/custom"),
	qr/schema "lead" already exists/, 'not clean: over the bare extension refused');
runs('clean: restore over the bare extension', 'pg_restore', '--clean', '--if-exists', '--exit-on-error', '-d', $node->connstr('clean'), "$dir/custom");
same_portrait(portrait($node, 'clean', no_dump => 1), $short_portrait, 'clean: over the bare extension, all is as it was');

# ---- directory, in parallel: a race would not show each time

runs('directory: dump', 'pg_dump', '-d', $crm, '-Fd', '-j4', '--no-sync', '-f', "$dir/directory");
for my $run (1 .. 10)
{
	new_database($node, "directory$run");
	runs("directory: parallel restore $run", 'pg_restore', '-j4', '--exit-on-error', '-d', $node->connstr("directory$run"), "$dir/directory");
	same_portrait(portrait($node, "directory$run", no_dump => 1), $short_portrait, "directory: all is as it was, run $run");
}
same_portrait(portrait($node, 'directory10'), $portrait, 'directory: all is as it was');
life_goes_on($node, 'directory10', 'directory');

# ---- INSERTs: one row, one statement

runs('inserts: dump', 'pg_dump', '-d', $crm, '--inserts', '-f', "$dir/inserts.sql");
new_database($node, 'inserts');
runs('inserts: restore', psql_file($node, 'inserts', "$dir/inserts.sql"));
same_portrait(portrait($node, 'inserts'), $portrait, 'inserts: all is as it was');
life_goes_on($node, 'inserts', 'inserts');

# ---- schema first, data later: here the triggers are there before the data

runs('schema: dump', 'pg_dump', '-d', $crm, '--schema-only', '-f', "$dir/schema.sql");
runs('data: dump', 'pg_dump', '-d', $crm, '--data-only', '-f', "$dir/data.sql");
runs('data, triggers disabled: dump', 'pg_dump', '-d', $crm, '--data-only', '--disable-triggers', '-f', "$dir/disabled.sql");

# A data-only dump does not fill materialized views.
my $refresh = 'REFRESH MATERIALIZED VIEW crm.by_class';
{
	new_database($node, 'two_steps');
	like(runs('schema: restore', psql_file($node, 'two_steps', "$dir/schema.sql")), $notice, 'schema: the notice is seen');
	new_database($node, 'disabled', 'two_steps');

	# This session knows the registers as empty, and must hear of the data.
	my $early = $node->background_psql('two_steps', on_error_stop => 0);
	my $insert = q{INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type) VALUES ('Early', 'HOT', 'FAIR', 'B2B');};
	$early->query($insert);
	like($early->{stderr}, qr/lead type "B2B" does not exist/, 'schema: no code yet');
	$early->{stderr} = '';

	like(errors_of(psql_file($node, 'two_steps', "$dir/data.sql", '-1')), qr/ERROR:  /, 'data: into live tables refused');
	is($node->safe_psql('two_steps', 'SELECT count(*) FROM lead.lead'), 0, 'data: nothing of it stays');
	{
		local $ENV{PGOPTIONS} = '-c session_replication_role=replica -c lead.default_region=US';
		runs('data: restore', psql_file($node, 'two_steps', "$dir/data.sql", '-1'));
	}
	$node->safe_psql('two_steps', $refresh);
	same_portrait(portrait($node, 'two_steps'), $portrait, 'schema, then data: all is as it was');
	$early->query($insert);
	like($early->{stderr}, qr/lead source "FAIR" is not valid on/, 'data: an open session knows the codes now');
	$early->quit;
	life_goes_on($node, 'two_steps', 'schema, then data');
}

# --disable-triggers enables all triggers at its end: those that were disabled,
# and as plain ones those that were to fire ALWAYS.
{
	my $expected = $short_portrait =~ s/^trigger \| [AD] \|/trigger | O |/mgr;

	isnt($expected, $short_portrait, 'triggers disabled: some were to fire always or never');
	runs('triggers disabled: restore', psql_file($node, 'disabled', "$dir/disabled.sql", '-1'));
	$node->safe_psql('disabled', $refresh);
	same_portrait(portrait($node, 'disabled', no_dump => 1), $expected, 'triggers disabled: all is as it was but which triggers are enabled');
	life_goes_on($node, 'disabled', 'triggers disabled');
}

# ---- one table, emptied in a database that has the rest

{
	for my $table (qw(lead lead_status_rule lead_status_change))
	{
		runs("one table: dump of $table", 'pg_dump', '-d', $crm, '--data-only', '-t', "lead.$table", '-f', "$dir/$table.sql");
	}

	# A rule table: its triggers take the rows, and other sessions hear of it.
	my $other = $node->background_psql('clean', on_error_stop => 0);
	my $update = q{UPDATE lead.lead SET status = 'WORKING' WHERE key = 'D-1';};
	$node->safe_psql('clean', 'DELETE FROM lead.lead_status_rule');
	is(($other->query("BEGIN; $update ROLLBACK;"))[1], 0, 'one table: rules are gone');
	runs('one table: restore of lead_status_rule', psql_file($node, 'clean', "$dir/lead_status_rule.sql"));
	$other->query($update);
	like($other->{stderr}, qr/cannot go from NEW to WORKING/, 'one table: rules are back');
	$other->quit;

	# Leads and history: nobody may write them like that, save as a replica.
	$node->safe_psql('clean', "SET session_replication_role = replica; DELETE FROM lead.lead; DELETE FROM lead.lead_status_change");
	like(errors_of(psql_file($node, 'clean', "$dir/lead.sql")), qr/ERROR:  /, 'one table: lead into the live table refused');
	{
		local $ENV{PGOPTIONS} = '-c session_replication_role=replica';
		runs('one table: restore of lead', psql_file($node, 'clean', "$dir/lead.sql"));
		runs('one table: restore of lead_status_change', psql_file($node, 'clean', "$dir/lead_status_change.sql"));
	}
	same_portrait(portrait($node, 'clean', no_dump => 1), $short_portrait, 'one table: all is as it was');
}

# ---- a choice of schemas and tables

# pg_dump -n leaves extensions out unless told.
runs('schemas: dump', 'pg_dump', '-d', $crm, '-n', 'lead', '-n', 'crm', '-e', 'lead', '-f', "$dir/schemas.sql");
new_database($node, 'schemas');
runs('schemas: restore', psql_file($node, 'schemas', "$dir/schemas.sql"));
$node->safe_psql('schemas', 'CREATE PUBLICATION crm_pub FOR TABLE lead.lead, lead.lead_status_change');
same_portrait(portrait($node, 'schemas', no_dump => 1), $short_portrait, 'schemas: all is as it was');

# Where the extension waits for its tables.
my $extension_alone = 'SET row_security = off; CREATE EXTENSION lead;';
runs('schemas without the extension: dump', 'pg_dump', '-d', $crm, '-n', 'lead', '-n', 'crm', '-f', "$dir/schemas.sql");
new_database($node, 'schemas_alone');
$node->safe_psql('schemas_alone', $extension_alone);
is(errors_of(psql_file($node, 'schemas_alone', "$dir/schemas.sql", '-v', 'ON_ERROR_STOP=0')) =~ s/^.*ERROR:  schema "lead" already exists$//r,
	'', 'schemas without the extension: restored, but for the schema that was there');
$node->safe_psql('schemas_alone', 'CREATE PUBLICATION crm_pub FOR TABLE lead.lead, lead.lead_status_change');
same_portrait(portrait($node, 'schemas_alone', no_dump => 1), $short_portrait, 'schemas without the extension: all is as it was');

# Tables by name come without the functions that views and policies need.
{
	my $rows = sub {
		return join "\n", grep { /^(rows of|sequence) lead\./ } split /\n/,
		  $node->safe_psql($_[0], "SET search_path = ''; SET timezone = 'UTC';\n$rows_query");
	};
	runs('tables: dump', 'pg_dump', '-d', $crm, '-t', 'lead.*', '-f', "$dir/tables.sql");
	new_database($node, 'tables');
	$node->safe_psql('tables', $extension_alone);
	runs('tables: restore', psql_file($node, 'tables', "$dir/tables.sql", '-v', 'ON_ERROR_STOP=0'));
	same_portrait($rows->('tables'), $rows->('crm'), 'tables: every row is as it was');
}

# ---- who is no superuser

new_database($node, 'owned');
$node->safe_psql('owned', $leads . $to_owner);
my $owned_portrait = portrait($node, 'owned');

runs('owner: dump by himself', 'pg_dump', '-U', 'crm_owner', '-d', $owned, '-Fc', '-f', "$dir/owned");
new_database($node, 'owner');
runs('owner: restore by a superuser', 'pg_restore', '--single-transaction', '--exit-on-error', '-d', $node->connstr('owner'), "$dir/owned");
same_portrait(portrait($node, 'owner'), $owned_portrait, 'owner: all is as it was');
life_goes_on($node, 'owner', 'owner');

# A superuser makes the extension, the rest needs none. Left out are the schema,
# which is there, and the comment of the extension, which is not his.
for my $source ([ 'his own', "$dir/owned", 'owned' ], [ 'a superuser\'s', "$dir/custom", 'crm' ])
{
	my ($whose, $dump, $db) = @$source;
	my $name = "no superuser, $whose dump";
	my $to = "no_superuser_$db";
	my ($list) = run_command([ 'pg_restore', '-l', $dump ]);
	my @mask = (mask_owner => 1, superuser => $superuser, no_dump => 1);

	is(scalar($list =~ s/^\d+; \d+ \d+ (SCHEMA - lead|COMMENT - EXTENSION lead|EXTENSION - lead) .*\n//mg), 3, "$name: three entries left out");
	append_to_file("$dir/list_$db", $list);
	new_database($node, $to);
	$node->safe_psql($to,
		"$extension_alone ALTER SCHEMA lead OWNER TO crm_owner; GRANT CREATE ON DATABASE $to TO crm_owner");
	runs("$name: restore", 'pg_restore', '-U', 'crm_owner', '--no-owner', '--single-transaction', '--exit-on-error',
		'-L', "$dir/list_$db", '-d', $node->connstr($to), $dump);
	same_portrait(portrait($node, $to, @mask), portrait($node, $db, @mask), "$name: all is as it was");
	life_goes_on($node, $to, $name);
}

# A reader may dump, but not without seeing: where row security hides leads from
# him the dump is refused, not short.
{
	my $mine = sub { join "\n", grep { !/^\\(un)?restrict / } split /\n/, slurp_file($_[0]) };

	like(errors_of('pg_dump', '-U', 'crm_reader', '-d', $crm, '-n', 'lead', '-e', 'lead', '-f', "$dir/reader.sql"),
		qr/query would be affected by row-level security policy for table/, 'reader: refused under row security');
	runs('reader: dump with BYPASSRLS', 'pg_dump', '-U', 'crm_backup', '-d', $crm, '-n', 'lead', '-e', 'lead', '-f', "$dir/reader.sql");
	runs('reader: dump by a superuser', 'pg_dump', '-d', $crm, '-n', 'lead', '-e', 'lead', '-f', "$dir/all_of_lead.sql");
	ok($mine->("$dir/reader.sql") eq $mine->("$dir/all_of_lead.sql"), 'reader: the same dump as a superuser\'s');
}

# Not supported: with row security on in the session of the restore the tables
# are made already. It stops there, before it touches a lead.
{
	runs('row security: dump', 'pg_dump', '-d', $crm, '--enable-row-security', '-f', "$dir/row_security.sql");
	new_database($node, 'row_security');
	like(errors_of(psql_file($node, 'row_security', "$dir/row_security.sql", '-1')),
		qr/relation "lead" already exists/, 'row security: restore refused');
	is($node->safe_psql('row_security', q{SELECT count(*) FROM pg_namespace WHERE nspname = 'lead'}), 0, 'row security: nothing of it stays');
}

# ---- no restore

new_database($node, 'fresh');
unlike(($node->psql('fresh', 'CREATE EXTENSION lead'))[2], $notice, 'fresh: no notice');
is($node->safe_psql('fresh', <<'END'), 't|10', 'fresh: CREATE EXTENSION makes the tables');
SELECT FROM lead.add_starter_registers();
INSERT INTO lead.lead (party_name, lead_rating, lead_source, lead_type) VALUES ('First', 'HOT', 'WEB', 'B2B');
UPDATE lead.lead SET status = 'IN_PROGRESS';
SELECT (SELECT count(*) = 2 FROM lead.lead_status_change),
	(SELECT count(*) FROM pg_class WHERE relnamespace = 'lead'::regnamespace AND relkind = 'r'
		AND relname IN ('lead', 'lead_type', 'lead_rating', 'lead_source', 'person', 'customer', 'account', 'lead_conversion', 'lead_merge', 'lead_status_change'));
END

$node->stop('fast');
done_testing();
