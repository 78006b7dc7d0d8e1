import { TailraceError } from '../../core/errors.ts';
import { matchTables } from '../../core/table-glob.ts';
import { wall } from '../../core/time.ts';
import { readTables } from '../catalog/catalog.ts';
import { type CheckItem, checked } from './check-item.ts';
import { connect, type SourceOptions } from '../session/connect.ts';
import { checkEventTriggers } from './event-trigger-check.ts';
import { checkServer } from './server-checks.ts';
import { readServerFacts } from './server-facts.ts';
import { readHealth } from '../slot/source-health.ts';
import { isUnixSocket, parseSource } from '../session/source-url.ts';
import { readLeftOut } from './left-out.ts';
import { checkTable } from './table-checks.ts';
import { readExpressions, readTableDetails } from './table-details.ts';

export type { CheckItem } from './check-item.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);

/**
 * What to check. `tables`: globs, null for all tables. `longTransactionSeconds`: from which age on
 * an open transaction is reported; default 60.
 */
export interface PreflightOptions {
  readonly tables: readonly string[] | null;
  readonly longTransactionSeconds?: number;
}

/**
 * Checks everything that replication of the tables needs, and changes nothing: a probe of event
 * triggers is rolled back. Items of the server come first, then those of each table. Throws only
 * when the source cannot be queried at all, or NO_SUCH_TABLE for a glob that matches nothing.
 */
export async function preflight(source: SourceOptions, { tables, longTransactionSeconds = 60 }: PreflightOptions): Promise<CheckItem[]> {
  await using connection = await connect(source, { role: 'sql' });
  const facts = await readServerFacts(connection, longTransactionSeconds);
  const nowMs = wall();
  const { diskFreeBytes } = await readHealth(connection, null);
  const chosen = matchTables(tables, await readTables(connection, null));
  const details = await readTableDetails(connection, chosen);
  const expressions = await readExpressions(connection, chosen);
  const context = {
    details: ({ oid }: { readonly oid: number }) => details.get(oid),
    expression: ({ oid }: { readonly oid: number }, attnum: number) => expressions.get(`${oid}.${attnum}`),
    user: facts.user,
  };
  return [
    ...checkServer(facts, { nowMs, diskFreeBytes }),
    checkTls(source, facts.encrypted),
    await checkWalsender(source),
    ...(facts.mayCreate ? [await checkEventTriggers(connection)] : []),
    checked('tables', String(chosen.length), chosen.length > 0, {
      verdict: 'warn',
      fix: 'There is nothing to replicate yet.',
    }),
    await readLeftOut(connection),
    ...chosen.flatMap((table) => checkTable(table, context)),
  ];
}

function checkTls(source: SourceOptions, encrypted: boolean): CheckItem {
  const { addresses } = parseSource(source.url);
  const near = addresses.every((address) => isUnixSocket(address) || LOOPBACK.has(address.hostAddress ?? address.host));
  const tls = addresses[0]?.tls ?? 'prefer';
  const verified = encrypted && tls.startsWith('verify');
  const value = verified ? 'encrypted and verified' : encrypted ? `encrypted, not verified (sslmode=${tls})` : 'not encrypted';
  return checked('tls', near && !encrypted ? `${value}, local` : value, near || verified, {
    verdict: 'warn',
    fix: 'Add sslmode=verify-full and sslrootcert=… to --source.',
  });
}

/** How the stream must print values. A database, role or pooler may set something else. */
const PRINTING: Readonly<Record<string, RegExp>> = {
  DateStyle: /^ISO\b/,
  TimeZone: /^UTC$/,
  IntervalStyle: /^postgres$/,
  extra_float_digits: /^[1-3]$/,
  bytea_output: /^hex$/,
  client_encoding: /^(UTF8|SQL_ASCII)$/,
};

/**
 * Opens a walsender session. It proves that there is no pooler between us and the server, that
 * pg_hba.conf accepts us, and that our settings apply.
 */
async function checkWalsender(source: SourceOptions): Promise<CheckItem> {
  const item = 'replication connection';
  try {
    await using walsender = await connect(source, { role: 'walsender' });
    await walsender.query('IDENTIFY_SYSTEM');
    const names = Object.keys(PRINTING).map((name) => `'${name}'`);
    const settings = await walsender.query<{ name: string; setting: string }>(
      `select name, setting from pg_settings where name in (${names.join(', ')})`,
    );
    const wrong = settings.filter(({ name, setting }) => PRINTING[name]?.test(setting) !== true);
    return checked(item, wrong.map(({ name, setting }) => `${name} = ${setting}`).join(', ') || 'works', wrong.length === 0, {
      verdict: 'fail',
      fix: 'Connect to the server directly: a pooler drops the session options.',
    });
  } catch (error) {
    if (!(error instanceof TailraceError)) throw error;
    return {
      item,
      value: error.message,
      verdict: 'fail',
      fix: 'Connect to the server directly, not to a pooler, with a role that may replicate.',
    };
  }
}
