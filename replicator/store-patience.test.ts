import { expect, test } from 'vitest';
import { TailraceError } from '../core/errors.ts';
import { silentLogger } from '../core/log.ts';
import { StorePatience } from './store-patience.ts';

const unavailable = new TailraceError('LAKE_UNAVAILABLE', 'no answer');

function patience(): { patience: StorePatience; clock: { nowMs: number }; abort: AbortController } {
  const clock = { nowMs: 0 };
  const abort = new AbortController();
  return {
    patience: new StorePatience({ time: { wall: () => 0, elapsed: () => clock.nowMs }, log: silentLogger(), signal: abort.signal }),
    clock,
    abort,
  };
}

test('a call is repeated while the lake is out of reach', async () => {
  const { patience: patient } = patience();
  let tries = 0;
  const result = await patient.insist(async () => {
    tries += 1;
    if (tries === 1) throw unavailable;
    return 'stored';
  });
  expect([result, tries]).toEqual(['stored', 2]);
});

test('any other failure is not repeated', async () => {
  const { patience: patient } = patience();
  await expect(patient.insist(() => Promise.reject(new TailraceError('FENCED', 'taken')))).rejects.toThrow(/FENCED/);
});

test('it knows for how long nothing got through, and forgets when something does', async () => {
  const { patience: patient, clock } = patience();
  expect(patient.stalledMs()).toBe(0);
  const { promise: hangs, resolve } = Promise.withResolvers<void>();
  const waiting = patient.insist(() => hangs);
  clock.nowMs = 5_000;
  expect(patient.stalledMs()).toBe(5_000);
  await patient.insist(async () => undefined);
  expect(patient.stalledMs()).toBe(0);
  resolve();
  await waiting;
  clock.nowMs = 90_000;
  expect(patient.stalledMs()).toBe(0);
});

test('the end of a session ends the waiting', async () => {
  const { patience: patient, abort } = patience();
  const waiting = patient.insist(() => Promise.reject(unavailable));
  abort.abort();
  await expect(waiting).rejects.toThrow(/LAKE_UNAVAILABLE/);
});
