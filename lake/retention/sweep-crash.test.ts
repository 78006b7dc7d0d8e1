import { expect, test } from 'vitest';
import { TailraceError } from '../../core/errors.ts';
import { DyingStore } from '../../test/support/retention/dying-store.ts';
import { DAY_HOURS, ONE, RetainedLake, TWO } from '../../test/support/retention/retained-lake.ts';
import { expiredKey } from '../keys.ts';
import { checkLake } from './lake-check.ts';
import type { Sweeper } from './sweep.ts';

const [FIRST, SECOND] = [ONE.tableId, TWO.tableId];
const START = 31 * DAY_HOURS;

/**
 * A lake of two tables with bases, the remains of a crashed writer, a reader that is silent for 31
 * days and one that is for 29.
 */
async function madeLake(): Promise<RetainedLake> {
  const lake = await RetainedLake.open();
  await lake.reader('gone', { [FIRST]: { manifest: 0, source: null }, [SECOND]: { manifest: 0, source: null } });
  lake.at(2 * DAY_HOURS);
  await lake.copy(ONE);
  await lake.copy(TWO);
  await lake.batch(ONE, TWO);
  const [taken = ''] = await lake.base(ONE, 1);
  await lake.batch(ONE, TWO);
  await lake.base(ONE, 2, { takes: taken });
  await lake.base(TWO, 1);
  await lake.batch(ONE, TWO);
  await lake.base(ONE, 3);
  await lake.base(TWO, 2);
  // 29 days before the last turn.
  lake.at(START + 84 - 29 * DAY_HOURS);
  await lake.reader('late', { [FIRST]: { manifest: 3, source: null }, [SECOND]: { manifest: 1, source: null } });
  await lake.memory.put(`data/${FIRST}/dd-1.arrow`, new Uint8Array(1));
  return lake;
}

/** Three rounds of looks, each a grace and some hours after the one before. */
const HOURS = [0, 3, 28, 31, 56, 59, 84].map((hour) => START + hour);

async function expectNothingMissing(lake: RetainedLake, when: string): Promise<void> {
  const { problems } = await checkLake(lake.memory, lake.log, { deep: false });
  expect({ when, problems: problems.filter(({ kind }) => kind !== 'unnamed') }).toEqual({ when, problems: [] });
}

/**
 * Turns at these hours, each after a manifest: what writers have left goes only when the log grows.
 */
async function sweepGrowing(lake: RetainedLake, sweeper: Sweeper, hours: readonly number[]): Promise<void> {
  for (const hour of hours) {
    await lake.batch();
    await lake.sweep(sweeper, hour);
  }
}

/** Turns until the store dies; whether it did. */
async function sweepAndDie(lake: RetainedLake, changes: number): Promise<boolean> {
  const store = new DyingStore(lake.memory, changes);
  const sweeper = lake.sweeper({}, store);
  try {
    await sweepGrowing(lake, sweeper, HOURS);
  } catch (error) {
    if (!(error instanceof TailraceError) || !store.isDead) throw error;
  }
  return store.isDead;
}

test('a sweeper that dies after any change leaves nothing missing, and the next one does what it left', async () => {
  const unharmed = await madeLake();
  expect(await sweepAndDie(unharmed, Number.POSITIVE_INFINITY)).toBe(false);
  const left = (await unharmed.keys()).filter((key) => !/^(?:sweep|stream)\//.test(key));
  expect(left).toContain(expiredKey('gone', 1));
  expect(left).not.toContain(expiredKey('late', 1));
  expect(left.filter((key) => key.startsWith('data/'))).toHaveLength(3);
  let died = 0;
  for (let changes = 1; ; changes += 1) {
    const lake = await madeLake();
    if (!(await sweepAndDie(lake, changes))) break;
    died += 1;
    await expectNothingMissing(lake, `after change ${changes}`);
    const from = lake.hour;
    await sweepGrowing(lake, lake.sweeper(), [...HOURS.map((hour) => from + hour - START), from + 110, from + 113]);
    await expectNothingMissing(lake, `later, after change ${changes}`);
    // The second reader has become silent, too.
    const now = (await lake.keys()).filter((key) => !/^(?:sweep|stream)\//.test(key));
    expect(now.filter((key) => !left.includes(key) && key !== expiredKey('late', 1))).toEqual([]);
  }
  expect(died).toBeGreaterThan(25);
});

test('two sweepers in any step delete only what a look says', async () => {
  for (let ahead = 1; ahead < 60; ahead += 1) {
    const lake = await madeLake();
    const [one, other] = [lake.sweeper(), lake.sweeper()];
    await lake.sweep(one, START, START + 3);
    await lake.turn(other);
    lake.at(START + 28);
    const first = lake.turn(one);
    for (let turns = 0; turns < ahead * 20; turns += 1) await Promise.resolve();
    const looks = (await Promise.all([first, lake.turn(other)])).filter(({ look }) => look !== null);
    expect(looks).toHaveLength(1);
    await expectNothingMissing(lake, `${ahead} steps ahead`);
  }
});
