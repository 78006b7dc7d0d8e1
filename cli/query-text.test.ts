import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { scratch } from '../test/support/scratch.ts';
import { readQuery } from './query-text.ts';

const nobody = Object.assign(Readable.from([]), { isTTY: true });

test('a query comes from the command line, a file, or stdin', async () => {
  await using folder = await scratch();
  const file = join(folder.path, 'q.sql');
  writeFileSync(file, 'SELECT 2\n');
  expect(await readQuery({ word: 'SELECT 1', file: undefined, stdin: nobody })).toBe('SELECT 1');
  expect(await readQuery({ word: undefined, file, stdin: nobody })).toBe('SELECT 2\n');
  for (const place of [{ word: undefined }, { word: '-' }, { word: undefined, file: '-' }])
    expect(await readQuery({ file: undefined, ...place, stdin: Readable.from(['SELECT ', '3']) })).toBe('SELECT 3');
});

test.each([
  [
    'nothing on a terminal',
    { word: undefined, file: undefined, stdin: nobody },
    /^BAD_ARGUMENT: no query was given\. Give it as `tailrace sql QUERY`/,
  ],
  ['an empty stdin', { word: undefined, file: undefined, stdin: Readable.from([' \n']) }, /^BAD_ARGUMENT: the query is empty\./],
  ['an empty word', { word: '', file: undefined, stdin: nobody }, /^BAD_ARGUMENT: the query is empty\./],
  ['word and file', { word: 'SELECT 1', file: 'q.sql', stdin: nobody }, /^BAD_ARGUMENT: the query is given twice/],
  ['a missing file', { word: undefined, file: '/nowhere/q.sql', stdin: nobody }, /^BAD_ARGUMENT: \/nowhere\/q\.sql cannot be read: ENOENT/],
])('%s is refused by name', async (_what, place, message) => {
  await expect(readQuery(place)).rejects.toThrow(message);
});

test.each([
  [String.raw`\d`, 'SHOW TABLES FROM public'],
  [String.raw`\dt;`, 'SHOW TABLES FROM public'],
  [String.raw`\d orders`, 'DESCRIBE TABLE public.orders'],
  [String.raw`\d+ billing.orders;`, 'DESCRIBE TABLE billing.orders'],
  [String.raw`\l`, 'SHOW DATABASES'],
  [String.raw`\dn`, 'SHOW DATABASES'],
])('%s of psql is answered with the query that does it here', async (word, query) => {
  await expect(readQuery({ word, file: undefined, stdin: nobody })).rejects.toThrow(`Use \`tailrace sql "${query}"\`.`);
});
