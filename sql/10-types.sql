-- The two closed value sets of the domain, how drivers that bind strings reach
-- them, and the row that calls for many leads return. All stay members of the
-- extension: functions in C name them.

CREATE TYPE lead.lead_priority AS ENUM ('HIGH', 'MEDIUM', 'LOW');
COMMENT ON TYPE lead.lead_priority IS
	'Priority of a lead. ORDER BY puts HIGH first; NULL means that nobody has set one.';

CREATE TYPE lead.lead_status AS ENUM (
	'NEW', 'IN_PROGRESS', 'CONVERTED', 'CONVERTED_EXTERNAL', 'REJECTED',
	'LATER', 'UNSUCCESSFUL', 'WORKING', 'NON_WORKING');
COMMENT ON TYPE lead.lead_status IS
	'Status of a lead: NEW (nobody has it), IN_PROGRESS (taken over), WORKING (actively sold now), NON_WORKING (owned but idle), LATER (parked until a date), REJECTED (never was an opportunity), UNSUCCESSFUL (was one and was lost), CONVERTED (a customer here), CONVERTED_EXTERNAL (a customer in another system). Which may follow which: view lead.status_transition.';

CREATE CAST (text AS lead.lead_priority) WITH INOUT AS ASSIGNMENT;
CREATE CAST (varchar AS lead.lead_priority) WITH INOUT AS ASSIGNMENT;
CREATE CAST (text AS lead.lead_status) WITH INOUT AS ASSIGNMENT;
CREATE CAST (varchar AS lead.lead_status) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (text AS lead.lead_priority) IS 'Lets a driver write the priority as a string.';
COMMENT ON CAST (varchar AS lead.lead_priority) IS 'Lets a driver write the priority as a string.';
COMMENT ON CAST (text AS lead.lead_status) IS 'Lets a driver write the status as a string.';
COMMENT ON CAST (varchar AS lead.lead_status) IS 'Lets a driver write the status as a string.';

CREATE TYPE lead.outcome AS (
	ord bigint,
	lead_id uuid,
	outcome text,
	status lead.lead_status,
	customer_id uuid,
	customer_ref text,
	sqlstate text,
	message text,
	detail text,
	hint text
);
COMMENT ON TYPE lead.outcome IS
	'What became of one input of a call that takes many.';
COMMENT ON COLUMN lead.outcome.ord IS 'Number of the input, beginning with 1.';
COMMENT ON COLUMN lead.outcome.lead_id IS 'The lead; NULL where there is none.';
COMMENT ON COLUMN lead.outcome.outcome IS 'CONVERTED, CHANGED (moved, or written by an import), CREATED (by an import), REPLAYED (it was so already), SKIPPED (an import left the lead that is there alone) or REFUSED.';
COMMENT ON COLUMN lead.outcome.status IS 'Status that the lead has after the call, unless a trigger of yours moved it further; NULL where there is no lead.';
COMMENT ON COLUMN lead.outcome.customer_id IS 'Customer in lead.customer that a conversion led to.';
COMMENT ON COLUMN lead.outcome.customer_ref IS 'Customer in your own tables that a conversion led to.';
COMMENT ON COLUMN lead.outcome.sqlstate IS 'SQLSTATE of the refusal, as the call for this one alone would have raised it; LD011 with CONVERTED is a warning.';
COMMENT ON COLUMN lead.outcome.message IS 'Message of the refusal.';
COMMENT ON COLUMN lead.outcome.detail IS 'Detail of the refusal.';
COMMENT ON COLUMN lead.outcome.hint IS 'What to do about it.';
