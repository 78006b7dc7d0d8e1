import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, test } from 'vitest';
import { getReaders } from '../lake/readers.ts';
import { DirectoryStore } from '../lake/store/directory-store.ts';
import { eventually } from '../test/support/eventually.ts';
import { LakeWriter, tableSchema } from '../test/support/lake-writer.ts';
import { scratch } from '../test/support/scratch.ts';
import { PROGRAM } from '../test/support/servers/program.ts';

const BATCHES = 40;
const ROWS = 100;
const items = tableSchema({ oid: 1, name: 'items', columns: { id: { kind: 'int8' }, note: { kind: 'text' } }, key: ['id'] });

async function linesOf({ stdout }: ChildProcess): Promise<number> {
  let lines = 0;
  for await (const piece of stdout ?? []) lines += (piece as Buffer).filter((byte) => byte === 0x0a).length;
  return lines;
}

test('a tap whose lines nobody reads holds one batch in memory, and a signal ends it as a reader of the lake', async () => {
  await using folder = await scratch();
  const lake = path.join(folder.path, 'lake');
  const store = new DirectoryStore(lake);
  const writer = await LakeWriter.open(store);
  await writer.batch([], { to: 10n, catalog: [await writer.event('schema', items)] });
  let to = '';
  for (let n = 1n; n <= BATCHES; n += 1n) {
    // More than a pipe takes.
    const row = (index: number) => ({ id: `${n * 1000n + BigInt(index)}`, note: 'x'.repeat(4_000) });
    const rows = Array.from({ length: ROWS }, (_, index) => ({ op: 'I' as const, lsn: 10n + n, ordinal: index + 1, row: row(index) }));
    ({ to } = await writer.batch([await writer.file(items, rows)]));
  }
  await using started = new AsyncDisposableStack();
  const tap = (...more: string[]): ChildProcess => {
    const child = spawn(process.execPath, [PROGRAM, 'tap', '--lake', lake, '--from', '0/A', ...more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    started.defer(() => void child.kill('SIGKILL'));
    return child;
  };
  const unread = tap();
  if (unread.stdout === null) throw new Error('its standard output is not a pipe');
  await once(unread.stdout, 'readable');
  // In the time in which all lines of another tap are read, this one could have read as many.
  expect(await linesOf(tap('--to', to))).toBe(BATCHES * ROWS);
  unread.kill('SIGTERM');
  await eventually(async () => (await getReaders(store)).length === 0, 'the end of the tap as a reader');
  const ended = once(unread, 'close');
  expect(await linesOf(unread)).toBeLessThanOrEqual(2 * ROWS);
  await ended;
  expect(unread.exitCode).toBe(0);
});
