-- More leads, which are taken back: the table stays as large as it is.
BEGIN;
\timing on
\ir leads.sql
\timing off
ROLLBACK;
