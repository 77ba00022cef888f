/*
 * node-postgres does what an application does with leads. Says "ok - ..." or
 * "not ok - ..." for each check; see clients.sh, which runs it.
 *
 * Connects as libpq's environment says. Role app (an agent) is the application,
 * the role of the environment the administrator.
 */
import { isDeepStrictEqual, inspect } from 'node:util';
import pg from 'pg';

const INSERT = "INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type) VALUES ($1, $2, 'HOT', 'WEB', 'B2B')";
const pool = new pg.Pool({ user: 'app', max: 4 });
const admin = new pg.Client();
await admin.connect();

function is(what, got, wanted)
{
	const same = isDeepStrictEqual(got, wanted);

	console.log((same ? 'ok - ' : 'not ok - ') + what);
	if (!same)
		console.log(`# got:    ${inspect(got)}\n# wanted: ${inspect(wanted)}`);
}

const rows = async (query, ...values) => (await pool.query({ text: query, values, rowMode: 'array' })).rows;
const row = async (query, ...values) => (await rows(query, ...values))[0];
const one = async (query, ...values) => (await row(query, ...values))[0];
const refusal = (promise) => promise.then(() => null, (error) => error);
const code = async (promise) => (await refusal(promise))?.code;
const lead = (key) => one(INSERT + ' RETURNING id', key, 'Party ' + key);

async function allKinds()
{
	const id = '01890000-0000-7000-8000-000000000001';
	const until = new Date('2999-01-02T03:04:05Z');
	const result = await pool.query(
		'INSERT INTO lead.lead (id, key, status, party_name, lead_rating, priority, lead_source, phones, emails, data_tags, chars, lead_type, deferred_until, version)'
		+ ' VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING *',
		[id, 'N-1', 'LATER', 'Žďár & synové', 'HOT', 'HIGH', 'WEB', JSON.stringify(['+420603123456']), JSON.stringify([{ value: 'Jo@Example.com', primary: true }]),
			['a', ' b, "c" ', ''], { seats: 3 }, 'B2B', until, 99]);
	const found = result.rows[0];

	is('uuid, enums and text read back', [found.id, found.status, found.priority, found.party_name], [id, 'LATER', 'HIGH', 'Žďár & synové']);
	is('jsonb lists read back', [found.phones, found.emails], [[{ value: '+420603123456' }], [{ value: 'Jo@example.com', primary: true }]]);
	is('tags and chars read back', [found.data_tags, found.chars], [['a', 'b, "c"'], { seats: 3 }]);
	is('time read back', found.deferred_until, until);
	is("version and audit columns are the guard's", [found.version, found.inserted_by, Date.now() - found.inserted_at < 300_000], [1, 'app', true]);
}

async function strings()
{
	is('a string compares with an enum', await one('SELECT count(*)::int FROM lead.lead WHERE status = $1 AND priority = $2', 'LATER', 'HIGH'), 1);
	is('and is one as an argument', await one('SELECT status FROM lead.transition($1, $2, reason => $3)', await lead('N-2'), 'REJECTED', 'no coverage'), 'REJECTED');
	is('so is an array of strings', await one('SELECT count(*)::int FROM lead.lead WHERE status = ANY ($1)', ['LATER', 'REJECTED']), 2);
	is('an array is not jsonb', await code(pool.query("UPDATE lead.lead SET phones = $1 WHERE key = 'N-1'", [['+420603123456']])), '22P02');
	is('count(*) comes as a string', await one('SELECT count(*) FROM lead.lead'), '2');
}

async function nulls()
{
	const values = Array(29).fill(null);

	[values[3], values[4], values[7], values[16]] = ['Nulls', 'HOT', 'WEB', 'B2B'];
	const made = await row(`INSERT INTO lead.lead VALUES (${values.map((_, n) => '$' + (n + 1))}) RETURNING status, version, phones, data_tags, chars, edited_by, key LIKE 'LEAD-%'`, ...values);
	is('null in every column that is made', made, ['NEW', 1, [], [], {}, 'app', true]);
}

async function errors()
{
	const id = await lead('N-3');
	const refused = await refusal(pool.query("UPDATE lead.lead SET status = $1, status_reason = 'x' WHERE id = $2", ['UNSUCCESSFUL', id]));

	is('SQLSTATE and message of a refused move', [refused.code, refused.message], ['LD001', 'lead "N-3" cannot go from NEW to UNSUCCESSFUL']);
	is('detail and hint', [refused.detail.slice(0, 26), refused.hint], ['From NEW a lead may go to ', 'Allow the pair in lead.lead_status_rule.']);
	is('place', [refused.schema, refused.table, refused.column, refused.constraint], ['lead', 'lead', 'status', 'lead_status_transition']);
	const contact = await refusal(pool.query('UPDATE lead.lead SET emails = $1 WHERE id = $2', ['["no mail"]', id]));
	is('a contact that is not understood', [contact.code, contact.column], ['LD008', 'emails']);
	is('standard codes', await Promise.all([code(pool.query(INSERT, ['N-3', 'x'])), code(pool.query(INSERT, [null, null])), code(pool.query('DELETE FROM lead.lead_status_change'))]), ['23505', '23502', '42501']);
}

async function optimisticLock()
{
	const update = "UPDATE lead.lead SET description = $1 WHERE key = 'N-3' AND version = $2";

	is('an update with the version read, and with a stale one', [(await pool.query(update, ['first', 1])).rowCount, (await pool.query(update, ['second', 1])).rowCount], [1, 0]);
	is('nothing is lost', await row("SELECT description, version FROM lead.lead WHERE key = 'N-3'"), ['first', 2]);
}

async function many()
{
	const leads = Array.from({ length: 300 }, (_, n) => ({ key: 'B-' + n, party_name: 'Batch ' + n, tags: [n] }));
	const made = await rows('INSERT INTO lead.lead (key, party_name, lead_rating, lead_source, lead_type)'
		+ " SELECT l.key, l.party_name, 'HOT', 'WEB', 'B2B' FROM jsonb_to_recordset($1) l (key text, party_name text) RETURNING id", JSON.stringify(leads));

	is('many at once as JSON, with ids', new Set(made.map(([id]) => id)).size, 300);
	is('leads written at the same time', new Set(await Promise.all(Array.from({ length: 20 }, (_, n) => one(INSERT + ' RETURNING key', null, 'Parallel ' + n)))).size, 20);
}

async function conversion()
{
	const id = await lead('N-4');
	const [customer, kind, version] = await row('SELECT customer_id, kind, version FROM lead.convert($1, reason => $2)', id, 'signed');

	is('convert', [kind, version, await one('SELECT name FROM lead.customer WHERE id = $1', customer)], ['CONVERTED', 2, 'Party N-4']);
	is('double clicks get the same customer', new Set(await Promise.all(Array.from({ length: 4 }, () => one('SELECT customer_id FROM lead.convert($1)', id)))), new Set([customer]));
	is('convert_many of an array', (await rows('SELECT outcome FROM lead.convert_many($1) ORDER BY ord', [await lead('N-5'), id])).flat(), ['CONVERTED', 'REPLAYED']);
	is('refusals are a text[]', await one("SELECT refusals FROM lead.allowed_transitions($1) WHERE to_status = 'UNSUCCESSFUL'", await lead('N-6')), ['lead "N-6" cannot go from NEW to UNSUCCESSFUL']);
}

async function inTransaction(work)
{
	const client = await pool.connect();

	try
	{
		await client.query('BEGIN');
		await work(client);
		await client.query('COMMIT');
	}
	finally
	{
		client.release();
	}
}

async function actor()
{
	const id = await lead('N-7');

	await inTransaction(async (client) => {
		await client.query("SELECT set_config('lead.actor', $1, true)", ['jana']);
		await client.query("UPDATE lead.lead SET status = 'WORKING' WHERE id = $1", [id]);
	});
	await pool.query("UPDATE lead.lead SET status = 'NON_WORKING' WHERE id = $1", [id]);
	is('the actor is that of one transaction', (await rows('SELECT actor FROM lead.lead_status_change WHERE lead_id = $1 ORDER BY version', id)).flat(), [null, 'jana', null]);
}

/* A name makes it a prepared statement; the server makes a generic plan of a later execution. */
async function plans()
{
	await inTransaction(async (client) => {
		const move = (n) => client.query({ name: 'move', text: 'UPDATE lead.lead SET status = $1 WHERE key = $2', values: ['WORKING', 'B-' + n] });
		let moved = 0;

		for (let n = 100; n < 120; n++)
			moved += (await move(n)).rowCount;
		is('a prepared statement executed often', moved, 20);
		await admin.query("INSERT INTO lead.lead_status_rule (from_status, to_status, allowed) VALUES ($1, $2, false)", ['NEW', 'WORKING']);
		await client.query('SAVEPOINT before');
		is('obeys a rule made meanwhile', await code(move(120)), 'LD001');
		is('a refusal aborts the transaction', await code(move(121)), '25P02');
		await client.query('ROLLBACK TO before');
		await admin.query('DELETE FROM lead.lead_status_rule');
		is('but to the savepoint; and the rule is gone', (await move(120)).rowCount, 1);
	});
	is('all is committed', await one("SELECT count(*)::int FROM lead.lead WHERE key LIKE 'B-%' AND status = 'WORKING'"), 21);
}

async function procedure()
{
	is('CALL of convert_all', await row('CALL lead.convert_all($1, data_tag => $2)', 'WORKING', 'none'), ['0', '0']);
}

async function notices()
{
	const client = await pool.connect();
	const heard = [];

	client.on('notice', (notice) => heard.push(notice.code));
	await client.query("CALL lead.convert_all('WORKING', commit_every => 10)");
	client.release();
	is('its progress comes as notices', heard, ['00000']);
}

for (const job of [allKinds, strings, nulls, errors, optimisticLock, many, conversion, actor, plans, procedure, notices])
	await job();
await pool.end();
await admin.end();
