import { expect, test } from 'vitest';
import { FreshnessContract } from '../../core/freshness-contract.ts';
import { isFailed, modelsStatus } from './model-status.ts';
import { composeStatus } from '../status.ts';
import { modelsReport, reportedModel } from '../../test/support/models-report.ts';
import { NOW, applied, input, position } from '../../test/support/status-input.ts';

const SLA_MS = 60_000;
const failure = { code: 'MODEL_FAILED', message: 'm' };
const at = position(applied('public.orders', { changed: 4 }), applied('public.visits', { changed: 6 }));
const around = {
  position: at,
  contract: new FreshnessContract([{ glob: 'slow.*', ms: 600_000 }], SLA_MS),
  proven: { warehouseMs: null },
  nowMs: NOW,
};
const statuses = (...models: Parameters<typeof reportedModel>[0][]) => modelsStatus(modelsReport(models.map(reportedModel)), around).models;

test('a model is as fresh as the front while its inputs have not changed, and else as its run', () => {
  expect(
    statuses({ model: 'marts.b', inputs: ['public.visits'], manifest: 5 }, { model: 'marts.a', inputs: ['public.orders'], manifest: 4 }),
  ).toEqual([
    { model: 'marts.a', state: 'fresh', asOf: at.asOf, freshnessSeconds: 1.5, slaSeconds: 180, error: null },
    { model: 'marts.b', state: 'due', asOf: '2026-01-01T00:09:00.000000Z', freshnessSeconds: 60, slaSeconds: 180, error: null },
  ]);
});

test('what the stream proves of the warehouse holds for a model whose inputs have not changed, and for no other', () => {
  const models = [
    reportedModel({ model: 'marts.a', inputs: ['public.orders'], manifest: 4 }),
    reportedModel({ model: 'marts.b', inputs: ['public.visits'], manifest: 5 }),
  ];
  const { models: shown } = modelsStatus(modelsReport(models), { ...around, proven: { warehouseMs: NOW - 200 } });
  expect(shown.map(({ freshnessSeconds }) => freshnessSeconds)).toEqual([0.2, 60]);
});

test.for([
  ['its own line of freshness', { model: 'slow.a', every: 3_600_000 }, 600],
  ['the one for all', { every: 1_000 }, 60],
  ['three times its interval', { every: 300_000 }, 900],
  ['three times the longest gap of its cron', { every: null, cron: '0 6,8 * * *' }, 3 * 22 * 3600],
  ['the one for all where the cron is not known', { every: null, cron: 'never' }, 60],
] as const)('the target of a model is %s', ([, model, seconds]) => {
  expect(statuses(model)[0]?.slaSeconds).toBe(seconds);
});

test.for([
  ['failed', failure, true],
  ['failed', null, true],
  ['running', failure, true],
  ['due', failure, true],
  ['skipped', failure, false],
  ['due', { code: 'SKIPPED', message: 'm' }, false],
  ['fresh', null, false],
] as const)('a model that is %s with the error %j: failed %s', ([state, error, failed]) => {
  expect(isFailed({ state, error })).toBe(failed);
});

test('failing tests are named with their table, except those of skipped models; exports with their place', () => {
  const failing = [{ test: 'unique id', severity: 'error', failures: 2 }] as const;
  const models = [
    reportedModel({ model: 'marts.a', failing: [...failing] }),
    reportedModel({ model: 'marts.b', state: 'skipped', failing: [...failing] }),
  ];
  const { failingTests, failedExports } = modelsStatus(
    modelsReport(models, {
      tests: [
        { test: 'totals', table: '', severity: 'warn', ok: false, failures: 1, error: null },
        { test: 'well', table: '', severity: 'error', ok: true, failures: 0, error: null },
      ],
      exports: [
        { table: 'marts.a', to: 'x', lsn: null, asOf: null, error: failure },
        { table: 'marts.b', to: 'x', lsn: '0/1', asOf: null, error: null },
      ],
    }),
    around,
  );
  expect(failingTests).toEqual([
    { test: 'unique id', table: 'marts.a', severity: 'error', keepsBack: true, failures: 2, error: null },
    { test: 'totals', table: '', severity: 'warn', keepsBack: false, failures: 1, error: null },
  ]);
  expect(failedExports).toEqual([{ table: 'marts.a', to: 'x', error: failure }]);
});

test.for([
  ['all is well', {}, true],
  ['one failed', { state: 'failed', error: failure }, false],
  ['one is late', { inputs: ['public.visits'], asOf: '2025-12-31T00:00:00Z' }, false],
  ['one was never shown', { state: 'never', manifest: null, asOf: null, lsn: null }, true],
] as const)('when %s, the report says so', ([, model, within]) => {
  const report = composeStatus(
    input({ position: at, models: modelsReport([reportedModel(model as Parameters<typeof reportedModel>[0])]) }),
  );
  expect(report.withinSla).toBe(within);
  expect(report.models).toHaveLength(1);
});

test('files that are not good are a note, and no transformer means no models', () => {
  const folderError = { code: 'BAD_MODEL', message: 'a.sql:1: no SELECT' };
  expect(composeStatus(input({ models: modelsReport([], { folderError }) })).notes).toEqual([
    'the models are those of the last good files: BAD_MODEL: a.sql:1: no SELECT',
  ]);
  expect(composeStatus(input({}))).toMatchObject({ models: [], failingTests: [], failedExports: [] });
});
