import { expect, test } from 'vitest';
import { AlertBook } from '../alert-book.ts';
import { noticeText } from '../alert.ts';
import { Conditions } from '../conditions/conditions.ts';
import type { ModelStatus } from './model-status.ts';
import { statusReport } from '../../test/support/status-report.ts';

const LIMITS = { longTransactionMs: 600_000, walBudgetAction: 'alert' } as const;
const error = { code: 'MODEL_FAILED', message: `Cannot convert 'secret' to UInt8` };

const model = (name: string, more: Partial<ModelStatus> = {}): ModelStatus => ({
  model: name,
  state: 'fresh',
  asOf: '2026-01-01T00:00:00Z',
  freshnessSeconds: 1,
  slaSeconds: 60,
  error: null,
  ...more,
});
const failing = (table: string, severity: 'error' | 'warn', more = {}) => ({
  test: 'unique id',
  table,
  severity,
  keepsBack: severity === 'error',
  failures: 2,
  error: null,
  ...more,
});
const found = (report: Parameters<typeof statusReport>[0]) =>
  new Conditions(LIMITS).look(statusReport(report), 0).map(({ key, severity, summary }) => [key, severity, summary]);

test('a failing model is one alert without quoted values, and what it keeps back is none', () => {
  const models = [
    model('marts.a', { state: 'failed', error }),
    model('marts.b', { state: 'skipped', error: { code: 'SKIPPED', message: 'm' }, freshnessSeconds: 900 }),
  ];
  expect(found({ models })).toEqual([
    [
      'model-failed marts.a',
      'alert',
      "marts.a failed, and it keeps the rows that it had; models that read it are skipped. MODEL_FAILED: Cannot convert '…' to UInt8",
    ],
  ]);
});

test('a failing test is one alert, also where it fails its model', () => {
  const models = [model('marts.a', { state: 'failed', error: { code: 'TEST_FAILED', message: 'm' } })];
  expect(found({ models, failingTests: [failing('marts.a', 'error'), failing('marts.b', 'warn', { failures: 1 })] })).toEqual([
    [
      'test-failed marts.a unique id',
      'alert',
      'The test "unique id" of marts.a found 2 rows that should not be there. What it tests is not shown until it passes.',
    ],
    ['test-failed marts.b unique id', 'warn', 'The test "unique id" of marts.b found a row that should not be there.'],
  ]);
});

test('a test in a file keeps nothing back, and hides no failure of the model that it reads', () => {
  const models = [model('marts.a', { state: 'failed', error })];
  expect(found({ models, failingTests: [failing('marts.a', 'error', { keepsBack: false })] })).toMatchObject([
    ['model-failed marts.a', 'alert', expect.stringMatching(/^marts\.a failed/)],
    ['test-failed marts.a unique id', 'alert', 'The test "unique id" of marts.a found 2 rows that should not be there.'],
  ]);
});

test('a test that cannot run and an export that fails say why', () => {
  expect(
    found({
      failingTests: [failing('', 'error', { keepsBack: false, failures: 0, error })],
      failedExports: [{ table: 'marts.a', to: 's3://b/x', error: { code: 'LAKE_UNAVAILABLE', message: 'no answer' } }],
    }),
  ).toEqual([
    ['test-failed  unique id', 'alert', `The test "unique id" could not run. MODEL_FAILED: Cannot convert '…' to UInt8`],
    [
      'export-failed marts.a s3://b/x',
      'alert',
      'marts.a was not exported to s3://b/x; earlier files there stay. LAKE_UNAVAILABLE: no answer',
    ],
  ]);
});

test('the alert of a model stays while it is tried again, and is resolved once it is shown', () => {
  const conditions = new Conditions(LIMITS);
  const book = new AlertBook();
  const look = (second: number, ...models: ModelStatus[]) =>
    book
      .look(conditions.look(statusReport({ models }), second * 1000), {
        wallMs: Date.UTC(2026, 0, 1) + second * 1000,
        elapsedMs: second * 1000,
      })
      .map(noticeText);
  expect(look(0, model('marts.a', { state: 'failed', error }))).toEqual([
    "ALERT model-failed: marts.a failed, and it keeps the rows that it had; models that read it are skipped. MODEL_FAILED: Cannot convert '…' to UInt8 " +
      "Since 2026-01-01 00:00:00Z. What to do: Correct its file, or run `tailrace transform --once 'marts.a'` for the whole message. Runbook: docs/RUNBOOK.md#model-failed",
  ]);
  expect(look(1, model('marts.a', { state: 'running', error }))).toEqual([]);
  expect(look(30, model('marts.a', { state: 'failed', error }))).toEqual([]);
  expect(look(31, model('marts.a'))).toEqual([]);
  expect(look(60, model('marts.a'))).toEqual([
    expect.stringMatching(/^RESOLVED model-failed after 1 m 0 s. The alert was: marts\.a failed/),
  ]);
});

test('a model that is late shares the alert with tables that are', () => {
  const conditions = new Conditions(LIMITS);
  const models = [model('marts.a', { freshnessSeconds: 50 }), model('marts.b', { state: 'skipped', freshnessSeconds: 500 })];
  conditions.look(statusReport({ models }), 0);
  expect(conditions.look(statusReport({ models }), 60_000)).toMatchObject([
    { kind: 'freshness', table: 'marts.a', summary: 'marts.a is 50 s behind; its target is 1 m 0 s.' },
  ]);
});
