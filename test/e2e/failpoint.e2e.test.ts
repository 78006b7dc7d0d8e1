import { expect, test } from 'vitest';
import type { Failpoint } from '../../core/failpoint.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { SHOP_SCHEMA, startLoad } from '../support/shop-load.ts';
import { expectVerified } from '../support/verified.ts';

const STEPS: Record<'replicate' | 'snapshot' | 'compact', Failpoint[]> = {
  replicate: ['lake-made', 'publication-made', 'slot-made', 'epoch-made', 'data-put', 'manifest-put'],
  snapshot: ['snapshot-planned', 'chunk-put', 'chunk-named', 'snapshot-done'],
  compact: ['chunks-loaded', 'window-staged', 'window-merged', 'window-marked', 'view-changed'],
};

const PORTS = ['--sql-port', '0', '--http-port', '0'];

/** Roles that must be at work for another one to reach its steps. */
const OTHERS = { replicate: [], snapshot: ['replicate'], compact: ['replicate', 'snapshot'] } as const;

test('roles that share a process die with it and are started again; when it keeps dying they part, and all is recovered', async () => {
  await using database = await createDatabase();
  await database.query(SHOP_SCHEMA);
  await using pipeline = createPipeline({ source: database.url });
  const load = startLoad(database.url, 1, 1);
  const doomed = pipeline.start(['run', ...PORTS], { TAILRACE_FAILPOINT: 'window-merged' });
  await eventually(() => doomed.stderr().includes('each role gets a process of its own'), 'roles that part');
  for (const role of ['replicate', 'snapshot', 'compact', 'monitor'])
    expect(doomed.stderr()).toMatch(new RegExp(`"process":"${role}".*a role died and is started again`));
  await eventually(() => new Set(doomed.roles().values()).size > 2, 'processes of their own');
  await doomed[Symbol.asyncDispose]();
  const run = pipeline.start(['run', ...PORTS]);
  await run.event('live');
  await load.stop();
  await expectVerified(pipeline);
});

for (const role of ['replicate', 'snapshot', 'compact'] as const) {
  for (const step of STEPS[role]) {
    test(`a ${role} killed at "${step}" is recovered from`, { timeout: 600_000 }, async () => {
      await using database = await createDatabase();
      await database.query(SHOP_SCHEMA);
      await using pipeline = createPipeline({ source: database.url });
      const others = OTHERS[role].map((other) => pipeline.start([other]));
      const load = startLoad(database.url, 1, step.length);
      const doomed = pipeline.start(role === 'compact' ? [role, '--sql-port', '0'] : [role], { TAILRACE_FAILPOINT: step });
      expect(await doomed.ended()).toMatchObject({ signal: 'SIGKILL' });
      for (const other of others) await other[Symbol.asyncDispose]();
      const run = pipeline.start(['run', ...PORTS]);
      await run.event('live');
      const before = load.committed();
      await eventually(() => load.committed() > before + 50, 'traffic after the crash');
      await load.stop();
      await expectVerified(pipeline);
    });
  }
}
