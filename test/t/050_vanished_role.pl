# A role that is dropped while its session goes on: what it does then is refused
# clearly or recorded under its number, and nothing else breaks.

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('vanished');
$node->init;
$node->start;

# What PUBLIC may do, a role without any privilege left may do too.
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION lead;
SELECT FROM lead.add_starter_registers();
CREATE ROLE ghost LOGIN;
CREATE ROLE boss LOGIN SUPERUSER;
CREATE ROLE team;
GRANT USAGE ON SCHEMA lead TO PUBLIC;
GRANT ALL ON ALL TABLES IN SCHEMA lead TO PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA lead TO PUBLIC;
INSERT INTO lead.lead_type (code, name, create_privilege) VALUES ('TEAM', 'Team', 'team');
CREATE TABLE public.note (text text);
GRANT ALL ON public.note TO PUBLIC;
CREATE FUNCTION public.event(event text, old lead.lead, new lead.lead) RETURNS void LANGUAGE sql AS $$INSERT INTO public.note VALUES (event)$$;
INSERT INTO lead.event_binding (code, event, function) VALUES ('E', 'STATUS_CHANGE', 'public.event');
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) SELECT 'L' || n, 'X', 'B2B', 'HOT', 'WEB' FROM generate_series(1, 4) n;
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('T', 'X', 'TEAM', 'HOT', 'WEB');
END

# A session that stays open.
sub session
{
	my ($role) = @_;
	my %session = (in => '', out => '', err => '');

	$session{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $node->connstr('postgres') . " user=$role", '-f', '-' ],
		'<', \$session{in}, '>', \$session{out}, '2>', \$session{err}, IPC::Run::timeout(60));
	return \%session;
}

my $asked = 0;

# What a statement returns, or ERROR and its SQLSTATE.
sub ask
{
	my ($session, $statement) = @_;
	my $end = 'answer ' . ++$asked;

	$session->{out} = $session->{err} = '';
	$session->{in} .= "$statement;\n\\echo $end\n\\warn $end\n";
	$session->{run}->pump until $session->{out} =~ /^\Q$end\E\n/m && $session->{err} =~ /^\Q$end\E\n/m;
	return "ERROR $1" if $session->{err} =~ /(?:ERROR|FATAL|PANIC):  (\w{5}):/;
	(my $answer = $session->{out}) =~ s/\Q$end\E\n//;
	chomp $answer;
	return $answer;
}

# ---------------------------------------------------------------- an agent

my $ghost = session('ghost');
is(ask($ghost, q{UPDATE lead.lead SET status = 'WORKING' WHERE key = 'L1' RETURNING edited_by}), 'ghost', 'while the role is there');
my $oid = ask($ghost, q{SELECT oid FROM pg_roles WHERE rolname = 'ghost'});
$node->safe_psql('postgres', 'DROP ROLE ghost');

is(ask($ghost, q{UPDATE lead.lead SET status = 'NON_WORKING' WHERE key = 'L1' RETURNING edited_by}), $oid, 'then it is recorded by its number');
is(ask($ghost, q{SELECT status FROM lead.transition((SELECT id FROM lead.lead WHERE key = 'L2'), 'WORKING')}), 'WORKING', 'transition');
is(ask($ghost, q{SELECT converted_by FROM lead.convert((SELECT id FROM lead.lead WHERE key = 'L2'))}), $oid, 'conversion');
is(ask($ghost, q{SELECT status FROM lead.revert_conversion((SELECT id FROM lead.lead WHERE key = 'L2'), 'mistake')}), 'WORKING', 'reversal');
is(ask($ghost, q{SELECT assigned_to FROM lead.claim('jana')}), 'jana', 'claim');
# The column's default is current_user, which the server cannot name any more.
is(ask($ghost, q{INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('N', 'X', 'B2B', 'HOT', 'WEB') RETURNING inserted_by}), 'ERROR 42704', 'creation by default values');
is(ask($ghost, q{INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source, inserted_by, edited_by) VALUES ('N', 'X', 'B2B', 'HOT', 'WEB', NULL, NULL) RETURNING inserted_by}), $oid, 'creation as an ORM writes it');
is(ask($ghost, q{INSERT INTO lead.person (last_name) VALUES ('P') RETURNING last_name}), 'P', 'a person');
is(ask($ghost, q{SELECT count(*) FROM lead.lead_report}), '6', 'a report');
is(ask($ghost, q{SELECT count(*) FROM lead.allowed_transitions((SELECT id FROM lead.lead WHERE key = 'L1'))}), '8', 'allowed_transitions');
is(ask($ghost, q{UPDATE lead.lead SET lead_type = 'TEAM' WHERE key = 'L1'}), 'ERROR 42501', 'it is a member of nothing');
is(ask($ghost, q{SELECT lead.grant_access('team', 'reader')}), 'ERROR 42501', 'and owner of nothing');
is($node->safe_psql('postgres', 'SELECT count(*) FROM public.note'), '6', 'bindings were called each time');
is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT changed_by, ' ' ORDER BY changed_by) FROM lead.lead_status_change c JOIN lead.lead l ON l.id = c.lead_id WHERE l.key = 'L2' AND c.version > 1}),
	$oid, 'the history has the number');

# ---------------------------------------------------------------- a superuser, who is none then

my $boss = session('boss');
is(ask($boss, q{UPDATE lead.lead SET description = 'x' WHERE key = 'L1' RETURNING edited_by}), 'boss', 'a superuser');
$node->safe_psql('postgres', 'DROP ROLE boss');
is(ask($boss, q{SELECT lead.grant_access('team', 'reader')}), 'ERROR 42501', 'is no owner any more');
is(ask($boss, q{UPDATE lead.lead SET lead_type = 'TEAM' WHERE key = 'L1'}), 'ERROR 42501', 'and has no privilege');

# ---------------------------------------------------------------- the role that a type asks for

my $member = 'CREATE ROLE member LOGIN IN ROLE team';
$node->safe_psql('postgres', $member);
my $agent = session('member');
is(ask($agent, q{UPDATE lead.lead SET lead_type = 'TEAM' WHERE key = 'L3' RETURNING lead_type}), 'TEAM', 'a member of the role of a type');
$node->safe_psql('postgres', 'DROP ROLE team');
is(ask($agent, q{UPDATE lead.lead SET lead_type = 'TEAM' WHERE key = 'L4'}), 'ERROR 42501', 'without the role nobody may');
is(ask($agent, q{UPDATE lead.lead SET description = 'x' WHERE key = 'L3' RETURNING lead_type}), 'TEAM', 'what is there is worked on');
$node->safe_psql('postgres', 'CREATE ROLE team; GRANT team TO member');
is(ask($agent, q{UPDATE lead.lead SET lead_type = 'TEAM' WHERE key = 'L4' RETURNING lead_type}), 'TEAM', 'and with it again they may');

# ---------------------------------------------------------------- nothing broke

for my $session ($ghost, $boss, $agent)
{
	is(ask($session, 'SELECT 1'), '1', 'the session lives');
	$session->{in} .= "\\q\n";
	$session->{run}->finish;
}
is( $node->safe_psql(
		'postgres', q{
	SELECT count(*) FROM lead.lead l
	WHERE l.status IS DISTINCT FROM (SELECT c.to_status FROM lead.lead_status_change c WHERE c.lead_id = l.id ORDER BY c.version DESC LIMIT 1)}),
	'0', 'every lead has its history');
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|XX\d\d\d/, 'no internal error in the log');

$node->stop;
done_testing();
