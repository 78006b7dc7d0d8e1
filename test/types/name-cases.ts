import fc from 'fast-check';
import { characterOf } from './characters.ts';

/**
 * Names that mean something to one of the systems on the way, or are spelled so that one of them
 * may stumble.
 */
const AWKWARD = [
  'Upper',
  'upper',
  'UPPER',
  'with space',
  ' leading',
  'trailing ',
  'a.b',
  'a.c',
  'a',
  '.',
  '..',
  'a.',
  '.inner.a',
  '"',
  'say "hi"',
  "it's",
  '`',
  'a`b',
  '\\',
  'a\\b',
  '\\n',
  '\n',
  'a	b',
  '',
  '/',
  'a/b',
  '../x',
  '%',
  '%41',
  'a%2Eb',
  '{a}',
  '{{view}}',
  '${a}',
  '$1',
  '?',
  '*',
  ';',
  '--',
  '/*',
  '#',
  ',',
  '()',
  '[1]',
  '😀',
  'é',
  'é',
  '‮',
  '\xA0',
  '﻿',
  'x'.repeat(63),
  'é'.repeat(31),
  '😀'.repeat(15),
  '0',
  '1a',
  '-1',
  'NULL',
  'null',
  'true',
  'select',
  'SELECT',
  'table',
  'from',
  'order',
  'final',
  'FINAL',
  'array',
  'nested',
  'interval',
  'date',
  'inf',
  'nan',
  'default',
  'user',
  'column',
  'distinct',
  'sample',
  'prewhere',
  '_',
  '_tr_exact',
  '_tr_version',
  '_tr_deleted',
  '_tr_sign',
  '_tr_row',
  '_tr_op',
  '_tr_lk1',
  '_row_exists',
  '_part',
  '_table',
  '_database',
  '_path',
  '_file',
  '_row_number',
  'c1',
  'c2',
  'c99',
  's',
  't',
  'f',
  'r',
  'g',
  'k',
  'v',
  'n',
  'e',
  'x',
  'x.1',
  'x__exact',
  'c1__exact',
  'id',
  'count()',
  'now()',
  'rows',
  'size0',
  'a.size0',
  'x.null',
  'a.null',
  't16400_1_g1',
  'meta',
  'generations',
  'tailrace',
  'system',
  'replace',
  'view',
  'into outfile',
  'format',
  "x' or 1",
];

/** Postgres cuts names at 63 bytes; a name is not empty and has no NUL. */
function fits(name: string): boolean {
  return name !== '' && !name.includes('\0') && Buffer.byteLength(name) <= 63;
}

const anyName = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
  fc.string({ unit: characterOf(`aAbB ."'\`\\/%{}()[],;_$\n\t0\u{1f600}é`), minLength: 1, maxLength: 8 }),
);

/** Different names: the awkward ones and as many drawn ones. */
export function names(random: number, seed: number): string[] {
  return [...new Set([...AWKWARD, ...fc.sample(anyName, { numRuns: random, seed }).filter(fits)])];
}

/** Schemas whose names are awkward too, or taken in the warehouse. */
export const SCHEMAS = [
  'Sales',
  'sales',
  'default',
  'system',
  'tailrace',
  'INFORMATION_SCHEMA',
  'a.b',
  '\u{1f600}',
  'with "quotes"',
  'a/b%',
  'x'.repeat(63),
  '\u{1f600}'.repeat(15),
  '_temporary_and_external_tables',
  'select',
];

/**
 * The database a schema is shown as (DESIGN of names: those that ClickHouse or the product has for
 * itself get `pg_`).
 */
export function databaseOf(schema: string): string {
  return ['system', 'tailrace', 'INFORMATION_SCHEMA', '_temporary_and_external_tables'].includes(schema) ? `pg_${schema}` : schema;
}

/**
 * As ClickHouse reads an identifier in backticks: a backslash escapes
 * (https://clickhouse.com/docs/sql-reference/syntax#identifiers).
 */
export function quoteClickHouse(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}
