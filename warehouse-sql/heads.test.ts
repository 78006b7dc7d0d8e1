import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const FOLDER = import.meta.dirname;
const FILES = globSync('*/*.sql', { cwd: FOLDER });

/** Comments and statement of a file. */
function partsOf(file: string): { head: string; statement: string } {
  const lines = readFileSync(path.join(FOLDER, file), 'utf8').trimEnd().split('\n');
  const end = lines.findIndex((line) => !line.startsWith('--'));
  const head = lines.slice(0, end).map((line) => line.slice(3));
  return { head: head.join(' '), statement: lines.slice(end).join('\n') };
}

test.each(FILES)('%s says what it does, names every hole and whether it can be run by hand', (file) => {
  const { head, statement } = partsOf(file);
  const holes = new Set([...statement.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? ''));
  const ins = / In: (.*?)\.(?: Out: | By hand: )/.exec(head)?.[1] ?? '';
  const named = ins.split('; ').flatMap((hole) => (hole.split(':')[0] ?? '').split(', '));
  expect(named.filter((name) => name !== '').toSorted()).toEqual([...holes].toSorted());
  expect(head).toMatch(/^.+ By hand: (?:as it is|after the holes are filled|no; .+)\.$/);
  expect(head.includes(' By hand: as it is.')).toBe(holes.size === 0);
});

/** Statements for people, on a ClickHouse server. */
const BY_PEOPLE = ['readers/who-read.sql'];

test('every statement is run by somebody', () => {
  const code = globSync('{compactor,warehouse,verifier,monitor,transformer,watcher,cli}/**/*.ts', { cwd: path.join(FOLDER, '..') })
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => readFileSync(path.join(FOLDER, '..', file), 'utf8'))
    .join('\n');
  expect(FILES.filter((file) => !BY_PEOPLE.includes(file) && !code.includes(`'${path.parse(file).name}'`))).toEqual([]);
});
