import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hasTest } from './named-test.ts';
import { ROOT } from './pages.ts';

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const LIMITS = [...read('docs/LIMITS.md').matchAll(/^\| \*\*(.+?)\*\*/gm)].map(([, title = '']) => title);
const CASES = read('docs/EDGE-CASES.md')
  .split(/^(?=\*\*)/m)
  .slice(1);

test.each(CASES.map((text) => [/\*\*(.+?)\*\*/.exec(text)?.[1] ?? '', text] as const))('the edge case %j has tests or limits that exist', (_name, text) => {
  const tests = [...text.matchAll(/^\* `([^`]+)`: (.+)$/gm)];
  const limits = [...text.matchAll(/^\* LIMITS: (.+)$/gm)].map(([, title = '']) => title);
  expect(tests.length + limits.length).toBe([...text.matchAll(/^\* /gm)].length);
  expect(tests.length + limits.length).toBeGreaterThan(0);
  expect(tests.filter(([, file = '', title = '']) => !hasTest(read(file), title)).map(([line]) => line)).toEqual([]);
  expect(limits.filter((title) => !LIMITS.includes(title))).toEqual([]);
});

test('limits fit on two screens, and each is named by an edge case', () => {
  const page = read('docs/EDGE-CASES.md');
  expect(LIMITS.length).toBeLessThan(40);
  expect(LIMITS.filter((title) => !page.includes(`* LIMITS: ${title}\n`))).toEqual([]);
});
