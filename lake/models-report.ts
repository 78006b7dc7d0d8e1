import { z } from 'zod';
import { encodeJson, readJson } from './json-object.ts';
import { modelsKey } from './keys.ts';
import { lsnText } from './manifest.ts';
import type { ObjectStore } from './store/object-store.ts';

/** A code and a message. The values that the engine quotes in its messages are taken out. */
const reportedError = z.object({ code: z.string(), message: z.string() });

const severity = z.enum(['error', 'warn']);

export const MODEL_STATES = ['fresh', 'due', 'running', 'failed', 'skipped', 'never'] as const;

const reportedModel = z.object({
  /** `database.name` */
  model: z.string(),
  kind: z.enum(['view', 'table', 'incremental']),
  /** Models and `schema.table` that it reads. */
  inputs: z.array(z.string()),
  /** Milliseconds between runs; null: it has a `cron`. */
  every: z.number().nullable(),
  cron: z.string().nullable(),
  state: z.enum(MODEL_STATES),
  /** What is shown: everything below it is in the rows. null: nothing is shown. */
  lsn: lsnText.nullable(),
  /** Greatest commit time of the source below `lsn`, ISO 8601. */
  asOf: z.string().nullable(),
  /** The last manifest that is in the rows; null: nothing is shown. */
  manifest: z.int().nonnegative().nullable(),
  /** null: not counted. */
  rows: z.number().nullable(),
  lastRun: z.object({ run: z.int(), status: z.string(), startedAt: z.string(), durationMs: z.number() }).nullable(),
  /** Of its last run. */
  error: reportedError.nullable(),
  /** Tests of it that its last run did not pass. */
  failing: z.array(z.object({ test: z.string(), severity, failures: z.number() })),
});
export type ReportedModel = z.infer<typeof reportedModel>;

/** The last result of a test that belongs to no model. */
const reportedTest = z.object({
  test: z.string(),
  table: z.string(),
  severity,
  ok: z.boolean(),
  failures: z.number(),
  error: reportedError.nullable(),
});

/** The last result of an export that has a schedule. */
const reportedExport = z.object({
  table: z.string(),
  to: z.string(),
  lsn: lsnText.nullable(),
  asOf: z.string().nullable(),
  error: reportedError.nullable(),
});

const modelsReport = z.object({
  warehouseId: z.string(),
  /** When this was written, ISO 8601. */
  at: z.string(),
  /** Why the files of the models were not read again: the models are those of the last good set. */
  folderError: reportedError.nullable(),
  models: z.array(reportedModel),
  tests: z.array(reportedTest),
  exports: z.array(reportedExport),
});

/** Where the models, tests and exports of a warehouse stand. */
export type ModelsReport = z.infer<typeof modelsReport>;

/** Only the transformer of the warehouse writes it. */
export async function putModels(store: ObjectStore, report: ModelsReport): Promise<void> {
  await store.replace(modelsKey(report.warehouseId), encodeJson(report));
}

/** null: no transformer has ever run for this warehouse. */
export async function getModels(store: ObjectStore, warehouseId: string): Promise<ModelsReport | null> {
  return readJson(store, modelsReport, modelsKey(warehouseId));
}
