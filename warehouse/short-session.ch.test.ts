import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { scratch } from '../test/support/scratch.ts';
import { EmbeddedEngine } from './embedded-engine.ts';

const READS = 40;
/** Each read has two sessions of about 2 MB. */
const ALL_READS_BYTES = READS * 4e6;

test('short reads beside a long statement give their memory back before it ends', async () => {
  await using folder = await scratch('short-session');
  await using engine = await EmbeddedEngine.open({ directory: folder.path, log: silentLogger() });
  const used = async (): Promise<number> => {
    const [row] = await engine.query<{ value: string }>("SELECT value FROM system.metrics WHERE metric = 'MemoryTracking'");
    return Number(row?.value);
  };
  const read = async (): Promise<void> => {
    const { body } = await engine.read({ sql: 'SELECT 1', format: 'TSV' });
    await body.forEach(() => undefined);
  };
  await read();
  const stop = new AbortController();
  let isOver = false;
  const long = engine
    .build({
      as: 'rows',
      statements: [
        'SELECT sum(sleepEachRow(0.1)) FROM numbers(2000) SETTINGS max_block_size = 10, function_sleep_max_microseconds_per_block = 0',
      ],
      limits: { memoryBytes: 1e8, threads: 1 },
      signal: stop.signal,
    })
    .catch(() => undefined)
    .finally(() => (isOver = true));
  const before = await used();
  for (let count = 0; count < READS; count += 1) await read();
  expect((await used()) - before).toBeLessThan(ALL_READS_BYTES / 4);
  expect(isOver).toBe(false);
  stop.abort();
  await long;
});
