import { rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Failpoint } from '../../core/failpoint.ts';
import { silentLogger } from '../../core/log.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import type { FileEntry } from '../../lake/manifest.ts';
import { getPositions } from '../../lake/readers.ts';
import { readFloors } from '../../lake/retention/floors.ts';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { expectVerified } from '../support/verified.ts';

const PORTS = ['--sql-port', '0', '--http-port', '0'];
const SHORT = {
  TAILRACE_LAKE_RETENTION: '1s',
  TAILRACE_LAKE_SWEEP_GRACE: '10s',
  TAILRACE_LAKE_BASE_INTERVAL: '2s',
  TAILRACE_LAKE_KEEP_BASES: '1',
  TAILRACE_TABLE: '{"public.other":{"retention":"forever"}}',
};

async function expectWholeLake(pipeline: Pipeline): Promise<void> {
  const { code, stdout } = await pipeline.cli(['lake', 'check', '--deep', '--json'], SHORT);
  expect(code, stdout).toBe(0);
}

test(
  'old batches go by themselves, also when sweepers are killed, and the lake still makes the warehouse',
  { timeout: 600_000 },
  async () => {
    await using database = await createDatabase();
    await database.query('create table t (id int primary key, n int); insert into t select g, 0 from generate_series(1, 1000) g');
    await using pipeline = createPipeline({ source: database.url });
    const store = new DirectoryStore(path.join(pipeline.folder, 'lake'));
    const log = new ManifestLog(store, silentLogger());
    const change = 'update t set n = n + 1 where id % 10 = 0';
    let first: FileEntry | undefined;
    {
      await using run = pipeline.start(['run', ...PORTS], SHORT);
      await run.event('live');
      await database.query(change);
      first = await eventually(async () => {
        const manifests = await Promise.all(Array.from({ length: 20 }, (_, index) => log.read(index + 1)));
        return manifests.flatMap((manifest) => manifest?.files ?? []).at(0);
      }, 'a batch with data');
      run.kill('SIGTERM');
      await run.ended();
    }
    {
      await using replicate = pipeline.start(['replicate'], SHORT);
      await replicate.event('ready');
      for (const step of ['floor-put', 'object-swept'] satisfies Failpoint[]) {
        // It gets another base, which makes the one before needless.
        await database.query(change);
        const doomed = pipeline.start(['compact', '--sql-port', '0'], { ...SHORT, TAILRACE_FAILPOINT: step });
        expect([step, await doomed.ended()]).toMatchObject([step, { signal: 'SIGKILL' }]);
        await expectWholeLake(pipeline);
      }
    }
    {
      await using run = pipeline.start(['run', ...PORTS], SHORT);
      await run.event('live');
      await database.query('delete from t where id % 7 = 0');
      await eventually(async () => (await store.head(first.path)) === null, 'data of an old batch to be gone', 300_000);
      expect((await readFloors(store)).get(first.tableId)).toBeGreaterThan(0);
      const keeps = { retention: 1_000, tables: [{ glob: 'public.other', retention: 'forever' }], bases: 1, proof: 'rebuild' };
      expect(await getPositions(store)).toMatchObject([{ keeps }]);
      await database.query('insert into t select g, 1 from generate_series(2000, 2100) g');
      await expectVerified(pipeline, SHORT);
      await expectWholeLake(pipeline);
      run.kill('SIGTERM');
      await run.ended();
    }
    await rm(path.join(pipeline.folder, 'warehouse'), { recursive: true });
    await using run = pipeline.start(['run', ...PORTS], SHORT);
    await run.event('live');
    await expectVerified(pipeline, SHORT);
    await expectWholeLake(pipeline);
  },
);
