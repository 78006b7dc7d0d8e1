import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hasTest } from './named-test.ts';
import { ROOT } from './pages.ts';

const SECTIONS = readFileSync(path.join(ROOT, 'docs/INVARIANTS.md'), 'utf8').split(/^## /m).slice(1);

test('the invariants are numbered without gaps, and each says why, where it is kept and what shows it', () => {
  const numbers = SECTIONS.map((section) => Number.parseInt(section, 10));
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  for (const section of SECTIONS) for (const part of ['**Why.**', '**Kept in**', '**Shown by**']) expect(section).toContain(part);
});

test.each(SECTIONS.map((section) => [section.split('\n')[0], section] as const))('the tests exist that are named for %s', (_title, section) => {
  const named = [...section.matchAll(/^\* `([^`]+)`: (.+)$/gm)];
  expect(named.length).toBeGreaterThan(1);
  const missing = named.filter(([, file = '', title = '']) => !hasTest(readFileSync(path.join(ROOT, file), 'utf8'), title));
  expect(missing.map(([line]) => line)).toEqual([]);
});
