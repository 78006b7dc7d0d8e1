import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './pages.ts';

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const { files } = JSON.parse(read('package.json')) as { files: string[] };
/** What the npm package has beside `dist`, folders too. npm always packs README and licence. */
const SHIPPED = new Set(
  globSync(['README.md', 'LICENSE', ...files.filter((glob) => !glob.startsWith('!')).flatMap((glob) => [glob, `${glob}/**`])], { cwd: ROOT }).flatMap(
    (file) => [file, path.dirname(file), path.dirname(path.dirname(file))],
  ),
);

test('the pages of the npm package link only to what it has', () => {
  const pages = [...SHIPPED].filter((file) => file.endsWith('.md'));
  expect(pages.length).toBeGreaterThan(30);
  const dead = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)]
      .map(([, target = '']) => path.join(path.dirname(page), target).replace(/\/$/, ''))
      .filter((target) => !SHIPPED.has(target))
      .map((target) => `${page}: ${target}`),
  );
  expect(dead).toEqual([]);
});

test('every page that the product names is in the npm package', () => {
  const { include } = JSON.parse(read('tsconfig.build.json')) as { include: string[] };
  const sources = globSync(
    include.map((room) => `${room}/**/*.ts`),
    { cwd: ROOT },
  ).filter((file) => !/\.(?:test|contract)\.ts$/.test(file));
  const named = new Set(sources.flatMap((file) => [...read(file).matchAll(/\bdocs\/[A-Z-]+\.md/g)].map(([page]) => page)));
  expect(named.size).toBeGreaterThan(5);
  expect([...named].filter((page) => !SHIPPED.has(page))).toEqual([]);
});
