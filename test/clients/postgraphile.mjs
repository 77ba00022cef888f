/*
 * PostGraphile 5 makes a GraphQL schema of lead's tables and functions, and works
 * with it. Says "ok - ..." or "not ok - ..." for each check; see clients.sh.
 *
 *     node postgraphile.mjs URL       (of role app, an agent)
 */
import { inspect, isDeepStrictEqual } from 'node:util';
import { postgraphile } from 'postgraphile';
import { grafast } from 'postgraphile/grafast';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { makeV4Preset } from 'postgraphile/presets/v4';
import { leadPreset } from './postgraphile_preset.mjs';

/* What PostGraphile leaves out of a schema as two would have one name it only warns of. */
const warnings = [];
console.warn = (...args) => warnings.push(args.join(' '));

const instance = postgraphile(leadPreset(process.argv[2], (request) => request.user));
const { schema, resolvedPreset } = await instance.getSchemaResult();

function is(what, got, wanted)
{
	const same = isDeepStrictEqual(got, wanted);

	console.log((same ? 'ok - ' : 'not ok - ') + what);
	if (!same)
		console.log(`# got:    ${inspect(got, { depth: 9 })}\n# wanted: ${inspect(wanted, { depth: 9 })}`);
}

/* What a client reads: data, or the first error as the server masks it. */
async function ask(source, variableValues = {})
{
	const result = JSON.parse(JSON.stringify(await execute(source, variableValues)));

	return result.errors ? result.errors[0] : result.data;
}

async function execute(source, variableValues)
{
	const result = await grafast({ schema, source, variableValues, resolvedPreset, requestContext: { user: 'jana' } });

	return result.errors ? { errors: result.errors.map(resolvedPreset.grafserv.maskError) } : result;
}

const fields = (type) => Object.keys(type?.getFields() ?? {});

function introspection()
{
	const queries = fields(schema.getQueryType());
	const mutations = fields(schema.getMutationType());
	const lead = schema.getType('Lead').getFields();
	const has = (list, ...names) => names.filter((name) => !list.includes(name));

	is('every table and view can be queried', has(queries, 'allLeads', 'allLeadTypes', 'allLeadRatings', 'allLeadSources', 'allCustomers', 'allAccounts', 'allPeople',
		'allLeadStatusChanges', 'allLeadConversions', 'allStatusTransitions', 'allLeadReports', 'allFunnels', 'allConversionRates', 'allStatusPeriods'), []);
	is('what is unique finds one', has(queries, 'leadByKey', 'leadByRowId', 'customerByKey', 'leadTypeByCode'), []);
	is('nothing was left out', warnings, []);
	is('reading functions are queries, one beside the view of its name', has(queries, 'funnelBy', 'statusDiagram', 'eventsList'), []);
	is('writing functions are mutations', has(mutations, 'transition', 'convert', 'convertExternal', 'revertConversion', 'claim', 'wakeDue', 'merge', 'unmerge', 'createLead', 'createLeadFromDocument', 'replaceLead', 'patchLead', 'updateLead'), []);
	is('no function is both', queries.filter((name) => mutations.includes(name)), []);
	is('what an agent may not write cannot be written', mutations.filter((name) => /^(create|update|delete)(LeadStatusChange|LeadConversion|LeadMerge|LeadType|LeadStatusRule)/.test(name)), []);
	is('enums have the values of the database', schema.getType('LeadStatus').getValues().map((v) => v.value), ['NEW', 'IN_PROGRESS', 'CONVERTED', 'CONVERTED_EXTERNAL', 'REJECTED', 'LATER', 'UNSUCCESSFUL', 'WORKING', 'NON_WORKING']);
	is('comments are descriptions', [schema.getType('Lead'), lead.partyName, schema.getMutationType().getFields().convert].filter((thing) => !thing.description), []);
	is('no description has a smart tag in it', [...queries.map((n) => schema.getQueryType().getFields()[n]), ...mutations.map((n) => schema.getMutationType().getFields()[n])]
		.filter((field) => field.description?.startsWith('@')).map((field) => field.name), []);
	is('a lead has its relations', has(Object.keys(lead), 'leadTypeByLeadType', 'leadStatusChangesByLeadId', 'leadConversionsByLeadId', 'peopleByLeadId'), []);
	is('only what is required must be given', Object.values(schema.getType('LeadInput').getFields()).filter((f) => String(f.type).endsWith('!')).map((f) => f.name), ['partyName', 'leadRating', 'leadSource', 'leadType']);
	is('arguments have their names', fields(schema.getType('ConvertInput')), ['clientMutationId', 'leadId', 'customerId', 'customerRef', 'reason', 'processingData']);
	is('so have those of a function with the name of a mutation, and of one with an argument of Relay\'s', [fields(schema.getType('CreateLeadInput')), fields(schema.getType('CreateLeadFromDocumentInput')),
		schema.getQueryType().getFields().eventsList?.args.map((arg) => arg.name)], [['clientMutationId', 'lead'], ['clientMutationId', 'document'], ['after', 'maxEvents', 'first', 'offset']]);
}

const create = `mutation ($lead: LeadInput!) { createLead(input: {lead: $lead}) { lead
	{ rowId key status priority partyName phones dataTags chars deferredUntil version insertedByActor leadTypeByLeadType { name } } } }`;

async function work()
{
	const made = (await ask(create, { lead: { key: 'G-1', partyName: 'Žďár & synové', leadRating: 'HOT', leadSource: 'WEB', leadType: 'B2B', status: 'LATER', priority: 'HIGH',
		phones: ['+420603123456'], dataTags: ['a', ' b '], chars: { seats: 3 }, deferredUntil: '2999-01-02T03:04:05Z', version: 99, insertedBy: null } })).createLead?.lead;
	const { rowId } = made;

	is('a mutation makes a lead of all kinds of columns', made, { rowId, key: 'G-1', status: 'LATER', priority: 'HIGH', partyName: 'Žďár & synové', phones: [{ value: '+420603123456' }],
		dataTags: ['a', 'b'], chars: { seats: 3 }, deferredUntil: '2999-01-02T03:04:05.000000+00:00', version: 1, insertedByActor: 'jana', leadTypeByLeadType: { name: 'Business customer' } });
	is('a refusal tells why', await ask('mutation { updateLeadByKey(input: {key: "G-1", leadPatch: {status: CONVERTED}}) { lead { key } } }'), {
		message: 'status CONVERTED is set only by a conversion', locations: [{ line: 1, column: 12 }], path: ['updateLeadByKey'],
		extensions: { code: 'LD006', detail: 'The conversion checks the lead and records what it became, in the same transaction.', hint: `SELECT * FROM lead.convert('${rowId}');`, column: 'status', constraint: 'lead_status_conversion' } });
	is('a mutation moves it', await ask('mutation ($id: UUID!) { transition(input: {leadId: $id, toStatus: WORKING}) { result { status deferredUntil version } } }', { id: rowId }),
		{ transition: { result: { status: 'WORKING', deferredUntil: null, version: 2 } } });
	is('what it may do next, by a function in front', (await ask('query ($key: String!) { leadByKey(key: $key) { moves { nodes { toStatus allowed needsReason via } } } }', { key: 'G-1' }))
		.leadByKey.moves.nodes.find((move) => move.toStatus === 'REJECTED'), { toStatus: 'REJECTED', allowed: true, needsReason: true, via: 'transition' });
	is('a mutation converts it', await ask(`mutation ($id: UUID!) { convert(input: {leadId: $id, reason: "signed"}) { result
		{ kind reason convertedByActor customerByCustomerId { name phones accountsByCustomerId { nodes { name } } } leadByLeadId { status } } } }`, { id: rowId }),
		{ convert: { result: { kind: 'CONVERTED', reason: 'signed', convertedByActor: 'jana', leadByLeadId: { status: 'CONVERTED' },
			customerByCustomerId: { name: 'Žďár & synové', phones: [{ value: '+420603123456' }], accountsByCustomerId: { nodes: [{ name: 'Žďár & synové' }] } } } } });
	is('a query with a condition, an order and the history', await ask(`{ allLeads(condition: {status: CONVERTED}, orderBy: KEY_ASC, first: 2)
		{ totalCount nodes { key leadStatusChangesByLeadId(orderBy: VERSION_ASC) { nodes { toStatus actor } } } } }`),
		{ allLeads: { totalCount: 1, nodes: [{ key: 'G-1', leadStatusChangesByLeadId: { nodes: [{ toStatus: 'LATER', actor: 'jana' }, { toStatus: 'WORKING', actor: 'jana' }, { toStatus: 'CONVERTED', actor: 'jana' }] } }] } });
	is('a report as a view and as a function', await ask('{ allFunnels { nodes { leadSource leads won } } funnelBy(by: "type") { nodes { groupCode leads won } } }'),
		{ allFunnels: { nodes: [{ leadSource: 'WEB', leads: '1', won: '1' }] }, funnelBy: { nodes: [{ groupCode: 'B2B', leads: '1', won: '1' }] } });
	is('a mutation makes a lead of a document', await ask('mutation ($document: JSON!) { createLeadFromDocument(input: {document: $document}) { result { key status insertedByActor } } }',
		{ document: { key: 'G-2', partyName: 'Acme Ltd', leadType: 'B2B', leadRating: 'HOT', leadSource: 'WEB' } }),
		{ createLeadFromDocument: { result: { key: 'G-2', status: 'NEW', insertedByActor: 'jana' } } });
	const events = 'query ($after: String) { eventsList(after: $after, maxEvents: 3) { cursor eventType toStatus } }';
	const { eventsList } = await ask(events);

	is('events, to go on from a cursor', [eventsList, (await ask(events, { after: eventsList?.[2].cursor })).eventsList].map((list) => list?.map((event) => event.toStatus)),
		[['LATER', 'WORKING', 'CONVERTED'], ['NEW']]);
	is('what is none of the client\'s business stays masked', (await ask('mutation { addStarterRegisters(input: {}) { results { code } } }'))?.extensions, undefined);
}

async function older()
{
	const preset = leadPreset(process.argv[2], () => null);
	const like4 = postgraphile({ ...preset, extends: [PostGraphileAmberPreset, makeV4Preset()] });
	const queries = fields((await like4.getSchemaResult()).schema.getQueryType());

	is('the preset that resembles version 4 takes it too', ['allLeads', 'leadById', 'allFunnels', 'funnelBy', 'eventsList'].filter((name) => !queries.includes(name)).concat(warnings), []);
	await like4.release();
}

introspection();
await work();
await older();
await instance.release();
