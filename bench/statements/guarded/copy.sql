-- The same leads from a file on the server (psql variable "file").
COPY lead.lead (party_name, lead_rating, description, priority, lead_source, phones, emails, data_tags, chars, lead_type)
FROM :'file';
