-- Leads and their history for the reports: psql variable "leads" says how many;
-- the history has about four rows a lead. Written past the guard, which would
-- make the load take ten times as long: triggers off, indexes made afterwards.
-- The GIN index on match keys is left out: no report reads it.
--
-- Leads came evenly over the last five years and lie in the order in which they
-- came; a tenth was changed since and lies elsewhere. A life is one of eight, its
-- stays as long as chance has it, cut off where it would reach into the future.
-- One lead in fifty is merged into the one before it if it was rejected.

SELECT setseed(0.5) \g /dev/null
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TABLE bench.index AS
	SELECT i.schemaname, i.indexname, i.indexdef
	FROM pg_indexes i
	WHERE i.schemaname = 'lead' AND i.tablename IN ('lead', 'lead_status_change')
		AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = format('%I.%I', i.schemaname, i.indexname)::regclass);
SELECT format('DROP INDEX %I.%I', i.schemaname, i.indexname) FROM bench.index i \gexec
ALTER TABLE lead.lead_status_change DROP CONSTRAINT lead_status_change_pkey;
ALTER TABLE lead.lead DISABLE TRIGGER ALL;
ALTER TABLE lead.lead_status_change DISABLE TRIGGER ALL;
ALTER TABLE lead.lead_merge DISABLE TRIGGER ALL;

INSERT INTO lead.lead_source (code, name)
	SELECT 'SOURCE_' || n, 'Source ' || n FROM generate_series(8, 10) n;

CREATE TABLE bench.life (upto int, path lead.lead_status[]);
INSERT INTO bench.life VALUES
	(25, '{NEW,IN_PROGRESS,WORKING,CONVERTED}'),
	(40, '{NEW,IN_PROGRESS,REJECTED}'),
	(60, '{NEW,IN_PROGRESS,WORKING,LATER,WORKING,UNSUCCESSFUL}'),
	(65, '{NEW,IN_PROGRESS,WORKING,NON_WORKING,LATER,LATER,WORKING,CONVERTED_EXTERNAL}'),
	(75, '{NEW,REJECTED}'),
	(90, '{NEW,IN_PROGRESS,WORKING,UNSUCCESSFUL}'),
	(97, '{NEW,IN_PROGRESS,NON_WORKING}'),
	(100, '{NEW,IN_PROGRESS,WORKING,UNSUCCESSFUL,IN_PROGRESS,WORKING,CONVERTED}');

-- A stay lasts up to some weeks, most are short.
CREATE UNLOGGED TABLE bench.change AS
SELECT c.n, c.version, c.from_status, c.to_status,
	max(c.changed_at) FILTER (WHERE c.from_status IS DISTINCT FROM c.to_status)
		OVER (PARTITION BY c.n ORDER BY c.version ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS entered_at,
	c.changed_at
FROM (
		SELECT s.n, s.version, s.path[s.version - 1] AS from_status, s.path[s.version] AS to_status,
			now() - interval '5 years' * (1 - s.n / (:leads + 1.0::float8)) + sum(s.stay) OVER (PARTITION BY s.n ORDER BY s.version) AS changed_at
		FROM (
				SELECT g.n, v AS version, l.path,
					interval '1 second' * CASE WHEN v = 1 THEN 0 ELSE 0.1 + 864000 * -ln(1 - random()) * random() END AS stay
				FROM (SELECT n, 1 + trunc(random() * 100)::int AS choice FROM generate_series(1, :leads) n) g
					JOIN LATERAL (SELECT f.path FROM bench.life f WHERE f.upto >= g.choice ORDER BY f.upto LIMIT 1) l ON true,
					generate_series(1, cardinality(l.path)) v
			) s
	) c
WHERE c.changed_at <= now();

CREATE FUNCTION bench.id(n int) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN (lpad(to_hex(n), 8, '0') || '000070008000' || left(md5(n::text), 12))::uuid;

INSERT INTO lead.lead (id, key, status, party_name, lead_rating, description, priority, lead_source, phones, emails, websites,
		data_tags, chars, lead_type, status_since, status_reason, deferred_until, assigned_to, match_keys, version,
		inserted_by, inserted_at, edited_by, edited_at)
SELECT bench.id(l.n),
	'LEAD-' || lpad(l.n::text, 9, '0'),
	l.to_status,
	(ARRAY['Northern', 'Alpine', 'Silver', 'Harbour', 'Meadow', 'Summit', 'Granite', 'River'])[1 + l.n % 8] || ' Networks ' || l.n,
	(ARRAY['HOT', 'WARM', 'COLD'])[1 + l.n % 3],
	'Asked for an offer: fibre for ' || 1 + l.n % 30 || ' sites; the present contract ends within the year, a technician has been there twice.',
	(ARRAY['HIGH', 'MEDIUM', 'LOW', NULL])[1 + l.n / 3 % 4]::lead.lead_priority,
	(ARRAY['WEB', 'PHONE', 'EMAIL', 'PARTNER', 'REFERRAL', 'CAMPAIGN', 'EVENT', 'SOURCE_8', 'SOURCE_9', 'SOURCE_10'])[1 + trunc(10 * random() * random())::int],
	format('[{"type": "MOBILE", "value": "+420602%s", "primary": true}, {"type": "WORK", "value": "+420234%1$s"}]',
		lpad((l.n % 1000000)::text, 6, '0'))::jsonb,
	format('[{"type": "WORK", "value": "sales%s@company%s.example", "primary": true}]', l.n, l.n / 5)::jsonb,
	format('[{"value": "https://company%s.example/"}]', l.n / 5)::jsonb,
	'{fair,spring}',
	format('{"region": "R%s", "expectedRevenue": %s, "technology": "FTTH"}', l.n % 14, l.n % 100000)::jsonb,
	(ARRAY['B2B', 'B2C'])[1 + l.n / 5 % 2],
	l.since,
	CASE WHEN l.to_status IN ('REJECTED', 'UNSUCCESSFUL') THEN 'the price' END,
	CASE WHEN l.to_status = 'LATER' THEN now() + interval '30 days' END,
	CASE WHEN l.to_status <> 'NEW' THEN 'person' || l.n % 200 END,
	ARRAY['d:company' || l.n / 5 || '.example', 'e:sales' || l.n || '@company' || l.n / 5 || '.example', 'n:networks ' || l.n],
	l.version, 'sales', l.came, 'sales', l.since
FROM (
		SELECT DISTINCT ON (c.n) c.n, c.to_status, c.version,
			CASE WHEN c.from_status = c.to_status THEN c.entered_at ELSE c.changed_at END AS since,
			now() - interval '5 years' * (1 - c.n / (:leads + 1.0::float8)) AS came
		FROM bench.change c
		ORDER BY c.n, c.version DESC
	) l;

INSERT INTO lead.lead_status_change (lead_id, version, from_status, to_status, reason, entered_at, changed_at, changed_by, actor, xid, event_position)
SELECT bench.id(c.n), c.version, c.from_status, c.to_status,
	CASE WHEN c.to_status IN ('REJECTED', 'UNSUCCESSFUL') THEN 'the price' END, c.entered_at, c.changed_at, 'sales', 'jana', 1000, 281474976711656
FROM bench.change c
ORDER BY c.changed_at;
DROP TABLE bench.change;

UPDATE lead.lead SET description = description || ' Called.' WHERE version % 10 = 3 AND right(key, 1) < '5';
INSERT INTO lead.lead_merge (loser_id, winner_id, winner_version, loser_version, winner_before, loser_before, merged_at, merged_by)
SELECT l.id, bench.id(right(l.key, 9)::int - 1), 9, l.version, '{}', '{}', l.status_since, 'sales'
FROM lead.lead l WHERE l.status = 'REJECTED' AND right(l.key, 2) IN ('50', '00');

ALTER TABLE lead.lead_status_change ADD PRIMARY KEY (lead_id, version);
SELECT i.indexdef FROM bench.index i WHERE i.indexname <> 'lead_match_keys_idx' \gexec
ALTER TABLE lead.lead ENABLE TRIGGER ALL;
ALTER TABLE lead.lead_status_change ENABLE TRIGGER ALL;
ALTER TABLE lead.lead_merge ENABLE TRIGGER ALL;
VACUUM ANALYZE;

-- What bench/reports measures. :y to :e is a year, :m to :e its last month; the
-- bar is in seconds, for 5,000,000 leads.
CREATE TABLE bench.report (
	ord int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	work text NOT NULL,
	query text NOT NULL,
	bar numeric
);
INSERT INTO bench.report (work, query, bar)
VALUES ('funnel by source, a year', 'lead.funnel(:y, :e)', 1),
	('funnel by source, a month', 'lead.funnel(:m, :e)', NULL),
	('funnel by source, the whole table', 'lead.funnel', 3),
	('funnel by month, the whole table', 'lead.funnel(by => ''month'')', NULL),
	('funnel by assignee, a month', 'lead.funnel(:m, :e, ''assigned_to'')', NULL),
	('conversion_rate', 'lead.conversion_rate', NULL),
	('median time in status, a month', 'lead.status_duration(:m, :e)', NULL),
	('median time in status, a year', 'lead.status_duration(:y, :e)', NULL),
	('median time in status, the whole history', 'lead.status_duration', 5),
	('lead_report of one lead', '(SELECT r.* FROM lead.lead_report r WHERE r.key = ''LEAD-000001000'')', NULL),
	('status_period of one lead', '(SELECT p.* FROM lead.status_period p WHERE p.lead_id = bench.id(1000))', NULL);
CREATE TABLE bench.figure (work text, value float8);
