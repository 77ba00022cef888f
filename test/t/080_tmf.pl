# TM Forum documents of many leads, customers and persons, ordinary ones and the
# oddest that the tables hold (their triggers off), against the official
# schemas; the plain ones also with everything refused that the standard does
# not name. That the validation can fail is shown on documents made wrong.
#
# Wants the files TMF699-Sales-v4.0.0.swagger.json, TMF629-Customer..., TMF622-
# ProductOrder... and TMF632-Party... of TM Forum in the folder that
# LEAD_TMF_SCHEMAS names, and the jsonschema library for Python.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IPC::Run;
use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = $ENV{LEAD_TMF_SCHEMAS};
my ($out, $err);
my ($python) = grep { IPC::Run::run([ $_, '-c', 'import jsonschema' ], '>', \$out, '2>', \$err) }
  grep { -x } '/usr/bin/python3', map { "$_/python3" } split /:/, $ENV{PATH};

plan skip_all => 'LEAD_TMF_SCHEMAS is not set' unless $folder;
plan skip_all => "no schema of TMF$_ in LEAD_TMF_SCHEMAS" for grep { !(() = glob "$folder/TMF$_-*-v4*.swagger.json") } qw(699 629 622 632);
plan skip_all => 'Python has no jsonschema' unless $python;

my $validator = dirname(abs_path(__FILE__)) . '/../data/tmf_schema.py';

# Of lines "api definition mode document" with tabs between, those that are
# refused, with why: {number of the line (from 0) => reasons}.
sub refused
{
	my (@lines) = @_;
	my $in = join '', map { "$_\n" } @lines;
	my %why;

	IPC::Run::run([ $python, $validator, $folder ], '<', \$in, '>', \$out, '2>', \$err) or die "the validator failed: $err";
	$out =~ s/^(\d+) documents\n\z//m && $1 == @lines or die "the validator read $1 of " . scalar(@lines) . " documents: $out $err";
	push @{ $why{ $1 - 1 } }, $2 while $out =~ /^(\d+)\t(.*)$/mg;
	return %why;
}

sub all_valid
{
	my ($test, @lines) = @_;
	my %why = refused(@lines);
	my @numbers = sort { $a <=> $b } keys %why;

	cmp_ok(scalar(@lines), '>', 0, "$test: there are some");
	ok(!@numbers, "$test: " . @lines . ' valid') or diag map { "$lines[$_]\n\t@{ $why{$_} }\n" } grep { defined } @numbers[ 0 .. 4 ];
}

my $node = PostgreSQL::Test::Cluster->new('tmf');
$node->init(extra => [ '--encoding=UTF8', '--no-locale', '--no-sync' ]);
# what the forms of times, dates and numbers could follow
$node->append_conf('postgresql.conf', <<'END');
timezone = 'Europe/Prague'
datestyle = 'SQL, DMY'
intervalstyle = 'sql_standard'
extra_float_digits = 0
jit = off
END
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]) }

# Lines that have a document: to_tmf622 gives none where no product is asked for.
sub lines_of { return grep { !/\t\z/ } split /\n/, sql($_[0]) }

sub documents
{
	my ($function, $table, $api, $definition) = @_;

	return (
		lines_of("SELECT concat(E'$api\\t$definition\\topen\\t', lead.$function(r)) FROM lead.$table r"),
		lines_of("SELECT concat(E'$api\\t$definition\\topen\\t', lead.$function(r, true)) FROM lead.$table r"),
		lines_of("SELECT concat(E'$api\\t$definition\\tstrict\\t', lead.$function(r, plain => true)) FROM lead.$table r"));
}

my @kinds = (
	[ 'to_tmf699', 'lead', 699, 'SalesLead' ],
	[ 'to_tmf629', 'customer', 629, 'Customer' ],
	[ 'to_tmf632', 'person', 632, 'Individual' ],
	[ 'to_tmf622', 'lead', 622, 'ProductOrder_Create' ]);

# ---------------------------------------------------------------- leads as people have them

sql(<<'END');
CREATE EXTENSION lead;
SELECT FROM lead.add_starter_registers();
UPDATE lead.lead_source SET config = '{"tmfTarget": "marketingCampaign"}' WHERE code = 'CAMPAIGN';
UPDATE lead.lead_source SET config = '{"tmfTarget": "marketSegment"}' WHERE code = 'PARTNER';
UPDATE lead.lead_source SET config = '{"tmfTarget": "status"}' WHERE code = 'EVENT';

CREATE FUNCTION client(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE sql AS $$ SELECT 'client 7' $$;
INSERT INTO lead.conversion_target (lead_type, function) VALUES ('B2C', 'public.client');

INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, status, deferred_until, priority, description, assigned_to,
	phones, emails, websites, data_boxes, contact_instants, data_tags, chars)
SELECT 'Party ' || n, CASE n % 5 WHEN 0 THEN 'B2C' ELSE 'B2B' END, 'WARM',
	(SELECT code FROM lead.lead_source ORDER BY code OFFSET n % 7 LIMIT 1),
	s.status, CASE s.status WHEN 'LATER' THEN timestamptz '2999-01-01' END,
	(ARRAY['HIGH', 'MEDIUM', 'LOW', NULL])[n % 4 + 1]::lead.lead_priority, CASE n % 2 WHEN 0 THEN 'what it wants' END, CASE n % 3 WHEN 0 THEN 'jana' END,
	CASE n % 2 WHEN 0 THEN '["+420603123456", {"value": "+420603123457", "type": "FAX", "primary": true}, {"value": "+420222333444", "extension": "12"}]' END::jsonb,
	CASE n % 3 WHEN 0 THEN '[{"value": "a@example.com", "primary": true, "type": "work"}]' END::jsonb,
	CASE n % 3 WHEN 1 THEN '["example.com"]' END::jsonb, CASE n % 4 WHEN 1 THEN '["6bnaawp"]' END::jsonb,
	CASE n % 4 WHEN 2 THEN '[{"value": "someone", "service": "chat"}]' END::jsonb,
	CASE n % 2 WHEN 1 THEN '{red,"two words"}' END::text[],
	CASE n % 3 WHEN 0 THEN '{"productOffering": "PO-1", "expectedRevenue": 1200.50}'
		WHEN 1 THEN '{"productOffering": ["PO-1", {"id": "PO-2", "name": "Fibre", "quantity": 3, "chars": {"speed": 1000}}], "expectedRevenue": {"amount": 5, "currency": "CZK"}}' END::jsonb
FROM generate_series(1, 120) n, LATERAL (SELECT (ARRAY['NEW', 'IN_PROGRESS', 'WORKING', 'NON_WORKING', 'LATER'])[n % 5 + 1]::lead.lead_status) s (status);
INSERT INTO lead.person (first_name, last_name, lead_id, user_id, status, emails, chars)
SELECT CASE n % 3 WHEN 0 THEN 'Ada' END, 'Person ' || n, l.id, CASE n % 5 WHEN 0 THEN l.id END,
	(ARRAY['ACTIVE', 'Validated', 'deceaded', 'deceased'])[n % 4 + 1], '["p@example.com"]', '{"vip": true, "nothing": null}'
FROM (SELECT id, row_number() OVER (ORDER BY key) AS n FROM lead.lead) l;
SELECT lead.merge((array_agg(key_id))[1], array_agg(id) FILTER (WHERE id <> key_id))
FROM (SELECT id, first_value(id) OVER (ORDER BY key) AS key_id FROM lead.lead WHERE party_name LIKE 'Party 1_' ) m;
SELECT count(lead.convert(id)) FROM lead.lead WHERE status IN ('WORKING', 'NEW', 'LATER') AND right(key, 1) IN ('0', '2');
SELECT count(lead.convert_external(id, 'SAP', CASE right(key, 1) WHEN '4' THEN 'C-4' END)) FROM lead.lead
	WHERE status IN ('WORKING', 'NEW', 'LATER') AND right(key, 1) IN ('4', '5') AND right(key, 2) < '60';
SELECT count(lead.revert_conversion(id, 'not signed')) FROM lead.lead WHERE status = 'CONVERTED' AND right(key, 2) IN ('02', '22', '20');
UPDATE lead.lead SET status = 'UNSUCCESSFUL', status_reason = 'price' WHERE status = 'WORKING' AND right(key, 2) IN ('07', '27');
END
is(sql("SELECT string_agg(DISTINCT status::text, ' ' ORDER BY status::text) FROM lead.lead"),
	'CONVERTED CONVERTED_EXTERNAL IN_PROGRESS LATER NEW NON_WORKING REJECTED UNSUCCESSFUL WORKING', 'leads in every status');
cmp_ok(sql("SELECT count(*) FROM lead.lead_conversion WHERE $_"), '>', 0, "conversions: $_")
  for 'reverted_at IS NOT NULL', 'customer_ref IS NOT NULL', 'customer_id IS NOT NULL AND reverted_at IS NULL', 'external_id IS NULL AND external_system IS NOT NULL';

all_valid("ordinary $_->[3]", documents(@$_)) for @kinds;

# Which state a status is, told here once more.
my %state = (
	NEW => 'acknowledged', IN_PROGRESS => 'inProgress', WORKING => 'inProgress', NON_WORKING => 'pending', LATER => 'pending',
	CONVERTED => 'accepted', CONVERTED_EXTERNAL => 'accepted', REJECTED => 'rejected', UNSUCCESSFUL => 'cancelled');
is(sql(q{SELECT string_agg(DISTINCT status || ' ' || (lead.to_tmf699(l) ->> 'status'), ', ' ORDER BY status || ' ' || (lead.to_tmf699(l) ->> 'status')) FROM lead.lead l}),
	join(', ', map { "$_ $state{$_}" } sort keys %state), 'states');

# ---------------------------------------------------------------- the same, made wrong

{
	my %document;
	my %first = (
		SalesLead => q{SELECT lead.to_tmf699(l, true) FROM lead.lead l WHERE status = 'CONVERTED' AND l.phones <> '[]' AND EXISTS (SELECT FROM lead.lead_conversion v WHERE v.lead_id = l.id AND v.customer_id IS NOT NULL) LIMIT 1},
		Customer => q{SELECT lead.to_tmf629(c, true) FROM lead.customer c WHERE c.phones <> '[]' LIMIT 1},
		Individual => q{SELECT lead.to_tmf632(p, true) FROM lead.person p LIMIT 1},
		ProductOrder_Create => q{SELECT lead.to_tmf622(l, true) FROM lead.lead l WHERE chars ->> 'productOffering' LIKE '%Fibre%' AND status = 'CONVERTED' LIMIT 1});
	my %api = (SalesLead => 699, Customer => 629, Individual => 632, ProductOrder_Create => 622);
	my $json = JSON::PP->new->utf8->canonical->allow_nonref;

	$document{$_} = sql($first{$_}) for keys %first;
	my @wrong = (
		[ 'SalesLead', 'open', sub { $_[0]{status} = 'CONVERTED' } ],
		[ 'SalesLead', 'open', sub { $_[0]{priority} = 'HIGH' } ],
		[ 'SalesLead', 'open', sub { $_[0]{creationDate} = '2024-05-02 08:13:59' } ],
		[ 'SalesLead', 'open', sub { $_[0]{creationDate} = '12024-05-02T08:13:59Z' } ],
		[ 'SalesLead', 'open', sub { $_[0]{creationDate} = '1890-01-01T00:00:00+00:57:44' } ],
		[ 'SalesLead', 'open', sub { $_[0]{statusChangeDate} = 'infinity' } ],
		[ 'SalesLead', 'open', sub { $_[0]{name} = undef } ],
		[ 'SalesLead', 'open', sub { $_[0]{'@schemaLocation'} = 'nowhere' } ],
		[ 'SalesLead', 'open', sub { $_[0]{prospectContact}[0]{preferred} = 'false' } ],
		[ 'SalesLead', 'open', sub { delete $_[0]{relatedParty}[0]{id} } ],
		[ 'SalesLead', 'open', sub { delete $_[0]{relatedParty}[0]{'@referredType'} } ],
		[ 'SalesLead', 'open', sub { delete $_[0]{channel}{id}; $_[0]{channel}{name} = 'x' } ],
		[ 'SalesLead', 'open', sub { $_[0]{estimatedRevenue} = { value => 'NaN' } } ],
		[ 'SalesLead', 'strict', sub { $_[0]{key} = 'L1' } ],
		[ 'SalesLead', 'strict', sub { $_[0]{prospectContact}[0]{characteristic}{url} = 'x' } ],
		[ 'Customer', 'open', sub { delete $_[0]{engagedParty} } ],
		[ 'Customer', 'open', sub { delete $_[0]{engagedParty}{id} } ],
		[ 'Customer', 'open', sub { delete $_[0]{contactMedium}[0]{mediumType} } ],
		[ 'Customer', 'open', sub { delete $_[0]{contactMedium}[0]{characteristic} } ],
		[ 'Customer', 'open', sub { delete $_[0]{account}[0]{name} } ],
		[ 'Customer', 'open', sub { delete $_[0]{characteristic}[0]{name} } ],
		[ 'Customer', 'strict', sub { $_[0]{description} = 'x' } ],
		[ 'Individual', 'open', sub { $_[0]{status} = 'ACTIVE' } ],
		[ 'Individual', 'open', sub { delete $_[0]{id} } ],
		[ 'Individual', 'strict', sub { $_[0]{personType} = 'x' } ],
		[ 'ProductOrder_Create', 'open', sub { $_[0]{productOrderItem} = [] } ],
		[ 'ProductOrder_Create', 'open', sub { $_[0]{priority} = 1 } ],
		[ 'ProductOrder_Create', 'open', sub { $_[0]{productOrderItem}[1]{quantity} = 1.5 } ],
		[ 'ProductOrder_Create', 'open', sub { $_[0]{productOrderItem}[0]{action} = 'ADD' } ],
		[ 'ProductOrder_Create', 'strict', sub { $_[0]{state} = 'draft' } ]);

	my @lines = map {
		my ($definition, $mode, $make_wrong) = @$_;
		my $copy = $json->decode($document{$definition});

		$make_wrong->($copy);
		join "\t", $api{$definition}, $definition, $mode, $json->encode($copy);
	} @wrong;
	my %why = refused(@lines);

	is(join(' ', grep { !$why{$_} } 0 .. $#lines), '', scalar(@lines) . ' documents made wrong: none passes');
	is(join(' ', sort { $a <=> $b } keys %{ { refused(map { join "\t", $api{$_}, $_, 'strict', $document{$_} } sort keys %document) } }), '', 'as they were: all pass');
	my %strict = refused(map { join "\t", 699, 'SalesLead', 'strict', $_ } lines_of('SELECT lead.to_tmf699(l) FROM lead.lead l LIMIT 3'));
	is(scalar(keys %strict), 3, 'what is ours in the others is refused by a strict receiver');
}

# ---------------------------------------------------------------- the oddest rows

sql(<<'END');
CREATE TABLE odd_text AS SELECT row_number() OVER () AS n, t FROM unnest(ARRAY['x', '', ' ', E'line\nbreak\r\n', E'tab\tquote"\\', E'\u0001\u001f', '日本語 😀', '</script>', '{"a": 1}', 'null',
	repeat('long ', 1000), 'NaN', '-1e999', 'infinity', ''' OR 1=1 --', 'FAX', 'fax', 'id', '@type', '__proto__', 'productOffering', 'expectedRevenue']) t;
CREATE TABLE odd_json AS SELECT j FROM unnest(ARRAY['null', 'true', 'false', '0', '-0.0', '1.0', '2.5', '1e-300', '1e300', '123456789012345678901234567890.5', '4294967296',
	'"x"', '""', '" "', '"\u0001"', '[]', '{}', '[null]', '[[]]', '{"": null}', '{"a": {"b": null}}', '{"id": null}', '{"id": "PO"}', '{"id": 5, "quantity": 3, "name": 4}',
	'{"id": "PO", "quantity": -1}', '{"id": "PO", "quantity": 1e20}', '{"id": "PO", "quantity": 2.50, "chars": []}', '{"id": " PO ", "quantity": 2.0, "chars": {"x": null, "y": [null], "": 1}}',
	'["a", 1, null, {"id": "b", "chars": null}, {"quantity": 1}, [], " "]', '{"amount": "5", "currency": "CZK"}', '{"amount": 5, "currency": 5}', '{"value": 5, "unit": "EUR"}', '{"amount": null, "value": 5}']::jsonb[]) j;
CREATE TABLE odd_time AS SELECT t FROM unnest(ARRAY['2024-02-29 12:34:56.789999+02', '1890-06-01 12:00', 'infinity', '-infinity', '0044-03-15 12:00+00 BC', '0001-01-01 00:00+00',
	'0001-12-31 23:00+00 BC', '9999-12-31 23:59:59.999999+00', '10000-01-01 00:00+00', '294276-12-31 00:00+00', '2024-03-31 02:30', '1999-12-31 23:59:59.9995+00', 'epoch']::timestamptz[]) t;
CREATE FUNCTION a_text() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT t FROM odd_text ORDER BY random() LIMIT 1); END $$;
CREATE FUNCTION a_json() RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT CASE WHEN random() < 0.3 THEN to_jsonb(a_text()) ELSE (SELECT j FROM odd_json ORDER BY random() LIMIT 1) END); END $$;
CREATE FUNCTION a_time() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT t FROM odd_time ORDER BY random() LIMIT 1); END $$;
CREATE FUNCTION a_name() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT left(coalesce(nullif(a_text(), ''), 'x'), 1000)); END $$;
CREATE FUNCTION an_object(VARIADIC names text[]) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT coalesce((SELECT jsonb_object_agg(name, a_json()) FROM unnest(names) name WHERE random() < 0.7), '{}')); END $$;
CREATE FUNCTION a_list() RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT coalesce((SELECT jsonb_agg(CASE WHEN random() < 0.2 THEN a_json() ELSE an_object('value', 'type', 'primary', 'service', 'extension', 'description')
			|| CASE WHEN random() < 0.6 THEN jsonb_build_object('value', a_text(), 'primary', random() < 0.5) ELSE '{}' END END)
		FROM generate_series(1, floor(random() * 5)::int)), '[]')); END $$;
CREATE FUNCTION some_chars() RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT an_object('productOffering', 'expectedRevenue', 'a', 'B', 'ž', a_text(), a_text())); END $$;
CREATE FUNCTION some_tags() RETURNS text[] LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT ARRAY(SELECT a_text() FROM generate_series(1, floor(random() * 3)::int))); END $$;

SELECT setseed(0.74);
SET session_replication_role = replica;
INSERT INTO lead.lead_source (code, name, config) SELECT 'ODD ' || n, t, an_object('tmfTarget') FROM odd_text;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, status, priority, status_since, inserted_at, deferred_until, status_reason, description, assigned_to,
	phones, emails, websites, data_boxes, contact_instants, data_tags, chars)
SELECT left('ODD ' || n || a_name(), 200), a_name(), a_text(), a_text(), 'ODD ' || 1 + floor(random() * 25), s.status, p.priority, a_time(), a_time(),
	CASE s.status WHEN 'LATER' THEN a_time() END, a_text(), a_text(), left(a_text(), 200), a_list(), a_list(), a_list(), a_list(), a_list(), some_tags(), some_chars()
FROM generate_series(1, 300) n,
	LATERAL (SELECT (enum_range(NULL::lead.lead_status))[1 + n % 9]) s (status), LATERAL (SELECT (enum_range(NULL::lead.lead_priority))[1 + n % 4]) p (priority);
INSERT INTO lead.customer (key, name, description, status, customer_type, phones, emails, websites, data_boxes, contact_instants, data_tags, chars)
SELECT left('ODD ' || n || a_name(), 200), a_name(), a_text(), a_text(), a_text(), a_list(), a_list(), a_list(), a_list(), a_list(), some_tags(), some_chars()
FROM generate_series(1, 120) n;
INSERT INTO lead.account (key, name, customer_id) SELECT 'ODD' || row_number() OVER (), a_name(), c.id FROM lead.customer c WHERE key LIKE 'ODD %';
INSERT INTO lead.person (key, first_name, last_name, status, person_type, lead_id, customer_id, user_id, phones, emails, websites, data_boxes, contact_instants, data_tags, chars)
SELECT left('ODD ' || n || a_name(), 200), a_text(), a_name(), a_text(), a_text(), (SELECT id FROM lead.lead WHERE n > 0 ORDER BY random() LIMIT 1),
	(SELECT id FROM lead.customer WHERE n % 3 > 0 ORDER BY random() LIMIT 1), CASE n % 2 WHEN 0 THEN gen_random_uuid() END, a_list(), a_list(), a_list(), a_list(), a_list(), some_tags(), some_chars()
FROM generate_series(1, 120) n;
INSERT INTO lead.lead_conversion (lead_id, version, kind, from_status, customer_id, customer_ref, external_system, external_id, converted_at, converted_by, made_customer)
SELECT l.id, 1, l.status, 'NEW', CASE k WHEN 1 THEN (SELECT id FROM lead.customer WHERE l.id IS NOT NULL ORDER BY random() LIMIT 1) END,
	CASE WHEN k = 2 THEN left(a_text(), 200) END, CASE WHEN k = 3 THEN left(a_text(), 200) END, CASE WHEN k = 3 THEN left(a_text(), 200) END, a_time(), 'x', k = 1
FROM lead.lead l, LATERAL (SELECT CASE l.status WHEN 'CONVERTED_EXTERNAL' THEN 3 ELSE 1 + floor(random() * 2)::int END) c (k)
WHERE l.key LIKE 'ODD %' AND l.status IN ('CONVERTED', 'CONVERTED_EXTERNAL') ON CONFLICT DO NOTHING;
RESET session_replication_role;
END

all_valid("odd $_->[3]", documents(@$_)) for @kinds;
cmp_ok(sql("SELECT count(*) FROM lead.lead l WHERE lead.to_tmf622(l) IS NOT NULL AND key LIKE 'ODD %'"), '>', 50, 'some of them ask for a product');

# Settings change addresses and words, and nothing that the schemas ask for.
{
	my $set = q{SET lead.tmf_base_path = 'https://crm.example.com/tmf-api/'; SET lead.tmf_medium_words = 'phone=TelephoneNumber, email = Email';
		SET lead.tmf_schema_location = 'https://crm.example.com/lead.json';};
	all_valid('with settings', map { my ($function, $table, $api, $definition) = @$_; lines_of("$set SELECT concat(E'$api\\t$definition\\topen\\t', lead.$function(r)) FROM lead.$table r LIMIT 100") } @kinds);
}

# ---------------------------------------------------------------- nothing lost, nothing made up

# What the documents hold is what the rows hold.
for my $case (
	[ 'key, status and tags come back from the extension', 'lead', q{(d ->> 'key', d ->> 'leadStatus', coalesce(d -> 'dataTags', '[]')) IS DISTINCT FROM (r.key, r.status::text, to_jsonb(r.data_tags))}, 'to_tmf699' ],
	map({ [ "chars come back from $_->[0]: as stored but the nulls, in order of their names", $_->[1],
			qq{coalesce((SELECT jsonb_object_agg(c ->> 'name', c -> 'value') FROM jsonb_array_elements(d -> '$_->[2]') c), '{}')
				<> coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(r.chars) WHERE value <> 'null'), '{}')
			OR (SELECT array_agg(c ->> 'name') FROM jsonb_array_elements(d -> '$_->[2]') c)
				IS DISTINCT FROM (SELECT array_agg(c ->> 'name' ORDER BY c ->> 'name' COLLATE "C") FROM jsonb_array_elements(d -> '$_->[2]') c)
			OR (SELECT string_agg(c ->> 'valueType', ' ') FROM jsonb_array_elements(d -> '$_->[2]') c)
				IS DISTINCT FROM (SELECT string_agg(CASE WHEN jsonb_typeof(c -> 'value') = 'number' AND mod((c ->> 'value')::numeric, 1) = 0 THEN 'integer' ELSE jsonb_typeof(c -> 'value') END, ' ')
					FROM jsonb_array_elements(d -> '$_->[2]') c)}, $_->[0] ] }
		[ 'to_tmf699', 'lead', 'characteristic' ], [ 'to_tmf629', 'customer', 'characteristic' ], [ 'to_tmf632', 'person', 'partyCharacteristic' ]),
	[ 'times are the moments, to the millisecond', 'lead', q{(d ->> 'creationDate')::timestamptz IS DISTINCT FROM
		CASE WHEN isfinite(r.inserted_at) AND r.inserted_at BETWEEN '0001-01-01 00:00+00' AND '9999-12-31 23:59:59.999999+00' THEN date_trunc('milliseconds', r.inserted_at) END
		AND r.inserted_at NOT BETWEEN '4713-01-01 00:00+00 BC' AND '0001-12-31 23:59:59+00 BC'}, 'to_tmf699' ],
	[ 'as many contacts as have a value', 'customer', q{coalesce(jsonb_array_length(d -> 'contactMedium'), 0) <> (SELECT count(*) FROM
		jsonb_array_elements(r.phones || r.emails || r.websites || r.data_boxes || r.contact_instants) e
		WHERE CASE jsonb_typeof(e) WHEN 'string' THEN e #>> '{}' ~ '\S' ELSE jsonb_typeof(e -> 'value') = 'string' AND e ->> 'value' ~ '\S' END)}, 'to_tmf629' ],
	[ 'plain is the same without what is ours', 'lead', q{NOT d @> lead.to_tmf699(r, true) OR lead.to_tmf699(r, true) ?| '{key,leadStatus,dataTags,characteristic,@type,@baseType}'}, 'to_tmf699' ],
	[ 'one id, one address', 'customer', q{d ->> 'id' <> r.id::text OR d ->> 'href' <> '/tmf-api/customerManagement/v4/customer/' || r.id OR d #>> '{engagedParty,id}' <> r.id::text}, 'to_tmf629' ])
{
	my ($test, $table, $wrong, $function) = @$case;

	is(sql("SELECT count(*) > 100, count(*) FILTER (WHERE ($wrong) IS NOT FALSE) FROM (SELECT r, lead.$function(r) FROM lead.$table r) x (r, d)"
			=~ s/\br\.(\w+)/(x.r).$1/gr), 't|0', $test);
}

$node->stop;
done_testing();
