-- Columns, constraints and indexes of the compared tables in the schema that the
-- psql variable "schema" names, without the schema's name: bench/run compares the
-- output for lead, bare and peer. Defaults may differ, and the peer has CHECKs of
-- its own on lead, which say what the guard says (peer.sql).

\pset format unaligned
\pset tuples_only on

SELECT c.relname, a.attnum, a.attname, replace(format_type(a.atttypid, a.atttypmod), :'schema' || '.', ''), a.attnotnull
FROM pg_class c
	JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = :'schema'::regnamespace
	AND c.relname IN ('lead', 'lead_status_change', 'lead_conversion', 'person', 'customer', 'account',
		'lead_type', 'lead_rating', 'lead_source', 'entity_spec')
	AND c.relkind = 'r'
ORDER BY 1, 2;

SELECT c.relname, o.conname, regexp_replace(pg_get_constraintdef(o.oid), '\m' || :'schema' || '\.', '', 'g')
FROM pg_class c
	JOIN pg_constraint o ON o.conrelid = c.oid
WHERE c.relnamespace = :'schema'::regnamespace
	AND c.relname IN ('lead', 'lead_status_change', 'lead_conversion', 'person', 'customer', 'account',
		'lead_type', 'lead_rating', 'lead_source', 'entity_spec')
	AND NOT (:'schema' = 'peer' AND c.relname = 'lead' AND o.contype = 'c' AND o.conname <> 'lead_processing_data_check')
ORDER BY 1, 2;

SELECT tablename, indexname, regexp_replace(indexdef, '\m' || :'schema' || '\.', '', 'g')
FROM pg_indexes
WHERE schemaname = :'schema'
	AND tablename IN ('lead', 'lead_status_change', 'lead_conversion', 'person', 'customer', 'account',
		'lead_type', 'lead_rating', 'lead_source', 'entity_spec')
ORDER BY 1, 2;
