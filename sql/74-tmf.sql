-- TM Forum v4 documents of leads, customers and persons: SalesLead (TMF699),
-- Customer (TMF629), Individual (TMF632) and the body that creates a
-- ProductOrder (TMF622).
--
-- Each is made from what lead.as_json says of the row, with parsed bodies that
-- look up nothing by name when they run; the functions that take a row only
-- pass it on (their bodies are in quotes for the reason given in the part on
-- conversion). They run with the caller's rights: a customer, person or lead
-- that he may not see is not referred to.
--
-- Attributes without a value are left out of a document by its own members:
-- jsonb_strip_nulls would reach into the user's own chars. Settings are read with
-- missing_ok: the library may not be loaded yet.
--
-- Helpers that read something return a table of one row, and stand in FROM:
-- there the planner puts their bodies into the query. As plain functions they
-- would be planned anew for each document, which takes longer than making it.
-- OFFSET 0 keeps the planner from making the JSON of the row once for each use.

--
-- Values
--

CREATE FUNCTION lead.tmf_time(moment text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN moment ~ '^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$'
		THEN left(moment, 19) || '.' || rpad(rtrim(substring(moment, 21, 3), 'Z'), 3, '0') || 'Z' END;
COMMENT ON FUNCTION lead.tmf_time(text) IS
	'A time of lead.as_json as TM Forum documents have it: in UTC with milliseconds; NULL for what has no such form there, infinity and years outside 0001 to 9999.';

CREATE FUNCTION lead.tmf_href(resource text, id text DEFAULT NULL) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN rtrim(coalesce(nullif(current_setting('lead.tmf_base_path', true), ''), '/tmf-api'), '/')
		|| CASE resource
			WHEN 'salesLead' THEN '/sales/v4/salesLead/'
			WHEN 'customer' THEN '/customerManagement/v4/customer/'
			WHEN 'individual' THEN '/party/v4/individual/'
		END || id;
COMMENT ON FUNCTION lead.tmf_href(text, text) IS
	'Address of a resource (salesLead, customer or individual) under lead.tmf_base_path; NULL for any other.';

CREATE FUNCTION lead.tmf_reference(
	id text, href text DEFAULT NULL, name text DEFAULT NULL, role text DEFAULT NULL, referred_type text DEFAULT NULL) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN jsonb_strip_nulls(jsonb_build_object(
		'id', id, 'href', href, 'name', name, 'role', role, '@referredType', referred_type));
COMMENT ON FUNCTION lead.tmf_reference(text, text, text, text, text) IS
	'A TM Forum reference to another resource; what is NULL is left out.';

CREATE FUNCTION lead.tmf_medium_word(medium text) RETURNS text
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN coalesce(
		CASE WHEN medium ~ '^[A-Za-z]+$' THEN
			substring(current_setting('lead.tmf_medium_words', true), '(?:^|,)\s*' || medium || '\s*=\s*([^,]*[^,\s])\s*(?:,|$)') END,
		medium);
COMMENT ON FUNCTION lead.tmf_medium_word(text) IS
	'The mediumType of phone, fax, email, web, dataBox or instantMessenger: the word itself, or what lead.tmf_medium_words has in its place.';

CREATE FUNCTION lead.tmf_contact_media(entity jsonb) RETURNS TABLE (media jsonb)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT jsonb_agg(
		-- text and booleans alone, so nothing of the user's is stripped
		jsonb_strip_nulls(jsonb_build_object(
			'mediumType', lead.tmf_medium_word(k.medium),
			'preferred', CASE jsonb_typeof(e.entry -> 'primary') WHEN 'boolean' THEN e.entry -> 'primary' END,
			'characteristic', jsonb_build_object(
				'contactType', coalesce(m.type, m.service, k.default_type),
				k.attribute, m.value || coalesce(';ext=' || m.extension, ''))))
		ORDER BY k.ord, e.ord)
	FROM (VALUES
			(1, 'phones', 'phone', 'phoneNumber', NULL),
			(1, 'phones', 'fax', 'faxNumber', NULL),
			(2, 'emails', 'email', 'emailAddress', NULL),
			(3, 'websites', 'web', 'socialNetworkId', 'web'),
			(4, 'dataBoxes', 'dataBox', 'socialNetworkId', 'dataBox'),
			(5, 'contactInstants', 'instantMessenger', 'socialNetworkId', 'instantMessenger')
		) k (ord, list, medium, attribute, default_type)
		CROSS JOIN LATERAL jsonb_array_elements(
			CASE jsonb_typeof(tmf_contact_media.entity -> k.list) WHEN 'array' THEN tmf_contact_media.entity -> k.list END)
			WITH ORDINALITY e (entry, ord)
		CROSS JOIN LATERAL (SELECT
			CASE 'string' WHEN jsonb_typeof(e.entry) THEN e.entry #>> '{}' WHEN jsonb_typeof(e.entry -> 'value') THEN e.entry ->> 'value' END,
			CASE jsonb_typeof(e.entry -> 'type') WHEN 'string' THEN nullif(e.entry ->> 'type', '') END,
			CASE WHEN k.list = 'contactInstants' AND jsonb_typeof(e.entry -> 'service') = 'string' THEN nullif(e.entry ->> 'service', '') END,
			CASE WHEN k.list = 'phones' AND jsonb_typeof(e.entry -> 'extension') = 'string' THEN nullif(e.entry ->> 'extension', '') END
			) m (value, type, service, extension)
	WHERE m.value ~ '\S' AND (k.list <> 'phones' OR (upper(m.type) = 'FAX') IS TRUE = (k.medium = 'fax'));
END;
COMMENT ON FUNCTION lead.tmf_contact_media(jsonb) IS
	'The five contact lists of a lead, customer or person (as lead.as_json gives it) as a list of TM Forum ContactMedium, phones (faxes among them), emails, websites, data boxes, instants, each in the order stored; entries without a value are passed over. NULL where there is none.';

CREATE FUNCTION lead.tmf_characteristics(chars jsonb) RETURNS TABLE (characteristics jsonb)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT jsonb_agg(jsonb_build_object(
			'name', c.key,
			'valueType', CASE t.json_type
				WHEN 'number' THEN CASE WHEN c.value::numeric = trunc(c.value::numeric) THEN 'integer' ELSE 'number' END
				ELSE t.json_type END,
			'value', c.value)
		ORDER BY c.key COLLATE "C")
	FROM jsonb_each(CASE jsonb_typeof(tmf_characteristics.chars) WHEN 'object' THEN tmf_characteristics.chars END) c (key, value)
		CROSS JOIN LATERAL (SELECT jsonb_typeof(c.value)) t (json_type)
	WHERE t.json_type <> 'null';
END;
COMMENT ON FUNCTION lead.tmf_characteristics(jsonb) IS
	'Chars as a list of TM Forum Characteristic, sorted by name: valueType is string, integer, number, boolean, object or array, the value is as stored; nulls are passed over. NULL where there is none.';

CREATE FUNCTION lead.tmf_offerings(chars jsonb) RETURNS TABLE (ord bigint, offering jsonb, quantity jsonb, product_chars jsonb)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT row_number() OVER (ORDER BY e.ord),
		lead.tmf_reference(i.id, NULL, CASE jsonb_typeof(e.entry -> 'name') WHEN 'string' THEN e.entry ->> 'name' END),
		-- a whole number of pieces that any receiver's integer can hold
		CASE WHEN q.pieces >= 1 AND q.pieces <= 2147483647 AND q.pieces = trunc(q.pieces) THEN to_jsonb(trunc(q.pieces)) END,
		(SELECT c.characteristics FROM lead.tmf_characteristics(e.entry -> 'chars') c)
	FROM (SELECT tmf_offerings.chars -> 'productOffering') a (asked)
		CROSS JOIN LATERAL jsonb_array_elements(
			CASE jsonb_typeof(a.asked) WHEN 'array' THEN a.asked ELSE jsonb_build_array(a.asked) END) WITH ORDINALITY e (entry, ord)
		CROSS JOIN LATERAL (SELECT CASE jsonb_typeof(e.entry) WHEN 'object' THEN e.entry -> 'id' ELSE e.entry END) j (id)
		CROSS JOIN LATERAL (SELECT CASE WHEN jsonb_typeof(j.id) IN ('string', 'number') THEN btrim(j.id #>> '{}') END) i (id)
		CROSS JOIN LATERAL (SELECT CASE jsonb_typeof(e.entry -> 'quantity')
			WHEN 'number' THEN (e.entry -> 'quantity')::numeric
			-- as imports from CSV bring them
			WHEN 'string' THEN CASE WHEN e.entry ->> 'quantity' ~ '^[0-9]{1,10}$' THEN (e.entry ->> 'quantity')::numeric END
			END) q (pieces)
	WHERE i.id <> '';
END;
COMMENT ON FUNCTION lead.tmf_offerings(jsonb) IS
	'The product offerings (TMF620) that chars ask for, in order: member productOffering is an id, or {"id": ..., "name": ..., "quantity": ..., "chars": {...}}, or a list of these. Entries without an id are passed over, and so is a quantity that is no whole number from 1 on (a string of digits is one).';

--
-- Parties and leads referred to
--

CREATE FUNCTION lead.tmf_lead_parties(lead_id uuid) RETURNS TABLE (parties jsonb)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT jsonb_agg(r.party ORDER BY r.ord, r.key COLLATE "C")
	FROM (
		SELECT 1 AS ord, c.key, lead.tmf_reference(c.id::text, lead.tmf_href('customer', c.id::text), c.name, 'customer', 'Customer') AS party
		FROM lead.lead_conversion v JOIN lead.customer c ON c.id = v.customer_id
		WHERE v.lead_id = tmf_lead_parties.lead_id AND v.reverted_at IS NULL
		UNION ALL
		SELECT 2, v.customer_ref, lead.tmf_reference(v.customer_ref, NULL, NULL, 'customer', 'Customer')
		FROM lead.lead_conversion v
		WHERE v.lead_id = tmf_lead_parties.lead_id AND v.reverted_at IS NULL AND v.customer_ref IS NOT NULL
		UNION ALL
		SELECT 3, p.key, lead.tmf_reference(p.id::text, lead.tmf_href('individual', p.id::text),
			concat_ws(' ', nullif(p.first_name, ''), p.last_name), 'contact', 'Individual')
		FROM lead.person p
		WHERE p.lead_id = tmf_lead_parties.lead_id
	) r;
END;
COMMENT ON FUNCTION lead.tmf_lead_parties(uuid) IS
	'RelatedParty list of a lead: the customer of its open conversion (in the built-in tables, or by your own reference) and its persons, as far as the caller may see them. NULL where there is none.';

CREATE FUNCTION lead.tmf_customer_parties(customer_id uuid) RETURNS TABLE (parties jsonb)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT jsonb_agg(lead.tmf_reference(p.id::text, lead.tmf_href('individual', p.id::text),
		concat_ws(' ', nullif(p.first_name, ''), p.last_name), 'contact', 'Individual') ORDER BY p.key COLLATE "C")
	FROM lead.person p
	WHERE p.customer_id = tmf_customer_parties.customer_id;
END;
COMMENT ON FUNCTION lead.tmf_customer_parties(uuid) IS
	'RelatedParty list of a customer: its persons, as far as the caller may see them. NULL where there is none.';

CREATE FUNCTION lead.tmf_customer_accounts(customer_id uuid) RETURNS TABLE (accounts jsonb)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT jsonb_agg(lead.tmf_reference(a.id::text, NULL, a.name, NULL, 'BillingAccount') ORDER BY a.key COLLATE "C")
	FROM lead.account a
	WHERE a.customer_id = tmf_customer_accounts.customer_id;
END;
COMMENT ON FUNCTION lead.tmf_customer_accounts(uuid) IS
	'AccountRef list of a customer: its accounts, as far as the caller may see them. NULL where there is none.';

CREATE FUNCTION lead.tmf_lead_reference(lead_id uuid) RETURNS TABLE (reference jsonb)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT lead.tmf_reference(l.id::text, lead.tmf_href('salesLead', l.id::text), l.party_name, NULL, 'SalesLead')
	FROM lead.lead l
	WHERE l.id = tmf_lead_reference.lead_id;
END;
COMMENT ON FUNCTION lead.tmf_lead_reference(uuid) IS
	'Reference to a lead as a SalesLead; NULL where the caller may not see it.';

CREATE FUNCTION lead.tmf_source_channel(lead_source text) RETURNS TABLE (attribute text, reference jsonb)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT CASE WHEN s.config ->> 'tmfTarget' IN ('marketingCampaign', 'marketSegment') THEN s.config ->> 'tmfTarget' ELSE 'channel' END,
		lead.tmf_reference(tmf_source_channel.lead_source, NULL, s.name)
	FROM (SELECT) one
		LEFT JOIN lead.lead_source s ON s.code = tmf_source_channel.lead_source
	WHERE tmf_source_channel.lead_source IS NOT NULL;
END;
COMMENT ON FUNCTION lead.tmf_source_channel(text) IS
	'A lead source as a reference, and which attribute of a SalesLead it belongs in: channel, or what tmfTarget in the source''s config says, marketingCampaign or marketSegment.';

CREATE FUNCTION lead.tmf_revenue(expected jsonb) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE
	RETURN CASE 'number'
		WHEN jsonb_typeof(expected) THEN jsonb_build_object('value', expected)
		-- as imports from CSV bring it, and lead.char_report reads it
		WHEN CASE jsonb_typeof(expected) WHEN 'string' THEN CASE WHEN expected #>> '{}' ~ '^-?[0-9]{1,100}([.][0-9]{1,100})?$' THEN 'number' END END
			THEN jsonb_build_object('value', (expected #>> '{}')::numeric)
		WHEN jsonb_typeof(coalesce(expected -> 'amount', expected -> 'value')) THEN jsonb_strip_nulls(jsonb_build_object(
			'unit', CASE jsonb_typeof(coalesce(expected -> 'currency', expected -> 'unit'))
				WHEN 'string' THEN coalesce(expected -> 'currency', expected -> 'unit') END,
			'value', coalesce(expected -> 'amount', expected -> 'value')))
	END;
COMMENT ON FUNCTION lead.tmf_revenue(jsonb) IS
	'Money of the char expectedRevenue: a number (a string of digits, with sign and decimal point, is one), or {"amount": number, "currency": text} (also value, unit). NULL for anything else.';

--
-- Statuses
--

CREATE FUNCTION lead.tmf_lead_state(status text) RETURNS text
	LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE status
		WHEN 'NEW' THEN 'acknowledged'
		WHEN 'IN_PROGRESS' THEN 'inProgress'
		WHEN 'WORKING' THEN 'inProgress'
		WHEN 'NON_WORKING' THEN 'pending'
		WHEN 'LATER' THEN 'pending'
		WHEN 'CONVERTED' THEN 'accepted'
		WHEN 'CONVERTED_EXTERNAL' THEN 'accepted'
		WHEN 'REJECTED' THEN 'rejected'
		WHEN 'UNSUCCESSFUL' THEN 'cancelled'
	END;
COMMENT ON FUNCTION lead.tmf_lead_state(text) IS
	'SalesLeadStateType of a lead status. TM Forum has six states for our nine: IN_PROGRESS and WORKING are inProgress, NON_WORKING and LATER pending, both conversions accepted. REJECTED stays rejected, the same word; UNSUCCESSFUL is cancelled (abandoned), for TM Forum knows no lost lead. NULL for a status that is not ours.';

--
-- Documents
--

CREATE FUNCTION lead.tmf_document(type text, members jsonb DEFAULT NULL, extension jsonb DEFAULT NULL, plain boolean DEFAULT NULL) RETURNS TABLE (document jsonb)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT jsonb_object_agg(m.name, m.value)
	FROM jsonb_each(tmf_document.members || CASE WHEN tmf_document.plain THEN '{}' ELSE tmf_document.extension || jsonb_build_object(
			'@type', 'Tsm' || tmf_document.type,
			'@baseType', tmf_document.type,
			'@schemaLocation', nullif(current_setting('lead.tmf_schema_location', true), '')) END) m (name, value)
	WHERE m.value <> 'null';
END;
COMMENT ON FUNCTION lead.tmf_document(text, jsonb, jsonb, boolean) IS
	'Used by the documents: the standard members and, unless it is to be plain, those of our extension of the type, marked as such by @type, @baseType and (where lead.tmf_schema_location is set) @schemaLocation; members that are null are left out.';

CREATE FUNCTION lead.tmf_sales_lead(entity jsonb, plain boolean DEFAULT NULL) RETURNS TABLE (document jsonb)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT d.document
	FROM (
		SELECT jsonb_build_object(
			'id', to_jsonb(i.id),
			'href', to_jsonb(lead.tmf_href('salesLead', i.id::text)),
			'name', e.lead -> 'partyName',
			'description', e.lead -> 'description',
			'type', e.lead -> 'leadType',
			'rating', e.lead -> 'leadRating',
			'priority', to_jsonb(CASE e.lead ->> 'priority' WHEN 'HIGH' THEN 'high' WHEN 'MEDIUM' THEN 'medium' WHEN 'LOW' THEN 'low' END),
			'status', to_jsonb(lead.tmf_lead_state(e.lead ->> 'status')),
			'statusChangeDate', to_jsonb(lead.tmf_time(e.lead ->> 'statusSince')),
			-- where the state alone does not tell which of our statuses it is
			'statusChangeReason', coalesce(e.lead -> 'statusReason',
				CASE WHEN e.lead ->> 'status' IN ('WORKING', 'NON_WORKING', 'CONVERTED_EXTERNAL') THEN e.lead -> 'status' END),
			'creationDate', to_jsonb(lead.tmf_time(e.lead #>> '{auditInfo,whenInserted}')),
			coalesce(s.attribute, 'channel'), s.reference,
			'estimatedRevenue', lead.tmf_revenue(e.lead #> '{chars,expectedRevenue}'),
			'productOffering', (SELECT o.offering FROM lead.tmf_offerings(e.lead -> 'chars') o WHERE o.ord = 1),
			'prospectContact', (SELECT c.media FROM lead.tmf_contact_media(e.lead) c),
			'relatedParty', (SELECT p.parties FROM lead.tmf_lead_parties(i.id) p)
		),
		jsonb_build_object(
			'key', e.lead -> 'key',
			'leadStatus', e.lead -> 'status',
			'deferredUntil', to_jsonb(lead.tmf_time(e.lead ->> 'deferredUntil')),
			'assignedTo', e.lead -> 'assignedTo',
			'dataTags', nullif(e.lead -> 'dataTags', '[]'),
			'characteristic', (SELECT c.characteristics FROM lead.tmf_characteristics(e.lead -> 'chars') c),
			'externalCustomer', (
				SELECT jsonb_strip_nulls(jsonb_build_object('system', v.external_system, 'id', v.external_id))
				FROM lead.lead_conversion v
				WHERE v.lead_id = i.id AND v.reverted_at IS NULL AND v.external_system IS NOT NULL),
			'mergedInto', (
				SELECT r.reference FROM lead.lead_merge g, lead.tmf_lead_reference(g.winner_id) r WHERE g.loser_id = i.id)
		)
	FROM (SELECT tmf_sales_lead.entity OFFSET 0) e (lead)
		CROSS JOIN LATERAL (SELECT (e.lead ->> 'id')::uuid) i (id)
		LEFT JOIN LATERAL lead.tmf_source_channel(e.lead ->> 'leadSource') s ON true
	WHERE i.id IS NOT NULL
	) m (members, extension)
		CROSS JOIN LATERAL lead.tmf_document('SalesLead', m.members, m.extension, tmf_sales_lead.plain) d;
END;
COMMENT ON FUNCTION lead.tmf_sales_lead(jsonb, boolean) IS
	'Used by lead.to_tmf699: the SalesLead of a lead as lead.as_json gives it.';

CREATE FUNCTION lead.tmf_customer(entity jsonb, plain boolean DEFAULT NULL) RETURNS TABLE (document jsonb)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT d.document
	FROM (
		SELECT jsonb_build_object(
			'id', to_jsonb(i.id),
			'href', to_jsonb(lead.tmf_href('customer', i.id::text)),
			'name', e.customer -> 'name',
			'status', e.customer -> 'status',
			'statusReason', (
				SELECT to_jsonb('Converted from lead ' || l.key)
				FROM lead.lead_conversion v JOIN lead.lead l ON l.id = v.lead_id
				WHERE v.customer_id = i.id AND v.reverted_at IS NULL AND v.made_customer
				ORDER BY v.converted_at, l.key COLLATE "C" LIMIT 1),
			-- our customer is party and role in one, so one id serves for both
			'engagedParty', lead.tmf_reference(i.id::text, NULL, e.customer ->> 'name', NULL, 'Organization'),
			'account', (SELECT a.accounts FROM lead.tmf_customer_accounts(i.id) a),
			'characteristic', (SELECT c.characteristics FROM lead.tmf_characteristics(e.customer -> 'chars') c),
			'contactMedium', (SELECT c.media FROM lead.tmf_contact_media(e.customer) c),
			'relatedParty', (SELECT p.parties FROM lead.tmf_customer_parties(i.id) p)
		),
		jsonb_build_object(
			'key', e.customer -> 'key',
			'description', e.customer -> 'description',
			'customerType', e.customer -> 'customerType',
			'dataTags', nullif(e.customer -> 'dataTags', '[]'),
			'salesLead', (
				SELECT jsonb_agg(lead.tmf_reference(l.id::text, lead.tmf_href('salesLead', l.id::text), l.party_name, NULL, 'SalesLead')
					ORDER BY v.converted_at, l.key COLLATE "C")
				FROM lead.lead_conversion v JOIN lead.lead l ON l.id = v.lead_id
				WHERE v.customer_id = i.id AND v.reverted_at IS NULL)
		)
	FROM (SELECT tmf_customer.entity OFFSET 0) e (customer)
		CROSS JOIN LATERAL (SELECT (e.customer ->> 'id')::uuid) i (id)
	WHERE i.id IS NOT NULL
	) m (members, extension)
		CROSS JOIN LATERAL lead.tmf_document('Customer', m.members, m.extension, tmf_customer.plain) d;
END;
COMMENT ON FUNCTION lead.tmf_customer(jsonb, boolean) IS
	'Used by lead.to_tmf629: the Customer of a customer as lead.as_json gives it.';

CREATE FUNCTION lead.tmf_individual(entity jsonb, plain boolean DEFAULT NULL) RETURNS TABLE (document jsonb)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT d.document
	FROM (
		SELECT jsonb_build_object(
			'id', to_jsonb(i.id),
			'href', to_jsonb(lead.tmf_href('individual', i.id::text)),
			'givenName', e.person -> 'firstName',
			'familyName', e.person -> 'lastName',
			'fullName', to_jsonb(nullif(concat_ws(' ', nullif(e.person ->> 'firstName', ''), e.person ->> 'lastName'), '')),
			-- words of the user's own; TM Forum's three (one of them misspelt) are all that may stand here
			'status', CASE WHEN lower(e.person ->> 'status') IN ('initialized', 'validated', 'deceaded')
				THEN to_jsonb(lower(e.person ->> 'status')) END,
			'externalReference', (
				SELECT jsonb_agg(jsonb_build_object('externalReferenceType', r.type, 'name', r.name) ORDER BY r.type COLLATE "C")
				FROM (VALUES ('key', e.person -> 'key'), ('user', e.person -> 'userId')) r (type, name)
				WHERE r.name IS NOT NULL),
			'partyCharacteristic', (SELECT c.characteristics FROM lead.tmf_characteristics(e.person -> 'chars') c),
			'contactMedium', (SELECT c.media FROM lead.tmf_contact_media(e.person) c),
			'relatedParty', (
				SELECT jsonb_build_array(lead.tmf_reference(c.id::text, lead.tmf_href('customer', c.id::text), c.name, 'customer', 'Customer'))
				FROM lead.customer c
				WHERE c.id = (e.person ->> 'customerId')::uuid)
		),
		jsonb_build_object(
			'key', e.person -> 'key',
			'personStatus', e.person -> 'status',
			'personType', e.person -> 'personType',
			'dataTags', nullif(e.person -> 'dataTags', '[]'),
			'salesLead', (SELECT r.reference FROM lead.tmf_lead_reference((e.person ->> 'leadId')::uuid) r)
		)
	FROM (SELECT tmf_individual.entity OFFSET 0) e (person)
		CROSS JOIN LATERAL (SELECT (e.person ->> 'id')::uuid) i (id)
	WHERE i.id IS NOT NULL
	) m (members, extension)
		CROSS JOIN LATERAL lead.tmf_document('Individual', m.members, m.extension, tmf_individual.plain) d;
END;
COMMENT ON FUNCTION lead.tmf_individual(jsonb, boolean) IS
	'Used by lead.to_tmf632: the Individual of a person as lead.as_json gives it.';

CREATE FUNCTION lead.tmf_product_order(entity jsonb, plain boolean DEFAULT NULL) RETURNS TABLE (document jsonb)
	LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
	SELECT d.document
	FROM (
		SELECT jsonb_build_object(
			'externalId', e.lead -> 'key',
			'category', e.lead -> 'leadType',
			'description', e.lead -> 'description',
			-- 0 and 4 are left to people
			'priority', to_jsonb(CASE e.lead ->> 'priority' WHEN 'HIGH' THEN '1' WHEN 'MEDIUM' THEN '2' WHEN 'LOW' THEN '3' END),
			'notificationContact', to_jsonb(CASE jsonb_typeof(e.lead -> 'emails') WHEN 'array' THEN lead.primary_contact(e.lead -> 'emails') END),
			'channel', (
				SELECT jsonb_build_array(s.reference || '{"role": "leadSource"}') FROM lead.tmf_source_channel(e.lead ->> 'leadSource') s),
			'billingAccount', (
				SELECT lead.tmf_reference(a.id::text, NULL, a.name, NULL, 'BillingAccount')
				FROM lead.lead_conversion v JOIN lead.account a ON a.id = v.account_id
				WHERE v.lead_id = i.id AND v.reverted_at IS NULL),
			'relatedParty', (SELECT p.parties FROM lead.tmf_lead_parties(i.id) p),
			'productOrderItem', t.items
		),
		jsonb_build_object('salesLead',
			lead.tmf_reference(i.id::text, lead.tmf_href('salesLead', i.id::text), e.lead ->> 'partyName', NULL, 'SalesLead'))
	FROM (SELECT tmf_product_order.entity OFFSET 0) e (lead)
		CROSS JOIN LATERAL (SELECT (e.lead ->> 'id')::uuid) i (id)
		CROSS JOIN LATERAL (
			SELECT jsonb_agg(jsonb_build_object(
					'id', lpad(o.ord::text, greatest(2, length(o.ord::text)), '0'),
					'action', 'add',
					'productOffering', o.offering)
				|| CASE WHEN o.quantity IS NOT NULL THEN jsonb_build_object('quantity', o.quantity) ELSE '{}' END
				|| CASE WHEN o.product_chars IS NOT NULL THEN jsonb_build_object('product',
					jsonb_build_object('productCharacteristic', o.product_chars)) ELSE '{}' END
				ORDER BY o.ord)
			FROM lead.tmf_offerings(e.lead -> 'chars') o) t (items)
	WHERE i.id IS NOT NULL AND t.items IS NOT NULL AND (e.lead ->> 'status' IN ('REJECTED', 'UNSUCCESSFUL')) IS NOT TRUE
	) m (members, extension)
		CROSS JOIN LATERAL lead.tmf_document('ProductOrder', m.members, m.extension, tmf_product_order.plain) d;
END;
COMMENT ON FUNCTION lead.tmf_product_order(jsonb, boolean) IS
	'Used by lead.to_tmf622: the body that creates the ProductOrder of a lead as lead.as_json gives it.';

CREATE FUNCTION lead.to_tmf699(lead lead.lead, plain boolean DEFAULT NULL) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT d.document FROM lead.tmf_sales_lead(lead.as_json($1), $2) d $$;
COMMENT ON FUNCTION lead.to_tmf699(lead.lead, boolean) IS
	'A lead as TM Forum SalesLead (TMF699 v4.0.0). What the standard has no place for (key, the exact status as leadStatus, dataTags, chars as characteristic and more) is in members of our own, marked by @type TsmSalesLead; plain => true leaves them out, for receivers that take only what the standard names. Customers and persons are referred to as far as the caller may see them. SELECT lead.to_tmf699(l) FROM lead.lead l; the statuses: lead.tmf_lead_state.';

CREATE FUNCTION lead.to_tmf629(customer lead.customer, plain boolean DEFAULT NULL) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT d.document FROM lead.tmf_customer(lead.as_json($1), $2) d $$;
COMMENT ON FUNCTION lead.to_tmf629(lead.customer, boolean) IS
	'A customer as TM Forum Customer (TMF629 v4.0.0), with its accounts and persons as far as the caller may see them. It is party and role in one: engagedParty has its own id. Members of our own (key, description, customerType, dataTags, salesLead), marked by @type TsmCustomer, are left out with plain => true. SELECT lead.to_tmf629(c) FROM lead.customer c;';

CREATE FUNCTION lead.to_tmf632(person lead.person, plain boolean DEFAULT NULL) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT d.document FROM lead.tmf_individual(lead.as_json($1), $2) d $$;
COMMENT ON FUNCTION lead.to_tmf632(lead.person, boolean) IS
	'A person as TM Forum Individual (TMF632 v4.0.0), with the customer as far as the caller may see it. The status is given where it is one of TM Forum''s (initialized, validated, deceaded). Members of our own (key, personStatus, personType, dataTags, salesLead), marked by @type TsmIndividual, are left out with plain => true. SELECT lead.to_tmf632(p) FROM lead.person p;';

CREATE FUNCTION lead.to_tmf622(lead lead.lead, plain boolean DEFAULT NULL) RETURNS jsonb
	LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT d.document FROM lead.tmf_product_order(lead.as_json($1), $2) d $$;
COMMENT ON FUNCTION lead.to_tmf622(lead.lead, boolean) IS
	'The body that creates a TM Forum ProductOrder (TMF622 v4.0.0) for the product offerings that a lead asks for in chars, member productOffering: an id, or {"id": ..., "name": ..., "quantity": ..., "chars": {...}}, or a list of these. NULL where it asks for none, and for a lead that is REJECTED (merged into another, too) or UNSUCCESSFUL. A reference to the lead, marked by @type TsmProductOrder, is left out with plain => true. SELECT lead.to_tmf622(l) FROM lead.lead l;';
