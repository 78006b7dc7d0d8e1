import { expect, test } from 'vitest';
import type { Model } from '../transformer/folder/model.ts';
import { reportedModel } from '../test/support/models-report.ts';
import { applied, position } from '../test/support/status-input.ts';
import { graphMarks, listModels, modelList } from './model-listing.ts';

const NOW = Date.parse('2026-01-01T00:10:00Z');

function model(id: string, part: Partial<Model> = {}): Model {
  const [database = '', name = ''] = id.split('.');
  const empty = { about: '', key: [], by: [], tests: [], select: '', tables: [], hash: '' };
  return {
    id,
    database,
    name,
    file: `${database}/${name}.sql`,
    kind: 'table',
    every: null,
    cron: null,
    inputs: ['public.orders'],
    ...empty,
    ...part,
  };
}

const report = (...models: Parameters<typeof reportedModel>[0][]) => ({
  warehouseId: 'w',
  at: '',
  folderError: null,
  models: models.map(reportedModel),
  tests: [],
  exports: [],
});

test('times are listed as a header writes them, and a model without one has the default', () => {
  const cron = { pattern: '0 6 * * *', timezone: 'UTC' };
  const models = [model('marts.a'), model('marts.b', { every: 5_000 }), model('marts.c', { cron })];
  expect(listModels(models, { report: null, position: null, nowMs: NOW })).toMatchObject([
    { model: 'marts.a', every: '1m', cron: null, state: 'never', lsn: null, asOf: null, freshnessSeconds: null, rows: null, lastRun: null },
    { model: 'marts.b', every: '5s', cron: null },
    { model: 'marts.c', every: null, cron: '0 6 * * *' },
  ]);
});

test('a model whose input changed while nothing builds is due, and one that failed stays failed', () => {
  const at = position(applied('public.orders', { changed: 7 }));
  const known = report(
    { model: 'marts.a', inputs: ['public.orders'], manifest: 7, state: 'fresh' },
    { model: 'marts.b', inputs: ['public.orders'], manifest: 6, state: 'fresh' },
    { model: 'marts.c', inputs: ['public.orders'], manifest: 6, state: 'failed' },
  );
  const listed = listModels([model('marts.a'), model('marts.b'), model('marts.c')], { report: known, position: at, nowMs: NOW });
  expect(listed.map(({ state }) => state)).toEqual(['fresh', 'due', 'failed']);
  expect([...graphMarks(listed)]).toEqual([['marts.c', 'failed']]);
  expect(modelList(listed)).toContain('marts.b');
  expect(modelList([])).toBe('there is no model\n');
});
