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

/** Roles that must be at work for another one to reach its steps. */
const OTHERS = { replicate: [], snapshot: ['replicate'], compact: ['replicate', 'snapshot'] } as const;

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
      const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
      await run.event('live');
      const before = load.committed();
      await eventually(() => load.committed() > before + 50, 'traffic after the crash');
      await load.stop();
      await expectVerified(pipeline);
    });
  }
}
