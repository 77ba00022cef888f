-- The two closed value sets of the domain, and how drivers that bind strings
-- reach them.

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
