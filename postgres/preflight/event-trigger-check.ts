import { randomBytes } from 'node:crypto';
import { TailraceError } from '../../core/errors.ts';
import { type CheckItem, checked } from './check-item.ts';
import type { SqlConnection } from '../session/connect.ts';
import { runDdl } from '../publication/ddl.ts';
import { readEventTriggers } from '../publication/event-triggers.ts';

const ITEM = 'event triggers';

/**
 * Lists the event triggers and makes them run for a publication that is rolled back. A trigger that
 * fails would keep tables from being published.
 */
export async function checkEventTriggers(connection: Pick<SqlConnection, 'query'>): Promise<CheckItem> {
  const triggers = await readEventTriggers(connection);
  const value = triggers.map(({ name, event, function: of }) => `${name} (${event}, ${of})`).join(', ') || 'none';
  if (triggers.length === 0) return checked(ITEM, value, true, { verdict: 'ok', fix: null });
  const probe = `tailrace_probe_${randomBytes(4).toString('hex')}`;
  await connection.query('begin');
  try {
    await runDdl(connection, `create publication ${probe}; alter publication ${probe} set (publish = 'insert'); drop publication ${probe}`);
    return checked(ITEM, `${value}: they accept the publications of tailrace`, true, { verdict: 'ok', fix: null });
  } catch (error) {
    if (!(error instanceof TailraceError) || error.code === 'SOURCE_UNREACHABLE') throw error;
    return checked(ITEM, value, false, { verdict: 'fail', fix: `-- ${error.message}` });
  } finally {
    await connection.query('rollback');
  }
}
