import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { Looks } from './looks.ts';
import type { Look } from './looks.ts';

function looks(answer: (id: string) => Promise<void> = async () => undefined): Looks {
  return new Looks(answer, silentLogger());
}

function look(askers: readonly string[], at: bigint): Look {
  return { number: 1, tables: new Map(), added: new Map(), askers, at, lastEnded: false };
}

test('a request is heard once, and other messages are none', async () => {
  const asked = looks();
  for (const content of ['', 'await', 'look:', 'look:../x', 'look:look-1', 'look:look-1', 'look:look-2']) asked.hear(content);
  await asked.next(60_000, new AbortController().signal);
  expect(asked.begin()).toEqual(['look-1', 'look-2']);
  expect(asked.begin()).toEqual([]);
});

test('a request that was not answered is there again for the next session', async () => {
  const answered: string[] = [];
  const asked = looks(async (id) => {
    if (id === 'b') throw new Error('the store is down');
    answered.push(id);
  });
  for (const content of ['look:a', 'look:b']) asked.hear(content);
  await asked.settled(look(asked.begin(), 0n));
  expect(answered).toEqual(['a']);
  asked.restart();
  expect(asked.begin()).toEqual(['b']);
});

test('a request wakes the heartbeat that waits for the next one', async () => {
  const asked = looks();
  const next = asked.next(60_000, new AbortController().signal);
  asked.hear('look:a');
  await next;
  expect(asked.begin()).toEqual(['a']);
});

test('a look is handed out once, when the stream has passed its position', () => {
  const asked = looks();
  asked.hear('look:a');
  const waiting = look(asked.begin(), 8n);
  asked.wait(waiting);
  expect([asked.passed(7n), asked.waiting]).toEqual([null, true]);
  expect([asked.passed(8n), asked.waiting]).toEqual([waiting, false]);
  expect(asked.passed(9n)).toBeNull();
});

test('the requests of a look that was given up are answered by the next one', () => {
  const asked = looks();
  asked.hear('look:a');
  asked.giveUp(asked.begin());
  expect([asked.requested, asked.begin()]).toEqual([true, ['a']]);
});

test('a session that ends takes its waiting look with it', () => {
  const asked = looks();
  asked.hear('look:a');
  asked.wait(look(asked.begin(), 8n));
  asked.restart();
  expect([asked.waiting, asked.begin()]).toEqual([false, ['a']]);
});
