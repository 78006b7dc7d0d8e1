import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startPostgres } from '../cli/demo/postgres-server.ts';
import { parseLsn } from '../core/lsn.ts';
import { lakeFiles, lastTo } from './lake-files.ts';
import { tailrace, timedRun, type Timing } from './process-run.ts';
import { BENCH_TABLE, benchRows, type Content, lakeContent, SOURCE_CONTENT } from './proof.ts';
import { printReport } from './report.ts';
import { until } from './until.ts';

const TRANSACTIONS = 10;

/** WAL of N inserts waiting in a slot → durable Arrow files, against `pg_recvlogical` and a bare paced reader on the same WAL. */
export async function benchStream(options: { rows: number; runs: number }): Promise<void> {
  await using server = await startPostgres({ settings: { max_wal_size: '8GB', checkpoint_timeout: '1h' } });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tailrace-bench-'));
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query(BENCH_TABLE);
    const lakes = Array.from({ length: options.runs }, (_, index) => path.join(folder, `lake-${index}`));
    for (const lake of lakes) await makeLake(server.url, lake);
    const perTransaction = Math.ceil(options.rows / TRANSACTIONS);
    for (let from = 1; from <= options.rows; from += perTransaction)
      await client.query(benchRows(from, Math.min(options.rows, from + perTransaction - 1)));
    await client.query('checkpoint');
    const end = ((await client.query('select pg_current_wal_lsn() as lsn')).rows[0] as { lsn: string }).lsn;
    const truth = (await client.query(SOURCE_CONTENT)).rows[0] as Content;
    const runs: Record<'tailrace' | 'bare' | 'floor', Timing[]> = { tailrace: [], bare: [], floor: [] };
    const recvlogical = findRecvlogical();
    for (const lake of lakes) {
      const slot = await copySlot(client, lake);
      if (recvlogical !== null) runs.floor.push(await timedRun(recvlogical, floorArgs(server.url, slot, end)));
      await client.query('select pg_drop_replication_slot($1)', [slot.copy]);
      const again = await copySlot(client, lake);
      runs.bare.push(
        await timedRun(process.execPath, [
          path.join(import.meta.dirname, 'bare-reader.ts'),
          server.url,
          again.copy,
          again.publication,
          end,
        ]),
      );
      await client.query('select pg_drop_replication_slot($1)', [again.copy]);
      runs.tailrace.push(
        await timedRun(...tailrace('replicate', '--source', server.url, '--lake', lake, '--tables', 'public.bench'), () =>
          reached(lake, end),
        ),
      );
      const content = lakeContent(lake, lakeFiles(lake, 'stream'));
      if (content.rows !== truth.rows || content.hash !== truth.hash)
        throw new Error(`wrong result: lake ${JSON.stringify(content)}, source ${JSON.stringify(truth)}`);
    }
    printReport(`stream: ${options.rows} rows in ${TRANSACTIONS} transactions, Postgres 18, content equal in every run`, options.rows, [
      { name: 'tailrace replicate', runs: runs.tailrace },
      { name: 'bare paced reader', runs: runs.bare },
      ...(recvlogical === null ? [] : [{ name: 'pg_recvlogical', runs: runs.floor }]),
    ]);
    if (recvlogical === null) process.stdout.write('pg_recvlogical is not here (Debian: postgresql-client); its ratio is missing.\n');
  } finally {
    await client.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes lake, publication and slot, and stops: the slot then waits with all WAL that comes. */
async function makeLake(source: string, lake: string): Promise<void> {
  await timedRun(...tailrace('replicate', '--source', source, '--lake', lake, '--tables', 'public.bench'), async () => {
    await until(() => existsSync(path.join(lake, 'epoch')) && readdirSync(path.join(lake, 'epoch')).length > 0);
  });
}

async function copySlot(client: pg.Client, lake: string): Promise<{ copy: string; publication: string }> {
  const { default: epoch } = (await import(path.join(lake, 'epoch/1.json'), { with: { type: 'json' } })) as { default: { slot: string } };
  const copy = `${epoch.slot}_copy`;
  await client.query('select pg_copy_logical_replication_slot($1, $2)', [epoch.slot, copy]);
  return { copy, publication: epoch.slot };
}

function floorArgs(url: string, slot: { copy: string; publication: string }, end: string): string[] {
  return [
    '-d',
    url,
    '--slot',
    slot.copy,
    '--start',
    '--no-loop',
    '-f',
    '/dev/null',
    '--endpos',
    end,
    '-o',
    'proto_version=1',
    '-o',
    `publication_names="${slot.publication}"`,
  ];
}

async function reached(lake: string, end: string): Promise<void> {
  await until(() => parseLsn(lastTo(lake) ?? '0/0') >= parseLsn(end));
}

function findRecvlogical(): string | null {
  const folders = (process.env['PATH'] ?? '').split(':');
  for (const version of ['18', '17', '16', '15', '14']) folders.push(`/usr/lib/postgresql/${version}/bin`);
  return folders.map((folder) => path.join(folder, 'pg_recvlogical')).find((file) => existsSync(file)) ?? null;
}
