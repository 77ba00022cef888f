# The real marketing funnel, moved in with its own dates: first contact and, for
# 842 of 8,000 leads, the day of the deal. Then what the reports say of origins,
# months, days to close and of every day of the past is compared with figures made
# from the two CSV files alone.
#
# Wants the two files of the "Marketing Funnel by Olist" in the folder that
# LEAD_FUNNEL_DATA names.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::Local qw(timegm);

my $folder = $ENV{LEAD_FUNNEL_DATA};
my ($leads_file, $deals_file) =
  map { ($folder // '') . "/olist_${_}_dataset.csv" } qw(marketing_qualified_leads closed_deals);

plan skip_all => 'LEAD_FUNNEL_DATA is not set' unless $folder;
plan skip_all => "no $_" for grep { !-r } $leads_file, $deals_file;

# ---------------------------------------------------------------- what the files say

# Of each lead: origin, created and won, in seconds.
my %leads;

# Fields of a file, without its header; they have no commas.
sub lines_of
{
	my ($file) = @_;
	my (undef, @lines) = split /\n/, slurp_file($file);

	return map { [ split /,/, s/[\r"]//gr, -1 ] } @lines;
}

sub seconds
{
	my ($year, $month, $day, @time) = $_[0] =~ /\d+/g;
	return timegm($time[2] // 0, $time[1] // 0, $time[0] // 0, $day, $month - 1, $year);
}

sub day_of { my @t = gmtime $_[0]; return sprintf '%04d-%02d-%02d', $t[5] + 1900, $t[4] + 1, $t[3] }

sub month_of { return substr day_of($_[0]), 0, 7 }

# mql_id, first_contact_date, landing_page_id, origin
$leads{ $_->[0] } = { origin => $_->[3] || 'NONE', created => seconds($_->[1]) } for lines_of($leads_file);
# mql_id, seller_id, sdr_id, sr_id, won_date, ...
$leads{ $_->[0] }{won} = seconds($_->[4]) for lines_of($deals_file);

my @won_before_contact = grep { defined $leads{$_}{won} && $leads{$_}{won} <= $leads{$_}{created} } sort keys %leads;
is(scalar(keys %leads), 8000, 'the files have 8,000 leads');
is(scalar(grep { defined $_->{won} } values %leads), 842, '842 of them won');
is(scalar(@won_before_contact), 1, 'one of these before its first contact');

# ---------------------------------------------------------------- moving in

my $node = PostgreSQL::Test::Cluster->new('funnel_past');
$node->init(extra => [ '--encoding=UTF8', '--no-locale', '--no-sync' ]);
$node->append_conf('postgresql.conf', slurp_file($ENV{LEAD_STAGE_CONF})) if $ENV{LEAD_STAGE_CONF};
$node->append_conf('postgresql.conf', <<'END');
synchronous_commit = off
full_page_writes = off
jit = off
log_statement = none
timezone = 'UTC'
END
$node->start;

sub sql { return $node->safe_psql('postgres', $_[0]) }

sql(<<"END");
CREATE EXTENSION lead;
CREATE TABLE leads_csv (mql_id text, first_contact text, landing_page text, origin text);
CREATE TABLE deals_csv (mql_id text, seller_id text, sdr_id text, sr_id text, won_date text, business_segment text, lead_type text, behaviour text,
	has_company text, has_gtin text, average_stock text, business_type text, catalog_size text, revenue text);
\\copy leads_csv FROM '$leads_file' CSV HEADER
\\copy deals_csv FROM '$deals_file' CSV HEADER
INSERT INTO lead.lead_source (code, name) SELECT DISTINCT coalesce(origin, 'NONE'), coalesce(initcap(origin), 'No origin known') FROM leads_csv;
INSERT INTO lead.lead_type (code, name) SELECT DISTINCT lead_type, initcap(lead_type) FROM deals_csv WHERE lead_type IS NOT NULL
	UNION ALL VALUES ('prospect', 'Prospect');
INSERT INTO lead.lead_rating (code, name) VALUES ('NONE', 'Not rated');
INSERT INTO lead.lead_import (batch, payload)
SELECT 'funnel', jsonb_strip_nulls(jsonb_build_object('key', l.mql_id, 'partyName', 'Seller ' || left(l.mql_id, 8), 'leadSource', coalesce(l.origin, 'NONE'),
	'leadType', coalesce(d.lead_type, 'prospect'), 'leadRating', 'NONE', 'chars.declaredMonthlyRevenue', d.revenue,
	'history', jsonb_build_array(jsonb_build_object('status', 'NEW', 'at', l.first_contact || 'T00:00:00Z'))
		|| CASE WHEN d.mql_id IS NULL THEN '[]' ELSE jsonb_build_array(jsonb_build_object('status', 'CONVERTED', 'at', replace(d.won_date, ' ', 'T') || 'Z')) END,
	'conversion', CASE WHEN d.mql_id IS NOT NULL THEN '{}'::jsonb END))
FROM leads_csv l LEFT JOIN deals_csv d USING (mql_id) ORDER BY l.mql_id;
END
is(sql(q{SET client_min_messages = warning; CALL lead.run_import('funnel')}), '7999|0|1', 'all move in but one');
is(sql(q{SELECT payload ->> 'key', sqlstate, message FROM lead.lead_import WHERE state = 'REFUSED'}),
	"$won_before_contact[0]|23514|entry 2 of history is not later than the entry before it", 'who was won before the first contact');

# Somebody decides that this one was met on the day of the deal.
sql(q{UPDATE lead.lead_import SET payload = jsonb_set(payload, '{history,0,at}', to_jsonb(left(payload #>> '{history,1,at}', 10) || 'T00:00:00Z')) WHERE state = 'REFUSED'});
$leads{$_}{created} = seconds(day_of($leads{$_}{won})) for @won_before_contact;
is(sql(q{SET client_min_messages = warning; CALL lead.run_import('funnel')}), '1|0|0', 'corrected, it moves in');
sql('ANALYZE');

# ---------------------------------------------------------------- origins and months

# Lines "group|leads|wins", by what the sub makes of a lead.
sub leads_and_wins
{
	my ($group_of) = @_;
	my (%all, %won);

	for my $lead (values %leads)
	{
		my $group = $group_of->($lead);
		$all{$group}++;
		$won{$group} += defined $lead->{won};
	}
	return join "\n", map { "$_|$all{$_}|$won{$_}" } sort keys %all;
}

my $by_origin = leads_and_wins(sub { $_[0]{origin} });
my $by_month = leads_and_wins(sub { month_of($_[0]{created}) });
my $by_both = leads_and_wins(sub { $_[0]{origin} . '|' . month_of($_[0]{created}) });
is(sql('SELECT lead_source, leads, won FROM lead.funnel ORDER BY lead_source COLLATE "C"'), $by_origin, 'funnel by origin');
is(sql(q{SELECT group_code, leads, won FROM lead.funnel(by => 'month') ORDER BY 1}), $by_month, 'funnel by month');
is(sql(q{SELECT lead_source, to_char(created_month, 'YYYY-MM'), sum(leads), sum(won) FROM lead.conversion_rate GROUP BY 1, 2
		ORDER BY concat(lead_source, '|', to_char(created_month, 'YYYY-MM')) COLLATE "C"}),
	$by_both, 'conversion_rate by origin and month');
is(sql(q{SELECT lead_source, to_char(created_month, 'YYYY-MM'), count(*), sum(is_won) FROM lead.lead_report GROUP BY 1, 2
		ORDER BY concat(lead_source, '|', to_char(created_month, 'YYYY-MM')) COLLATE "C"}),
	$by_both, 'lead_report by origin and month');

my %won_in;
defined $_->{won} and $won_in{ month_of($_->{won}) }++ for values %leads;
is(sql(q{SELECT to_char(closed_at, 'YYYY-MM'), count(*) FROM lead.lead_report WHERE is_won = 1 GROUP BY 1 ORDER BY 1}),
	join("\n", map { "$_|$won_in{$_}" } sort keys %won_in), 'wins by the month in which they were won');

# ---------------------------------------------------------------- days to close

# Rounded to hundredths, a half up, as the report has them.
sub days_to_close
{
	my ($lead) = @_;
	return int((200 * ($lead->{won} - $lead->{created}) + 86400) / (2 * 86400)) / 100;
}

# Between the two values next to it, by how far it is from each.
sub percentile
{
	my ($part, @values) = @_;
	@values = sort { $a <=> $b } @values;
	my $place = $part * $#values;
	my ($low, $high) = @values[ int $place, int($place) < $#values ? int($place) + 1 : $#values ];
	return sprintf '%.3f', $low + ($high - $low) * ($place - int $place);
}

my %days;
defined $_->{won} and push @{ $days{ $_->{origin} } }, days_to_close($_) for values %leads;
my $to_close = q{count(*), round((percentile_cont(0.5) WITHIN GROUP (ORDER BY days_to_close))::numeric, 3),
	round((percentile_cont(0.9) WITHIN GROUP (ORDER BY days_to_close))::numeric, 3)};
my @all_days = map { @$_ } values %days;
my $expected = join '|', scalar @all_days, percentile(0.5, @all_days), percentile(0.9, @all_days);
is(sql("SELECT $to_close FROM lead.lead_report WHERE is_won = 1"), $expected, "days from first contact to close, median and 90th percentile ($expected)");
is(sql(qq{SELECT lead_source, $to_close FROM lead.lead_report WHERE is_won = 1 GROUP BY 1 ORDER BY lead_source COLLATE "C"}),
	join("\n", map { join '|', $_, scalar @{ $days{$_} }, percentile(0.5, @{ $days{$_} }), percentile(0.9, @{ $days{$_} }) } sort keys %days),
	'and of each origin');
is(sql(q{SELECT count(*), round((percentile_cont(0.5) WITHIN GROUP (ORDER BY round(hours / 24, 2)))::numeric, 3) FROM lead.status_period WHERE status = 'NEW' AND is_current = 0}),
	join('|', (split /\|/, $expected)[ 0, 1 ]), 'the stay in NEW of the won ones is as long');

# ---------------------------------------------------------------- every day of the past

my ($first, $last) = map { seconds($_) } '2017-05-31', '2018-12-31';
my ($created, $won) = (0, 0);
my (%created_on, %won_on, @days, @month_ends);
for (values %leads)
{
	$created_on{ day_of($_->{created}) }++;
	$won_on{ day_of($_->{won}) }++ if defined $_->{won};
}
for (my $day = $first; $day <= $last; $day += 86400)
{
	$created += $created_on{ day_of($day) } // 0;
	$won += $won_on{ day_of($day) } // 0;
	my $line = join '|', day_of($day), $created - $won, $won, $created;

	push @days, $line;
	push @month_ends, $line if day_of($day + 86400) =~ /-01$/;
}
is("$created|$won", '8000|842', 'the days take in the whole funnel');
is(sql(q{SELECT day, sum(leads) FILTER (WHERE status_class = 'open'), sum(leads) FILTER (WHERE status_class = 'won'), sum(leads)
		FROM lead.status_by_day('2017-05-31', '2018-12-31') GROUP BY day ORDER BY day}),
	join("\n", @days), 'status_by_day, open, won and all, at the end of each of ' . @days . ' days');
is(sql(q{SELECT d::date, count(*) FILTER (WHERE status_class = 'open'), count(*) FILTER (WHERE status_class = 'won'), count(lead_id)
		FROM generate_series('2017-06-01', '2019-01-01', interval '1 month') m, LATERAL (SELECT m - interval '1 day' AS d) e
			LEFT JOIN LATERAL lead.status_as_of(m - interval '1 microsecond') ON true
		GROUP BY 1 ORDER BY 1}),
	join("\n", @month_ends), 'status_as_of at the end of each of ' . @month_ends . ' months');
# A deal counts from its second on.
my ($sample) = sort grep { defined $leads{$_}{won} } keys %leads;
is(sql(qq{SELECT s.status, s.since AT TIME ZONE 'UTC' FROM (SELECT closed_at FROM lead.lead_report WHERE key = '$sample') r,
		unnest(ARRAY[r.closed_at - interval '1 second', r.closed_at]) m, lead.status_as_of(m) s WHERE s.key = '$sample' ORDER BY m}),
	join("\n", map { "$_->[0]|" . day_of($_->[1]) . sprintf ' %02d:%02d:%02d', (gmtime $_->[1])[ 2, 1, 0 ] }
		[ NEW => $leads{$sample}{created} ], [ CONVERTED => $leads{$sample}{won} ]), 'a deal counts from its second on');

$node->stop('fast');
done_testing();
