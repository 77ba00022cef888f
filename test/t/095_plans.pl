# The plans of the reports with 200,000 leads: what asks for little reads little.
# No report scans all of lead.lead or of the history where an index should serve,
# and the counts over all leads come from one index alone, by several processes.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('plans');
$node->init;
$node->append_conf('postgresql.conf', "shared_buffers = 256MB\nmaintenance_work_mem = 128MB\nautovacuum = off\nfsync = off\nmax_wal_size = 4GB\njit = off");
$node->start;

# The rows that the benchmark reads, made past the guard.
my $rows = ($ENV{LEAD_SRC} // '.') . '/bench/reports.sql';
plan skip_all => "no $rows" unless -r $rows;
$node->safe_psql('postgres', 'CREATE EXTENSION lead; SELECT count(*) FROM lead.add_starter_registers()');
command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-v', 'leads=200000', '-d', $node->connstr('postgres'), '-f', $rows ], '200,000 leads are made');

my ($one) = $node->safe_psql('postgres', 'SELECT id FROM lead.lead OFFSET 100000 LIMIT 1');

# The plan of a query, without costs, and the large tables that it scans whole.
sub plan_of
{
	my ($query, $settings) = @_;

	return $node->safe_psql('postgres', ($settings // '') . "EXPLAIN (COSTS OFF) $query");
}

sub scanned_whole
{
	my ($plan) = @_;

	return join ', ', $plan =~ /Seq Scan on (lead|lead_status_change)\b/g;
}

sub index_serves
{
	my ($what, $query, $index) = @_;
	my $plan = plan_of($query);

	is(scanned_whole($plan), '', "$what: no table is scanned whole") or diag($plan);
	like($plan, qr/$index/, "$what: by $index") or diag($plan);
}

# Over all leads or some: from the index alone.
for my $by (qw(source type rating priority month))
{
	for (
		[ 'all leads', "NULL, NULL" ], [ 'a year', "'2025-01-01', '2025-12-31'" ],
		[ 'a month', "'2025-03-01', '2025-03-31'" ], [ 'a day', "'2025-03-01', '2025-03-01'" ])
	{
		my ($range, $days) = @$_;

		index_serves("funnel by $by of $range", "SELECT * FROM lead.funnel($days, '$by')", 'Index Only Scan using lead_queue_idx');
	}
}
index_serves('the view funnel', 'SELECT * FROM lead.funnel', 'Index Only Scan using lead_queue_idx');
index_serves('conversion_rate', 'SELECT * FROM lead.conversion_rate', 'Index Only Scan using lead_queue_idx');

# Groupings that are not asked for are not in the plan, and where that is not
# known yet, not begun. Each has two scans: with a priority, and without.
unlike(plan_of("SELECT * FROM lead.funnel(NULL, NULL, 'type')"), qr/Group Key: l\.lead_source/, 'one grouping in the plan');
is( $node->safe_psql('postgres', <<'END'), '2|10', 'unknown until it runs: one grouping is begun');
SET plan_cache_mode = force_generic_plan;
PREPARE funnel (date, date, text) AS SELECT * FROM lead.funnel($1, $2, $3);
CREATE FUNCTION pg_temp.branches() RETURNS TABLE (begun bigint, left_out bigint) LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	begun := 0; left_out := 0;
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE funnel(NULL, NULL, ''rating'')' LOOP
		CONTINUE WHEN line !~ 'Scan.* on lead l';
		IF line ~ 'never executed' THEN left_out := left_out + 1; ELSE begun := begun + 1; END IF;
	END LOOP;
	RETURN NEXT;
END $$;
SELECT * FROM pg_temp.branches();
END

# Few leads of many.
index_serves('lead_report of one', "SELECT * FROM lead.lead_report WHERE id = '$one'", 'lead_pkey');
index_serves('lead_report by key', "SELECT * FROM lead.lead_report WHERE key = 'LEAD-000001000'", 'lead_key_key');
index_serves('lead_report of a status', "SELECT * FROM lead.lead_report WHERE status_code = 'LATER'", 'lead_queue_idx');
index_serves('lead_report of the open leads created in a month',
	"SELECT * FROM lead.lead_report WHERE status_code IN ('NEW', 'IN_PROGRESS', 'WORKING') AND created_at >= '2025-03-01' AND created_at < '2025-04-01'",
	'lead_queue_idx');
index_serves('status_period of one', "SELECT * FROM lead.status_period WHERE lead_id = '$one'", 'lead_status_change_pkey');
index_serves('status_as_of of one', "SELECT * FROM lead.status_as_of('2025-03-01') WHERE lead_id = '$one'", 'lead_status_change_pkey');
unlike(plan_of('SELECT * FROM lead.stuck_leads'), qr/lead_status_change/, 'stuck_leads needs no history');
# All of the history is read twice, by several processes each time, and not sorted.
my $durations = plan_of('SELECT * FROM lead.status_duration');
is(() = $durations =~ /Parallel Seq Scan on lead_status_change/g, 2, 'status_duration reads the history twice in parallel') or diag($durations);

# The index that doc/reporting.md advises for short parts of a long history.
$node->safe_psql('postgres', 'CREATE INDEX changed_at_idx ON lead.lead_status_change USING brin (changed_at)');
index_serves('status_duration of a month', "SELECT * FROM lead.status_duration('2025-03-01', '2025-03-31')", 'changed_at_idx');

$node->stop;
done_testing();
