# Very long work: lead.convert_all cancelled, crashed and called again comes to the
# same end as without; what it says meanwhile; and that a call for many leads
# answers a cancel and a timeout at once and keeps its memory bounded.

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

my $node = PostgreSQL::Test::Cluster->new('convert_all');
$node->init;
$node->start;
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION lead;
SELECT FROM lead.add_starter_registers();
-- every tenth is of a type that wants what it has not
INSERT INTO lead.entity_spec (code, name) VALUES ('S', 'S');
INSERT INTO lead.lead_type (code, name, entity_spec_id) SELECT 'ASKS', 'Asks', id FROM lead.entity_spec;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, status, data_tags)
SELECT 'L' || n, 'Party ' || n, CASE WHEN n % 10 = 0 THEN 'ASKS' ELSE 'B2B' END, 'WARM', CASE WHEN n % 2 = 0 THEN 'WEB' ELSE 'PHONE' END,
	CASE WHEN n % 5 = 1 THEN 'NEW' ELSE 'WORKING' END, CASE WHEN n % 3 = 0 THEN '{signed}' ELSE '{}'::text[] END
FROM generate_series(1, 10000) n;
INSERT INTO lead.person (last_name, lead_id) SELECT 'Person', id FROM lead.lead;
INSERT INTO lead.characteristic (entity_spec_id, name, required) SELECT id, 'budget', true FROM lead.entity_spec;
-- the state that all ways are to come to
CREATE VIEW state AS
SELECT md5(string_agg(concat_ws('|', l.key, l.status, l.version, c.name, a.name, (a.customer_id = c.id)::text, v.reason, v.version,
	(SELECT count(*) FROM lead.lead_status_change h WHERE h.lead_id = l.id), (SELECT string_agg((p.customer_id = c.id)::text, ',') FROM lead.person p WHERE p.lead_id = l.id)), E'\n' ORDER BY l.key)) AS leads,
	(SELECT count(*) FROM lead.customer) AS customers, (SELECT count(*) FROM lead.account) AS accounts, (SELECT count(*) FROM lead.lead_conversion) AS conversions
FROM lead.lead l LEFT JOIN lead.lead_conversion v ON v.lead_id = l.id AND v.reverted_at IS NULL
	LEFT JOIN lead.customer c ON c.id = v.customer_id LEFT JOIN lead.account a ON a.id = v.account_id;
END
$node->safe_psql('postgres', "CREATE DATABASE $_ TEMPLATE postgres") for qw(cancelled crashed twice);

my $call = "CALL lead.convert_all('WORKING', reason => 'won', commit_every => 100)";

# Starts a statement in a session of its own.
sub start
{
	my ($database, $statement) = @_;
	my %session = (out => '', err => '');

	$session{run} = IPC::Run::start([ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $node->connstr($database), '-c', $statement ],
		'<', \undef, '>', \$session{out}, '2>', \$session{err}, IPC::Run::timeout(120));
	return \%session;
}

sub converted
{
	my ($database) = @_;

	return $node->safe_psql($database, "SELECT count(*) FROM lead.lead WHERE status = 'CONVERTED'");
}

# Waits until a call has converted some leads, but not all.
sub wait_for_middle
{
	my ($database) = @_;

	for (1 .. 1000)
	{
		return 1 if converted($database) > 300;
		sleep 0.02;
	}
	return 0;
}

# Without an interruption ------------------------------------------------------

my ($rc, $out, $err) = $node->psql('postgres', $call);
is($out, '7000|1000', 'how many were converted and refused');
like($err, qr/NOTICE:  8000 of 8000 leads done \(100 %\), \d+ a second$/, 'what it says at the end');
my @refused = $err =~ /NOTICE:  lead [0-9a-f-]{36} is not converted\n/g;
is(scalar @refused, 10, 'the first ten refusals are shown');
like($err, qr/DETAIL:  lead "L\d+" lacks required characteristics\nMissing in chars: "budget"\.\nHINT:  lead\.convert_many tells what became of each\./, 'with their reasons');
like($err, qr/HINT:  lead\.convert_many tells what became of each; no more are shown here\./, 'the last says so');
my $end = $node->safe_psql('postgres', 'TABLE state');
is($node->safe_psql('postgres', $call), '0|1000', 'called again: nothing but the refused');
is($node->safe_psql('postgres', 'TABLE state'), $end, 'which changes nothing');

# Interrupted -------------------------------------------------------------------

my $session = start('cancelled', $call);
ok(wait_for_middle('cancelled'), 'it commits as it goes on');
$node->safe_psql('cancelled', "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CALL%' AND datname = 'cancelled'");
$session->{run}->finish;
like($session->{err}, qr/57014/, 'it is cancelled');
my $before = converted('cancelled');
cmp_ok($before, '<', 7000, 'in the middle');
is($node->safe_psql('cancelled', $call), (7000 - $before) . '|1000', 'the next call goes on');
is($node->safe_psql('cancelled', 'TABLE state'), $end, 'to the same end');

$session = start('crashed', $call);
ok(wait_for_middle('crashed'), 'again it goes on');
$node->stop('immediate');
$session->{run}->finish;
$node->start;
$before = converted('crashed');
ok($before > 0 && $before < 7000, 'the server crashed in the middle');
is($node->safe_psql('crashed', $call), (7000 - $before) . '|1000', 'the next call goes on');
is($node->safe_psql('crashed', 'TABLE state'), $end, 'to the same end');

# Two at once ----------------------------------------------------------------------

my @both = map { start('twice', $call) } 1 .. 2;
$_->{run}->finish for @both;
my @counts = map { split /\|/, $_->{out} } @both;
is($counts[0] + $counts[2], 7000, 'two sessions convert each lead once');
unlike($both[0]{err} . $both[1]{err}, qr/ERROR/, 'and wait for each other');
is($node->safe_psql('twice', 'TABLE state'), $end, 'they come to the same end');

# What is chosen -------------------------------------------------------------------

is($node->safe_psql('postgres', "CALL lead.convert_all('NEW', 'B2B', 'WEB', 'signed', commit_every => 7)"), '334|0', 'a type, a source and a tag');
is($node->safe_psql('postgres', "SELECT count(*) FROM lead.lead WHERE status = 'CONVERTED' AND lead_source = 'WEB' AND 'signed' = ANY (data_tags) AND version = 2 AND key ~ '6\$'"), 334, 'are those');
is($node->safe_psql('postgres', "CALL lead.convert_all('NEW', data_tag => 'signed', external_system => 'SAP', reason => 'moved')"), '333|0', 'into another system');
is($node->safe_psql('postgres', "SELECT count(*) FROM lead.lead_conversion WHERE kind = 'CONVERTED_EXTERNAL' AND external_system = 'SAP' AND reason = 'moved'"), 333, 'as it is recorded');
is($node->safe_psql('postgres', "CALL lead.convert_all('LATER')"), '0|0', 'a status without leads');

# Where it cannot run -----------------------------------------------------------------

sub error_of
{
	my ($statement) = @_;
	my ($rc, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$statement");

	return $err =~ /ERROR:  (\w{5}): ([^\n]*)/ ? "$1: $2" : "none: $out";
}

my $inside = '2D000: lead.convert_all cannot run inside a transaction';
is(error_of("BEGIN; CALL lead.convert_all('NEW');"), $inside, 'in a transaction');
my $body = "LANGUAGE plpgsql %s AS \$\$ DECLARE a bigint; b bigint; BEGIN CALL lead.convert_all('LATER', converted => a, refused => b); END \$\$;";
is(error_of('CREATE FUNCTION f() RETURNS void ' . sprintf($body, '') . ' SELECT f();'), $inside, 'in a function');
is(error_of('CREATE PROCEDURE p() ' . sprintf($body, "SET work_mem = '8MB'") . ' CALL p();'), $inside, 'in a procedure that has settings');
is(error_of('CREATE PROCEDURE q() ' . sprintf($body, '') . ' CALL q();'), 'none: ', 'in a plain procedure it runs');
is(error_of("CALL lead.convert_all(NULL);"), '22023: argument from_status must be given', 'without a status');
is(error_of("CALL lead.convert_all('CONVERTED');"), '22023: argument from_status cannot be CONVERTED', 'of one that is the end');
is(error_of("CALL lead.convert_all('NEW', 'B2b');"), '23503: lead type "B2b" does not exist', 'a type that is not there');
is(error_of("CALL lead.convert_all('NEW', lead_source => 'NOWHERE');"), '23503: lead source "NOWHERE" does not exist', 'a source that is not there');
is(error_of("CALL lead.convert_all('NEW', external_system => ' ');"), '22023: argument external_system must be given', 'a blank system is not none');
is(error_of("CALL lead.convert_all('NEW', commit_every => $_);"), '22023: argument commit_every is out of range', "commit_every $_") for 0, -1, 100001;

# What it says meanwhile: at most once a second --------------------------------------------

$node->safe_psql('postgres', <<'END');
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.05); RETURN NULL; END $$;
CREATE TRIGGER slow BEFORE INSERT ON lead.customer EXECUTE FUNCTION slow();
END
my $start = time;
($rc, $out, $err) = $node->psql('postgres', "CALL lead.convert_all('NEW', commit_every => 20)");
my $took = time - $start;
my @said = $err =~ /NOTICE:  (\d+) of 1333 leads done \(\d+ %\), \d+ a second/g;
cmp_ok(scalar @said, '>=', 2, "it says how far it is (@said)");
cmp_ok(scalar @said, '<=', $took + 1, 'at most once a second');
is_deeply(\@said, [ sort { $a <=> $b } @said ], 'further each time');
$node->safe_psql('postgres', 'DROP TRIGGER slow ON lead.customer');

# One large call ---------------------------------------------------------------------------

$node->safe_psql('postgres', <<'END');
INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, data_tags) SELECT 'Party ' || n, 'B2B', 'WARM', 'EMAIL', '{large}' FROM generate_series(1, 50000) n;
ANALYZE lead.lead;
END
my $large = "SELECT count(*) FILTER (WHERE outcome = 'CONVERTED') FROM lead.convert_many(ARRAY(SELECT id FROM lead.lead WHERE lead_source = 'EMAIL'))";

$start = time;
($rc, $out, $err) = $node->psql('postgres', "SET statement_timeout = '700ms'; $large");
$took = time - $start;
like($err, qr/canceling statement due to statement timeout/, 'a timeout ends it');
cmp_ok($took, '<', 1.7 + 0.5, sprintf('within a second (after %.1f s)', $took));
is($node->safe_psql('postgres', "SELECT count(*) FROM lead.lead WHERE lead_source = 'EMAIL' AND status <> 'NEW'"), 0, 'and leaves nothing done');

$session = start('postgres', $large);
sleep 1.2;
$start = time;
$node->safe_psql('postgres', "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%FROM lead.convert_many%' AND pid <> pg_backend_pid()");
$session->{run}->finish;
$took = time - $start;
like($session->{err}, qr/57014/, 'a cancel ends it');
cmp_ok($took, '<', 1.5, sprintf('within a second (after %.1f s)', $took));

# What a backend has used at most, in kB, where the system tells.
SKIP:
{
	skip 'this system does not tell', 4 unless -r '/proc/self/status';
	my $memory = "SELECT (regexp_match(pg_read_file('/proc/self/status'), 'VmHWM:\\s*(\\d+)'))[1]";
	my ($count, $used) = split /\n/, $node->safe_psql('postgres', "BEGIN; $large; $memory; ROLLBACK;");
	is($count, 50000, 'it converts them all');
	cmp_ok($used, '<', 300 * 1024, "in bounded memory (at most $used kB)");
	$node->safe_psql('postgres', <<'END');
CREATE FUNCTION target(l lead.lead, customer_ref text, processing_data jsonb) RETURNS text LANGUAGE sql AS $$ SELECT 'C' $$;
INSERT INTO lead.conversion_target (function) VALUES ('public.target');
END
	$large =~ s/'EMAIL'/'EMAIL' LIMIT 15000/;
	($count, $used) = split /\n/, $node->safe_psql('postgres', "BEGIN; $large; $memory; ROLLBACK;");
	is($count, 15000, 'also one by one, by a target');
	cmp_ok($used, '<', 200 * 1024, "in bounded memory (at most $used kB)");
}

$node->stop;
done_testing();
