import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startPostgres } from '../cli/demo/postgres-server.ts';
import { lakeFiles } from './lake-files.ts';
import { tailrace, timedRun, type Timing } from './process-run.ts';
import { BENCH_TABLE, benchRows, type Content, lakeContent, SOURCE_CONTENT } from './proof.ts';
import { printReport } from './report.ts';
import { until } from './until.ts';

/** A table → durable Arrow files, against COPY of the same table thrown away. */
export async function benchSnapshot(options: { rows: number; runs: number }): Promise<void> {
  await using server = await startPostgres({ settings: { max_wal_size: '8GB', checkpoint_timeout: '1h' } });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tailrace-bench-'));
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query(BENCH_TABLE);
    await client.query(benchRows(1, options.rows));
    await client.query('vacuum analyze bench');
    const truth = (await client.query(SOURCE_CONTENT)).rows[0] as Content;
    const runs: Record<'tailrace' | 'text' | 'binary', Timing[]> = { tailrace: [], text: [], binary: [] };
    for (let round = 0; round < options.runs; round += 1) {
      runs.text.push(await timedRun(process.execPath, copyArgs(server.url, 'text')));
      runs.binary.push(await timedRun(process.execPath, copyArgs(server.url, 'binary')));
      const lake = path.join(folder, `lake-${round}`);
      const place = ['--source', server.url, '--lake', lake, '--tables', 'public.bench'];
      await timedRun(...tailrace('replicate', ...place), () => there(path.join(lake, 'epoch')));
      runs.tailrace.push(await timedRun(...tailrace('snapshot', ...place), () => done(lake)));
      const content = lakeContent(lake, lakeFiles(lake, 'snapshot'));
      if (content.rows !== truth.rows || content.hash !== truth.hash)
        throw new Error(`wrong result: lake ${JSON.stringify(content)}, source ${JSON.stringify(truth)}`);
    }
    printReport(`snapshot: ${options.rows} rows, Postgres 18, content equal in every run`, options.rows, [
      { name: 'tailrace snapshot', runs: runs.tailrace },
      { name: 'COPY text to nowhere', runs: runs.text },
      { name: 'COPY binary to nowhere', runs: runs.binary },
    ]);
  } finally {
    await client.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

function copyArgs(url: string, format: string): string[] {
  return [path.join(import.meta.dirname, 'copy-reader.ts'), url, format];
}

async function there(folder: string): Promise<void> {
  await until(() => existsSync(folder) && readdirSync(folder).length > 0);
}

async function done(lake: string): Promise<void> {
  const snapshots = path.join(lake, 'snapshot');
  const finished = (): boolean =>
    existsSync(snapshots) && readdirSync(snapshots, { recursive: true }).some((name) => String(name).endsWith('done.json'));
  await until(finished);
}
