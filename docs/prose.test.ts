import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ERRORS } from '../core/errors.ts';
import { idiomsOf, proseFiles } from './idioms.ts';
import { PAGES, ROOT } from './pages.ts';
import { proseLines, sentencesOf, wordsOf } from './sentences.ts';

test('no text has an idiom that reads translated', () => {
  const files = proseFiles();
  expect(files.length).toBeGreaterThan(900);
  const hits = files.flatMap((file) => idiomsOf(file).map(({ line, found, instead }) => `${file}:${line}: "${found}" (${instead})`));
  expect(hits).toEqual([]);
});

const MOST_WORDS = 25;
const REGISTRY = Object.entries(ERRORS).map(([code, { hint }]): [string, string] => [code, hint]);
/** Hints at the places that throw. */
const HINT = /\bhint: ?(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;
const THROWN = proseFiles()
  .filter((file) => file.endsWith('.ts') && !/^(?:bench|docs|test)\/|\.test\.|core\/errors\.ts$/.test(file))
  .flatMap((file) => [...readFileSync(path.join(ROOT, file), 'utf8').matchAll(HINT)].map(([, , hint = '']): [string, string] => [file, hint]));

test('hints of single errors are found', () => {
  expect(THROWN.length).toBeGreaterThan(30);
});

test.each([...REGISTRY, ...THROWN])('the hint of %s is one or more short sentences: %s', (_code, hint) => {
  expect(hint).toMatch(/^(?:[A-Z]|`).*[.]$/s);
  expect(sentencesOf(hint).filter((sentence) => wordsOf(sentence) > MOST_WORDS)).toEqual([]);
});

/** Written by a benchmark run. */
const RECORD = 'bench/RESULTS.md';
const pages = PAGES.filter((page) => page !== RECORD);

test.each(pages)('%s has one short sentence per line', (page) => {
  const text = readFileSync(path.join(ROOT, page), 'utf8');
  const isTable = text.split('\n').map((line) => line.startsWith('|'));
  const lines = proseLines(text);
  const long = lines.flat().filter(({ words }) => words > MOST_WORDS);
  const second = lines.flatMap(([first, ...more]) => {
    if (first === undefined || isTable[first.line - 1]) return [];
    return isLeadIn(first.text) ? more.slice(1) : more;
  });
  const bad = [...long, ...second].map(({ line, words, text: sentence }) => `${page}:${line}: ${sentence} (${words} words)`);
  expect(bad).toEqual([]);
});

/** `**Why.**` in front of a sentence. */
function isLeadIn(sentence: string): boolean {
  return /^\*\*[^*]+\*\*$/.test(sentence);
}
