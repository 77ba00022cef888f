-- The end of the install: tables, views and SQL functions become ordinary
-- objects of the installing role. pg_dump dumps them whole, and the restore
-- brings foreign keys and triggers after the data.

CREATE FUNCTION lead.domain_version() RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN '@VERSION@'::text;
COMMENT ON FUNCTION lead.domain_version() IS
	'Version of lead that made the tables, views and SQL functions; the version of the library and types is that of the extension (\dx lead).';

SELECT lead.hand_over_domain();
