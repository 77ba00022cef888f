# Into which schema the extension lets itself be installed and by whom, what
# belongs to it afterwards and what to the installing role, and how it is
# removed. A schema that somebody has made before is of no use to him.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('install');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->start;

$node->safe_psql('postgres', <<'END');
CREATE ROLE installer SUPERUSER LOGIN;
CREATE ROLE other_superuser SUPERUSER LOGIN;
CREATE ROLE alice LOGIN;
END

my $databases = 0;

# A new database in which alice may create schemas; its name.
sub database
{
	my ($options) = @_;
	my $name = 'db' . ++$databases;

	$node->safe_psql('postgres', "CREATE DATABASE $name " . ($options // ''));
	$node->safe_psql('postgres', "GRANT CREATE ON DATABASE $name TO alice");
	return $name;
}

# Statements as a role, one after the other in a session: the SQLSTATE of the
# error that ended it, or 00000; what came out; messages.
sub run_as
{
	my ($role, $database, $sql) = @_;
	my ($out, $err);

	$node->psql(
		$database, $sql,
		stdout => \$out,
		stderr => \$err,
		extra_params => [ '-U', $role, '-v', 'VERBOSITY=verbose', '-v', 'SHOW_CONTEXT=never' ]);
	my ($state) = $err =~ /(?:ERROR|FATAL):  (\w{5}):/;
	return ($state // '00000', $out, $err);
}

sub is_refused
{
	my ($role, $database, $sql, $state, $message, $test) = @_;
	my ($got, $out, $err) = run_as($role, $database, $sql);

	is($got, $state, "$test: SQLSTATE");
	like($err, $message, "$test: message");
	return;
}

sub works
{
	my ($role, $database, $sql, $test) = @_;
	my ($got, $out, $err) = run_as($role, $database, $sql);

	is($got, '00000', $test) or diag $err;
	return $out;
}

my $tables = q{SELECT count(*) FROM pg_class WHERE relnamespace = 'lead'::regnamespace AND relkind = 'r'};
my $installed = q{SELECT count(*) FROM pg_extension WHERE extname = 'lead'};

# ---------------------------------------------------------------- who, and where

{
	my $db = database();
	is_refused('alice', $db, 'CREATE EXTENSION lead', '42501', qr/permission denied to create extension/, 'not a superuser');
	is_refused('installer', $db, 'CREATE SCHEMA other; CREATE EXTENSION lead SCHEMA other', '0A000',
		qr/must be installed in schema "lead"/, 'another schema');
	works('installer', $db, 'BEGIN; CREATE EXTENSION lead; SELECT FROM lead.add_starter_registers(); ROLLBACK;', 'installed and rolled back');
	is($node->safe_psql($db, q{SELECT count(*) FROM pg_namespace WHERE nspname = 'lead'}), '0', 'and nothing of it stays');
	works('installer', $db, 'CREATE EXTENSION lead', 'installed');
	is_refused('installer', $db, 'CREATE EXTENSION lead', '42710', qr/already exists/, 'installed again');
	is_refused('installer', $db, 'ALTER EXTENSION lead SET SCHEMA public', '0A000', qr/does not support SET SCHEMA/, 'moved elsewhere');
}

{
	my $db = database();
	works('alice', $db, 'CREATE SCHEMA lead', 'alice makes an empty schema');
	is_refused('installer', $db, 'CREATE EXTENSION lead', '55000', qr/schema lead belongs to role "alice"/, 'schema of somebody else');
	is($node->safe_psql($db, $installed), '0', 'not installed');
	works('alice', $db, 'CREATE FUNCTION lead.check_argument(text, text) RETURNS text LANGUAGE sql AS $$SELECT $2$$', 'alice plants a function');
	is_refused('installer', $db, 'CREATE EXTENSION lead', '55000', qr/schema lead belongs to role "alice"/, 'schema of somebody else with an object');
	works('installer', $db, 'ALTER SCHEMA lead OWNER TO installer', 'the schema changes hands');
	is_refused('installer', $db, 'CREATE EXTENSION lead', '55000', qr/schema lead is not empty.*function lead\.check_argument\(text,text\)/s, 'schema with what alice left');
	works('installer', $db, 'DROP FUNCTION lead.check_argument(text, text); CREATE EXTENSION lead', 'when it is gone');
	is($node->safe_psql($db, $tables), '18', 'with all tables');
}

# Whatever kind of object it is
for my $object (
	'TABLE lead.t ()', 'VIEW lead.v AS SELECT 1', 'SEQUENCE lead.s', 'TYPE lead.lead_status AS ENUM ()', 'DOMAIN lead.d AS int',
	'FUNCTION lead.f() RETURNS int LANGUAGE sql AS $$SELECT 1$$', 'PROCEDURE lead.p() LANGUAGE sql AS $$SELECT 1$$',
	'AGGREGATE lead.a(int) (SFUNC = int4pl, STYPE = int)', 'OPERATOR lead.= (FUNCTION = texteq, LEFTARG = text, RIGHTARG = text)',
	'COLLATION lead.c FROM "C"', 'CONVERSION lead.c FOR \'LATIN1\' TO \'UTF8\' FROM iso8859_1_to_utf8',
	'TEXT SEARCH DICTIONARY lead.d (TEMPLATE = simple)', 'OPERATOR FAMILY lead.f USING btree')
{
	my $db = database();
	is_refused('installer', $db, "CREATE SCHEMA lead; CREATE $object; CREATE EXTENSION lead", '55000', qr/schema lead is not empty/,
		'schema with ' . lc(($object =~ /^([A-Z ]+) lead/)[0]));
	$node->safe_psql('postgres', "DROP DATABASE $db");
}

for my $case (
	[ 'empty schema of the installer\'s', 'CREATE SCHEMA lead', '00000' ],
	[ 'of another superuser\'s', 'CREATE SCHEMA lead AUTHORIZATION other_superuser', '00000' ],
	[ 'others may use it', 'CREATE SCHEMA lead; GRANT USAGE ON SCHEMA lead TO PUBLIC', '00000' ],
	[ 'alice may create in it', 'CREATE SCHEMA lead; GRANT CREATE ON SCHEMA lead TO alice', '55000' ],
	[ 'everybody may create in it', 'CREATE SCHEMA lead; GRANT ALL ON SCHEMA lead TO PUBLIC', '55000' ])
{
	my ($test, $sql, $state) = @$case;
	my $db = database();
	my ($got, $out, $err) = run_as('installer', $db, "$sql; CREATE EXTENSION lead");
	is($got, $state, "schema made before: $test") or diag $err;
	like($err, qr/others may create objects in schema lead/, 'and says so') if $state ne '00000';
	is($node->safe_psql($db, $installed), $state eq '00000' ? '1' : '0', 'installed or not');
	$node->safe_psql('postgres', "DROP DATABASE $db");
}

# ---------------------------------------------------------------- members and domain

{
	my $db = database();
	works('installer', $db, 'CREATE EXTENSION lead', 'installed by a superuser of another name');
	is( $node->safe_psql(
			$db, q{
		SELECT string_agg(DISTINCT m.kind, ', ' ORDER BY m.kind)
		FROM pg_depend d, LATERAL (SELECT CASE d.classid
				WHEN 'pg_proc'::regclass THEN (SELECT 'function in ' || l.lanname FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.oid = d.objid)
				WHEN 'pg_type'::regclass THEN (SELECT CASE t.typtype WHEN 'e' THEN 'enum' ELSE 'type ' || t.typname END
					FROM pg_type m JOIN pg_type t ON t.oid = CASE m.typcategory WHEN 'A' THEN m.typelem ELSE m.oid END WHERE m.oid = d.objid)
				ELSE d.classid::regclass::text
			END) m (kind)
		WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'lead')}),
		'enum, function in c, pg_cast, type outcome', 'members are the enums, their casts, the type of outcomes and the C functions');
	is( $node->safe_psql(
			$db, q{
		SELECT count(*) > 14, bool_and(o.owner = 'installer')
		FROM (
			SELECT pg_get_userbyid(relowner), oid FROM pg_class WHERE relnamespace = 'lead'::regnamespace AND relkind IN ('r', 'v', 'S')
			UNION ALL
			SELECT pg_get_userbyid(proowner), oid FROM pg_proc WHERE pronamespace = 'lead'::regnamespace AND prolang <> (SELECT oid FROM pg_language WHERE lanname = 'c')) o (owner, oid)
		WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = o.oid AND d.deptype = 'e')}),
		't|t', 'tables, views and SQL functions are the installing role\'s own');
	is( $node->safe_psql(
			$db, q{
		SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'lead')
			CROSS JOIN LATERAL unnest(p.proargtypes::oid[] || p.prorettype || coalesce(p.proallargtypes, '{}')) a (type)
			JOIN pg_type t ON t.oid = a.type JOIN pg_class c ON c.oid = t.typrelid
		WHERE t.typnamespace = 'lead'::regnamespace AND c.relkind <> 'c'}),
		'', 'no member has the row type of a table of ours in its signature');
	is($node->safe_psql($db, 'SELECT extconfig IS NULL FROM pg_extension WHERE extname = \'lead\''), 't', 'no table is dumped as configuration of the extension');

	# Removal
	works('installer', $db, q{SELECT FROM lead.add_starter_registers(); INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source) VALUES ('X', 'B2B', 'HOT', 'WEB')}, 'a lead');
	is_refused('installer', $db, 'DROP EXTENSION lead', '2BP01', qr/cannot drop extension lead because other objects depend on it/, 'DROP EXTENSION while the tables stand');
	is($node->safe_psql($db, 'SELECT count(*) FROM lead.lead'), '1', 'the lead is there');
	is_refused('alice', $db, 'DROP SCHEMA lead CASCADE', '42501', qr/must be owner of schema lead/, 'DROP SCHEMA by somebody else');
	works('installer', $db, 'DROP SCHEMA lead CASCADE', 'DROP SCHEMA ... CASCADE');
	is( $node->safe_psql(
			$db, q{
		SELECT (SELECT count(*) FROM pg_extension WHERE extname = 'lead') + (SELECT count(*) FROM pg_namespace WHERE nspname = 'lead')
			+ (SELECT count(*) FROM pg_type WHERE typname ~ '^_?lead') + (SELECT count(*) FROM pg_cast WHERE castfunc = 0 AND castmethod = 'i' AND oid >= 16384)}),
		'0', 'takes all');
	works(
		'installer', $db, q{
		CREATE EXTENSION lead;
		SELECT FROM lead.add_starter_registers();
		INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source) VALUES ('X', 'B2B', 'HOT', 'WEB');
		DROP SCHEMA lead CASCADE;
		CREATE EXTENSION lead;
		SELECT FROM lead.add_starter_registers();
		INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source) VALUES ('X', 'B2B', 'HOT', 'WEB');
		UPDATE lead.lead SET status = 'WORKING';
		DROP SCHEMA lead CASCADE;}, 'made, used, removed, made, used and removed in one session');
}

# ---------------------------------------------------------------- row_security off, as in a restore

{
	my $db = database();
	my ($state, $out, $err) = run_as('installer', $db, 'SET row_security = off; CREATE EXTENSION lead;');
	is($state, '00000', 'with row_security = off');
	like($err, qr/NOTICE:.*the tables of lead are left to the dump/, 'a notice');
	is($node->safe_psql($db, q{SELECT count(*) FROM pg_class WHERE relnamespace = 'lead'::regnamespace AND relkind <> 'c'}), '0', 'and no tables');
	is($node->safe_psql($db, q{SELECT count(*) FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = 'lead'::regnamespace AND l.lanname <> 'c'}),
		'0', 'nor functions in SQL');
	is_refused('installer', $db, q{SELECT lead.grant_access('alice', 'reader')}, '42P01', qr/relation lead\.lead does not exist/, 'what needs the tables says so');
	works('installer', $db, 'DROP EXTENSION lead; CREATE EXTENSION lead', 'the way out that the hint tells');
	is($node->safe_psql($db, $tables), '18', 'then all tables');
	is_refused('installer', $db, 'DROP SCHEMA lead CASCADE; CREATE SCHEMA lead; CREATE TABLE lead.t (); SET row_security = off; CREATE EXTENSION lead', '55000', qr/schema lead is not empty/,
		'a filled schema is refused then too');
}

# ---------------------------------------------------------------- encodings

# The script is read in the encoding of the database.
for my $encoding ('SQL_ASCII', 'LATIN2', 'EUC_JP')
{
	my $db = database("ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
	works(
		'installer', $db, q{
		CREATE EXTENSION lead;
		SELECT FROM lead.add_starter_registers();
		INSERT INTO lead.lead (key, party_name, lead_type, lead_rating, lead_source) VALUES ('X', 'X', 'B2B', 'HOT', 'WEB');}, "installed in a database in $encoding");
	my ($state, $out, $err) = run_as('installer', $db, q{UPDATE lead.lead SET status = 'CONVERTED'});
	is($state, 'LD006', 'refuses there');
	like($err, qr/SELECT \* FROM lead\.convert/, 'with its hint');
	my ($missing, undef, $message) = run_as('installer', $db, q{INSERT INTO lead.lead (party_name, lead_type, lead_rating, lead_source, phones) VALUES ('X', 'B2B', 'HOT', 'WEB', '{}')});
	is($missing, 'LD008', 'and with one that shows JSON') or diag $message;
}

$node->stop;
done_testing();
