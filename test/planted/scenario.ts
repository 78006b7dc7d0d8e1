import pg from 'pg';
import type { VerifyReport } from '../../verifier/report.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline, Running } from '../support/pipeline.ts';
import { family, ProcessCosts } from './process-costs.ts';
import type { Cost } from './process-costs.ts';
import { changeEverything, plant } from './plant.ts';
import type { Planted } from './plant.ts';
import { addStreamed, makeTables } from './source-tables.ts';
import type { PlantedSize } from './source-tables.ts';

/** One run of verify, with what it took. */
export interface Verified {
  readonly code: number | null;
  readonly report: VerifyReport;
  readonly seconds: number;
  readonly costs: Readonly<Record<string, Cost>>;
}

/** What a whole scenario gave. */
export interface PlantedOutcome {
  readonly before: Verified;
  readonly planted: readonly Planted[];
  readonly after: Verified;
  /** After every row of `keyed` was changed; null where that was not asked for. */
  readonly everything: Verified | null;
}

const PORTS = ['--sql-port', '0', '--http-port', '0'];

/**
 * Copies and streams rows, verifies them as equal, stops the roles, writes differences into the
 * warehouse's storage, starts the roles and verifies again. `source` must be empty. `say` is told
 * each step; `also` is called while everything runs, before anything is planted.
 */
export async function plantAndVerify(
  source: string,
  size: PlantedSize,
  options: {
    readonly say: (line: string) => void;
    readonly also?: (verifyWith: (args: string[]) => Promise<Verified>) => Promise<void>;
    readonly everything?: boolean;
  },
): Promise<PlantedOutcome> {
  const { say } = options;
  await makeTables(source, size);
  say('tables made');
  await using pipeline = createPipeline({ source });
  const first = pipeline.start(['run', ...PORTS]);
  await first.event('live', undefined, 3_600_000);
  say('copied');
  await addStreamed(source, size);
  await awaitNow(pipeline);
  say('streamed');
  const before = await verified(pipeline, first, source);
  await options.also?.((args) => verified(pipeline, first, source, args));
  await stop(first);
  const planted = await plant(pipeline.warehouse, size);
  say('planted');
  const after = await verifiedAnew(pipeline, source);
  if (options.everything !== true) return { before, planted, after, everything: null };
  await changeEverything(pipeline.warehouse);
  say('every row changed');
  return { before, planted, after, everything: await verifiedAnew(pipeline, source) };
}

/** With roles that are started for it. */
async function verifiedAnew(pipeline: Pipeline, source: string): Promise<Verified> {
  // What the compactor costs is counted by its process.
  const run = pipeline.start(['run', '--processes', 'each', ...PORTS]);
  await run.event('live', undefined, 3_600_000);
  await awaitNow(pipeline);
  const result = await verified(pipeline, run, source);
  await stop(run);
  return result;
}

/**
 * What was planted and is not in the report, and what is in the report and was not planted; as
 * lines.
 */
export function misses(planted: readonly Planted[], report: VerifyReport): string[] {
  const lines: string[] = [];
  for (const table of report.tables) {
    const open = planted.filter((one) => one.table === table.table);
    for (const { key, side, columns, values } of table.differences) {
      const first = values.find(({ column }) => column === 'id');
      const id = Number(table.table === 'public.keyless' ? (first?.source ?? first?.warehouse) : key);
      const at = open.findIndex((one) => one.id === id && one.expected.side === side && one.expected.columns.join() === columns.join());
      if (at < 0) lines.push(`not planted: ${table.table} ${key} ${side} ${columns.join()}`);
      else open.splice(at, 1);
    }
    lines.push(...open.map((one) => `not found: ${one.table} ${one.id} (${one.what}, ${one.part})`));
  }
  return lines;
}

async function awaitNow(pipeline: Pipeline): Promise<void> {
  const awaited = await pipeline.cli(['await', '--now', '--timeout', '1h']);
  if (awaited.code !== 0) throw new Error(awaited.stderr);
}

async function stop(run: Running): Promise<void> {
  run.kill('SIGTERM');
  const { code, stderr } = await run.ended();
  if (code !== 0) throw new Error(`run ended with ${code}: ${stderr.slice(-2000)}`);
}

async function verified(pipeline: Pipeline, run: Running, source: string, args: readonly string[] = []): Promise<Verified> {
  await using client = await watcher(source);
  const begun = performance.now();
  const command = pipeline.start(['verify', '--json', ...args]);
  const compact = run.roles().get('compact') ?? 0;
  using watched = new ProcessCosts({
    verify: () => family(command.pid),
    'compactor and engine': () => family(compact),
    'source backends': () => client.backends(),
  });
  const { code, stdout, stderr } = await command.ended();
  if (code !== 0 && code !== 1) throw new Error(`verify ended with ${code}: ${stderr.slice(-2000)}`);
  return { code, report: JSON.parse(stdout) as VerifyReport, seconds: (performance.now() - begun) / 1000, costs: watched.costs() };
}

/** Knows the backends that serve verify, as of its last look. */
async function watcher(source: string): Promise<AsyncDisposable & { backends(): readonly number[] }> {
  const client = new pg.Client({ connectionString: source });
  await client.connect();
  let pids: readonly number[] = [];
  return {
    backends() {
      client
        .query<{ pid: number }>(`SELECT pid FROM pg_stat_activity WHERE application_name = 'tailrace verify'`)
        .then(({ rows }) => (pids = rows.map(({ pid }) => pid)))
        .catch(() => undefined);
      return pids;
    },
    async [Symbol.asyncDispose]() {
      await client.end();
    },
  };
}
