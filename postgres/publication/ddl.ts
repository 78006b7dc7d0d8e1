import { DatabaseError } from 'pg';
import { TailraceError } from '../../core/errors.ts';
import type { SqlConnection } from '../session/connect.ts';
import { readEventTriggers } from './event-triggers.ts';
import { OURS_AGAIN, THEIRS } from '../session/session-settings.ts';

/**
 * Runs statements that change the catalog, all or none of them, in the open transaction or in a new
 * one. Event triggers are code of other people that expects the search_path and the formats of the
 * role, so database and role settings apply to these statements. When an event trigger fails, the
 * error names it.
 */
export async function runDdl(connection: Pick<SqlConnection, 'query'>, sql: string): Promise<void> {
  // Read first: a failed transaction answers no queries.
  const triggers = await readEventTriggers(connection);
  try {
    await connection.query(triggers.length === 0 ? sql : [THEIRS, sql, OURS_AGAIN].join(';\n'));
  } catch (error) {
    const context = error instanceof TailraceError && error.cause instanceof DatabaseError ? (error.cause.where ?? '') : '';
    const trigger = triggers.find(({ functionName }) => context.includes(`${functionName}(`));
    if (trigger === undefined || !(error instanceof TailraceError)) throw error;
    const code = error.code === 'SOURCE_QUERY' ? 'SOURCE_REFUSED' : error.code;
    const text = error.cause instanceof DatabaseError ? error.cause.message : error.message;
    throw new TailraceError(
      code,
      `the event trigger ${trigger.name} (${trigger.function}) failed when tailrace changed its publication: ${text}`,
      {
        cause: error,
        hint: `Fix the function for this role, or run ALTER EVENT TRIGGER ${trigger.name} DISABLE.`,
      },
    );
  }
}
