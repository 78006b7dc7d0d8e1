import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PostgresServer } from '../support/postgres.ts';
import { chosenVersion } from '../support/postgres-version.ts';
import { drawWorld } from './draw-world.ts';
import { play } from './player.ts';
import { startWorldServer } from './server.ts';
import { parseWorld } from './world.ts';

const CASES = path.join(import.meta.dirname, 'cases');

let server: PostgresServer;
beforeAll(async () => {
  server = await startWorldServer(chosenVersion());
});
afterAll(async () => server[Symbol.asyncDispose]());

test.each([5, 6])('the warehouse equals the source at every stop of the random world of seed %i', { timeout: 600_000 }, async (seed) => {
  const outcome = await play(drawWorld({ seed, version: chosenVersion() }), server);
  expect(outcome.failure, outcome.failure?.text).toBeNull();
  expect(outcome.comparisons).toBeGreaterThan(1);
});

test.each(readdirSync(CASES))('a world that was once played wrong is played right: %s', { timeout: 600_000 }, async (file) => {
  const outcome = await play(parseWorld(readFileSync(path.join(CASES, file), 'utf8')), server);
  expect(outcome.failure, outcome.failure?.text).toBeNull();
  expect(outcome.refused).toBe(0);
});
