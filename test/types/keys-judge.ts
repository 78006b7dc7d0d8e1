import { chosenVersion } from '../support/postgres-version.ts';
import { compareKeys } from './compare-keys.ts';
import type { Compared } from './compare-table.ts';
import { type Judge, together } from './judge.ts';
import { KEY_CASES } from './key-cases.ts';
import { type KeyTable, createKeyTable, drawPlay, play } from './key-play.ts';
import { SCALE, chosen } from './scale.ts';

/** Transactions on each table in a round. */
const TRANSACTIONS = 10 + SCALE.random;
/** Later rounds are streamed in windows of their own. */
const ROUNDS = SCALE.full ? 3 : 1;
/** How many cases are judged in every run of all tests. */
const QUICK = 8;

function round(n: number): [number, number] {
  return [n * TRANSACTIONS, (n + 1) * TRANSACTIONS];
}

/**
 * Keys that are equal and spelled differently, in tables of every kind of identity; random
 * transactions, the same for the same seed.
 */
export function keysJudge(): Judge {
  const all = tables().map((table, i) => ({ table, plays: drawPlay(table, TRANSACTIONS * (ROUNDS + 1), SCALE.seed + i) }));
  return {
    claim: 'keys that are equal to Postgres are one row, other keys are two, after any changes',
    rounds: ROUNDS,
    async prepare({ application }) {
      for (const extension of ['citext', 'hstore', 'ltree', 'cube', 'seg', 'isn'])
        await application.query(`create extension if not exists ${extension} schema public`);
      for (const statement of new Set(all.flatMap(({ table }) => table.key.setup ?? []))) await application.query(statement);
      for (const { table, plays } of all) {
        await createKeyTable(application, table);
        await play(application, table, plays.slice(...round(0)));
      }
    },
    async change({ application }, n) {
      for (const { table, plays } of all) await play(application, table, plays.slice(...round(n)));
    },
    async compare({ exact }, endpoint) {
      const compared: Compared[] = [];
      for (const { table } of all) compared.push(await compareKeys({ client: exact, endpoint }, table));
      return together(compared);
    },
    judged: () => ({ types: 0, values: all.reduce((sum, { table }) => sum + table.key.pool.length, 0) }),
  };
}

function tables(): KeyTable[] {
  const cases = KEY_CASES.filter(({ name, since = 0 }) => since <= chosenVersion() && chosen(`key ${name}`));
  return (SCALE.full ? cases : cases.slice(0, QUICK)).flatMap((key, i) => [
    { name: `key_${i}`, says: `key ${key.name}`, identity: 'key' as const, key },
    { name: `full_${i}`, says: `no key, whole rows, ${key.name}`, identity: 'full' as const, key },
    ...(SCALE.full ? [{ name: `both_${i}`, says: `key ${key.name}, whole rows`, identity: 'full with key' as const, key }] : []),
  ]);
}
