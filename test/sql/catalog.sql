-- What the catalog says: every attribute of the domain page is there, every
-- object is explained, and the extension holds on to no more than it must.
\getenv abs_srcdir PG_ABS_SRCDIR
\set fresh :abs_srcdir '/data/fresh.sql'
\i :fresh

-- The attributes of the page, written out: name, type and whether it is required,
-- in the page's order.
CREATE TEMP TABLE page (ord serial, entity text, attribute text, type text, required boolean);
INSERT INTO page (entity, attribute, type, required) VALUES
	('Lead', 'id', 'UUID', false),
	('Lead', 'key', 'String', false),
	('Lead', 'status', 'LeadStatus', true),
	('Lead', 'partyName', 'String', true),
	('Lead', 'leadRating', 'String', true),
	('Lead', 'description', 'String', false),
	('Lead', 'priority', 'LeadPriority', false),
	('Lead', 'leadSource', 'String', true),
	('Lead', 'contactInstants', 'List of ContactInstant', false),
	('Lead', 'phones', 'List of Phone', false),
	('Lead', 'emails', 'List of Email', false),
	('Lead', 'websites', 'List of Web', false),
	('Lead', 'dataBoxes', 'List of DataBox', false),
	('Lead', 'dataTags', 'List of String', false),
	('Lead', 'processingData', 'ProcessingData', false),
	('Lead', 'chars', 'TsmChars', false),
	('Lead', 'leadType', 'String', true),
	('LeadType', 'id', 'UUID', false),
	('LeadType', 'code', 'String', true),
	('LeadType', 'name', 'String', true),
	('LeadType', 'validityFrom', 'Date', false),
	('LeadType', 'validityTo', 'Date', false),
	('LeadType', 'description', 'String', false),
	('LeadType', 'localizationData', 'LocalizationData', false),
	('LeadType', 'entitySpecId', 'UUID', false),
	('LeadType', 'mnemonicCode', 'String', false),
	('LeadType', 'createPrivilege', 'String', false),
	('LeadType', 'registry', 'Map', false),
	('LeadType', 'processingData', 'ProcessingData', false),
	('LeadType', 'icon', 'String', false),
	('LeadType', 'tsmModule', 'String', false),
	('LeadType', 'config', 'Map', false),
	('LeadType', 'dataTags', 'List of String', false),
	('LeadRating', 'id', 'UUID', false),
	('LeadRating', 'code', 'String', true),
	('LeadRating', 'name', 'String', true),
	('LeadRating', 'validityFrom', 'Date', false),
	('LeadRating', 'validityTo', 'Date', false),
	('LeadRating', 'description', 'String', false),
	('LeadRating', 'localizationData', 'LocalizationData', false),
	('LeadRating', 'dataTags', 'List of String', false),
	('LeadRating', 'config', 'Map', false),
	('LeadSource', 'id', 'UUID', false),
	('LeadSource', 'code', 'String', true),
	('LeadSource', 'name', 'String', true),
	('LeadSource', 'validityFrom', 'Date', false),
	('LeadSource', 'validityTo', 'Date', false),
	('LeadSource', 'description', 'String', false),
	('LeadSource', 'localizationData', 'LocalizationData', false),
	('LeadSource', 'dataTags', 'List of String', false),
	('LeadSource', 'config', 'Map', false);
CREATE TEMP TABLE type_here (type text, here text);
INSERT INTO type_here VALUES ('UUID', 'uuid'), ('String', 'text'), ('Date', 'date'), ('LeadStatus', 'lead.lead_status'), ('LeadPriority', 'lead.lead_priority'),
	('List of String', 'text[]'), ('List of ContactInstant', 'jsonb'), ('List of Phone', 'jsonb'), ('List of Email', 'jsonb'), ('List of Web', 'jsonb'),
	('List of DataBox', 'jsonb'), ('ProcessingData', 'jsonb'), ('TsmChars', 'jsonb'), ('LocalizationData', 'jsonb'), ('Map', 'jsonb');
CREATE FUNCTION pg_temp.snake(name text) RETURNS text LANGUAGE sql AS $$ SELECT lower(regexp_replace(name, '(\w)([A-Z])', '\1_\2', 'g')) $$;
CREATE TEMP VIEW expected AS
	SELECT pg_temp.snake(p.entity) AS table_name, row_number() OVER (PARTITION BY p.entity ORDER BY p.ord) AS place,
		pg_temp.snake(p.attribute) AS column_name, t.here AS type, p.required
	FROM page p JOIN type_here t USING (type);
CREATE TEMP VIEW stored AS
	SELECT c.relname::text AS table_name, row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum) AS place,
		a.attname::text AS column_name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	WHERE c.relnamespace = 'lead'::regnamespace;
SELECT entity, count(*) AS attributes, count(*) FILTER (WHERE required) AS required FROM page GROUP BY entity ORDER BY min(ord);
-- every one is there, at its place (ours come after them), of its type, and NOT NULL where required
SELECT e.*, s.place AS stands_at, s.type AS is_type, s.attnotnull AS not_null
FROM expected e LEFT JOIN stored s USING (table_name, column_name)
WHERE s.place IS DISTINCT FROM e.place OR s.type IS DISTINCT FROM e.type OR (e.required AND NOT s.attnotnull);
SELECT e.table_name, count(*) FILTER (WHERE s.type = e.type AND s.place = e.place) AS found FROM expected e JOIN stored s USING (table_name, column_name)
GROUP BY e.table_name ORDER BY e.table_name COLLATE "C";
-- the registers have no others; these are the lead's own
SELECT s.table_name, string_agg(s.column_name, ', ' ORDER BY s.place) AS ours
FROM stored s LEFT JOIN expected e USING (table_name, column_name)
WHERE s.table_name IN ('lead', 'lead_type', 'lead_rating', 'lead_source') AND e.column_name IS NULL GROUP BY s.table_name;
-- attributes that name a register are foreign keys to its code; codes and lead ids are keys
SELECT k.conrelid::regclass AS "table", string_agg(pg_get_constraintdef(k.oid), '; ' ORDER BY k.conname) AS keys
FROM pg_constraint k WHERE k.conrelid::regclass::text IN ('lead.lead', 'lead.lead_type', 'lead.lead_rating', 'lead.lead_source') AND k.contype IN ('p', 'u', 'f')
GROUP BY k.conrelid ORDER BY k.conrelid::regclass::text COLLATE "C";
-- values in the page's order
SELECT enum_range(NULL::lead.lead_priority) = '{HIGH,MEDIUM,LOW}' AS priority,
	enum_range(NULL::lead.lead_status) = '{NEW,IN_PROGRESS,CONVERTED,CONVERTED_EXTERNAL,REJECTED,LATER,UNSUCCESSFUL,WORKING,NON_WORKING}' AS status;

-- Comments ---------------------------------------------------------------------------

-- Every object has one, and it is a sentence (of the extension a title). (Row types and array types have none of their own.)
CREATE TEMP VIEW object AS
	SELECT 'relation' AS kind, c.oid::regclass::text AS name, obj_description(c.oid, 'pg_class') AS comment
	FROM pg_class c WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind IN ('r', 'v', 'S', 'm', 'f', 'p')
	UNION ALL
	SELECT 'column', c.oid::regclass || '.' || a.attname, col_description(c.oid, a.attnum)
	FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'f', 'p')
	UNION ALL
	SELECT 'type', t.oid::regtype::text, obj_description(t.oid, 'pg_type')
	FROM pg_type t WHERE t.typnamespace = 'lead'::regnamespace AND t.typtype <> 'c' AND t.typelem = 0
	UNION ALL
	SELECT 'function', p.oid::regprocedure::text, obj_description(p.oid, 'pg_proc')
	FROM pg_proc p WHERE p.pronamespace = 'lead'::regnamespace
	UNION ALL
	SELECT 'cast', format('%s as %s', c.castsource::regtype, c.casttarget::regtype), obj_description(c.oid, 'pg_cast')
	FROM pg_cast c JOIN pg_type t ON t.oid = c.casttarget WHERE t.typnamespace = 'lead'::regnamespace
	UNION ALL
	SELECT 'operator', o.oid::regoperator::text, obj_description(o.oid, 'pg_operator') FROM pg_operator o WHERE o.oprnamespace = 'lead'::regnamespace
	UNION ALL
	SELECT 'extension', e.extname, obj_description(e.oid, 'pg_extension') FROM pg_extension e WHERE e.extname = 'lead';
SELECT kind, name, comment FROM object WHERE comment IS NULL OR (kind <> 'extension' AND comment !~ '^\w.*[.;]$') OR length(comment) < 5 ORDER BY kind, name COLLATE "C";
-- (that there is something to look at)
SELECT kind, count(*) > 0 AS any FROM object GROUP BY kind ORDER BY kind;

-- Members ----------------------------------------------------------------------------

-- Only the enums, their casts and the C functions belong to the extension; the rest is the domain, handed over.
CREATE TEMP VIEW member AS
	SELECT d.classid, d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
	WHERE e.extname = 'lead' AND d.deptype = 'e';
SELECT pg_describe_object(m.classid, m.objid, 0) AS neither_type_nor_cast_nor_c_function
FROM member m
	LEFT JOIN pg_type t ON m.classid = 'pg_type'::regclass AND t.oid = m.objid
	LEFT JOIN pg_type element ON element.oid = t.typelem
	LEFT JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
	LEFT JOIN pg_language g ON g.oid = p.prolang
WHERE (coalesce(element.typtype, t.typtype) = 'e' OR coalesce(element.typname, t.typname) = 'outcome' OR m.classid = 'pg_cast'::regclass OR g.lanname = 'c') IS NOT TRUE;
SELECT p.oid::regprocedure AS c_function_that_is_no_member
FROM pg_proc p JOIN pg_language g ON g.oid = p.prolang
WHERE p.pronamespace = 'lead'::regnamespace AND g.lanname = 'c' AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid);
-- (array types come with their types)
SELECT o.member FROM (
	SELECT pg_describe_object(m.classid, m.objid, 0) AS member
	FROM member m LEFT JOIN pg_type t ON m.classid = 'pg_type'::regclass AND t.oid = m.objid
	WHERE m.classid <> 'pg_proc'::regclass AND coalesce(t.typelem, 0) = 0) o
ORDER BY o.member COLLATE "C";
-- no member has a table's row type in its signature, so a restore can make the members before the tables
-- (lead.outcome is a member itself)
SELECT p.oid::regprocedure
FROM pg_proc p JOIN member m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid,
	unnest(p.proargtypes::oid[] || p.prorettype || coalesce(p.proallargtypes, '{}')) a (type)
	JOIN pg_type t ON t.oid = a.type
	JOIN pg_class r ON r.oid = t.typrelid
WHERE r.relkind <> 'c' AND t.typnamespace = 'lead'::regnamespace;
-- the domain belongs to whoever installed it
SELECT DISTINCT pg_get_userbyid(c.relowner) = session_user AS mine FROM pg_class c WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind IN ('r', 'v', 'S');

-- Rights and names -------------------------------------------------------------------

SELECT c.oid::regclass AS view_that_runs_as_its_owner FROM pg_class c
WHERE c.relnamespace = 'lead'::regnamespace AND c.relkind IN ('v', 'm') AND NOT coalesce(c.reloptions, '{}') && '{security_invoker=true,security_invoker=on}';
SELECT p.oid::regprocedure AS security_definer FROM pg_proc p WHERE p.pronamespace = 'lead'::regnamespace AND p.prosecdef;
-- rule tables tell every session of a change, a subscriber's too
SELECT t.tgrelid::regclass AS "table", t.tgname, t.tgenabled FROM pg_trigger t
WHERE t.tgfoid = 'lead.rules_changed'::regproc AND t.tgenabled <> 'A' ORDER BY 1, 2;
SELECT t.tgrelid::regclass AS "table", count(*) AS triggers FROM pg_trigger t WHERE t.tgfoid = 'lead.rules_changed'::regproc
GROUP BY 1 ORDER BY t.tgrelid::regclass::text COLLATE "C";
-- no name of pg_catalog's (convert is the exception, always written lead.convert), and none twice
SELECT DISTINCT p.proname FROM pg_proc p JOIN pg_proc s ON s.proname = p.proname AND s.pronamespace = 'pg_catalog'::regnamespace
WHERE p.pronamespace = 'lead'::regnamespace ORDER BY 1;
SELECT p.proname, count(*) FROM pg_proc p WHERE p.pronamespace = 'lead'::regnamespace GROUP BY p.proname HAVING count(*) > 1;
-- arguments after the first (of transition: the second) may be left out; helpers say what they are used by or when
SELECT p.oid::regprocedure AS function, p.pronargs AS arguments, p.pronargdefaults AS with_default
FROM pg_proc p JOIN pg_language g ON g.oid = p.prolang
WHERE p.pronamespace = 'lead'::regnamespace AND g.lanname <> 'c' AND obj_description(p.oid, 'pg_proc') !~ 'Used (by|when)' AND p.pronargdefaults < p.pronargs - CASE p.proname WHEN 'transition' THEN 2 ELSE 1 END;
-- These may run in parallel workers; all others load the rule cache or write, and may not.
SELECT string_agg(p.proname, ', ' ORDER BY p.proname COLLATE "C") FILTER (WHERE p.proparallel = 's') AS safe,
	bool_and(p.proparallel IN ('s', 'u')) AS others_unsafe
FROM pg_proc p WHERE p.pronamespace = 'lead'::regnamespace AND p.prorettype <> 'trigger'::regtype;

SELECT lead.domain_version() = e.extversion AS one_version, n.nspname AS schema, e.extrelocatable AS relocatable
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'lead';
