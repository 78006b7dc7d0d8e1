import { expect, test } from 'vitest';
import type { ModelRecord } from './model-record.ts';
import { takenWith, whyDue } from './due.ts';

const last = { run: 1, status: 'published', startedAt: '', durationMs: 1, manifest: 10, asked: 'a', error: null, failing: [] } as const;
const record: ModelRecord = { model: 'm.a', database: 'm', name: 'a', inputs: [], sources: [], shown: null, last, gone: false };
const facts = {
  kind: 'table',
  asked: 'a',
  hasTests: false,
  every: 1_000,
  cronDue: null,
  record,
  changed: 10,
  sources: 'live',
  blocked: false,
  sinceMs: 5_000,
} as const;
const refused = { ...record, last: { ...last, status: 'failed', error: { code: 'WAREHOUSE_QUERY', message: '' } } } as const;
const unread = { ...record, last: { ...last, status: 'failed', error: { code: 'TABLE_NOT_LIVE', message: '' } } } as const;
const skipped = { ...record, last: { ...last, status: 'skipped', error: { code: 'SKIPPED', message: '' } } } as const;
const untrue = { ...record, last: { ...last, status: 'failed', error: { code: 'TEST_FAILED', message: '' } } } as const;

test.each([
  ['a model that has no record', { record: null }, 'first'],
  ['one whose text or tests changed', { asked: 'b' }, 'text'],
  ['one whose inputs have not changed', {}, null],
  ['one with a changed input', { changed: 11 }, 'changed'],
  ['one with a changed input that ran just now', { changed: 11, sinceMs: 900 }, null],
  ['one without `@every` that ran half a minute ago', { changed: 11, every: null, sinceMs: 30_000 }, null],
  ['one with `@cron` whose time has come', { cronDue: true }, 'cron'],
  ['one with `@cron`, after any change', { cronDue: false, changed: 11 }, null],
  ['a view, which needs no run', { kind: 'view', changed: 11 }, null],
  ['a view with tests', { kind: 'view', changed: 11, hasTests: true }, 'changed'],
  ['one that the engine refused just now', { record: refused, sinceMs: 5_000 }, null],
  ['one that the engine refused a minute ago', { record: refused, sinceMs: 60_000 }, 'again'],
  ['one whose test failed, until an input changes', { record: untrue, sinceMs: 60_000 }, null],
  ['one that was skipped, while a model that it reads fails', { record: skipped, blocked: true, changed: 11 }, null],
  ['one that was skipped, once that model is published', { record: skipped }, 'again'],
  ['a new one whose table has no rows yet', { record: null, sources: 'coming' }, null],
  ['one that missed a table, while it is missing', { record: unread, sources: 'gone', changed: 11 }, null],
  ['one that missed a table that is back', { record: unread }, 'again'],
] as const)('%s: %j is %s', (_, part, why) => {
  expect(whyDue({ ...facts, ...part })).toBe(why);
});

test('a run takes what its models read; one with @cron only when it was never shown', () => {
  const models = [
    { id: 'a', inputs: ['public.t'], cron: null },
    { id: 'nightly', inputs: ['a'], cron: {} },
    { id: 'b', inputs: ['a', 'nightly'], cron: null },
    { id: 'c', inputs: [], cron: null },
  ];
  expect([...takenWith(['b'], models, () => true)].toSorted()).toEqual(['a', 'b']);
  expect([...takenWith(['b'], models, () => false)].toSorted()).toEqual(['a', 'b', 'nightly']);
  expect([...takenWith(['nightly'], models, () => true)].toSorted()).toEqual(['a', 'nightly']);
});
