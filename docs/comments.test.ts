import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './pages.ts';

const ROOMS =
  'bench,bin,cli,compactor,core,deploy,docker,docs,examples,lake,monitor,monitor-page,postgres,replicator,snapshotter,test,transformer,verifier,warehouse,warehouse-sql,watcher,watcher-page';
const WIDTH = 100;

/**
 * A line that is nothing but a comment of ours: no address, which cannot be broken, and no SQL
 * within TypeScript.
 */
function isWide(line: string, file: string): boolean {
  const comment = file.endsWith('.sql') ? /^\s*--/ : /^\s*(?:\/\/|\*|\/\*\*)/;
  return comment.test(line) && line.length > WIDTH && !/https?:\S{60,}/.test(line);
}

test('comments are at most 100 columns wide', () => {
  const files = globSync(`{${ROOMS}}/**/*.{ts,js,sql}`, { cwd: ROOT });
  expect(files.length).toBeGreaterThan(500);
  const wide = files.flatMap((file) =>
    readFileSync(path.join(ROOT, file), 'utf8')
      .split('\n')
      .flatMap((line, at) => (isWide(line, file) ? [`${file}:${at + 1}`] : [])),
  );
  expect(wide).toEqual([]);
});
