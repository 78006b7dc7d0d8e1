import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PostgresServer } from '../support/postgres.ts';
import { chosenVersion } from '../support/postgres-version.ts';
import { startWorldServer } from '../world/server.ts';
import { playMarts } from './play-marts.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startWorldServer(chosenVersion());
});
afterAll(async () => server[Symbol.asyncDispose]());

test('every incremental mart equals its whole build after random changes, a new copy and a kill at each failpoint', async () => {
  const outcome = await playMarts(
    { seed: 1, rounds: 4, disturbances: ['kill at model-built', 'kill at run-tested', 'kill at model-shown', 'resync'] },
    server,
  );
  expect(outcome.wrong).toEqual([]);
  expect(outcome.incremental).toBeGreaterThan(4);
  expect(outcome.compared).toBe(20);
  expect(outcome.killed).toEqual(['model-built', 'run-tested', 'model-shown']);
});

test('when the groups that rows have left are left out, the comparison finds it', async () => {
  const outcome = await playMarts({ seed: 1, rounds: 3, disturbances: ['nothing', 'nothing', 'nothing'], oldImages: false }, server);
  expect(outcome.wrong.join('\n')).toMatch(/differs from its whole build|rows? fails?/);
});
