-- Count and checksum of all rows in the schema that the psql variable "schema"
-- names: every column but ids, keys and times. Rows of other tables are tied to
-- their lead by its party_name, which is unique. bench/run compares the output for
-- lead, bare and peer.

\pset format unaligned
\pset tuples_only on

SELECT 'lead', count(*), sum(hashtextextended((status, party_name, lead_rating, description, priority, lead_source,
	contact_instants, phones, emails, websites, data_boxes, data_tags, chars, lead_type, status_reason, deferred_until,
	assigned_to, match_keys, version, inserted_by, inserted_by_actor, edited_by, edited_by_actor)::text, 0))
FROM :schema.lead;

SELECT 'history', count(*), sum(hashtextextended((l.party_name, h.version, h.from_status, h.to_status, h.reason,
	h.entered_at IS NULL, h.changed_by, h.actor)::text, 0))
FROM :schema.lead_status_change h
	JOIN :schema.lead l ON l.id = h.lead_id;

SELECT 'conversion', count(*), sum(hashtextextended((l.party_name, c.version, c.kind, c.from_status, c.deferred_until, cu.name, a.name,
	c.customer_ref, c.external_system, c.external_id,
	(SELECT array_agg(p.last_name ORDER BY p.last_name) FROM :schema.person p WHERE p.id = ANY (c.person_ids)),
	c.reason, c.converted_by, c.converted_by_actor, c.reverted_at, c.made_customer)::text, 0))
FROM :schema.lead_conversion c
	JOIN :schema.lead l ON l.id = c.lead_id
	LEFT JOIN :schema.customer cu ON cu.id = c.customer_id
	LEFT JOIN :schema.account a ON a.id = c.account_id;

SELECT 'customer', count(*), sum(hashtextextended((name, description, status, customer_type, contact_instants, phones,
	emails, websites, data_boxes, data_tags, chars, match_keys)::text, 0))
FROM :schema.customer;

SELECT 'account', count(*), sum(hashtextextended((a.name, c.name, a.status, a.account_end_date, a.description, a.chars)::text, 0))
FROM :schema.account a
	JOIN :schema.customer c ON c.id = a.customer_id;

SELECT 'person', count(*), sum(hashtextextended((p.first_name, p.last_name, p.person_type, p.status, p.contact_instants,
	p.phones, p.emails, p.websites, p.data_boxes, l.party_name, c.name, p.user_id, p.data_tags, p.chars)::text, 0))
FROM :schema.person p
	LEFT JOIN :schema.lead l ON l.id = p.lead_id
	LEFT JOIN :schema.customer c ON c.id = p.customer_id;
