import fc from 'fast-check';
import type pg from 'pg';
import type { KeyCase } from './key-cases.ts';
import type { Written } from './type-case.ts';

/**
 * How rows are told apart: by a primary key, by the whole row of a table that has none, or by a
 * primary key while whole rows are sent.
 */
type Identity = 'key' | 'full' | 'full with key';

/**
 * A table whose key is under judgement: columns k0, k1 …, `n` that counts, and `big`, which is
 * stored out of line and left alone mostly.
 */
export interface KeyTable {
  readonly name: string;
  readonly says: string;
  readonly identity: Identity;
  readonly key: KeyCase;
}

/** Numbers are indexes into the pool of the key's values. */
type Step =
  | { readonly does: 'insert' | 'upsert' | 'delete' | 'count' | 'grow'; readonly key: number }
  | { readonly does: 'move'; readonly key: number; readonly to: number };

export async function createKeyTable(client: pg.Client, { name, key, identity }: KeyTable): Promise<void> {
  const columns = key.types.map((type, i) => `k${i} ${type}${identity === 'full' ? '' : ' not null'}`);
  const primary = identity === 'full' ? '' : `, primary key (${key.types.map((_, i) => `k${i}`).join(', ')})`;
  await client.query(`create table public.${name} (${columns.join(', ')}, n int, big text${primary})`);
  await client.query(`alter table public.${name} alter big set storage external`);
  if (identity !== 'key') await client.query(`alter table public.${name} replica identity full`);
}

/** Transactions of one to four steps. */
export function drawPlay(table: KeyTable, count: number, seed: number): Step[][] {
  const key = fc.nat(table.key.pool.length - 1);
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ does: fc.constantFrom('insert', 'upsert', 'delete', 'delete', 'count', 'grow'), key }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('move'), key, to: key }) },
  );
  return fc.sample(fc.array(step, { minLength: 1, maxLength: 4 }), { numRuns: count, seed });
}

/** Plays transactions; one that breaks the key is rolled back, as an application's would be. */
export async function play(client: pg.Client, table: KeyTable, transactions: readonly Step[][]): Promise<void> {
  for (const steps of transactions) {
    await client.query('begin');
    try {
      for (const step of steps) await take(client, table, step);
      await client.query('commit');
    } catch (error) {
      await client.query('rollback');
      if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error;
    }
  }
}

const UNIQUE_VIOLATION = '23505';
let counted = 0;

async function take(client: pg.Client, table: KeyTable, step: Step): Promise<void> {
  const relation = `public.${table.name}`;
  const names = table.key.types.map((_, i) => `k${i}`);
  const parameters: (string | null)[] = [];
  const place = (value: Written, i: number): string => {
    if (value !== null && typeof value === 'object') return value.sql;
    parameters.push(value);
    return `($${parameters.length}::text)::${table.key.types[i]?.replace(/ collate.*/, '')}`;
  };
  const places = (key: number): string[] => names.map((_, i) => place(table.key.pool[key]?.[i] ?? null, i));
  // Of equal rows without a key, one; which does not matter.
  const where = (key: number): string => {
    const equal = places(key).map((value, i) => `${names[i]} = ${value}`);
    return `ctid = (select ctid from ${relation} where ${equal.join(' and ')} limit 1)`;
  };
  counted += 1;
  const big = `repeat(md5('${counted}'), 100)`;
  switch (step.does) {
    case 'insert':
      return void (await client.query(
        `insert into ${relation} values (${places(step.key).join(', ')}, ${counted}, ${big}) on conflict do nothing`,
        parameters,
      ));
    case 'upsert': {
      const conflict = table.identity === 'full' ? '' : `on conflict (${names.join(', ')}) do update set n = excluded.n`;
      return void (await client.query(
        `insert into ${relation} values (${places(step.key).join(', ')}, ${counted}, ${big}) ${conflict}`,
        parameters,
      ));
    }
    case 'delete':
      return void (await client.query(`delete from ${relation} where ${where(step.key)}`, parameters));
    case 'count':
      return void (await client.query(`update ${relation} set n = ${counted} where ${where(step.key)}`, parameters));
    case 'grow':
      return void (await client.query(`update ${relation} set big = ${big} where ${where(step.key)}`, parameters));
    case 'move': {
      const sets = places(step.to).map((value, i) => `${names[i]} = ${value}`);
      return void (await client.query(`update ${relation} set ${sets.join(', ')} where ${where(step.key)}`, parameters));
    }
  }
}
