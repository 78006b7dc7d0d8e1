import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { scratch } from '../test/support/scratch.ts';
import { EmbeddedEngine } from './embedded-engine.ts';

const MOVES = 60;
const READERS = 4;
const SELECT = 'SELECT (SELECT v FROM marts.a) AS a, b.v, c.v FROM marts.b, marts.c';

test('no query of a reader sees some views from before a move and some from after it', async () => {
  await using folder = await scratch('gate');
  await using engine = await EmbeddedEngine.open({ directory: folder.path, log: silentLogger(), plannedMs: 60_000 });
  await engine.exec('CREATE DATABASE marts');
  const show = (value: number): Promise<void> =>
    engine.execTogether(['a', 'b', 'c'].map((view) => `CREATE OR REPLACE VIEW marts.${view} AS SELECT ${value} AS v`));
  await show(0);
  const seen = new Set<string>();
  const moved = new AbortController();
  const read = async (): Promise<void> => {
    while (!moved.signal.aborted) {
      const { body } = await engine.read({ sql: SELECT, format: 'TabSeparated' });
      seen.add(await text(body));
    }
  };
  const readers = Array.from({ length: READERS }, read);
  for (let move = 1; move <= MOVES; move += 1) await show(move);
  moved.abort();
  await Promise.all(readers);
  expect(seen.size).toBeGreaterThan(1);
  expect([...seen].filter((row) => new Set(row.trim().split('\t')).size > 1)).toEqual([]);
}, 120_000);
