import { expect, test } from 'vitest';
import { ReadGate } from './read-gate.ts';

test('a move waits for queries that are being planned, and queries that come wait for the move', async () => {
  const gate = new ReadGate(60_000);
  const steps: string[] = [];
  const planned = Promise.withResolvers<void>();
  await gate.pass(() => ({ begun: planned.promise.then(() => steps.push('planned')) }));
  const moving = gate.close(async () => void steps.push('moved'));
  const coming = gate.pass(() => ({ begun: Promise.resolve(steps.push('came')) }));
  planned.resolve();
  await Promise.all([moving, coming]);
  expect(steps).toEqual(['planned', 'moved', 'came']);
});

test('a query that fails, or is long at work, holds no move, and a move that fails opens the gate', async () => {
  const gate = new ReadGate(10);
  await gate.pass(() => ({ begun: Promise.reject(new Error('refused')) }));
  await gate.pass(() => ({ begun: new Promise(() => undefined) }));
  await expect(gate.close(() => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk');
  const moves: number[] = [];
  await Promise.all([1, 2].map((move) => gate.close(async () => void moves.push(move))));
  expect(moves).toEqual([1, 2]);
});
