import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PostgresServer } from '../support/postgres.ts';
import { chosenVersion } from '../support/postgres-version.ts';
import { startWorldServer } from '../world/server.ts';
import type { Disturbance } from './draw-changes.ts';
import { MartWorld } from './mart-world.ts';
import { playMarts } from './play-marts.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startWorldServer(chosenVersion());
});
afterAll(async () => server[Symbol.asyncDispose]());

test('every incremental mart equals its whole build after random changes, a new copy and a kill at each failpoint', async () => {
  await using world = await MartWorld.open(server);
  const steps = ['model-built', 'run-tested', 'model-shown', 'freeze-saved'] as const;
  const disturbances: Disturbance[] = [...steps.map((step) => ({ kind: 'kill at', step }) as const), { kind: 'resync' }];
  const outcome = await playMarts({ seed: 1, rounds: disturbances.length, disturbances }, world);
  expect(outcome.wrong).toEqual([]);
  expect(outcome.incremental).toBeGreaterThan(5);
  expect(outcome.compared).toBe(30);
  expect(outcome.killed).toEqual(steps);
});

test('when the groups that rows have left are left out, the comparison finds it', async () => {
  await using world = await MartWorld.open(server, { oldImages: false });
  const nothing = { kind: 'nothing' } as const;
  const outcome = await playMarts({ seed: 1, rounds: 3, disturbances: [nothing, nothing, nothing] }, world);
  expect(outcome.wrong.join('\n')).toMatch(/differs from its whole build|rows? fails?/);
});
