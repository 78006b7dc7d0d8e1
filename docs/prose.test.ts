import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ERRORS } from '../core/errors.ts';
import { idiomsOf, proseFiles } from './idioms.ts';
import { ROOT } from './pages.ts';

/**
 * One empty file per file that is not rewritten yet, its base name and `.txt`, so that two branches
 * can both take marks away. `node docs/find-idioms.ts` removes those of clean files.
 */
const MARKS = path.join(ROOT, 'docs/prose-not-yet');
const notYet: readonly string[] = existsSync(MARKS) ? readdirSync(MARKS).map((mark) => path.parse(mark).name) : [];

test('no text has an idiom that reads translated', () => {
  const files = proseFiles();
  expect(files.length).toBeGreaterThan(900);
  const hits = files
    .filter((file) => !notYet.includes(path.basename(file)))
    .flatMap((file) => idiomsOf(file).map(({ line, found, instead }) => `${file}:${line}: "${found}" (${instead})`));
  expect(hits).toEqual([]);
});

test('a file without idioms is not marked as one to rewrite', () => {
  const left = new Set(
    proseFiles()
      .filter((file) => idiomsOf(file).length > 0)
      .map((file) => path.basename(file)),
  );
  expect(notYet.filter((name) => !left.has(name)), 'run node docs/find-idioms.ts').toEqual([]);
});

const hints = Object.entries(ERRORS).map(([code, { hint }]): [string, string] => [code, hint]);

test.each(hints)('the hint of %s is made of short sentences that say what to do', (_code, hint) => {
  expect(hint).toMatch(/^[A-Z`].*[.]$/s);
  const long = sentencesOf(hint).filter((sentence) => sentence.split(/\s+/).length > 25);
  expect(long).toEqual([]);
});

/** A full stop in `code` or a file name ends no sentence. */
function sentencesOf(text: string): string[] {
  return text.split(/(?<=[.!?])\s+(?=[A-Z`])/);
}
