import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PostgresServer } from '../support/postgres.ts';
import { chosenVersion } from '../support/postgres-version.ts';
import { startS3Server } from '../support/servers/versitygw.ts';
import { parseWorld, type World } from '../world/world.ts';
import { drawOrdeal } from './draw-ordeal.ts';
import { FAULTS, requireOrdealDeed } from './faults.ts';
import { findMissing, needsOf, withoutMissing } from './needs.ts';
import { playOrdeal } from './ordeal.ts';
import { startOrdealServer } from './ordeal-server.ts';
import { Tally } from './tally.ts';

const CASES = path.join(import.meta.dirname, 'cases');
/** Those that take the least time of a core; a case has the faults of the store. */
const SEEDS = [1, 3, 5, 9, 38, 39];
/** For what never comes back, not for what is slow: other tests run beside this one. */
const PATIENCE_MS = 300_000;

const s3 = await startS3Server();
Object.assign(process.env, s3?.environment);
const missing = await findMissing(s3);
const left = [...missing].map(([need, why]) => ` (without ${need}: ${why})`).join('');

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startOrdealServer(chosenVersion());
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
  await s3?.[Symbol.asyncDispose]();
});

async function expectEndured(world: World): Promise<void> {
  const outcome = await playOrdeal(world, { servers: { postgres, s3 }, tally: new Tally(), patienceMs: PATIENCE_MS });
  expect(outcome.failure, outcome.failure?.text).toBeNull();
  expect(outcome.comparisons).toBeGreaterThan(0);
}

test.each(SEEDS)(`all is live and equal after the faults of seed %i${left}`, { timeout: 900_000 }, async (seed) => {
  await expectEndured(withoutMissing(drawOrdeal({ seed, version: chosenVersion(), faults: FAULTS }), missing));
});

const cases = readdirSync(CASES).map((file) => ({
  file,
  world: parseWorld(readFileSync(path.join(CASES, file), 'utf8'), requireOrdealDeed),
}));
for (const { file, world } of cases) {
  const lacks = [...needsOf(world)].flatMap((need) => missing.get(need) ?? []);
  test.skipIf(lacks.length > 0)(`faults that once did harm do none: ${[file, ...lacks].join(', ')}`, { timeout: 900_000 }, async () => {
    await expectEndured(world);
  });
}
