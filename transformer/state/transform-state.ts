import type { z } from 'zod';
import { TailraceError } from '../../core/errors.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { arrayLiteralCh, literalCh, quoteCh, timeCh } from '../../warehouse/names.ts';
import { settingsClause, TABLE_SETTINGS } from '../../warehouse/place.ts';
import { modelRecord, runRecord } from './model-record.ts';
import type { ModelRecord, RunRecord, RunRow } from './model-record.ts';

/** Engines whose warehouse has the tables. */
const PREPARED = new WeakSet<object>();

/** Tables and views in the order of their creation; `true`: a SETTINGS clause comes in. */
const TABLES = new Map([
  ['create-model-records', true],
  ['create-models', false],
  ['create-run-log', false],
  ['create-runs', false],
  ['create-transform-state', true],
]);

/**
 * What the transformer must know to go on after a crash. It is kept in the warehouse, beside the
 * rows that it speaks of. Each save is one insert of one block: all of it or nothing. It is read
 * again at each run, because another process may have run in between.
 */
export class TransformState {
  readonly #engine: Pick<Engine, 'exec' | 'query'>;
  readonly #records: Map<string, ModelRecord>;
  #run: RunRecord;
  #seq: bigint;

  static async open(engine: Pick<Engine, 'exec' | 'query'>): Promise<TransformState> {
    if (!PREPARED.has(engine)) {
      await engine.exec(sql('create-database', { database: quoteCh('tailrace') }));
      const settings = await settingsClause(engine, TABLE_SETTINGS.state);
      for (const [table, isState] of TABLES) await engine.exec(sql(table, isState ? { settings } : {}));
      PREPARED.add(engine);
    }
    const records = await engine.query<{ record: string; seq: string }>(sql('read-model-records'));
    const facts = await engine.query<{ key: string; value: string; seq: string }>(sql('read-transform-state'));
    const seq = [...records, ...facts].reduce((most, row) => (BigInt(row.seq) > most ? BigInt(row.seq) : most), 0n);
    const run = facts.find(({ key }) => key === 'run');
    return new TransformState(engine, {
      records: records.map(({ record }) => parse(modelRecord, record)),
      run: run === undefined ? { run: 0, state: 'published', records: [], rows: [] } : parse(runRecord, run.value),
      seq,
    });
  }

  private constructor(engine: Pick<Engine, 'exec' | 'query'>, from: { records: ModelRecord[]; run: RunRecord; seq: bigint }) {
    this.#engine = engine;
    this.#records = new Map(from.records.map((record) => [record.model, record]));
    this.#run = from.run;
    this.#seq = from.seq;
  }

  /** The run that was begun last. */
  get run(): RunRecord {
    return this.#run;
  }

  /** By model; also those that are gone. */
  get records(): ReadonlyMap<string, ModelRecord> {
    return this.#records;
  }

  /** False when another process has begun or ended a run since this was read. */
  async isCurrent(): Promise<boolean> {
    const facts = await this.#engine.query<{ seq: string }>(sql('read-transform-state'));
    return facts.every(({ seq }) => BigInt(seq) <= this.#seq);
  }

  async saveRun(run: RunRecord): Promise<void> {
    await this.#insert('transform_state (key, value, seq)', [[literalCh('run'), literalCh(JSON.stringify(run))]]);
    this.#run = run;
  }

  async saveRecords(records: readonly ModelRecord[]): Promise<void> {
    const columns =
      'model, kind, status, lsn, as_of, manifest, rows, run, storage, columns, inputs, sources, error_code, error_message, gone, record, seq';
    await this.#insert(`model_records (${columns})`, records.map(recordRow));
    for (const record of records) this.#records.set(record.model, record);
  }

  async saveRows(rows: readonly RunRow[]): Promise<void> {
    const columns =
      'run, model, trigger, mode, status, lsn, as_of, started_at, duration_ms, rows, touched, tests, failures, error_code, error_message, seq';
    await this.#insert(`run_log (${columns})`, rows.map(runRow));
  }

  async #insert(target: string, rows: readonly (readonly string[])[]): Promise<void> {
    if (rows.length === 0) return;
    this.#seq += 1n;
    const values = rows.map((row) => `(${[...row, String(this.#seq)].join(', ')})`).join(', ');
    await this.#engine.exec(sql('save-state', { target, rows: values }));
  }
}

function recordRow(record: ModelRecord): string[] {
  const { model, shown, last, gone, inputs, sources } = record;
  return [
    literalCh(model),
    literalCh(shown?.kind ?? ''),
    literalCh(last.status),
    literalCh(shown?.lsn ?? ''),
    timeSql(shown?.asOf ?? null, 6),
    numberSql(shown?.manifest ?? null),
    numberSql(shown?.rows ?? null),
    String(last.run),
    literalCh(shown?.storage ? `tailrace_models.${shown.storage}` : ''),
    arrayLiteralCh(shown?.columns ?? []),
    arrayLiteralCh(inputs),
    arrayLiteralCh(sources),
    literalCh(last.error?.code ?? ''),
    literalCh(last.error?.message ?? ''),
    String(gone),
    literalCh(JSON.stringify(record)),
  ];
}

function runRow(row: RunRow): string[] {
  return [
    String(row.run),
    literalCh(row.model),
    literalCh(row.trigger),
    literalCh(row.mode),
    literalCh(row.status),
    literalCh(row.lsn),
    timeSql(row.asOf, 6),
    timeSql(row.startedAt, 3),
    String(Math.round(row.durationMs)),
    numberSql(row.rows),
    numberSql(row.touched),
    String(row.tests),
    String(row.failures),
    literalCh(row.error?.code ?? ''),
    literalCh(row.error?.message ?? ''),
  ];
}

function numberSql(value: number | null): string {
  return value === null ? 'NULL' : String(value);
}

function timeSql(iso: string | null, digits: number): string {
  return iso === null ? 'NULL' : timeCh(iso, digits);
}

function parse<T>(schema: z.ZodType<T>, text: string): T {
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new TailraceError('INTERNAL', `the state of models in the warehouse cannot be read: ${parsed.error.issues[0]?.path.join('.')}`);
}
