import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MARTS } from '../world/comparison.ts';
import type { Step, World } from '../world/world.ts';

/** Folder of models, beside lake and warehouse. */
const FOLDER = 'models';

/** Settings of an ordeal with models. */
export const WITH_MARTS = { TAILRACE_MODELS: FOLDER };

/** The table that the mart is made of, and that is exported. No other change touches it. */
export const EXPORTED = 'public.counted';

export const MARTS_SETUP: readonly Step[] = [change('create table public.counted (id int primary key, x int)')];

const MODEL = `-- Rows and their sum.
-- @kind table
-- @every 100ms
SELECT count() AS n, sum(x) AS x FROM public.counted
`;

export const MART_SHOWN = `SELECT concat(toString(n), ' ', toString(x)) FROM ${MARTS}.counted_rows`;
export const MART_AT_SOURCE = `select count(*) || ' ' || coalesce(sum(x), 0) as text from public.counted`;

export function hasMarts({ settings }: Pick<World, 'settings'>): boolean {
  return settings['TAILRACE_MODELS'] !== undefined;
}

export function writeModels(folder: string): void {
  const marts = path.join(folder, FOLDER, MARTS);
  mkdirSync(marts, { recursive: true });
  writeFileSync(path.join(marts, 'counted_rows.sql'), MODEL);
}

/** A change of the table of the marts. */
export function martsChange(id: number): Step[] {
  return [change(`insert into public.counted values (${id}, ${id}) on conflict (id) do update set x = counted.x + 1`)];
}

/** In a session of its own, so that no open transaction has part in it. */
function change(sql: string): Step {
  return { kind: 'sql', session: 9, mode: 'plain', sql };
}
