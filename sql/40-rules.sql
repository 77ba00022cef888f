-- Tables by which an administrator bends what is built in: the lifecycle, the
-- conversion target, functions called on events. All are read by the cache.

CREATE TABLE lead.lead_status_rule (
	id uuid PRIMARY KEY DEFAULT lead.uuid_v7(),
	from_status lead.lead_status,
	to_status lead.lead_status NOT NULL,
	allowed boolean NOT NULL DEFAULT true,
	needs_reason boolean,
	needs_until boolean,
	condition jsonpath,
	message text,
	CONSTRAINT lead_status_rule_pair_key UNIQUE NULLS NOT DISTINCT (from_status, to_status),
	CONSTRAINT lead_status_rule_from_check CHECK (from_status NOT IN ('CONVERTED', 'CONVERTED_EXTERNAL')),
	CONSTRAINT lead_status_rule_pair_check CHECK (from_status <> to_status),
	CONSTRAINT lead_status_rule_creation_check CHECK (from_status IS NOT NULL OR to_status NOT IN ('CONVERTED', 'CONVERTED_EXTERNAL')),
	CONSTRAINT lead_status_rule_until_check CHECK (needs_until IS NULL OR to_status = 'LATER')
);
COMMENT ON TABLE lead.lead_status_rule IS
	'Overrides of the built-in lifecycle, one row for a pair: allow or forbid it, ask for or waive a reason or date, add a condition. The graph in force: lead.status_transition.';
COMMENT ON COLUMN lead.lead_status_rule.id IS 'Primary key; made when missing.';
COMMENT ON COLUMN lead.lead_status_rule.from_status IS 'Status before; NULL is creation. A converted lead moves only by lead.revert_conversion, so there are no rules from there.';
COMMENT ON COLUMN lead.lead_status_rule.to_status IS 'Status to enter. A rule never opens CONVERTED to a plain UPDATE: it is entered by the conversion functions only.';
COMMENT ON COLUMN lead.lead_status_rule.allowed IS 'Whether the pair is allowed.';
COMMENT ON COLUMN lead.lead_status_rule.needs_reason IS 'Whether a reason is required; NULL is as built in.';
COMMENT ON COLUMN lead.lead_status_rule.needs_until IS 'Whether LATER requires a deferral date; NULL is as built in.';
COMMENT ON COLUMN lead.lead_status_rule.condition IS 'Predicate over the lead as it would become (lead.as_json), such as exists($.emails[*]) or $.statusReason == "PRICE"; it holds only if it yields exactly true.';
COMMENT ON COLUMN lead.lead_status_rule.message IS 'What to tell the user when the condition does not hold.';

CREATE TABLE lead.conversion_target (
	id uuid PRIMARY KEY DEFAULT lead.uuid_v7(),
	lead_type text REFERENCES lead.lead_type (code) ON UPDATE CASCADE,
	function text NOT NULL,
	description text,
	CONSTRAINT conversion_target_lead_type_key UNIQUE NULLS NOT DISTINCT (lead_type)
);
COMMENT ON TABLE lead.conversion_target IS
	'Functions that create the customer in the user''s own tables instead of lead.customer. Writing this table is as good as TRIGGER on lead.lead.';
COMMENT ON COLUMN lead.conversion_target.id IS 'Primary key; made when missing.';
COMMENT ON COLUMN lead.conversion_target.lead_type IS 'Lead type it serves; NULL serves all that have none of their own.';
COMMENT ON COLUMN lead.conversion_target.function IS 'Schema-qualified name of a function f(lead lead.lead, customer_ref text, processing_data jsonb) returning text: it creates the customer (or attaches to customer_ref) and returns its reference.';
COMMENT ON COLUMN lead.conversion_target.description IS 'Description.';

CREATE TABLE lead.event_binding (
	code text PRIMARY KEY,
	event text NOT NULL,
	function text NOT NULL,
	condition jsonpath,
	enabled boolean NOT NULL DEFAULT true,
	description text,
	CONSTRAINT event_binding_code_check CHECK (code ~ '\S' AND length(code) <= 200),
	CONSTRAINT event_binding_event_check CHECK (event IN ('CREATE', 'UPDATE', 'DELETE', 'STATUS_CHANGE', 'CONVERT'))
);
COMMENT ON TABLE lead.event_binding IS
	'Functions called in the transaction of a change to a lead, in the order of their codes. Writing this table is as good as TRIGGER on lead.lead.';
COMMENT ON COLUMN lead.event_binding.code IS 'Name of the binding; bindings are called in the order of their codes.';
COMMENT ON COLUMN lead.event_binding.event IS 'CREATE, UPDATE (any), DELETE, STATUS_CHANGE (in an UPDATE) or CONVERT (into CONVERTED or CONVERTED_EXTERNAL).';
COMMENT ON COLUMN lead.event_binding.function IS 'Schema-qualified name of a function f(event text, old lead.lead, new lead.lead); its result is ignored, its error refuses the change.';
COMMENT ON COLUMN lead.event_binding.condition IS 'Predicate over the lead (lead.as_json of new, in a DELETE of old); NULL is always.';
COMMENT ON COLUMN lead.event_binding.enabled IS 'Whether it is called.';
COMMENT ON COLUMN lead.event_binding.description IS 'Description.';

CREATE TRIGGER zz_check_row BEFORE INSERT OR UPDATE ON lead.lead_status_rule
	FOR EACH ROW EXECUTE FUNCTION lead.check_row();
CREATE TRIGGER zz_check_row BEFORE INSERT OR UPDATE ON lead.conversion_target
	FOR EACH ROW EXECUTE FUNCTION lead.check_row();
CREATE TRIGGER zz_check_row BEFORE INSERT OR UPDATE ON lead.event_binding
	FOR EACH ROW EXECUTE FUNCTION lead.check_row();
CREATE TRIGGER zz_check_user_function BEFORE INSERT OR UPDATE ON lead.conversion_target
	FOR EACH ROW EXECUTE FUNCTION lead.check_user_function('target');
CREATE TRIGGER zz_check_user_function BEFORE INSERT OR UPDATE ON lead.event_binding
	FOR EACH ROW EXECUTE FUNCTION lead.check_user_function('binding');

CREATE TRIGGER rules_changed BEFORE INSERT OR UPDATE OR DELETE ON lead.lead_status_rule
	FOR EACH ROW EXECUTE FUNCTION lead.rules_changed('lead_status_rule');
CREATE TRIGGER rules_truncated BEFORE TRUNCATE ON lead.lead_status_rule
	FOR EACH STATEMENT EXECUTE FUNCTION lead.rules_changed('lead_status_rule');
CREATE TRIGGER rules_changed BEFORE INSERT OR UPDATE OR DELETE ON lead.conversion_target
	FOR EACH ROW EXECUTE FUNCTION lead.rules_changed('conversion_target');
CREATE TRIGGER rules_truncated BEFORE TRUNCATE ON lead.conversion_target
	FOR EACH STATEMENT EXECUTE FUNCTION lead.rules_changed('conversion_target');
CREATE TRIGGER rules_changed BEFORE INSERT OR UPDATE OR DELETE ON lead.event_binding
	FOR EACH ROW EXECUTE FUNCTION lead.rules_changed('event_binding');
CREATE TRIGGER rules_truncated BEFORE TRUNCATE ON lead.event_binding
	FOR EACH STATEMENT EXECUTE FUNCTION lead.rules_changed('event_binding');
ALTER TABLE lead.lead_status_rule ENABLE ALWAYS TRIGGER rules_changed;
ALTER TABLE lead.lead_status_rule ENABLE ALWAYS TRIGGER rules_truncated;
ALTER TABLE lead.conversion_target ENABLE ALWAYS TRIGGER rules_changed;
ALTER TABLE lead.conversion_target ENABLE ALWAYS TRIGGER rules_truncated;
ALTER TABLE lead.event_binding ENABLE ALWAYS TRIGGER rules_changed;
ALTER TABLE lead.event_binding ENABLE ALWAYS TRIGGER rules_truncated;
