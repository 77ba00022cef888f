/*
 * How PostGraphile 5 is set up for lead: an example to copy. Given are the URL
 * of the database and who is logged in.
 */
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { makePgService } from 'postgraphile/adaptors/pg';
import { GraphQLError } from 'postgraphile/graphql';
import { jsonPgSmartTags } from 'postgraphile/utils';

/* Without this a client reads "An error occurred" of every error; what lead says is meant for users. */
function maskError(error)
{
	const cause = error.originalError;

	if (cause?.schema !== 'lead' && !cause?.code?.startsWith('LD'))
		return new GraphQLError('An error occurred', { nodes: error.nodes, path: error.path });
	return new GraphQLError(cause.message, {
		nodes: error.nodes, path: error.path,
		extensions: { code: cause.code, detail: cause.detail, hint: cause.hint, column: cause.column, constraint: cause.constraint },
	});
}

/* An argument of lead.events is called after, as Relay's of a connection; a list has none of Relay's. */
const tags = jsonPgSmartTags({
	version: 1,
	config: { procedure: { 'lead.events': { tags: { behavior: ['-queryField:resource:connection', '+queryField:resource:list'] } } } },
});

export const leadPreset = (connectionString, actorOf) => ({
	extends: [PostGraphileAmberPreset],
	plugins: [tags],
	// lead_api: your own schema, with functions in front of those that PostGraphile passes over
	pgServices: [makePgService({ connectionString, schemas: ['lead', 'lead_api'] })],
	grafast: {
		// set for each transaction, as by set_config(..., true)
		context: (request) => ({ pgSettings: { 'lead.actor': actorOf(request) } }),
	},
	grafserv: { maskError },
});
