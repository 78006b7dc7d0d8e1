import { Program } from './program.ts';
import type { Place } from './workplace.ts';

/** The first row of a query on a warehouse, asked as a user asks. */
export async function queryWarehouse<T>(place: Place, sql: string): Promise<T> {
  await using program = new Program(place.command('sql', sql, '--format', 'JSONEachRow'));
  await program.end();
  return JSON.parse(program.stdout.split('\n')[0] ?? '') as T;
}
