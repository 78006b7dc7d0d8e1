import { DOCUMENT_CASES } from './document-cases.ts';
import { EXTENSION_CASES } from './extension-cases.ts';
import { INSTALLED_CASES } from './installed-cases.ts';
import { MADE_CASES } from './made-cases.ts';
import { NUMBER_CASES } from './number-cases.ts';
import { PLACE_CASES } from './place-cases.ts';
import { RANGE_CASES } from './range-cases.ts';
import { SYSTEM_CASES, SYSTEM_SETUP } from './system-cases.ts';
import { TEXT_CASES } from './text-cases.ts';
import { timeCases } from './time-cases.ts';
import type { TypeCase } from './type-case.ts';

/**
 * Extensions that the Postgres of TEST_PG_BIN has beside those of every Postgres
 * (test/types/run.ts).
 */
const installed = (process.env['TEST_TYPES_INSTALLED'] ?? '').split(',');

/** The cases of a major, by the table they go into. */
export function casesOf(version: number): ReadonlyMap<string, readonly TypeCase[]> {
  const groups: [string, readonly TypeCase[]][] = [
    ['numbers', NUMBER_CASES],
    ['times', timeCases(version)],
    ['texts', TEXT_CASES],
    ['documents', DOCUMENT_CASES],
    ['places', PLACE_CASES],
    ['ranges', RANGE_CASES],
    ['system', SYSTEM_CASES],
    ['made', MADE_CASES],
    ['extensions', EXTENSION_CASES],
    ['installed', INSTALLED_CASES.filter(({ extension = '' }) => installed.includes(extension))],
  ];
  const known = groups.map(([name, cases]) => [name, cases.filter(({ since = 0 }) => since <= version)] as const);
  return new Map(known.filter(([, cases]) => cases.length > 0));
}

/** Statements that make the types and what their values are made of. */
export function setupOf(version: number): string[] {
  const cases = [...casesOf(version).values()].flat();
  // earthdistance needs cube before it.
  const extensions = ['cube', ...cases.flatMap(({ extension }) => (extension === undefined ? [] : [extension]))];
  return [
    ...[...new Set(extensions)].map((extension) => `create extension ${extension} schema public`),
    ...SYSTEM_SETUP,
    ...cases.flatMap(({ setup = [] }) => setup),
  ];
}
