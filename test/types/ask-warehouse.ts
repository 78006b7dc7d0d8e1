import type pg from 'pg';
import { type Cells, parseTabSeparated } from './copy-text.ts';

/**
 * Both ends of a pipeline: the judge's connection to the source, and the address of the warehouse's
 * SQL endpoint.
 */
export interface Ends {
  readonly client: pg.Client;
  readonly endpoint: string;
}

/** Asks the warehouse as a user would: read-only SQL over HTTP. */
export async function askRows(endpoint: string, sql: string): Promise<Cells[]> {
  const response = await fetch(endpoint, { method: 'POST', body: `${sql} FORMAT TabSeparated` });
  const body = Buffer.from(await response.arrayBuffer());
  if (!response.ok) throw new Error(`${body.toString('utf8').slice(0, 500)} (${sql.slice(0, 300)})`);
  return parseTabSeparated(body);
}
