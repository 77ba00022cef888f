# A large import: 100,000 lines, one in a hundred bad in one of twelve ways, each
# refused with its own message; terminated in the middle, crashed in the middle,
# and continued to the end that an undisturbed run would have. Two sessions share
# a batch. The real marketing funnel comes in from its CSV files through
# lead.lead_import, with the counts that the files have.

use strict;
use warnings;

use IPC::Run qw(start finish);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $node = PostgreSQL::Test::Cluster->new('import');
$node->init(extra => [ '--encoding=UTF8', '--no-locale', '--no-sync' ]);
$node->append_conf('postgresql.conf', <<'END');
synchronous_commit = off
full_page_writes = off
jit = off
log_statement = none
timezone = 'UTC'
END
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]) }

# A run in a session of its own; finish() waits for it.
sub run_in_background
{
	my ($batch, $out) = @_;
	my @command = ('psql', '-X', '-q', '-A', '-t', '-d', $node->connstr('postgres'), '-c', "CALL lead.run_import('$batch')");

	return start(\@command, '<', \undef, '>', $out, '2>', '/dev/null');
}

# Until so many lines of the batch are behind it.
sub wait_for_lines
{
	my ($batch, $lines) = @_;

	return $node->poll_query_until('postgres', "SELECT count(*) >= $lines FROM lead.lead_import WHERE batch = '$batch' AND state <> 'NEW'");
}

sql('CREATE EXTENSION lead; SELECT count(*) FROM lead.add_starter_registers()');
# the worst for plans that are kept: the server knows that the tables are empty
sql('VACUUM ANALYZE lead.lead');
sql('VACUUM ANALYZE lead.lead_status_change');

# ---------------------------------------------------------------- 100,000 lines

# What is laid over a good line, and what comes of it.
my @bad = (
	[ '{"party_name": " "}', '23502|party_name must be given' ],
	[ '{"lead_type": "B2X"}', '23503|lead type "B2X" does not exist' ],
	[ '{"lead_rating": null}', '23502|lead_rating must be given' ],
	[ '{"priority": "URGENT"}', '22P02|priority is not understood' ],
	[ '{"phones": "ask Jo"}', 'LD008|phones[0] is not understood' ],
	[ '{"emails": ["jo"]}', 'LD008|emails[0] is not understood' ],
	[ '{"status": "REJECTED"}', 'LD001|a lead cannot be created as REJECTED' ],
	[ '{"status": "LATER"}', 'LD004|status LATER needs a deferral date' ],
	[ '{"status": "LATER", "deferred_until": "soon"}', '22007|deferred_until is not understood' ],
	[ '{"partyName": "Twice"}', '22023|party_name is given twice' ],
	[ '{"turnover": 12}', '22023|an attribute is not known' ],
	[ '{"key": "TAKEN"}', '23505|key "TAKEN" is taken' ]);
my $laid_over = join ' ', map { "WHEN $_ THEN '$bad[$_][0]'" } 0 .. $#bad;

sql(<<"END");
INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('TAKEN', 'Taken', 'B2B', 'HOT', 'WEB');
INSERT INTO lead.lead_import (batch, line, payload)
SELECT 'large', n, jsonb_build_object('party_name', 'Party ' || n, 'lead_type', 'B2B', 'lead_rating', 'HOT', 'lead_source', 'WEB',
		'description', n::text, 'phones', '+4202' || lpad(n::text, 8, '0'))
	|| CASE WHEN n % 100 = 0 THEN CASE n / 100 % 12 $laid_over END::jsonb ELSE '{}' END
FROM generate_series(1, 100000) n;
ANALYZE lead.lead_import;
END

# Whatever happened so far: lines and leads agree, nothing is half done.
sub agrees
{
	my ($name) = @_;

	is(sql(<<'END'), 't|t|t|t', "$name: lines and leads agree");
SELECT count(*) FILTER (WHERE i.state = 'DONE') = (SELECT count(*) - 1 FROM lead.lead),
	count(*) FILTER (WHERE i.state = 'DONE') = count(DISTINCT l.id),
	bool_and((i.state = 'DONE') = (l.id IS NOT NULL) AND (i.state = 'REFUSED') = (i.message IS NOT NULL)),
	bool_and(l.id IS NULL OR l.description = i.line::text)
FROM lead.lead_import i LEFT JOIN lead.lead l ON l.id = i.lead_id WHERE i.batch = 'large'
END
	return;
}

my $out;
my $run = run_in_background('large', \$out);
wait_for_lines('large', 5000);
sql(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CALL lead.run_import%'});
ok(!finish($run), 'a run is terminated');
agrees('terminated');
my $behind = sql(q{SELECT count(*) FROM lead.lead_import WHERE state <> 'NEW'});
ok($behind >= 5000 && $behind < 100000 && $behind % 1000 == 0, "after whole parts ($behind lines)");

$run = run_in_background('large', \$out);
wait_for_lines('large', $behind + 10000);
$node->stop('immediate');
ok(!finish($run), 'the server crashes in the next run');
$node->start;
agrees('crashed');
my $later = sql(q{SELECT count(*) FROM lead.lead_import WHERE state <> 'NEW'});
ok($later > $behind && $later < 100000, "that run had gone on ($later lines)");

my $refused_before = sql(q{SELECT count(*) FROM lead.lead_import WHERE state = 'REFUSED'});
my $left = 100000 - $later + $refused_before;
is(sql(q{SET client_min_messages = warning; CALL lead.run_import('large')}), join('|', $left - 1000, 0, 1000), 'the last run does what is left');
agrees('continued');
is(sql('SELECT state, count(*) FROM lead.lead_import GROUP BY state ORDER BY state'), "DONE|99000\nREFUSED|1000", 'every line has its end');
is(sql('SELECT count(*), count(DISTINCT description) FROM lead.lead'), '99001|99000', 'no lead twice');
is(sql('SELECT count(*) FROM lead.lead_status_change'), '99001', 'each with its history');

my %refused;
$refused{ $bad[ $_ % 12 ][1] }++ for 1 .. 1000;
is(sql(q{SELECT sqlstate, message, count(*) FROM lead.lead_import WHERE state = 'REFUSED' GROUP BY 1, 2 ORDER BY 1, 2}),
	join("\n", map { "$_|$refused{$_}" } sort keys %refused), 'twelve kinds of bad lines, each with its message');

# ---------------------------------------------------------------- two sessions

sql(<<'END');
INSERT INTO lead.lead_import (batch, line, payload)
SELECT 'shared', n, '{"party_name": "Shared", "lead_type": "B2C", "lead_rating": "HOT", "lead_source": "WEB"}' FROM generate_series(1, 20000) n;
END
my @out = ('', '');
my @runs = map { run_in_background('shared', \$out[$_]) } 0, 1;
ok((grep { finish($_) } @runs) == 2, 'two sessions run one batch');
my @done = map { /^(\d+)\|0\|0$/ ? $1 : 0 } @out;
ok($done[0] > 0 && $done[1] > 0, 'each does a share');
is($done[0] + $done[1], 20000, 'together all of it');
is(sql(q{SELECT count(*), count(DISTINCT lead_id) FROM lead.lead_import i JOIN lead.lead l ON l.id = i.lead_id WHERE batch = 'shared' AND state = 'DONE'}),
	'20000|20000', 'and none twice');
is(sql(q{SELECT count(*) FROM lead.lead WHERE party_name = 'Shared'}), '20000', 'no lead too many');

# ---------------------------------------------------------------- the real funnel

SKIP:
{
	my $folder = $ENV{LEAD_FUNNEL_DATA};
	my ($leads_file, $deals_file) =
	  map { ($folder // '') . "/olist_${_}_dataset.csv" } qw(marketing_qualified_leads closed_deals);
	skip 'LEAD_FUNNEL_DATA has no funnel', 6 unless $folder && -r $leads_file && -r $deals_file;

	# mql_id, first_contact_date, landing_page_id, origin; and mql_id, ..., lead_type, ...
	my (%origin, %type, %by_origin, %by_type);
	my (undef, @lines) = split /\n/, slurp_file($leads_file);
	for (@lines) { my @f = split /,/, s/[\r"]//gr, -1; $origin{ $f[0] } = $f[3] || 'NONE' }
	(undef, @lines) = split /\n/, slurp_file($deals_file);
	for (@lines) { my @f = split /,/, s/[\r"]//gr, -1; $type{ $f[0] } = $f[6] if $f[6] }
	$by_origin{$_}++ for values %origin;
	$by_type{ $type{$_} // 'prospect' }++ for keys %origin;

	sql(<<"END");
TRUNCATE lead.lead, lead.lead_import CASCADE;
CREATE TABLE leads_csv (mql_id text, first_contact text, landing_page text, origin text);
CREATE TABLE deals_csv (mql_id text, seller_id text, sdr_id text, sr_id text, won_date text, business_segment text, lead_type text, behaviour text,
	has_company text, has_gtin text, average_stock text, business_type text, catalog_size text, revenue text);
\\copy leads_csv FROM '$leads_file' CSV HEADER
\\copy deals_csv FROM '$deals_file' CSV HEADER
INSERT INTO lead.lead_rating (code, name) VALUES ('NONE', 'Not rated');
INSERT INTO lead.lead_import (batch, payload)
SELECT 'funnel', to_jsonb(t) FROM (
	SELECT l.mql_id AS key, 'Seller ' || left(l.mql_id, 8) AS "partyName", coalesce(l.origin, 'NONE') AS "leadSource",
		coalesce(d.lead_type, 'prospect') AS "leadType", 'NONE' AS "leadRating", l.first_contact AS "chars.firstContactDate",
		l.landing_page AS "chars.landingPage", d.behaviour AS "chars.behaviourProfile", d.business_segment AS "dataTags"
	FROM leads_csv l LEFT JOIN deals_csv d USING (mql_id) ORDER BY l.mql_id) t;
END
	is(sql(q{SET client_min_messages = warning; CALL lead.run_import('funnel')}), '0|0|8000', 'without the codes all 8,000 are refused');
	is(sql(q{SELECT count(*), count(DISTINCT message) FROM lead.lead_import WHERE sqlstate = '23503'}),
		'8000|' . scalar(keys %by_type), 'each for its type');
	sql(<<'END');
INSERT INTO lead.lead_source (code, name) SELECT DISTINCT payload ->> 'leadSource', payload ->> 'leadSource' FROM lead.lead_import;
INSERT INTO lead.lead_type (code, name) SELECT DISTINCT payload ->> 'leadType', payload ->> 'leadType' FROM lead.lead_import;
END
	is(sql(q{SET client_min_messages = warning; CALL lead.run_import('funnel')}), '8000|0|0', 'with them all are done');
	is(sql(q{SELECT lead_source, count(*) FROM lead.lead GROUP BY 1 ORDER BY 1}),
		join("\n", map { "$_|$by_origin{$_}" } sort keys %by_origin), 'leads by origin');
	is(sql(q{SELECT lead_type, count(*) FROM lead.lead GROUP BY 1 ORDER BY 1}),
		join("\n", map { "$_|$by_type{$_}" } sort keys %by_type), 'leads by type');
	is(sql(<<'END'), '8000', 'each line is its lead');
SELECT count(*) FROM leads_csv c JOIN lead.lead l ON l.key = c.mql_id JOIN lead.lead_import i ON i.lead_id = l.id AND i.state = 'DONE'
	LEFT JOIN deals_csv d USING (mql_id)
WHERE l.chars = jsonb_strip_nulls(jsonb_build_object('firstContactDate', c.first_contact, 'landingPage', c.landing_page, 'behaviourProfile', d.behaviour))
	AND l.data_tags = array_remove(ARRAY[d.business_segment], NULL)
END
}

$node->stop('fast');
done_testing();
