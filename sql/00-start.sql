-- The install script of lead, joined by make from the parts in sql/.
--
-- Everything is made here as a member of the extension; the last part hands
-- tables, views and SQL functions (the domain) over to the installing role.
\echo Use "CREATE EXTENSION lead" to load this file. \quit

SET LOCAL search_path TO pg_catalog, pg_temp;

CREATE FUNCTION lead.check_install_schema() RETURNS void
	LANGUAGE c AS 'MODULE_PATHNAME', 'lead_check_install_schema';
COMMENT ON FUNCTION lead.check_install_schema() IS
	'Used by the install script: refuses (55000) a schema lead that holds foreign objects or belongs to somebody else. Refused (55000) outside CREATE EXTENSION.';
REVOKE EXECUTE ON FUNCTION lead.check_install_schema() FROM PUBLIC;

SELECT lead.check_install_schema();
