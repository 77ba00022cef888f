-- Each test file begins with this: the extension anew, starter registers, no
-- trace of what ran before. Nothing of it appears in the test's output.
\set ECHO none
\set QUIET on
\o /dev/null
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS lead CASCADE;
DROP EXTENSION IF EXISTS lead CASCADE;
CREATE EXTENSION lead;
SELECT count(*) FROM lead.add_starter_registers();
RESET client_min_messages;
\o
\set SHOW_CONTEXT never
\set ECHO all
