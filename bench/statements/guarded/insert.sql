-- All leads of bench.source in one statement.
INSERT INTO lead.lead (party_name, lead_rating, description, priority, lead_source, phones, emails, data_tags, chars, lead_type)
SELECT party_name, lead_rating, description, priority::lead.lead_priority, lead_source, phones, emails, data_tags, chars, lead_type
FROM bench.source
ORDER BY n;
