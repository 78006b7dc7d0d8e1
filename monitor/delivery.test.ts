import { expect, test } from 'vitest';
import { createLogger } from '../core/log.ts';
import { eventually } from '../test/support/eventually.ts';
import type { Notice } from './alert.ts';
import { Delivery } from './delivery.ts';

const log = createLogger({ level: 'error', role: 'test' });

function notice(summary: string): Notice {
  const alert = { key: 'k', kind: 'test', severity: 'warn', table: null, stage: null, summary, figures: {}, since: '' } as const;
  return { status: 'raised', at: '', alert };
}

/** A channel that refuses so often before it takes something. */
function refusing(times: number) {
  const taken: string[] = [];
  let left = times;
  const send = async ({ alert }: Notice): Promise<void> => {
    if (left-- > 0) throw new Error('not now');
    taken.push(alert.summary);
  };
  return { taken, channel: { name: 'test', send } };
}

test('what is not taken is tried again, in order, and shown meanwhile', async () => {
  const { taken, channel } = refusing(1);
  const delivery = new Delivery(channel, log, new AbortController().signal);
  for (const summary of ['one', 'two']) delivery.put(notice(summary));
  await eventually(() => (delivery.state.failure === null ? undefined : true), 'a failure');
  expect(delivery.state).toEqual({
    channel: 'test',
    waiting: 2,
    delivered: 0,
    failure: expect.stringMatching(/^ALERT_NOT_TAKEN: not now\./),
  });
  await delivery.settled();
  expect(taken).toEqual(['one', 'two']);
  expect(delivery.state).toEqual({ channel: 'test', waiting: 0, delivered: 2, failure: null });
});

test('when it is told to end, what was refused is not tried for ever', async () => {
  const { taken, channel } = refusing(Number.POSITIVE_INFINITY);
  const abort = new AbortController();
  const delivery = new Delivery(channel, log, abort.signal);
  delivery.put(notice('one'));
  abort.abort();
  await delivery.settled();
  expect([taken, delivery.state.waiting]).toEqual([[], 1]);
});
