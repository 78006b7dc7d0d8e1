import { z } from 'zod';
import { lsnText } from '../../lake/manifest.ts';
import { keptObject } from '../../lake/kept-object.ts';

/** A table of the source, as a build saw it. Another value of a field asks for a whole build. */
const seenTable = keptObject({ table: z.string(), generation: z.string(), schemaHash: z.string(), cleaned: z.string() }).readonly();
export type SeenTable = z.infer<typeof seenTable>;

/** Another model, as a build saw it: the run that gave it its rows. */
const seenModel = keptObject({ model: z.string(), built: z.int() }).readonly();

/** What readers see of a model, and what the next build starts from. */
const shownModel = keptObject({
  kind: z.enum(['view', 'table', 'incremental']),
  /** Hash of its text: `Model.hash`. */
  hash: z.string(),
  /** The run that gave it its rows. */
  built: z.int(),
  /** Its table in the database of models; null for a view. */
  storage: z.string().nullable(),
  /** The SELECT of the view that shows it. */
  select: z.string(),
  columns: z.array(z.string()).readonly(),
  rows: z.number().nullable(),
  lsn: lsnText,
  asOf: z.string().nullable(),
  manifest: z.int().nonnegative(),
  /** Rows of the inputs with a version at or above it came later; decimal. */
  version: z.string(),
  /** Tables of the source that it reads, also through views. */
  tables: z.array(seenTable).readonly(),
  /** Stored models that it reads, also through views. */
  models: z.array(seenModel).readonly(),
  /** The freeze with the earlier images that the next build needs; null: it needs none. */
  freeze: z.string().nullable(),
  /** Tables of that freeze that are needed. */
  kept: z.array(z.string()).readonly(),
}).readonly();
export type ShownModel = z.infer<typeof shownModel>;

/** A code and the whole message of the engine. */
const modelError = keptObject({ code: z.string(), message: z.string() }).readonly();
export type ModelError = z.infer<typeof modelError>;

const attempt = keptObject({
  run: z.int(),
  status: z.enum(['published', 'unchanged', 'failed', 'skipped']),
  startedAt: z.string(),
  durationMs: z.number(),
  /** Manifest of its freeze: it is not repeated until an input changed after it. */
  manifest: z.int().nonnegative(),
  /** Hash of text and tests at that time. */
  asked: z.string(),
  error: modelError.nullable(),
  failing: z.array(keptObject({ test: z.string(), severity: z.enum(['error', 'warn']), failures: z.number() })).readonly(),
}).readonly();

/** Where a model stands. */
export const modelRecord = keptObject({
  /** `database.name`, quoted where needed. */
  model: z.string(),
  database: z.string(),
  name: z.string(),
  inputs: z.array(z.string()).readonly(),
  /** Tables of the source that it reads, also through other models. */
  sources: z.array(z.string()).readonly(),
  /** null: it was never published. */
  shown: shownModel.nullable(),
  last: attempt,
  /** Its file was removed. */
  gone: z.boolean(),
}).readonly();
export type ModelRecord = z.infer<typeof modelRecord>;

/** A row of tailrace.runs. Times are ISO 8601. */
const runRow = keptObject({
  run: z.int(),
  model: z.string(),
  /** Why the run began: `changed`, `cron`, `once`, `compare`. */
  trigger: z.string(),
  mode: z.string(),
  status: z.enum(['running', 'published', 'failed']),
  lsn: z.string(),
  asOf: z.string().nullable(),
  startedAt: z.string(),
  durationMs: z.number(),
  rows: z.number().nullable(),
  touched: z.number().nullable(),
  tests: z.number(),
  failures: z.number(),
  error: modelError.nullable(),
}).readonly();
export type RunRow = z.infer<typeof runRow>;

/** The run that was begun last. `tested`: what it shows is decided, and a restart finishes it. */
export const runRecord = keptObject({
  run: z.int(),
  state: z.enum(['building', 'tested', 'published']),
  /** What it shows; empty before it is tested. */
  records: z.array(modelRecord).readonly(),
  /** Its rows of tailrace.runs. */
  rows: z.array(runRow).readonly(),
}).readonly();
export type RunRecord = z.infer<typeof runRecord>;
