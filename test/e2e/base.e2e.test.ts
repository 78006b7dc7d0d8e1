import { expect, test } from 'vitest';
import type { Failpoint } from '../../core/failpoint.ts';
import { BaseLog } from '../../lake/bases/base-log.ts';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { SHOP_SCHEMA, startLoad } from '../support/shop-load.ts';
import { expectVerified } from '../support/verified.ts';

const PORTS = ['--sql-port', '0', '--http-port', '0'];
const SOON = ['--lake-base-interval', '1s'];

test.each<Failpoint>(['base-cloned', 'base-chunk-put', 'base-done'])(
  'a compactor killed at "%s" is recovered from, and later bases are proven',
  { timeout: 600_000 },
  async (step) => {
    await using database = await createDatabase();
    await database.query(SHOP_SCHEMA);
    await using pipeline = createPipeline({ source: database.url });
    const others = ['replicate', 'snapshot'].map((role) => pipeline.start([role]));
    const load = startLoad(database.url, 1, step.length);
    const doomed = pipeline.start(['compact', '--sql-port', '0', ...SOON], { TAILRACE_FAILPOINT: step });
    expect(await doomed.ended()).toMatchObject({ signal: 'SIGKILL' });
    for (const other of others) await other[Symbol.asyncDispose]();
    const run = pipeline.start(['run', ...PORTS, ...SOON]);
    await run.event('live');
    const bases = new BaseLog(new DirectoryStore(pipeline.lake));
    await eventually(async () => (await bases.whole()).some(({ proof }) => proof?.equal === true), 'a base that is proven');
    await load.stop();
    await expectVerified(pipeline);
    const asked = await pipeline.cli(['base', '--json']);
    expect(asked, asked.stdout + asked.stderr).toMatchObject({ code: 0 });
    const answer = JSON.parse(asked.stdout) as { bases: { proof: string }[]; refused: unknown[] };
    expect(answer.refused).toEqual([]);
    expect(new Set(answer.bases.map(({ proof }) => proof))).toEqual(new Set(['rebuild']));
    expect((await bases.whole()).filter(({ proof }) => proof?.equal === false)).toEqual([]);
    const status = await pipeline.cli(['status', '--json']);
    expect((JSON.parse(status.stdout) as { bases: unknown[] }).bases).toHaveLength(answer.bases.length);
  },
);
