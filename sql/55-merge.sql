-- Merges of duplicates: which lead went into which, with what both were before,
-- so that a merge can be taken back. Found through this table, for a column of
-- lead.lead that refers to another lead would stand in the way of every restore.
-- Written with the rights of the table's owner by the functions here alone;
-- lead and person are written as the caller.

CREATE TABLE lead.lead_merge (
	loser_id uuid PRIMARY KEY REFERENCES lead.lead (id),
	winner_id uuid NOT NULL REFERENCES lead.lead (id),
	winner_version int NOT NULL,
	loser_version int NOT NULL,
	winner_before jsonb NOT NULL,
	loser_before jsonb NOT NULL,
	person_ids uuid[] NOT NULL DEFAULT '{}',
	merged_at timestamptz NOT NULL,
	merged_by text NOT NULL,
	merged_by_actor text,
	CONSTRAINT lead_merge_other_check CHECK (loser_id <> winner_id)
);
CREATE INDEX lead_merge_winner_id_idx ON lead.lead_merge (winner_id);

COMMENT ON TABLE lead.lead_merge IS
	'Every lead that is merged into another one (lead.merge), until lead.unmerge takes it out again. Written by these functions alone. It keeps both rows as they were, names and contacts too. A trigger AFTER INSERT here is the place to move rows of your own from loser to winner; it runs as the owner, with search_path pg_catalog, so write names in full.';
COMMENT ON COLUMN lead.lead_merge.loser_id IS 'The duplicate: a lead that stays REJECTED and cannot be deleted while it is merged.';
COMMENT ON COLUMN lead.lead_merge.winner_id IS 'The lead that it went into; may itself be merged into a third one later.';
COMMENT ON COLUMN lead.lead_merge.winner_version IS 'Version of the winner after this merge, or after a later one was taken back; lead.unmerge wants it unchanged.';
COMMENT ON COLUMN lead.lead_merge.loser_version IS 'Version of the loser after this merge; lead.unmerge wants it unchanged.';
COMMENT ON COLUMN lead.lead_merge.winner_before IS 'The winner''s row before, by column name.';
COMMENT ON COLUMN lead.lead_merge.loser_before IS 'The loser''s row before, by column name.';
COMMENT ON COLUMN lead.lead_merge.person_ids IS 'Persons that the merge pointed from the loser to the winner.';
COMMENT ON COLUMN lead.lead_merge.merged_at IS 'When; strictly increasing for a winner.';
COMMENT ON COLUMN lead.lead_merge.merged_by IS 'Login role (or SET ROLE) that merged.';
COMMENT ON COLUMN lead.lead_merge.merged_by_actor IS 'The person behind a pooled login, as lead.actor named it.';

-- Bodies in quotes for the reason given in the part on conversion.

CREATE FUNCTION lead.merge(winner uuid, losers uuid[] DEFAULT NULL) RETURNS lead.lead
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
AS $$ SELECT lead.do_merge(NULL::lead.lead, winner, losers) $$;
COMMENT ON FUNCTION lead.merge(uuid, uuid[]) IS
	'Merges duplicates into the winner and returns it: its empty columns are filled, lists, tags and chars united (the winner''s own come first and win), persons of the losers move to it; each loser ends REJECTED, found through lead.lead_merge, and cannot be reopened before lead.unmerge. A loser that was merged into this winner before is passed over. Errors: 22023 bad argument, P0002 no such lead, 55000 a loser is converted, the winner is merged away itself, or a row was suppressed by a trigger or policy of yours, LD005 a loser is merged into another lead, 42501 privilege, 27000 your trigger moved a loser meanwhile; LD008, LD009, 54000 the united lists or chars would be refused for the winner; 40001 at the higher isolation levels when another session was first.';

CREATE FUNCTION lead.unmerge(loser uuid) RETURNS lead.lead
	LANGUAGE sql VOLATILE PARALLEL UNSAFE
AS $$ SELECT lead.do_unmerge(NULL::lead.lead, loser) $$;
COMMENT ON FUNCTION lead.unmerge(uuid) IS
	'Takes a merge back and returns the loser: winner and loser are again as they were before the merge (columns of your own, status, reason and deferral date too), persons point to the loser again; only versions, edited_... and status_since move on, and the history keeps both moves. Of several merges into one winner the latest goes first. Errors: 22023 loser is NULL, P0002 no such lead, 55000 not merged, or something stands in the way, which the detail lists: a lead changed since, a later merge, the winner was merged itself, a person moved; 42501 privilege, 27000 your trigger changed a restored row; 40001 at the higher isolation levels when another session was first.';
