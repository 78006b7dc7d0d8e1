import { Program } from './program.ts';
import { type Content, requireSame, warehouseContent } from './proof.ts';
import { NARROW } from './shapes/narrow-shape.ts';
import type { Place } from './workplace.ts';

/** The first row of a query on a warehouse, asked as a user asks. */
export async function queryWarehouse<T>(place: Place, sql: string): Promise<T> {
  await using program = new Program(place.command('sql', sql, '--format', 'JSONEachRow'));
  await program.end();
  return JSON.parse(program.stdout.split('\n')[0] ?? '') as T;
}

/**
 * Throws WrongResult unless a table (of schema public) is in the warehouse as it is in the source.
 */
export async function requireWarehouse(place: Place, table: string, truth: Content, shape = NARROW): Promise<void> {
  const found = await queryWarehouse<Content>(place, warehouseContent(`public.${table}`, shape));
  requireSame(`${table} in the warehouse`, found, truth);
}
