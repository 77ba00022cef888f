-- Schema bare: the tables of lead and nothing else, for a client that is trusted
-- with everything. Keys come from a default; history, customers and conversions
-- are written by the client's own statements (statements/bare).

\set schema bare
\ir tables.sql

ALTER TABLE bare.lead
	ALTER COLUMN key SET DEFAULT 'LEAD-' || to_char(nextval('bare.key_seq'), 'FM999999000000');
ALTER TABLE bare.person
	ALTER COLUMN key SET DEFAULT 'PERSON-' || to_char(nextval('bare.key_seq'), 'FM999999000000');
ALTER TABLE bare.customer
	ALTER COLUMN key SET DEFAULT 'CUSTOMER-' || to_char(nextval('bare.key_seq'), 'FM999999000000');
ALTER TABLE bare.account
	ALTER COLUMN key SET DEFAULT 'ACCOUNT-' || to_char(nextval('bare.key_seq'), 'FM999999000000');
