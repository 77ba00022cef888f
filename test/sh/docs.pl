#!/usr/bin/perl
#
# The documentation is true: every example runs, every output shown is what
# comes out, every link leads somewhere, versions and error codes agree.
#
#     test/sh/docs.sh [--write] [PAGE...]
#
# Each page is a story. Its ```sql and ```sh blocks run from top to bottom, in
# one psql session, in a fresh database named crm. A ```text or ```mermaid block
# shows what the block before it prints; it is compared after ids, times and
# dates are masked. Whatever is not shown may print what it likes, but no error:
# a refusal must be shown. Blocks in other languages are not run.
#
# --write puts the real output where the shown one differs; read the diff.

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Temp qw(tempdir);
use IPC::Open3;
use JSON::PP ();

my $root = abs_path(dirname(abs_path(__FILE__)) . '/../..');
my $tmp = tempdir(CLEANUP => 1);
my $psql;
my ($tests, $failed) = (0, 0);

# A caller's settings must not change what is printed.
delete @ENV{ grep { /^(PSQL|PG_COLOR|PGOPTIONS|PGTZ|PGDATESTYLE|PGCLIENTENCODING)/ } keys %ENV };
$ENV{LC_ALL} = 'C.UTF-8';

sub result
{
	my ($ok, $name, @why) = @_;

	$tests++;
	$failed++ unless $ok;
	print $ok ? 'ok' : 'not ok', " $tests - $name\n";
	print map { "# $_\n" } map { split /\n/ } @why unless $ok;
	return $ok;
}

sub slurp
{
	my ($file) = @_;

	open my $in, '<', $file or die "cannot read $file: $!\n";
	local $/;
	return scalar <$in>;
}

# ---------------------------------------------------------------- pages

# Blocks of a page: {language, text, from, to}, where from and to are the
# numbers of the fence lines, counted from 0.
sub blocks_of
{
	my (@lines) = @_;
	my (@blocks, $open);

	for my $number (0 .. $#lines)
	{
		if (!$open && $lines[$number] =~ /^```(\w*)$/)
		{
			$open = { language => $1, from => $number, text => '' };
		}
		elsif ($open && $lines[$number] =~ /^```$/)
		{
			push @blocks, { %$open, to => $number };
			undef $open;
		}
		elsif ($open)
		{
			$open->{text} .= "$lines[$number]\n";
		}
	}
	return @blocks;
}

sub is_example { return $_[0]{language} =~ /^(sql|sh)$/ }
sub is_output { return $_[0]{language} =~ /^(text|mermaid)$/ }

# What differs from run to run, and the widths that depend on it.
sub masked
{
	my ($text) = @_;

	for ($text)
	{
		s/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/<uuid>/g;
		s/\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:\d\d)?)?/<time>/g;
		s/\b\d{4}-\d\d-\d\d\b/<day>/g;
		s/-{3,}/---/g;
		s/ {2,}/ /g;
		s/ +$//mg;
		s/\s+\z/\n/;
		s/\A\s*\n//;
	}
	return $text;
}

sub server
{
	my ($command, $database) = @_;
	my $out = qx{psql -X -q -A -t -v ON_ERROR_STOP=1 -d "@{[ $database // 'postgres' ]}" -c "$command" 2>&1};

	die "psql: $out" if $?;
	return split /\n/, $out;
}

sub roles { return server('SELECT rolname FROM pg_roles ORDER BY 1') }

sub databases { return server('SELECT datname FROM pg_database ORDER BY 1') }

# One psql session; a block is sent, and what it prints is read.
sub start_psql
{
	my ($from, $to);
	my $script = "$tmp/psql.sh";

	open my $out, '>', $script or die $!;
	print $out "cd $tmp && exec psql -X -q -d crm 2>&1\n";
	close $out;
	my $pid = open3($to, $from, undef, 'bash', $script);
	$psql = { pid => $pid, to => $to, from => $from, turn => 0 };
	$to->autoflush(1);
	# The statements inside ours, and how a server version words them, help no reader.
	print { $to } "\\set SHOW_CONTEXT never\n";
	return;
}

sub run_block
{
	my ($block) = @_;
	my $mark = 'end of block ' . ++$psql->{turn};
	my $send = $block->{text};
	my $printed = '';

	if ($block->{language} eq 'sh')
	{
		open my $out, '>', "$tmp/block.sh" or die $!;
		print $out $send;
		close $out;
		$send = "\\! bash -e $tmp/block.sh </dev/null\n";
	}
	local $SIG{PIPE} = 'IGNORE';
	print { $psql->{to} } "$send\\echo $mark\n";
	while (defined(my $line = readline $psql->{from}))
	{
		return $printed if $line eq "$mark\n";
		$printed .= $line;
	}
	return "$printed\nERROR: psql has ended\n";
}

sub end_psql
{
	close $psql->{to};
	close $psql->{from};
	waitpid $psql->{pid}, 0;
	return;
}

sub leave_nothing
{
	my (@kept_roles) = @_;
	my %kept = map { $_ => 1 } @kept_roles;

	server("DROP DATABASE $_") for grep { /^crm(_\w+)?$/ } databases();
	server("DROP ROLE $_") for grep { !$kept{$_} } roles();
	return;
}

# Runs a page; returns the lines with every output as it really is.
sub run_page
{
	my ($name, @lines) = @_;
	my @blocks = blocks_of(@lines);
	my @before = roles();
	my (@wrong, @replace);

	server('CREATE DATABASE crm');
	start_psql();
	for my $number (0 .. $#blocks)
	{
		my $block = $blocks[$number];
		next unless is_example($block);
		my $shown = $number < $#blocks && is_output($blocks[ $number + 1 ]) ? $blocks[ $number + 1 ] : undef;
		my $printed = run_block($block);
		my $place = "$name, line " . ($block->{from} + 1);

		if (!$shown)
		{
			push @wrong, "$place prints an error that is not shown:\n$printed"
				if $printed =~ /^(\S+: )?(ERROR|FATAL|error):? /m;
			next;
		}
		next if masked($printed) eq masked($shown->{text});
		push @wrong, "$place prints\n" . masked($printed) . "but shown is\n" . masked($shown->{text});
		$printed =~ s/\A\s*\n|\s+\z//g;
		unshift @replace, [ $shown, $printed ];
	}
	end_psql();
	leave_nothing(@before);
	splice @lines, $_->[0]{from} + 1, $_->[0]{to} - $_->[0]{from} - 1, split /\n/, $_->[1] for @replace;
	return (\@wrong, @lines);
}

# ---------------------------------------------------------------- what pages say

# The anchor that a heading gets where Markdown is rendered.
sub anchor
{
	my ($heading) = @_;

	$heading = lc $heading;
	$heading =~ s/[^\w\- ]//g;
	$heading =~ tr/ /-/;
	return $heading;
}

sub anchors_of
{
	my ($page) = @_;
	my $text = slurp($page);

	$text =~ s/^```.*?^```$//msg;
	return map { anchor($_) } $text =~ /^#+ +(.*?) *$/mg;
}

sub dead_links
{
	my ($page) = @_;
	my $text = slurp($page);
	my @dead;

	$text =~ s/^```.*?^```$//msg;
	for my $link ($text =~ /\]\(([^)\s]+)\)/g)
	{
		next if $link =~ /^(https?|mailto):/;
		my ($file, $anchor) = split /#/, $link, 2;
		my $target = $file eq '' ? $page : dirname($page) . "/$file";

		push @dead, $link
			if !-e $target || (defined $anchor && !grep { $_ eq $anchor } anchors_of($target));
	}
	return @dead;
}

# Codes that the sources raise: ours, and the server's by their names.
sub own_codes
{
	return map { join '', /'(.)'/g } slurp("$root/src/errors.h") =~ /MAKE_SQLSTATE\(([^)]*)\)/g;
}

sub standard_codes
{
	my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
	chomp(my $share = qx{"$pg_config" --sharedir});
	my %code_of = reverse slurp("$share/errcodes.txt") =~ /^(\w{5}) +[EWS] +(ERRCODE_\w+)/mg;
	my %raised = map { $_ => 1 } map { slurp($_) =~ /\b(ERRCODE_(?!LEAD_|TO_CATEGORY)\w+)/g } glob "$root/src/*.c";

	return map { $code_of{$_} // "the code of $_" } sort keys %raised;
}

sub documented
{
	my ($page, @codes) = @_;
	my $text = slurp($page);
	my @missing = grep { $text !~ /\b\Q$_\E\b/ } @codes;

	return result(@codes > 0 && !@missing, basename($page) . ' has every SQLSTATE that is raised', "missing: @missing");
}

# Messages that the sources raise, each by its longest piece of fixed text.
sub message_pieces
{
	my %pieces;

	for my $source (map { slurp($_) } glob "$root/src/*.c")
	{
		while ($source =~ /(?:errmsg\(|message = (?:psprintf\()?|refuse\([A-Z]+, [^,]+, (?:psprintf\()?)((?:"(?:[^"\\]|\\.)*"\s*)+)/g)
		{
			my $message = join '', $1 =~ /"((?:[^"\\]|\\.)*)"/g;
			$message =~ s/\\"/"/g;
			my ($piece) = sort { length $b <=> length $a } split /%[.\d]*l*[sdugf]|%%/, $message;
			$pieces{$piece} = 1 if ($piece // '') =~ /\w/;
		}
	}
	return sort keys %pieces;
}

sub check_messages
{
	my $text = slurp("$root/doc/errors.md");
	my @pieces = message_pieces();
	my @missing = grep { index($text, $_) < 0 } @pieces;

	result(@pieces > 30 && !@missing, 'errors.md has every message that is raised', @missing);
	return;
}

sub check_versions
{
	my ($control) = slurp("$root/lead.control") =~ /^default_version = '(.*)'$/m;
	my ($changed) = slurp("$root/CHANGELOG.md") =~ /^## (\S+)/m;
	my $meta = eval { JSON::PP->new->decode(slurp("$root/META.json")) };

	result(defined $meta, 'META.json is JSON', $@) or return;
	my @required = grep { !defined $meta->{$_} } qw(name version abstract maintainer license provides meta-spec);
	result(!@required, 'META.json has what the PGXN specification requires', "missing: @required");
	my %versions = (
		'META.json' => $meta->{version},
		'META.json, provides' => $meta->{provides}{lead}{version},
		'CHANGELOG.md' => $changed,
		'lead.control' => $control);
	result(!(grep { ($_ // '') ne $control } values %versions), 'the version is the same everywhere',
		map { "$_: " . ($versions{$_} // 'none') } sort keys %versions);
	result(-e "$root/" . ($meta->{provides}{lead}{docfile} // ''), 'META.json names a document that is there');
	return;
}

# ---------------------------------------------------------------- all

my $write = @ARGV && $ARGV[0] eq '--write' ? shift @ARGV : '';
my @pages = @ARGV ? map { abs_path($_) } @ARGV : ("$root/README.md", sort glob "$root/doc/*.md");

if (my @there = grep { /^crm(_\w+)?$/ } databases())
{
	print "Bail out! there is a database @there already: use a throwaway server\n";
	exit 1;
}

for my $page (@pages)
{
	my $name = substr $page, length("$root/");
	my @lines = split /\n/, slurp($page);
	my ($wrong, @real) = run_page($name, @lines);

	result(!@$wrong, "examples of $name", @$wrong);
	if ($write && @$wrong)
	{
		open my $out, '>', $page or die "cannot write $page: $!\n";
		print $out map { "$_\n" } @real;
		close $out;
	}
}
for my $page (@pages, @ARGV ? () : ("$root/CHANGELOG.md", sort glob "$root/bench/*.md"))
{
	my @dead = dead_links($page);
	result(!@dead, 'links of ' . substr($page, length("$root/")), @dead);
}
if (!@ARGV)
{
	documented("$root/doc/errors.md", own_codes(), standard_codes());
	check_messages();
	check_versions();
}
print "1..$tests\n";
exit($failed ? 1 : 0);
