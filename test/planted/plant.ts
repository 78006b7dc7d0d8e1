import { silentLogger } from '../../core/log.ts';
import type { Difference } from '../../verifier/report.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { openWarehouse } from '../../warehouse/open-engine.ts';
import type { PlantedSize } from './source-tables.ts';

/** A difference that was written into the warehouse's storage, and what verify has to say of it. */
export interface Planted {
  readonly what: string;
  readonly part: 'copied' | 'streamed';
  readonly table: 'public.keyed' | 'public.keyless';
  /** The id of the row that differs. */
  readonly id: number;
  readonly expected: Pick<Difference, 'side' | 'columns'>;
}

type Change = Pick<Planted, 'what' | 'expected'> & {
  /** Which row of its part, from 0. */
  readonly offset: number;
  /** Column and new value, as the warehouse's SQL over the row. */
  readonly update?: readonly [column: string, value: string];
  readonly remove?: true;
  /** A copy of the row with these columns. */
  readonly insert?: string;
};

const changed = (column: string): Change['expected'] => ({ side: 'changed', columns: [column] });
const PHANTOM: Change['expected'] = { side: 'phantom', columns: [] };
const MISSING: Change['expected'] = { side: 'missing', columns: [] };
/** Storage columns of the tables of source-tables.ts. */
const [ID, NOTE, AT, F, N] = ['c1', 'c2', 'c3', 'c4', 'c5'];

const KEYED: readonly Change[] = [
  { what: 'one changed cell', offset: 11, update: [N, `${N} + 1`], expected: changed('n') },
  { what: 'NULL for an empty string', offset: 19, update: [NOTE, 'NULL'], expected: changed('note') },
  { what: 'a timestamp one microsecond off', offset: 31, update: [AT, `addMicroseconds(${AT}, 1)`], expected: changed('at') },
  {
    what: 'a float one bit off',
    offset: 41,
    update: [F, `reinterpretAsFloat64(bitXor(reinterpretAsUInt64(${F}), 1))`],
    expected: changed('f'),
  },
  { what: 'one lost row', offset: 51, remove: true, expected: MISSING },
  { what: 'one phantom row', offset: 61, insert: `-${ID} AS ${ID}`, expected: PHANTOM },
  { what: 'one doubled row', offset: 71, insert: `toString(${ID}) AS _tr_key_exact`, expected: PHANTOM },
];
const KEYLESS: readonly Change[] = [
  { what: 'one doubled row', offset: 11, insert: '_tr_row + 1000000000000 AS _tr_row', expected: PHANTOM },
  { what: 'one lost row', offset: 21, remove: true, expected: MISSING },
  { what: 'one phantom row', offset: 31, insert: `_tr_row + 1000000000000 AS _tr_row, -${ID} AS ${ID}`, expected: PHANTOM },
];

/** Writes every kind of difference into both parts of both tables. The roles must be stopped. */
export async function plant(warehouse: string, size: PlantedSize): Promise<Planted[]> {
  await using engine = await openWarehouse({ uri: warehouse, role: 'owner', log: silentLogger() });
  return [...(await plantInto(engine, 'public.keyed', KEYED, size)), ...(await plantInto(engine, 'public.keyless', KEYLESS, size))];
}

/** Changes a cell of every row of `keyed`. The roles must be stopped. */
export async function changeEverything(warehouse: string): Promise<void> {
  await using engine = await openWarehouse({ uri: warehouse, role: 'owner', log: silentLogger() });
  await engine.exec(`ALTER TABLE ${await storageOf(engine, 'public.keyed')} UPDATE ${N} = ${N} + 1 WHERE true SETTINGS mutations_sync = 2`);
}

/** What is read of a table now. */
async function storageOf(engine: Engine, table: Planted['table']): Promise<string> {
  const [live] = await engine.query<{ storage: string }>(
    `SELECT storage FROM tailrace.generations FINAL WHERE concat(JSONExtractString(record, 'schema'), '.', JSONExtractString(record, 'name')) = '${table}' AND state = 'live'`,
  );
  if (live === undefined) throw new Error(`${table} is not live`);
  return `tailrace.\`${live.storage}\``;
}

async function plantInto(engine: Engine, table: Planted['table'], changes: readonly Change[], size: PlantedSize): Promise<Planted[]> {
  const storage = await storageOf(engine, table);
  const planted: Planted[] = [];
  const mutations: string[] = [];
  for (const part of ['copied', 'streamed'] as const) {
    for (const { what, offset, update, remove, insert, expected } of changes) {
      const id = (part === 'copied' ? 1 : size.copied + 1) + offset;
      if (update !== undefined) mutations.push(`UPDATE ${update[0]} = ${update[1]} WHERE ${ID} = ${id}`);
      if (remove) mutations.push(`DELETE WHERE ${ID} = ${id}`);
      if (insert !== undefined)
        await engine.exec(`INSERT INTO ${storage} SELECT * REPLACE(${insert}) FROM (SELECT * FROM ${storage} WHERE ${ID} = ${id})`);
      planted.push({ what, part, table, id: insert?.includes(`-${ID}`) === true ? -id : id, expected });
    }
  }
  await engine.exec(`ALTER TABLE ${storage} ${mutations.join(', ')} SETTINGS mutations_sync = 2`);
  return planted;
}
