import { hideValues } from '../../core/hide-values.ts';
import type { Condition } from '../alert.ts';
import { isFailed } from './model-status.ts';
import type { FailedExport, FailingTest, ModelsStatus, ModelStatus } from './model-status.ts';

/**
 * One condition for each model, test and export that fails. A skipped model has none: the one that
 * it reads has. A model that a test keeps back has that of its test.
 */
export function modelConditions({ models, failingTests, failedExports }: ModelsStatus): Condition[] {
  const tested = new Set(failingTests.filter(({ keepsBack }) => keepsBack).map(({ table }) => table));
  return [
    ...models.filter((one) => isFailed(one) && !tested.has(one.model)).map(modelFailed),
    ...failingTests.map(testFailed),
    ...failedExports.map(exportFailed),
  ];
}

const COMMON = { severity: 'alert', holdMs: 0, stage: null } as const;

function modelFailed({ model, asOf, error }: ModelStatus): Condition {
  const shown = asOf === null ? 'it shows nothing yet' : 'it keeps the rows that it had';
  return {
    ...COMMON,
    key: `model-failed ${model}`,
    kind: 'model-failed',
    table: model,
    summary: `${model} failed, and ${shown}; models that read it are skipped. ${errorText(error)}`.trim(),
    figures: { code: error?.code ?? null },
  };
}

function testFailed({ test, table, severity, keepsBack, failures, error }: FailingTest): Condition {
  const where = table === '' ? '' : ` of ${table}`;
  const found = failures === 1 ? 'found a row' : `found ${failures} rows`;
  const what = error === null ? `${found} that should not be there.` : `could not run. ${errorText(error)}`;
  const kept = keepsBack ? ' What it tests is not shown until it passes.' : '';
  return {
    ...COMMON,
    key: `test-failed ${table} ${test}`,
    kind: 'test-failed',
    severity: severity === 'error' ? 'alert' : 'warn',
    table: table === '' ? null : table,
    summary: `The test "${test}"${where} ${what}${kept}`,
    figures: { failures, code: error?.code ?? null },
  };
}

function exportFailed({ table, to, error }: FailedExport): Condition {
  return {
    ...COMMON,
    key: `export-failed ${table} ${to}`,
    kind: 'export-failed',
    table,
    summary: `${table} was not exported to ${to}; earlier files there stay. ${errorText(error)}`,
    figures: { code: error.code },
  };
}

function errorText(error: ModelStatus['error']): string {
  return error === null ? '' : `${error.code}: ${hideValues(error.message)}`;
}
