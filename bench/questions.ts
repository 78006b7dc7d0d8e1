import type { Shape } from './shapes/shape.ts';

/** What people ask of a table: one or several statements, asked one after the other. */
export interface Question {
  readonly name: string;
  /** `table`: as the warehouse names it. */
  readonly statements: (table: string) => readonly string[];
}

const SINGLE_KEYS = 40;
const LISTS = 5;
const LIST_KEYS = 1000;
const RANGES = 9;

/** Questions to a table that began with rows 1…`rows`; the same ones each time. */
export function questions({ key, keyLiteral, rangeFrom, sums, part }: Shape, rows: number): Question[] {
  const numbers = someNumbers(rows);
  const single = numbers(SINGLE_KEYS);
  const lists = Array.from({ length: LISTS }, () => numbers(LIST_KEYS).map(keyLiteral).join(', '));
  const ranges = numbers(RANGES).map(rangeFrom);
  return [
    { name: 'aggregate', statements: (table) => [`SELECT ${part} AS part, ${sums} FROM ${table} GROUP BY part ORDER BY part`] },
    { name: 'one key', statements: (table) => single.map((n) => `SELECT * FROM ${table} WHERE ${key} = ${keyLiteral(n)}`) },
    { name: '1,000 keys', statements: (table) => lists.map((list) => `SELECT ${sums} FROM ${table} WHERE ${key} IN (${list})`) },
    { name: 'a range of keys', statements: (table) => ranges.map((range) => `SELECT ${sums} FROM ${table} WHERE ${range}`) },
  ];
}

/** Gives numbers from 1 to `greatest`, scattered, the same ones in every process. */
function someNumbers(greatest: number): (count: number) => number[] {
  let state = 1;
  const next = (): number => {
    // The constants of Numerical Recipes' generator of 32 bits.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return 1 + Math.floor((state / 2 ** 32) * greatest);
  };
  return (count) => Array.from({ length: count }, next);
}
