import { expect, test } from 'vitest';
import type { Failpoint } from '../../core/failpoint.ts';
import { silentLogger } from '../../core/log.ts';
import { manifestNumber, pageKey } from '../../lake/keys.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import type { StoredManifest } from '../../lake/manifest.ts';
import { MANIFESTS_PER_PAGE } from '../../lake/pages/manifest-page.ts';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import { collect } from '../support/collect.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { expectVerified } from '../support/verified.ts';

const PORTS = ['--sql-port', '0', '--http-port', '0'];

/** Manifests that only repeat the position of the last one, as those of an idle source do. */
async function heartbeats(log: ManifestLog, count: number): Promise<void> {
  let last = await log.last();
  for (let n = 0; n < count; n += 1) {
    if (last === null) throw new Error('the lake has no manifest');
    const { hash, ...before }: StoredManifest = last;
    const quiet = { from: before.to, commitTimes: null, heartbeat: true, files: [], catalog: [] };
    const next = { ...before, ...quiet, number: before.number + 1, previous: hash };
    last = { ...next, hash: await log.append(next) };
  }
}

test('a compactor killed between a page and the end of its manifests is recovered from', { timeout: 300_000 }, async () => {
  await using database = await createDatabase();
  await database.query('create table seat (id int primary key, n int); insert into seat select i, i from generate_series(1, 100) i');
  await using pipeline = createPipeline({ source: database.url, env: { TAILRACE_LAKE_SWEEP_GRACE: '10s' } });
  const first = pipeline.start(['run', ...PORTS]);
  await first.event('live');
  await first[Symbol.asyncDispose]();
  const store = new DirectoryStore(pipeline.lake);
  const newLog = (): ManifestLog => new ManifestLog(store, silentLogger());
  const oldest = await newLog().read(1);
  await heartbeats(newLog(), MANIFESTS_PER_PAGE);
  for (const step of ['page-put', 'singles-gone'] satisfies Failpoint[]) {
    const doomed = pipeline.start(['compact', '--sql-port', '0'], { TAILRACE_FAILPOINT: step });
    expect(await doomed.ended()).toMatchObject({ signal: 'SIGKILL' });
    expect(await store.head(pageKey(0))).not.toBeNull();
    expect(await newLog().read(1)).toEqual(oldest);
  }
  const run = pipeline.start(['run', ...PORTS]);
  await run.event('live');
  await database.query('update seat set n = n + 1; insert into seat values (101, 1)');
  await expectVerified(pipeline);
  await eventually(async () => {
    const numbers = (await collect(store.list('stream/'))).map(({ key }) => manifestNumber(key) ?? 0);
    return numbers.length > 0 && Math.min(...numbers) > MANIFESTS_PER_PAGE;
  }, 'the single manifests of the page are gone');
  expect(await newLog().read(1)).toEqual(oldest);
});
