import { table } from '../core/figures.ts';
import { frozenFacts, freeze } from '../compactor/state/freeze.ts';
import type { FrozenAnswer } from '../lake/control-stage.ts';
import { sql } from '../warehouse-sql/load.ts';
import type { Engine } from '../warehouse/engine.ts';

/** A freeze as `ls` shows it. */
type ListedFreeze = Omit<FrozenAnswer, 'leftOut'>;

/** The freezes of a warehouse, by name. */
export async function listFreezes(engine: Engine): Promise<ListedFreeze[]> {
  const rows = await engine.query<{ record: string }>(sql('read-freezes'));
  return rows
    .map(({ record }) => freeze.parse(JSON.parse(record)))
    .filter(({ state }) => state !== 'dropped' && state !== 'dropping')
    .map((one) => frozenFacts(one));
}

/** What was frozen, for people. */
export function freezeText({ name, lsn, asOf, databases, tables, leftOut }: FrozenAnswer): string {
  const count = `${tables.length} ${tables.length === 1 ? 'table' : 'tables'}`;
  return [
    `${name}: ${count} at ${lsn}${asOf === null ? '' : `, as of ${asOf}`}, in ${databases.join(', ')}`,
    ...leftOut.map(({ table: one, state }) => `left out: ${one} is ${state}`),
    '',
  ].join('\n');
}

/** The list of freezes, for people. */
export function freezeList(freezes: readonly ListedFreeze[]): string {
  if (freezes.length === 0) return 'there is no freeze\n';
  const rows = freezes.map(({ name, lsn, asOf, databases, tables }) => [
    name,
    lsn,
    asOf ?? '–',
    databases.join(', '),
    String(tables.length),
  ]);
  return `${table([['name', 'LSN', 'as of', 'databases', 'tables'], ...rows], [4]).join('\n')}\n`;
}
