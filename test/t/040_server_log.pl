# The server's log does not learn names, phones and e-mails from what lead
# refuses. The statement itself is not logged here (an operator who logs it has
# decided so); what is looked at is the message, its detail, hint and context.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('log');
$node->init;
$node->append_conf('postgresql.conf', <<'END');
log_statement = none
log_min_error_statement = panic
log_min_messages = debug1
log_error_verbosity = verbose
log_line_prefix = ''
END
$node->start;

# In every value that belongs to a person: what must not appear. A phone number and
# a data box hold no name.
my $secret = 'Zelenka';
my $secrets = qr/$secret|777\W*123\W*456|48ia97/i;

my $setup = <<'END';
CREATE EXTENSION lead;
SELECT FROM lead.add_starter_registers();
CREATE ROLE agent;
SELECT lead.grant_access('agent', 'agent');
INSERT INTO lead.lead_type (code, name, create_privilege) VALUES ('GOLD', 'Gold', 'absent');
INSERT INTO lead.lead_source (code, name, validity_to) VALUES ('OLD', 'Old', '2001-01-01');
INSERT INTO lead.entity_spec (code, name, closed) VALUES ('SPEC', 'Spec', true);
INSERT INTO lead.characteristic (entity_spec_id, name, required) SELECT id, 'budget', true FROM lead.entity_spec;
INSERT INTO lead.characteristic (entity_spec_id, name, condition) SELECT id, 'name', '$ == "x"' FROM lead.entity_spec;
INSERT INTO lead.lead_type (code, name) VALUES ('SPEC', 'Spec');
INSERT INTO lead.lead_status_rule (from_status, to_status, condition) VALUES ('NEW', 'NON_WORKING', '$.partyName == "Y"');
CREATE FUNCTION public.target(lead lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
INSERT INTO lead.lead_type (code, name) VALUES ('OWN', 'Own');
INSERT INTO lead.conversion_target (lead_type, function) VALUES ('OWN', 'public.target');
END

# One lead, person, customer and account full of it.
my $row = q{'%1$s Co', '["+420 777 123 456"]', '["%1$s@example.com"]', '["www.%1$s.cz"]', '["48ia97h"]', '["%1$s"]', '{"name": "%1$s"}', '{%1$s}'};
my $row_columns = 'phones, emails, websites, data_boxes, contact_instants, chars, data_tags';
my @leads = (
	[ 'NEW', 'B2B', q{'NEW'} ], [ 'SPEC', 'SPEC', q{'NEW'} ], [ 'OWN', 'OWN', q{'NEW'} ], [ 'WON', 'B2B', q{'NEW'} ], [ 'SOLD', 'B2B', q{'NEW'} ]);
for my $lead (@leads)
{
	my ($key, $type) = @$lead;
	$setup .= "INSERT INTO lead.lead (key, lead_type, lead_rating, lead_source, description, assigned_to, party_name, $row_columns) "
	  . "VALUES ('$key', '$type', 'HOT', 'WEB', '$secret', '$secret', " . sprintf($row, $secret) . ");\n";
}
$setup .= "INSERT INTO lead.person (key, first_name, lead_id, last_name, $row_columns) SELECT 'P', '$secret', id, " . sprintf($row, $secret) . " FROM lead.lead WHERE key = 'NEW';\n";
$setup .= "INSERT INTO lead.customer (key, description, name, $row_columns) VALUES ('C', '$secret', " . sprintf($row, $secret) . ");\n";
$setup .= "INSERT INTO lead.account (key, description, name, customer_id) SELECT 'A', '$secret', '$secret', id FROM lead.customer;\n";
$setup .= q{SELECT FROM lead.convert((SELECT id FROM lead.lead WHERE key = 'WON')); SELECT FROM lead.convert_external((SELECT id FROM lead.lead WHERE key = 'SOLD'), 'SAP', 'C-1');};
$setup .= q{UPDATE lead.lead_type SET entity_spec_id = (SELECT id FROM lead.entity_spec) WHERE code = 'SPEC';};
$node->safe_psql('postgres', $setup);

# ---------------------------------------------------------------- what is refused

my @refused;    # [SQLSTATE, statement]

# Each wrong value in the place of a right one, in a row that is full of the secret.
my %defaults = (
	lead => { lead_type => q{'B2B'}, lead_rating => q{'HOT'}, lead_source => q{'WEB'}, party_name => "'$secret'", description => "'$secret'", assigned_to => "'$secret'", status_reason => "'$secret'" },
	person => { last_name => "'$secret'", first_name => "'$secret'" },
	customer => { name => "'$secret'", description => "'$secret'" },
	account => { name => "'$secret'", description => "'$secret'", customer_id => '(SELECT id FROM lead.customer WHERE key = \'C\')' });
my %lists = (
	phones => q{'["+420 777 123 456"]'}, emails => qq{'["$secret\@example.com"]'}, websites => qq{'["www.$secret.cz"]'},
	data_boxes => q{'["48ia97h"]'}, contact_instants => qq{'["$secret"]'}, chars => qq{'{"name": "$secret"}'}, data_tags => qq{'{$secret}'});
for my $table (qw(lead person customer))
{
	$defaults{$table} = { %{ $defaults{$table} }, %lists };
}

sub wrong
{
	my ($state, $table, %change) = @_;
	my %values = (%{ $defaults{$table} }, %change);
	my @columns = sort keys %values;

	push @refused, [ $state, "INSERT INTO lead.$table (" . join(', ', @columns) . ') VALUES (' . join(', ', map { $values{$_} } @columns) . ')' ];
	return;
}

my $long = qq{repeat('$secret', 200)};
for my $table (qw(lead person customer))
{
	for my $list (qw(phones emails websites data_boxes contact_instants))
	{
		wrong('LD008', $table, $list => qq{'{"$secret": 1}'});
		wrong('LD008', $table, $list => qq{'["$secret", 1]'});
		wrong('LD008', $table, $list => qq{jsonb_build_array(repeat('$secret', 300))});
		wrong('LD008', $table, $list => qq{'[{"value": "$secret", "type": {"of": "$secret"}}]'});
	}
	# a value that is not understood, and some that hold a secret that is no name
	wrong('LD008', $table, phones => qq{'[{"value": "+420603123456"}, {"value": "+420 777 123 456 $secret", "type": "$secret"}]'});
	wrong('LD008', $table, phones => q{'["777 123 456"]'});
	wrong('LD008', $table, phones => q{'["+420 777 123 456 777"]'});
	wrong('LD008', $table, phones => q{'[{"value": "+420 777 123 456 x12", "extension": "13"}]'});
	wrong('LD008', $table, emails => qq{'["$secret at example.com"]'});
	wrong('LD008', $table, emails => qq{'["x\@$secret"]'});
	wrong('LD008', $table, emails => qq{'[{"value": "$secret\@example.com", "primary": true}, {"value": "x\@$secret.cz", "primary": true}]'});
	wrong('LD008', $table, websites => qq{'["https://jo:$secret\@example.com"]'});
	wrong('LD008', $table, data_boxes => q{'["48ia97k"]'});
	wrong('LD008', $table, contact_instants => qq{'["$secret\\n$secret"]'});
	wrong('LD009', $table, chars => qq{'["$secret"]'});
	wrong('22001', $table, key => $long);
	wrong('23505', $table, key => { lead => q{'NEW'}, person => q{'P'}, customer => q{'C'} }->{$table});
	wrong('23505', $table, id => "(SELECT id FROM lead.$table LIMIT 1)");
}
for my $required ([ 'lead', 'party_name' ], [ 'person', 'last_name' ], [ 'customer', 'name' ], [ 'account', 'name' ])
{
	my ($table, $column) = @$required;
	wrong('23502', $table, $column => 'NULL');
	wrong('23514', $table, $column => q{' '});
	wrong('22001', $table, $column => $long);
}
for my $code (qw(lead_type lead_rating lead_source))
{
	wrong('23502', 'lead', $code => 'NULL');
	wrong('23514', 'lead', $code => q{''});
	wrong('23503', 'lead', $code => q{'NONE'});
	wrong('22001', 'lead', $code => q{repeat('x', 201)});
}
# chars: a value that does not meet its condition, a name that a closed specification does not know
wrong('LD009', 'lead', lead_type => q{'SPEC'});
wrong('LD009', 'lead', lead_type => q{'SPEC'}, chars => qq{'{"budget": 1, "$secret": 1}'});
wrong('LD007', 'lead', lead_source => q{'OLD'});
wrong('22001', 'lead', assigned_to => $long);
wrong('LD001', 'lead', status => q{'REJECTED'});
wrong('LD004', 'lead', status => q{'LATER'});
wrong('LD004', 'lead', status => q{'LATER'}, deferred_until => q{'infinity'});
wrong('LD006', 'lead', status => q{'CONVERTED'});
wrong('23514', 'lead', deferred_until => q{'2101-01-01'});
wrong('54000', 'lead', processing_data => qq{to_jsonb(repeat('$secret', 200000))});
wrong('23503', 'person', lead_id => 'gen_random_uuid()');
wrong('23503', 'person', customer_id => 'gen_random_uuid()');
wrong('23502', 'account', customer_id => 'NULL');
wrong('23503', 'account', customer_id => 'gen_random_uuid()');
wrong('23514', 'account', account_start_date => q{'2020-01-02'}, account_end_date => q{'2020-01-01'});
wrong('LD009', 'account', chars => qq{'"$secret"'});

# Updates of rows that are full of it
for my $change (
	[ '23502', 'lead', 'party_name = NULL' ], [ '23514', 'lead', q{party_name = ' '} ], [ '22001', 'lead', "party_name = $long" ], [ '23502', 'lead', 'status = NULL' ],
	[ '55000', 'lead', 'id = gen_random_uuid()' ], [ '23503', 'lead', q{lead_rating = 'NONE'} ], [ 'LD007', 'lead', q{lead_source = 'OLD'} ],
	[ 'LD001', 'lead', qq{status = 'UNSUCCESSFUL', status_reason = '$secret'} ], [ 'LD002', 'lead', q{status = 'NON_WORKING'} ], [ 'LD003', 'lead', q{status = 'REJECTED'} ],
	[ 'LD004', 'lead', q{status = 'LATER'} ], [ 'LD006', 'lead', q{status = 'CONVERTED'} ], [ '22023', 'lead', qq{status_reason = '$secret'} ], [ '23514', 'lead', q{deferred_until = '2101-01-01'} ],
	[ 'LD008', 'lead', qq{phones = '{"$secret": 1}'} ], [ 'LD009', 'lead', qq{chars = '["$secret"]'} ], [ 'LD009', 'lead', q{lead_type = 'SPEC'} ],
	[ 'LD009', 'lead', qq{lead_type = 'SPEC', chars = '{"$secret": "$secret", "name": "$secret"}'} ], [ '23505', 'lead', q{key = 'WON'} ],
	[ '23502', 'person', 'last_name = NULL' ], [ 'LD008', 'person', qq{emails = '[["$secret"]]'} ], [ '23503', 'person', 'customer_id = gen_random_uuid()' ],
	[ '23502', 'customer', 'name = NULL' ], [ 'LD009', 'customer', qq{chars = '"$secret"'} ], [ '23514', 'account', q{name = ''} ],
	[ '23514', 'account', q{account_end_date = '2001-01-01'} ], [ '23502', 'account', 'customer_id = NULL' ])
{
	my ($state, $table, $set) = @$change;
	my $key = { lead => 'NEW', person => 'P', customer => 'C', account => 'A' }->{$table};
	push @refused, [ $state, "UPDATE lead.$table SET $set WHERE key = '$key'" ];
}

# Deletes, functions, and the same from inside a function, where the server adds the statement to the context
my $id = sub { "(SELECT id FROM lead.lead WHERE key = '$_[0]')" };
push @refused,
  [ '23503', q{DELETE FROM lead.lead WHERE key = 'WON'} ],
  [ '23503', q{DELETE FROM lead.customer} ],
  [ 'LD003', 'SELECT lead.transition(' . $id->('NEW') . q{, 'REJECTED', ' ')} ],
  [ 'LD001', 'SELECT lead.transition(' . $id->('NEW') . qq{, 'UNSUCCESSFUL', '$secret')} ],
  [ 'LD004', 'SELECT lead.transition(' . $id->('NEW') . qq{, 'LATER', '$secret', now())} ],
  [ 'P0002', qq{SELECT lead.transition(gen_random_uuid(), 'WORKING', '$secret')} ],
  [ '22023', qq{SELECT lead.create_lead('{"$secret": 1}')} ],
  [ '22023', qq{SELECT lead.create_lead('{"auditInfo": {"$secret": 1}}')} ],
  [ '22023', qq{SELECT lead.patch_lead('NEW', '{"description": ["$secret"]}')} ],
  [ '22P02', qq{SELECT lead.patch_lead('NEW', '{"priority": "$secret"}')} ],
  [ '22007', qq{SELECT lead.patch_lead('NEW', '{"deferredUntil": "$secret"}')} ],
  [ 'LD008', qq{SELECT lead.patch_lead('NEW', '{"emails": ["x\@$secret"]}')} ],
  [ '23502', q{SELECT lead.replace_lead('NEW', '{}')} ],
  [ 'LD012', qq{SELECT lead.patch_lead('NEW', '{"partyName": "$secret", "auditInfo": {"version": 99}}')} ],
  [ 'P0002', qq{SELECT lead.patch_lead('$secret', '{}')} ],
  [ '22023', qq{SELECT lead.claim(repeat('$secret', 100))} ],
  [ 'LD009', 'SELECT lead.convert(' . $id->('SPEC') . qq{, reason => '$secret')} ],
  [ 'LD010', 'SELECT lead.convert(' . $id->('OWN') . qq{, reason => '$secret')} ],
  [ 'LD005', 'SELECT lead.convert(' . $id->('SOLD') . qq{, reason => '$secret')} ],
  [ 'LD005', 'SELECT lead.convert(' . $id->('WON') . qq{, gen_random_uuid(), reason => '$secret')} ],
  [ '23503', 'SELECT lead.convert(' . $id->('NEW') . qq{, gen_random_uuid(), reason => '$secret')} ],
  [ '22023', 'SELECT lead.convert_external(' . $id->('NEW') . qq{, reason => '$secret')} ],
  [ '55000', 'SELECT lead.revert_conversion(' . $id->('NEW') . qq{, '$secret')} ],
  [ 'LD008', qq{SELECT lead.find_matches('$secret', emails => ARRAY['$secret'])} ],
  [ 'LD008', q{SELECT lead.find_matches(phones => ARRAY['777 123 456'])} ],
  [ '42501', qq{SET LOCAL ROLE agent; INSERT INTO lead.lead (lead_type, lead_rating, lead_source, party_name) VALUES ('GOLD', 'HOT', 'WEB', '$secret')} ],
  [ '42501', qq{SET LOCAL ROLE agent; INSERT INTO lead.lead_status_change (lead_id, version, to_status, changed_at, changed_by, xid, reason) VALUES (} . $id->('NEW') . qq{, 2, 'NEW', now(), '$secret', 1, '$secret')} ];
my @plain = @refused;
for my $one (@plain)
{
	my ($state, $statement) = @$one;
	next if $statement =~ /^SET|^SELECT|^DELETE/;
	push @refused, [ $state, "DO \$do\$ BEGIN EXECUTE \$q\$$statement\$q\$; END \$do\$" ] if $state =~ /^LD|^22|^23502|^23514/;
}

# COPY: the server adds the line to the context
my %copies = (
	"lead.lead (party_name, lead_type, lead_rating, lead_source, emails, status)" => [
		[ '23514', qq{  \tB2B\tHOT\tWEB\t["$secret"]\tNEW} ], [ '23502', qq{\\N\tB2B\tHOT\tWEB\t["$secret"]\tNEW} ], [ '23503', qq{$secret\tB2B\tNONE\tWEB\t["$secret\@example.com"]\tNEW} ],
		[ 'LD007', qq{$secret\tB2B\tHOT\tOLD\t["$secret\@example.com"]\tNEW} ], [ 'LD008', qq{$secret\tB2B\tHOT\tWEB\t{"$secret": 1}\tNEW} ],
		[ 'LD008', qq{$secret\tB2B\tHOT\tWEB\t["$secret"]\tNEW} ], [ 'LD001', qq{$secret\tB2B\tHOT\tWEB\t[]\tREJECTED} ],
		[ 'LD006', qq{$secret\tB2B\tHOT\tWEB\t[]\tCONVERTED} ], [ 'LD004', qq{$secret\tB2B\tHOT\tWEB\t[]\tLATER} ] ],
	"lead.person (last_name, phones)" => [ [ 'LD008', qq{$secret\t["$secret", 1]} ], [ 'LD008', qq{$secret\t["777 123 456"]} ], [ '23514', qq{ \t["$secret"]} ], [ '23502', qq{\\N\t["$secret"]} ] ],
	"lead.customer (name, chars, emails)" => [ [ 'LD009', qq{$secret\t["$secret"]\t[]} ], [ '23514', qq{ \t{}\t["$secret"]} ] ],
	"lead.account (name, customer_id, description)" => [ [ '23502', qq{$secret\t\\N\t$secret} ] ]);
for my $target (sort keys %copies)
{
	push @refused, map { [ $_->[0], "COPY $target FROM STDIN;\n$_->[1]\n\\." ] } @{ $copies{$target} };
}

# ---------------------------------------------------------------- refuse, and read the log

my $script = join '', map { "BEGIN;\n$_->[1]" . ($_->[1] =~ /\\\.$/ ? "\n" : ";\n") . "ROLLBACK;\n" } @refused;
my $before = -s $node->logfile;
my ($out, $err);
$node->psql('postgres', $script, stdout => \$out, stderr => \$err, on_error_stop => 0, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
my @states = $err =~ /ERROR:  (\w{5}):/g;
my @expected = map { $_->[0] } @refused;
is(scalar @states, scalar @expected, scalar(@expected) . ' statements were refused');
is_deeply(\@states, \@expected, 'each as expected')
  or diag map { ($states[$_] // '') eq $expected[$_] ? () : "expected $expected[$_], got " . ($states[$_] // 'nothing') . ": $refused[$_][1]\n" } 0 .. $#expected;

my $log = slurp_file($node->logfile, $before);
my @errors = $log =~ /^ERROR:  (\w{5}):/mg;
is(scalar @errors, scalar @expected, 'all of them are in the log');

# What the server itself reports of a COPY (a key that is taken, input that is no
# JSON) brings the line with it; that is no refusal of ours.
my @leaks = grep { /$secrets/ } split /^(?=ERROR:)/m, $log;
is(scalar @leaks, 0, 'and none tells a name, phone or e-mail') or diag join "\n", map { substr $_, 0, 600 } @leaks;
unlike($log, qr/Failing row contains/, 'the server prints no row');
unlike($log, qr/index row (size|requires)/, 'no value was too long for an index');

# The log is where it is looked for: a table of one's own, without such care, tells.
$node->psql('postgres', "CREATE TABLE public.careless (name text, CHECK (name = '')); INSERT INTO public.careless VALUES ('$secret')");
like(slurp_file($node->logfile, $before), qr/Failing row contains \($secret\)/, 'what the server prints of a table without such care');

# A contact that is not understood: the log has the reason, the client the value too.
like($log, qr/^DETAIL:  phones\[1\]: it holds letters/m, 'the log tells why a contact was refused');
like($err, qr/^DETAIL:  phones\[1\] is "\+420 777 123 456 $secret": it holds letters/m, 'the client is shown which');
like($err, qr/^DETAIL:  phones\[0\] is "777 123 456": it has no country code/m, 'every time');

# The client is told all, the context too.
my (undef, undef, $told) = $node->psql('postgres', "COPY lead.lead (party_name, lead_type, lead_rating, lead_source, description) FROM STDIN;\n \tB2B\tHOT\tWEB\t$secret\n\\.\n", on_error_stop => 0);
like($told, qr/CONTEXT:  COPY lead, line 1: .*$secret/, 'the client gets the context');

$node->stop;
done_testing();
