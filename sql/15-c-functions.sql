-- The C functions. They stay members of the extension, so none has a table's
-- row type in its signature: a restore needs no superuser where the extension
-- is already there. Row-typed wrappers for callers follow in later parts; where
-- the C function returns such a row, the wrapper passes a NULL of the row's type
-- for "row_type" (anyelement), and the server makes one call of the two.
--
-- What may load the rule cache is PARALLEL UNSAFE (it takes a latest snapshot).

-- Triggers -----------------------------------------------------------------

CREATE FUNCTION lead.guard() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'lead_guard';
COMMENT ON FUNCTION lead.guard() IS
	'Trigger of lead.lead: fills and normalises a row before it is stored, judges creation and every change of status, writes the history.';

CREATE FUNCTION lead.call_event_bindings() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'lead_call_event_bindings';
COMMENT ON FUNCTION lead.call_event_bindings() IS
	'Trigger of lead.lead: calls the functions of lead.event_binding that ask for the event, in the order of their codes.';

CREATE FUNCTION lead.has_event_bindings() RETURNS boolean
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_has_event_bindings';
COMMENT ON FUNCTION lead.has_event_bindings() IS
	'Whether any event binding is enabled; asked by the WHEN of the event trigger, so that a table without bindings pays nothing.';

CREATE FUNCTION lead.check_row() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'lead_check_row';
COMMENT ON FUNCTION lead.check_row() IS
	'Trigger of the registers, persons, customers, accounts and rule tables: an explicit NULL becomes the default, tags are tidied, required values and shapes are checked.';

CREATE FUNCTION lead.check_user_function() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'lead_check_user_function';
COMMENT ON FUNCTION lead.check_user_function() IS
	'Trigger of lead.conversion_target and lead.event_binding: refuses (LD010) a function that does not exist or has another signature.';

CREATE FUNCTION lead.rules_changed() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME', 'lead_rules_changed';
COMMENT ON FUNCTION lead.rules_changed() IS
	'Trigger of every table that the rule cache reads; its argument names the table. Tells all sessions to read it again.';

-- Small tools --------------------------------------------------------------

CREATE FUNCTION lead.uuid_v7() RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL SAFE AS 'MODULE_PATHNAME', 'lead_uuid_v7';
COMMENT ON FUNCTION lead.uuid_v7() IS
	'A new UUID version 7 (RFC 9562): the milliseconds of the clock first, so that ids made later sort later, then random bits.';

CREATE FUNCTION lead.as_json(entity record) RETURNS jsonb
	LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'lead_as_json';
COMMENT ON FUNCTION lead.as_json(record) IS
	'A row of lead.lead, of a register, person, customer or account as JSON with the tSM attribute names: times in ISO 8601 UTC, version and who and when under auditInfo, no processingData, NULLs left out. SELECT lead.as_json(l) FROM lead.lead l;';

CREATE FUNCTION lead.processing_data(lead_id uuid) RETURNS jsonb
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_processing_data';
COMMENT ON FUNCTION lead.processing_data(uuid) IS
	'The processing_data written to this lead in the present transaction, for triggers, event bindings and conversion targets; NULL if none. It is stored nowhere.';

CREATE FUNCTION lead.check_argument(name text, value text, choices text[] DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'lead_check_argument';
COMMENT ON FUNCTION lead.check_argument(text, text, text[]) IS
	'Used by the SQL functions here: returns the value, or raises 22023 naming the argument when it is empty, longer than 200 characters or none of the choices.';

CREATE FUNCTION lead.seconds_between(earlier timestamptz, later timestamptz) RETURNS double precision
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'lead_seconds_between';
COMMENT ON FUNCTION lead.seconds_between(timestamptz, timestamptz) IS
	'Seconds from one moment to another, to the microsecond; 0 where the second is the earlier, NULL where one is infinite. What extract(epoch FROM later - earlier) says, but fast enough for the whole history.';

CREATE FUNCTION lead.length_class(earlier timestamptz, later timestamptz) RETURNS int
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'lead_length_class';
COMMENT ON FUNCTION lead.length_class(timestamptz, timestamptz) IS
	'The class of the time from one moment to another: a longer time is never in a lower class, and no two times of a class differ by more than a 32nd. Used by lead.status_duration, which counts by class before it sorts. 0 where the second is the earlier, NULL where one is infinite.';

-- Lifecycle ----------------------------------------------------------------

CREATE FUNCTION lead.builtin_transition(
	OUT from_status lead.lead_status, OUT to_status lead.lead_status, OUT allowed boolean,
	OUT needs_reason boolean, OUT needs_until boolean) RETURNS SETOF record
	LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 81 AS 'MODULE_PATHNAME', 'lead_builtin_transition';
COMMENT ON FUNCTION lead.builtin_transition() IS
	'The lifecycle as built in, before the overrides of lead.lead_status_rule: one row for each pair; from_status NULL is creation. Use the view lead.status_transition for the graph in force.';

CREATE FUNCTION lead.transition_allowed(lead record, to_status lead.lead_status) RETURNS boolean
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_transition_allowed';
COMMENT ON FUNCTION lead.transition_allowed(record, lead.lead_status) IS
	'Whether this row of lead.lead may move to the status at once by a plain UPDATE, with no reason or date given: graph, overrides and condition. False for CONVERTED and CONVERTED_EXTERNAL, which are entered by conversion.';

CREATE FUNCTION lead.allowed_transitions(
	lead_id uuid,
	OUT to_status lead.lead_status, OUT allowed boolean, OUT needs_reason boolean,
	OUT needs_until boolean, OUT via text, OUT refusals text[], OUT hint text) RETURNS SETOF record
	LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 8 AS 'MODULE_PATHNAME', 'lead_allowed_transitions';
COMMENT ON FUNCTION lead.allowed_transitions(uuid) IS
	'What a user may do with this lead now, one row for each other status: allowed or the refusals, what it needs (a missing reason or date is a need, not a refusal) and by which function (via). Errors: 22023 lead_id is NULL, P0002 no such lead.';

CREATE FUNCTION lead.do_transition(
	row_type anyelement, lead_id uuid, to_status lead.lead_status, reason text, until timestamptz, processing_data jsonb) RETURNS anyelement
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_do_transition';
COMMENT ON FUNCTION lead.do_transition(anyelement, uuid, lead.lead_status, text, timestamptz, jsonb) IS
	'The work of lead.transition; call that one.';

-- Characteristics ----------------------------------------------------------

CREATE FUNCTION lead.chars_problems(lead_type text, chars jsonb) RETURNS text[]
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_chars_problems';
COMMENT ON FUNCTION lead.chars_problems(text, jsonb) IS
	'What stands against these chars of a lead of this type, one text for each attribute, defaults filled in first; empty where nothing does or the type has no specification. Errors: 22023 lead_type is NULL, 23503 no such type, LD009 chars is no object.';

-- Conversion ---------------------------------------------------------------

CREATE FUNCTION lead.do_convert(
	row_type anyelement, lead_id uuid, customer_id uuid, customer_ref text, reason text, processing_data jsonb) RETURNS anyelement
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_do_convert';
COMMENT ON FUNCTION lead.do_convert(anyelement, uuid, uuid, text, text, jsonb) IS
	'The work of lead.convert; call that one.';

CREATE FUNCTION lead.do_convert_external(
	row_type anyelement, lead_id uuid, external_system text, external_id text, reason text, processing_data jsonb) RETURNS anyelement
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_do_convert_external';
COMMENT ON FUNCTION lead.do_convert_external(anyelement, uuid, text, text, text, jsonb) IS
	'The work of lead.convert_external; call that one.';

CREATE FUNCTION lead.do_revert_conversion(row_type anyelement, lead_id uuid, reason text) RETURNS anyelement
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_do_revert_conversion';
COMMENT ON FUNCTION lead.do_revert_conversion(anyelement, uuid, text) IS
	'The work of lead.revert_conversion; call that one.';

-- Many at once -------------------------------------------------------------

CREATE FUNCTION lead.transition_many(
	lead_ids uuid[], to_status lead.lead_status, reason text DEFAULT NULL, until timestamptz DEFAULT NULL,
	processing_data jsonb DEFAULT NULL, all_or_none boolean DEFAULT NULL, dry_run boolean DEFAULT NULL) RETURNS SETOF lead.outcome
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_transition_many';
COMMENT ON FUNCTION lead.transition_many(uuid[], lead.lead_status, text, timestamptz, jsonb, boolean, boolean) IS
	'Moves many leads to a status, as lead.transition does for each: one row of lead.outcome for each element of lead_ids, in their order (CHANGED, REPLAYED: it was there already, REFUSED and why). A refusal leaves the others alone, or with all_or_none all of them. dry_run only tells: it locks and writes nothing and calls none of your triggers. Errors: 22023 lead_ids or to_status is NULL; all that concerns one lead is its outcome.';

CREATE FUNCTION lead.convert_many(
	lead_ids uuid[], all_or_none boolean DEFAULT NULL, dry_run boolean DEFAULT NULL,
	reason text DEFAULT NULL, processing_data jsonb DEFAULT NULL) RETURNS SETOF lead.outcome
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_convert_many';
COMMENT ON FUNCTION lead.convert_many(uuid[], boolean, boolean, text, jsonb) IS
	'Converts many leads, as lead.convert does for each with no customer named: one row of lead.outcome for each element of lead_ids, in their order (CONVERTED with the customer, REPLAYED: it was so already, REFUSED and why). LD011 with CONVERTED warns of a certain duplicate among the customers. A refusal leaves the others alone, or with all_or_none all of them. dry_run only tells: it locks, draws and writes nothing, and calls neither your target nor your triggers. Errors: 22023 lead_ids is NULL; all that concerns one lead is its outcome.';

CREATE FUNCTION lead.convert_external_many(
	lead_ids uuid[], external_system text DEFAULT NULL, external_ids text[] DEFAULT NULL,
	all_or_none boolean DEFAULT NULL, dry_run boolean DEFAULT NULL,
	reason text DEFAULT NULL, processing_data jsonb DEFAULT NULL) RETURNS SETOF lead.outcome
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_convert_external_many';
COMMENT ON FUNCTION lead.convert_external_many(uuid[], text, text[], boolean, boolean, text, jsonb) IS
	'Records that many leads became customers in another system, as lead.convert_external does for each; external_ids are their ids there, one for each lead (NULL where unknown). Outcomes and options as lead.convert_many. Errors: 22023 lead_ids or external_system is NULL, external_ids has another number of elements or one is too long; all that concerns one lead is its outcome.';

CREATE PROCEDURE lead.convert_all(
	from_status lead.lead_status, lead_type text DEFAULT NULL, lead_source text DEFAULT NULL, data_tag text DEFAULT NULL,
	external_system text DEFAULT NULL, reason text DEFAULT NULL, commit_every int DEFAULT NULL,
	INOUT converted bigint DEFAULT NULL, INOUT refused bigint DEFAULT NULL)
	LANGUAGE c AS 'MODULE_PATHNAME', 'lead_convert_all';
COMMENT ON PROCEDURE lead.convert_all(lead.lead_status, text, text, text, text, text, int, bigint, bigint) IS
	'Converts all leads of a status (of a type, a source, with a tag, where these are given), as lead.convert_many does, or with external_system as lead.convert_external_many: CALL lead.convert_all(''WORKING'', data_tag => ''signed''). Commits every commit_every leads (default 1000), says how far it is, and goes on where it stopped when it is called again. Returns how many were converted and refused; shows the first ten refusals. Errors: 22023 bad argument, 2D000 inside a transaction.';

-- Duplicates ---------------------------------------------------------------

CREATE FUNCTION lead.name_key(party_name text) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 50 AS 'MODULE_PATHNAME', 'lead_name_key';
COMMENT ON FUNCTION lead.name_key(text) IS
	'The form in which two spellings of a party''s name are equal: case, accents, punctuation and legal forms (s.r.o., GmbH, Ltd ...) do not count. NULL where nothing is left. For an index on similar names: CREATE INDEX ON lead.lead USING gin (lead.name_key(party_name) gin_trgm_ops) WITH (fastupdate = off); make such an index anew when an update of lead says that the form has changed.';

CREATE FUNCTION lead.find_duplicates(
	id uuid, OUT lead_id uuid, OUT customer_id uuid, OUT score numeric, OUT reasons text[]) RETURNS SETOF record
	LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10 AS 'MODULE_PATHNAME', 'lead_find_duplicates';
COMMENT ON FUNCTION lead.find_duplicates(uuid) IS
	'Open leads and customers that may be the same party as this lead, best first: score 0 to 1 (from 0.9 on it is certain: the same phone, email or data box) and reasons (data box, email, phone, name, domain, similar name). Similar names count where extension pg_trgm is present. Shows only what the caller may see. Errors: 22023 id is NULL, P0002 no such lead.';

CREATE FUNCTION lead.find_matches(
	party_name text DEFAULT NULL, emails text[] DEFAULT NULL, phones text[] DEFAULT NULL,
	websites text[] DEFAULT NULL, data_boxes text[] DEFAULT NULL,
	OUT lead_id uuid, OUT customer_id uuid, OUT score numeric, OUT reasons text[]) RETURNS SETOF record
	LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10 AS 'MODULE_PATHNAME', 'lead_find_matches';
COMMENT ON FUNCTION lead.find_matches(text, text[], text[], text[], text[]) IS
	'The same for somebody who is not stored yet, by name and contacts as they would be written into a lead: lead.find_matches(''Acme Ltd'', emails => ARRAY[''jo@acme.example'']). Errors: 22023 nothing is given, LD008 a contact is not understood.';

CREATE FUNCTION lead.match_tokens(keys text[], min_score float8) RETURNS text[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'lead_match_tokens';
COMMENT ON FUNCTION lead.match_tokens(text[], float8) IS
	'Used by lead.duplicate_groups: texts of which two parties have one in common just when their match_keys make at least the score.';

CREATE FUNCTION lead.duplicate_groups(
	min_score float8 DEFAULT NULL,
	OUT lead_ids uuid[], OUT customer_ids uuid[], OUT score numeric, OUT reasons text[]) RETURNS SETOF record
	LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 1000 AS 'MODULE_PATHNAME', 'lead_duplicate_groups';
COMMENT ON FUNCTION lead.duplicate_groups(float8) IS
	'All open leads that are duplicates of each other or of customers, in groups: leads oldest first (to merge them: SELECT lead.merge(lead_ids[1], lead_ids[2:]) ...), customers, the score of the weakest tie that holds the group together, and the reasons; a tie counts by the fewest kinds that reach min_score, so lead.find_duplicates may tell more of two. min_score is 0.5 to 0.95, default 0.9: certain ones only; from 0.75 on down the same name and domain together, at 0.5 either of them. Similar names do not count here. Errors: 22023 min_score.';

-- Merging ------------------------------------------------------------------

CREATE FUNCTION lead.do_merge(row_type anyelement, winner uuid, losers uuid[]) RETURNS anyelement
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_do_merge';
COMMENT ON FUNCTION lead.do_merge(anyelement, uuid, uuid[]) IS
	'The work of lead.merge; call that one.';

CREATE FUNCTION lead.do_unmerge(row_type anyelement, loser uuid) RETURNS anyelement
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_do_unmerge';
COMMENT ON FUNCTION lead.do_unmerge(anyelement, uuid) IS
	'The work of lead.unmerge; call that one.';

-- Import -------------------------------------------------------------------

CREATE PROCEDURE lead.run_import(
	batch text, on_error text DEFAULT NULL, on_duplicate text DEFAULT NULL, commit_every int DEFAULT NULL,
	INOUT done bigint DEFAULT NULL, INOUT skipped bigint DEFAULT NULL, INOUT refused bigint DEFAULT NULL)
	LANGUAGE c AS 'MODULE_PATHNAME', 'lead_run_import';
COMMENT ON PROCEDURE lead.run_import(text, text, text, int, bigint, bigint, bigint) IS
	'Imports the lines of a batch in lead.lead_import that are NEW or REFUSED, in the order of their numbers, and returns how many became done, skipped and refused: CALL lead.run_import(''spring fair''). Commits every commit_every lines (default 1000) and goes on where it stopped when it is called again; several sessions may run one batch. on_error: keep (default: a refused line keeps its reason, the run goes on) or stop (with the line''s error). on_duplicate, for an id or key that is taken: insert (default: refused, 23505), update (that lead gets the attributes given) or skip. Errors: 22023 bad argument, P0002 no such batch, 2D000 inside a transaction, 42501 privilege; with on_error stop whatever the line is refused for.';

CREATE FUNCTION lead.import_leads(leads jsonb, all_or_none boolean DEFAULT NULL, on_duplicate text DEFAULT NULL)
	RETURNS SETOF lead.outcome
	LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 100 AS 'MODULE_PATHNAME', 'lead_import_leads';
COMMENT ON FUNCTION lead.import_leads(jsonb, boolean, text) IS
	'Imports a JSON array of leads in the caller''s transaction; an outcome for each, in their order: CREATED, CHANGED, SKIPPED or REFUSED with the reason. all_or_none: where one is refused nothing is stored, and the others are REFUSED with 40000. on_duplicate as lead.run_import. SELECT * FROM lead.import_leads(''[{"party_name": "Acme Ltd", "lead_type": "B2B", "lead_rating": "HOT", "lead_source": "WEB"}]''); Errors: 22023 bad argument, 42501 privilege to insert leads.';

-- Events -------------------------------------------------------------------

CREATE FUNCTION lead.event_request(
	after text, max_events int,
	OUT event_position bigint, OUT lead_id uuid, OUT version int,
	OUT system_identifier bigint, OUT timeline int, OUT max_events_asked int) RETURNS record
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'lead_event_request';
COMMENT ON FUNCTION lead.event_request(text, int) IS
	'Used by lead.events: what a cursor says and how many events are asked for. Errors: 22023 no cursor, or max_events is out of range.';

CREATE FUNCTION lead.event_cursor(event_position bigint, lead_id uuid, version int, system_identifier bigint, timeline int) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'lead_event_cursor';
COMMENT ON FUNCTION lead.event_cursor(bigint, uuid, int, bigint, int) IS
	'Used by lead.events: the cursor of an event, and of the cluster and timeline in which it was written.';

CREATE FUNCTION lead.check_cursor(event_position bigint, system_identifier bigint, timeline int, is_known boolean, is_ours boolean) RETURNS boolean
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'lead_check_cursor';
COMMENT ON FUNCTION lead.check_cursor(bigint, bigint, int, boolean, boolean) IS
	'Used by lead.events: whether a cursor''s epoch is one of this database (is_ours), given that its number is in lead.event_epoch (is_known); both NULL where no epoch is. Errors: 22023 (not on a standby) the number is not, or the transaction id not yet given out here.';

CREATE FUNCTION lead.settled_xid(OUT system_identifier bigint, OUT settled_xid bigint) RETURNS record
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'lead_settled_xid';
COMMENT ON FUNCTION lead.settled_xid() IS
	'The cluster, and a transaction id: all transactions with lower ones have ended for the snapshot of the query, and a crash cannot undo that, for the log is flushed first.';

-- Documents ----------------------------------------------------------------

CREATE FUNCTION lead.do_create_lead(row_type anyelement, document jsonb) RETURNS anyelement
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_do_create_lead';
COMMENT ON FUNCTION lead.do_create_lead(anyelement, jsonb) IS
	'The work of lead.create_lead; call that one.';

CREATE FUNCTION lead.do_replace_lead(row_type anyelement, id_or_key text, document jsonb) RETURNS anyelement
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_do_replace_lead';
COMMENT ON FUNCTION lead.do_replace_lead(anyelement, text, jsonb) IS
	'The work of lead.replace_lead; call that one.';

CREATE FUNCTION lead.do_patch_lead(row_type anyelement, id_or_key text, document jsonb) RETURNS anyelement
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_do_patch_lead';
COMMENT ON FUNCTION lead.do_patch_lead(anyelement, text, jsonb) IS
	'The work of lead.patch_lead; call that one.';

-- Erasure ------------------------------------------------------------------

CREATE FUNCTION lead.do_erase(row_type anyelement, lead_id uuid, reason text) RETURNS anyelement
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_do_erase';
COMMENT ON FUNCTION lead.do_erase(anyelement, uuid, text) IS
	'The work of lead.erase; call that one.';

-- Access and installation --------------------------------------------------

CREATE FUNCTION lead.grant_access(role text, level text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_grant_access';
COMMENT ON FUNCTION lead.grant_access(text, text) IS
	'Gives a role the privileges of a reader (SELECT), an agent (also works, converts and adds leads and persons) or an administrator (also registers, rules, targets, bindings, DELETE; erases, and moves in leads with their past). Run it as the owner of the tables, and again after an update. Errors: 22023 no such level or a missing argument, 42704 no such role, 42501 not the owner.';

CREATE FUNCTION lead.revoke_access(role text) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_revoke_access';
COMMENT ON FUNCTION lead.revoke_access(text) IS
	'Takes back all that lead.grant_access gave the role. Errors: 22023 role is NULL, 42704 no such role, 42501 not the owner.';

CREATE FUNCTION lead.hand_over_domain() RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'lead_hand_over_domain';
COMMENT ON FUNCTION lead.hand_over_domain() IS
	'Used by the install script: makes tables, views and SQL functions ordinary objects of the installing role, or drops them again where row_security is off, as in the restore of a dump. Refused (55000) outside CREATE EXTENSION.';

-- All others stay PUBLIC's: they write leads and customers as the caller, and
-- nobody has USAGE on the schema yet. So a dump has no privileges on members, which only
-- a superuser could restore.
REVOKE EXECUTE ON FUNCTION lead.hand_over_domain() FROM PUBLIC;
