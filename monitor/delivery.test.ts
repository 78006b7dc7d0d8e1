import { expect, test } from 'vitest';
import { TailraceError } from '../core/errors.ts';
import { createLogger } from '../core/log.ts';
import { eventually } from '../test/support/eventually.ts';
import type { Notice } from './alert.ts';
import { Delivery } from './delivery.ts';

const log = createLogger({ level: 'error', role: 'test' });

function notice(summary: string, key = 'k'): Notice {
  const alert = { key, kind: 'test', severity: 'warn', table: null, stage: null, summary, figures: {}, since: '' } as const;
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

test('a notice that is not taken is shown, and tried again in order', async () => {
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

test('after the signal, a failing notice is not tried for ever', async () => {
  const { taken, channel } = refusing(Number.POSITIVE_INFINITY);
  const abort = new AbortController();
  const delivery = new Delivery(channel, log, abort.signal);
  delivery.put(notice('one'));
  abort.abort();
  await delivery.settled();
  expect([taken, delivery.state.waiting]).toEqual([[], 1]);
});

test('an alert whose content is refused delays no other alert, and is not sent again', async () => {
  const taken: string[] = [];
  const tried: string[] = [];
  const send = async ({ alert }: Notice): Promise<void> => {
    tried.push(alert.summary);
    if (alert.summary === 'too long') throw new TailraceError('ALERT_REFUSED', 'the receiver answered 400');
    taken.push(alert.summary);
  };
  const delivery = new Delivery({ name: 'test', send }, log, new AbortController().signal);
  for (const summary of ['too long', 'one', 'two']) delivery.put(notice(summary, summary));
  await delivery.settled();
  expect([tried, taken]).toEqual([
    ['too long', 'one', 'two'],
    ['one', 'two'],
  ]);
  expect(delivery.state).toMatchObject({ waiting: 0, delivered: 2 });
});

test('an alert that is never taken delays no other alert, and later notices of it stay behind it', async () => {
  const taken: string[] = [];
  const send = async ({ alert }: Notice): Promise<void> => {
    if (alert.summary === 'raised') throw new Error('the command ended with 3');
    taken.push(alert.summary);
  };
  const abort = new AbortController();
  const delivery = new Delivery({ name: 'test', send }, log, abort.signal);
  delivery.put(notice('raised', 'a'));
  delivery.put(notice('resolved', 'a'));
  delivery.put(notice('other', 'b'));
  await eventually(() => taken.length > 0, 'the other alert');
  expect([taken, delivery.state.waiting]).toEqual([['other'], 2]);
  abort.abort();
  await delivery.settled();
});
