import { expect, test } from 'vitest';
import { AskedLooks } from './asked-looks.ts';

test('a wish is heard once, and other messages are none', async () => {
  const asked = new AskedLooks();
  for (const content of ['', 'await', 'look:', 'look:../x', 'look:look-1', 'look:look-1', 'look:look-2']) asked.hear(content);
  await asked.next(60_000, new AbortController().signal);
  expect(asked.take()).toEqual(['look-1', 'look-2']);
  expect(asked.take()).toEqual([]);
});

test('a wish that was taken and not answered is there again for the next session', () => {
  const asked = new AskedLooks();
  for (const content of ['look:a', 'look:b']) asked.hear(content);
  asked.answered(asked.take().slice(0, 1));
  asked.again();
  expect(asked.take()).toEqual(['b']);
});

test('a wish wakes whoever waits for the next one', async () => {
  const asked = new AskedLooks();
  const next = asked.next(60_000, new AbortController().signal);
  asked.hear('look:a');
  await next;
  expect(asked.take()).toEqual(['a']);
});
