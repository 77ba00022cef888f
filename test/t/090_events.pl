# A consumer of lead.events that keeps the cursor of the last event gets each event
# once, a lead's in their order: while four writers commit in any order; over a
# crash that loses what was not yet on disk; on a standby, and when it is promoted
# with a prepared transaction; and after a restore into a cluster whose transaction
# ids are smaller.

use strict;
use warnings;

use POSIX qw(:sys_wait_h);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('events');
$node->init(allows_streaming => 1);
# what is committed is not on disk at once, so that a crash may lose it
$node->append_conf('postgresql.conf', <<'END');
autovacuum = off
synchronous_commit = off
wal_buffers = 64MB
bgwriter_lru_maxpages = 0
shared_buffers = 128MB
max_prepared_transactions = 5
END
$node->start;
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION lead;
SELECT FROM lead.add_starter_registers();
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) SELECT 'L' || n, 'X', 'B2B', 'HOT', 'WEB' FROM generate_series(1, 30) n;
END

# ---------------------------------------------------------------- the consumer

my $after = '';
my @seen;

# One page: how many events it had.
sub poll
{
	my ($from) = @_;
	my @rows = map { [ split /\|/ ] } split /\n/,
	  $from->safe_psql('postgres', "SELECT cursor, lead_id, version FROM lead.events('$after', 300)");

	$after = $rows[-1][0] if @rows;
	push @seen, map { "$_->[1] $_->[2]" } @rows;
	return scalar @rows;
}

sub drain
{
	my ($from) = @_;

	1 while poll($from);
	return;
}

# Events that came twice; those of a lead that came before an earlier one.
sub flaws
{
	my (%times, %last, @flaws);

	for my $event (@seen)
	{
		my ($lead, $version) = split / /, $event;

		push @flaws, "twice: $event" if $times{$event}++;
		push @flaws, "out of order: $event after $last{$lead}" if defined $last{$lead} && $version < $last{$lead};
		$last{$lead} = $version;
	}
	return join "\n", @flaws;
}

# The history and what was seen of it: rows on one side only.
sub differences
{
	my ($from) = @_;
	my %history = map { $_ => 1 } split /\n/, $from->safe_psql('postgres', q{SELECT lead_id || ' ' || version FROM lead.lead_status_change});
	my %known = map { $_ => 1 } @seen;

	return join "\n", (map { "missed: $_" } grep { !$known{$_} } sort keys %history),
	  (map { "unfounded: $_" } grep { !$history{$_} } sort keys %known);
}

# ---------------------------------------------------------------- four writers, and a crash

# Transactions get their ids long before they write, change leads that younger ones
# have changed, and undo some of what they do.
my $script = PostgreSQL::Test::Utils::tempdir . '/writer.pgbench';
my $move = q{UPDATE lead.lead SET status = (CASE status WHEN 'WORKING' THEN 'IN_PROGRESS' ELSE 'WORKING' END)::lead.lead_status};
append_to_file($script, <<"END");
\\set a random(1, 30)
\\set b random(1, 30)
\\set pause random(0, 8)
\\set first least(:a, :b)
\\set second greatest(:a, :b)
BEGIN;
SELECT pg_current_xact_id();
\\sleep :pause ms
$move WHERE key = 'L' || :first;
SAVEPOINT s;
$move WHERE key = 'L' || :second;
\\if :pause < 3
ROLLBACK TO s;
\\endif
\\if :pause = 8
ROLLBACK;
\\else
COMMIT;
\\endif
END

# By themselves: nobody reads what they print meanwhile.
sub start_writers
{
	my ($seconds) = @_;
	my $pid = fork // die "cannot fork: $!";

	return $pid if $pid;
	open STDIN, '<', '/dev/null' or die $!;
	open STDOUT, '>>', "$script.log" or die $!;
	open STDERR, '>&', \*STDOUT or die $!;
	exec 'pgbench', '-n', '-c', 4, '-j', 2, '-T', $seconds, '-f', $script, '-d', $node->connstr('postgres')
	  or POSIX::_exit(1);
}

# Nobody flushes the log by himself, so that what is lost is not just the last page.
kill 'STOP', $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'});

my $writers = start_writers(60);
my $end = time + 60;
my $polls = 0;

while (time < $end && ($polls < 10 || @seen < 500))
{
	$polls++ if poll($node);
}
my $count = 'SELECT count(*) FROM lead.lead_status_change';
my $written = $node->safe_psql('postgres', "DO 'BEGIN PERFORM pg_sleep(1); END'; $count");
my $at_crash = scalar @seen;
my $xid_at_crash = $node->safe_psql('postgres', q{SELECT pg_snapshot_xmax(pg_current_snapshot())});
$node->stop('immediate');
waitpid $writers, 0;
$node->start;
cmp_ok($polls, '>=', 10, 'events came while they were written');
is(flaws(), '', 'before the crash each came once and in order');
{
	my %history = map { $_ => 1 } split /\n/, $node->safe_psql('postgres', q{SELECT lead_id || ' ' || version FROM lead.lead_status_change});

	cmp_ok(scalar keys %history, '<', $written, 'the crash has taken changes that were committed');
	is(join("\n", grep { !$history{$_} } @seen), '', 'but none that was seen');
}

$writers = start_writers(4);
poll($node) while waitpid($writers, WNOHANG) == 0;
drain($node);
cmp_ok(scalar @seen, '>', $at_crash + 100, 'events go on after the crash');
is(flaws(), '', 'each came once and in order');
is(differences($node), '', 'and none was missed');

# ---------------------------------------------------------------- a standby, promoted

$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;

$node->safe_psql('postgres', "$move WHERE key = 'L1'; $move WHERE key = 'L2'");
$node->wait_for_catchup($standby, 'replay', $node->lsn('flush'));
$node->safe_psql('postgres', 'SELECT count(*) FROM lead.events()');	# flushes
$node->wait_for_catchup($standby, 'replay', $node->lsn('flush'));
is($standby->safe_psql('postgres', q{SELECT md5(string_agg(e.event::text, '')) FROM (SELECT e.event FROM lead.events(NULL, 10000) e) e}),
	$node->safe_psql('postgres', q{SELECT md5(string_agg(e.event::text, '')) FROM (SELECT e.event FROM lead.events(NULL, 10000) e) e}),
	'a standby has the same events');
is(poll($standby), 2, 'a consumer may go on there');

# Prepared before, committed after: what came later waits for it, and a consumer that
# has read on meanwhile still gets it.
$node->safe_psql('postgres', "BEGIN; $move WHERE key = 'L3'; PREPARE TRANSACTION 'waits'");
$node->safe_psql('postgres', "$move WHERE key = 'L4'; SET synchronous_commit = on; $move WHERE key = 'L5'");
$node->wait_for_catchup($standby, 'replay', $node->lsn('flush'));
$node->stop('immediate');
$standby->promote;
is(poll($standby), 0, 'a prepared transaction holds back what came after it');
$standby->safe_psql('postgres', "$move WHERE key = 'L5'; $move WHERE key = 'L6'");
is($standby->safe_psql('postgres', 'SELECT count(DISTINCT first_position), count(DISTINCT system_identifier) FROM lead.event_epoch'),
	'2|1', 'the new timeline is another epoch of the same cluster');
is(poll($standby), 0, 'it does so when there are events of the new timeline');
$standby->safe_psql('postgres', q{COMMIT PREPARED 'waits'});
is(poll($standby), 5, 'all come when it is committed');
is(flaws(), '', 'each once and in order');
is(differences($standby), '', 'none was missed');

# ---------------------------------------------------------------- a dump, restored elsewhere

my $restored = PostgreSQL::Test::Cluster->new('restored');
my $dump = PostgreSQL::Test::Utils::tempdir . '/dump.sql';
my $behind = scalar @seen;

$standby->safe_psql('postgres', "$move WHERE key IN ('L7', 'L8')");
command_ok([ 'pg_dump', '-d', $standby->connstr('postgres'), '-f', $dump ], 'dump');
$restored->init;
$restored->append_conf('postgresql.conf', 'autovacuum = off');
$restored->start;
command_ok([ 'psql', '-X', '-q', '-1', '-v', 'ON_ERROR_STOP=1', '-d', $restored->connstr('postgres'), '-f', $dump ], 'restore');
cmp_ok($restored->safe_psql('postgres', q{SELECT pg_snapshot_xmax(pg_current_snapshot())}), '<', $xid_at_crash, 'transaction ids are smaller there');
is(poll($restored), 2, 'the consumer goes on where it stopped');
is(poll($restored), 0, 'and gets nothing twice');
$restored->safe_psql('postgres', "$move WHERE key IN ('L7', 'L9')");
is(poll($restored), 2, 'new events follow');
$restored->safe_psql('postgres', "$move WHERE key = 'L7'");
drain($restored);
is(flaws(), '', 'each once and in order');
is(differences($restored), '', 'none was missed');
is($restored->safe_psql('postgres', 'SELECT count(DISTINCT first_position), count(DISTINCT system_identifier) FROM lead.event_epoch'),
	'3|2', 'it is an epoch of another cluster');
is(scalar @seen, $behind + 5, 'five events since');

# Who follows the old cluster meanwhile, and then this one, has seen nothing of it.
$standby->safe_psql('postgres', "$move WHERE key = 'L10'");
is($standby->safe_psql('postgres', q{SELECT count(*) FROM lead.events((SELECT cursor FROM lead.events(NULL, 10000) OFFSET } . ($behind - 1) . ' LIMIT 1))'),
	3, 'the old cluster goes on in its own epoch');
{
	my $cursor = $standby->safe_psql('postgres', 'SELECT lead.newest_event()');

	is($restored->safe_psql('postgres', "SELECT count(*) FROM lead.events('$cursor')"), 3, 'its cursor finds all that was written here');
}

$restored->stop('fast');
$standby->stop('fast');
done_testing();
