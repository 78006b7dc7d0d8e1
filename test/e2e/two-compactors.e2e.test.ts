import { expect, test } from 'vitest';
import { startCompactorPair } from '../support/servers/compactor-pair.ts';
import { expectVerified } from '../support/verified.ts';

test(
  'a second compactor on a server stands by, and takes over from one that was killed and from one that was stopped',
  { timeout: 600_000 },
  async () => {
    await using pair = await startCompactorPair();
    const { pipeline, first, second } = pair;
    await pair.change();
    expect(second.events.map(({ event }) => event)).toEqual(['standby']);
    first.kill('SIGKILL');
    await second.event('ready');
    const third = pipeline.start(['compact']);
    await third.event('standby');
    await pair.change();
    second.kill('SIGTERM');
    expect(await second.ended()).toMatchObject({ code: 0 });
    await third.event('ready');
    await pair.change();
    await expectVerified(pipeline);
  },
);
