/*
 * Drizzle works with the schema that drizzle-kit pulled, and TypeScript knows its
 * types. Says "ok - ..." or "not ok - ..." for each check; see clients.sh.
 */
import { and, eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import * as schema from './drizzle/schema';
import * as relations from './drizzle/relations';

declare const process: { env: Record<string, string> };
declare const console: { log(line: string): void };

const { leadInLead: lead, leadReportInLead: report, leadStatusChangeInLead: change } = schema;
const db = drizzle(process.env.DATABASE_URL, { schema: { ...schema, ...relations } });

function is<T>(what: string, got: T, wanted: T)
{
	const same = JSON.stringify(got) === JSON.stringify(wanted);

	console.log((same ? 'ok - ' : 'not ok - ') + what);
	if (!same)
		console.log(`# got:    ${JSON.stringify(got)}\n# wanted: ${JSON.stringify(wanted)}`);
}

const required = { partyName: 'Žďár & synové', leadRating: 'HOT', leadSource: 'WEB', leadType: 'B2B' };
const [made] = await db.insert(lead).values({ ...required, key: 'D-1', priority: 'HIGH', phones: ['+420603123456'], chars: { seats: 3 } }).returning();

is('an insert leaves out what is made', [made.status, made.version, made.dataTags, made.phones, made.insertedBy], ['NEW', 1, [], [{ value: '+420603123456' }], 'app']);

// TypeScript refuses these
// @ts-expect-error no such status
const status: typeof made.status = 'LOST';
// @ts-expect-error a lead has a name
const nameless: typeof lead.$inferInsert = { leadRating: 'HOT', leadSource: 'WEB', leadType: 'B2B' };

const update = (description: string) => db.update(lead).set({ description }).where(and(eq(lead.id, made.id), eq(lead.version, 1))).returning({ version: lead.version });
is('an optimistic lock', [await update('first'), await update('second')], [[{ version: 2 }], []]);

const refused = await db.update(lead).set({ status: 'UNSUCCESSFUL', statusReason: 'x' }).where(eq(lead.key, 'D-1')).then(() => null, (error) => error.cause);
is('a refusal is the cause of the error', [refused?.code, refused?.column, refused?.hint], ['LD001', 'status', 'Allow the pair in lead.lead_status_rule.']);

await db.transaction(async (tx) => {
	await tx.execute(sql`SELECT set_config('lead.actor', ${'jana'}, true)`);
	await tx.execute(sql`SELECT FROM lead.convert(${made.id}, reason => ${'signed'})`);
});
is('convert, with the actor', await db.select({ to: change.toStatus, actor: change.actor }).from(change).where(eq(change.leadId, made.id)).orderBy(change.version),
	[{ to: 'NEW', actor: null }, { to: 'CONVERTED', actor: 'jana' }]);

const found = await db.query.leadInLead.findFirst({ where: eq(lead.key, 'D-1'), with: { leadTypeInLead: true, leadConversionInLeads: { with: { customerInLead: true } } } });
is('relations of the foreign keys', [found?.leadTypeInLead.name, found?.leadConversionInLeads[0]?.customerInLead?.name], ['Business customer', 'Žďár & synové']);
is('a report', await db.select({ key: report.key, won: report.isWon }).from(report), [{ key: 'D-1', won: 1 }]);
await db.$client.end();
