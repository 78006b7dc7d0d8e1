import { expect, test } from 'vitest';
import { startCompactorPair } from '../support/servers/compactor-pair.ts';
import { expectVerified } from '../support/verified.ts';

/** Longer than the silence after which the second one takes over. */
const TAKES_OVER_MS = 300_000;

test(
  'a compactor that was frozen until another one took its server over ends when it wakes, and changes nothing',
  { timeout: 600_000 },
  async () => {
    await using pair = await startCompactorPair();
    const { pipeline, first, second } = pair;
    expect(await pipeline.cli(['await', '--now', '--timeout', '180s'])).toMatchObject({ code: 0 });
    // It is at work when it stops.
    const changing = pair.change();
    first.kill('SIGSTOP');
    await changing;
    await second.event('ready', () => true, TAKES_OVER_MS);
    const changingAgain = pair.change();
    first.kill('SIGCONT');
    const { code, stderr } = await first.ended();
    expect(code, stderr).toBe(1);
    expect(stderr).toContain('WAREHOUSE_TAKEN');
    await changingAgain;
    await expectVerified(pipeline);
  },
);
