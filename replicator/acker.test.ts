import { expect, test } from 'vitest';
import { Acker } from './acker.ts';

test('only the position of a stored manifest is acknowledged, exactly', () => {
  const acker = new Acker(100n, 0, 10_000);
  acker.keepalive(500n, true);
  expect(acker.durable).toBe(100n);
  expect(acker.stored(200n, 0)).toBe(200n);
});

test('an acknowledged position never goes back', () => {
  const acker = new Acker(100n, 0, 10_000);
  acker.stored(200n, 0);
  expect(acker.stored(150n, 0)).toBe(200n);
});

test('the position of a keepalive goes into a heartbeat manifest after ten seconds', () => {
  const acker = new Acker(100n, 0, 10_000);
  acker.keepalive(500n, false);
  expect(acker.heartbeat(true, 9_000)).toEqual({ kind: 'wait', ms: 1_000 });
  expect(acker.heartbeat(true, 10_000)).toEqual({ kind: 'publish', to: 500n });
});

test('it goes there within a second when the source asks', () => {
  const acker = new Acker(100n, 0, 10_000);
  acker.keepalive(500n, true);
  expect(acker.heartbeat(true, 400)).toEqual({ kind: 'wait', ms: 600 });
  expect(acker.heartbeat(true, 1_000)).toEqual({ kind: 'publish', to: 500n });
});

test('a request is answered once and does not hurry what comes after', () => {
  const acker = new Acker(100n, 0, 10_000);
  acker.keepalive(500n, true);
  acker.heartbeat(true, 1_000);
  acker.stored(500n, 1_000);
  acker.keepalive(600n, false);
  expect(acker.heartbeat(true, 2_500)).toEqual({ kind: 'wait', ms: 8_500 });
});

test('any other manifest puts the next heartbeat off', () => {
  const acker = new Acker(100n, 0, 10_000);
  acker.keepalive(500n, false);
  acker.stored(200n, 9_000);
  expect(acker.heartbeat(true, 10_000)).toEqual({ kind: 'wait', ms: 9_000 });
});

test('no heartbeat while something received is unpublished, not even when the server asks for it', () => {
  const acker = new Acker(100n, 0, 10_000);
  acker.keepalive(500n, true);
  expect(acker.heartbeat(false, 60_000)).toEqual({ kind: 'wait', ms: null });
});

test('a keepalive that says nothing new makes no manifest', () => {
  const acker = new Acker(100n, 0, 10_000);
  acker.keepalive(100n, true);
  expect(acker.heartbeat(true, 60_000)).toEqual({ kind: 'wait', ms: null });
});

test('with everything published, the stream was read up to the batch or the last keepalive', () => {
  const acker = new Acker(100n, 0, 10_000);
  expect(acker.reached(300n)).toBe(300n);
  acker.keepalive(500n, false);
  expect(acker.reached(300n)).toBe(500n);
  expect(acker.durable).toBe(100n);
});
