import { describe, expect, test } from 'vitest';
import { MOST_EVENTS, parseBody } from './event-body.ts';

const ID = '0190b2a4-6b1e-7cc3-98c4-dc0c0c07398f';
const good = { id: ID, at: '2026-03-01T10:00:00.123456Z', customer_id: 7, kind: 'order', payload: { total: 19.99, note: 'ü' } };
const parsed = (body: unknown): ReturnType<typeof parseBody> => parseBody(Buffer.from(JSON.stringify(body)));

describe('a body', () => {
  test.each([
    ['an array', [good]],
    ['an object with events', { events: [good] }],
  ])('is %s', (_form, body) => {
    expect(parsed(body)).toEqual({ events: [{ index: 0, event: good }], rejected: [] });
  });

  test.each([
    ['not JSON', Buffer.from('{')],
    ['not UTF-8', Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d])],
    ['empty', Buffer.from('')],
  ])('%s is refused', (_form, bytes) => {
    expect(() => parseBody(bytes)).toThrow(expect.objectContaining({ status: 400 }));
  });

  test.each([[{}], [{ events: {} }], [{ events: [], more: 1 }], ['text'], [null], [good]])('%j is refused', (body) => {
    expect(() => parsed(body)).toThrow(expect.objectContaining({ status: 400 }));
  });

  test('with too many events is refused', () => {
    expect(parsed(Array.from({ length: MOST_EVENTS }, () => good)).events).toHaveLength(MOST_EVENTS);
    expect(() => parsed(Array.from({ length: MOST_EVENTS + 1 }, () => good))).toThrow(expect.objectContaining({ status: 413 }));
  });
});

describe('an event', () => {
  test.each([
    ['no id', { ...good, id: undefined }, 'id: '],
    ['an id that is no UUID', { ...good, id: '7' }, 'id: '],
    ['no time', { ...good, at: undefined }, 'at: '],
    ['a time without a zone', { ...good, at: '2026-03-01T10:00:00' }, 'at: '],
    ['a day that does not exist', { ...good, at: '2026-02-30T10:00:00Z' }, 'at: '],
    ['the year 0', { ...good, at: '0000-02-03T10:00:00Z' }, 'at: '],
    ['a customer that is text', { ...good, customer_id: '7' }, 'customer_id: '],
    ['a customer that was rounded', { ...good, customer_id: 2 ** 60 }, 'customer_id: '],
    ['no kind', { ...good, kind: '' }, 'kind: '],
    ['a kind with a zero byte', { ...good, kind: 'a\0' }, 'kind: has a character'],
    ['no payload', { ...good, payload: undefined }, 'payload: '],
    ['a payload that is a list', { ...good, payload: [] }, 'payload: '],
    ['half a character', { ...good, payload: { a: ['\ud800'] } }, 'payload: has a character'],
    ['a zero byte in a name', { ...good, payload: { 'a\0': 1 } }, 'payload: has a character'],
    ['a number that was rounded', { ...good, payload: { a: { b: 2 ** 60 } } }, 'payload: has a number'],
    ['a field that is not known', { ...good, colour: 'red' }, 'event: '],
    ['a payload that is too deep', { ...good, payload: deep(40) }, 'payload: is more than'],
    ['nothing at all', null, 'event: '],
  ])('with %s is rejected alone, with its place', (_what, bad, error) => {
    const { events, rejected } = parsed([good, bad, good]);
    expect(events.map(({ index }) => index)).toEqual([0, 2]);
    expect(rejected).toEqual([{ index: 1, error: expect.stringContaining(error) }]);
  });

  test('has a lower-case id, and may come from nobody known', () => {
    const [first, second] = parsed([
      { ...good, id: ID.toUpperCase(), customer_id: null },
      { ...good, customer_id: undefined },
    ]).events;
    expect(first?.event).toEqual({ ...good, customer_id: null });
    expect(second?.event.customer_id).toBeNull();
  });

  test('with a payload of a hundred thousand levels is rejected', () => {
    const text = `[${JSON.stringify(good).replace('{"total":19.99,"note":"ü"}', `{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`)}]`;
    expect(parseBody(Buffer.from(text)).rejected).toEqual([{ index: 0, error: expect.stringContaining('levels deep') }]);
  });
});

function deep(levels: number): object {
  return levels === 0 ? {} : { a: deep(levels - 1) };
}
