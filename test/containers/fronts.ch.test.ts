import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { ClusterEngine } from '../../warehouse/cluster/cluster-engine.ts';
import { tableSchema } from '../support/lake-writer.ts';
import { eventually } from '../support/eventually.ts';
import { scratch } from '../support/scratch.ts';
import { frontUrl } from '../support/servers/clickhouse-front.ts';
import { warehouseBench } from '../support/warehouse/warehouse-bench.ts';
import { FRONTS } from './fronts.ts';

const LOOK_MS = 50;
const PATIENCE_MS = 120_000;
const PROGRAM = join(import.meta.dirname, 'front.ts');
/** Loopback addresses that no other run of this test has. */
const NETWORK = `127.${1 + ((process.pid >> 8) % 250)}.${process.pid % 256}`;

const items = tableSchema({ oid: 2301, name: 'items', columns: { id: { kind: 'int4' } }, key: ['id'] });
const urlOf = (shard: number): string => frontUrl(FRONTS.shard(NETWORK, shard), FRONTS.port);

function start(folder: string, args: readonly string[]): ChildProcess {
  const env = { ...process.env, FRONTS_NETWORK: NETWORK, FRONTS_ROWS: join(folder, 'rows'), FRONTS_DATA: join(folder, args.join('')) };
  return spawn(process.execPath, [PROGRAM, ...args], { env, stdio: 'ignore' });
}

/** Resolves when it answers. */
async function ready(shard: number): Promise<void> {
  const { host } = new URL(urlOf(shard));
  await eventually(
    async () => {
      await sleep(LOOK_MS);
      return fetch(`http://${host}/ping`).then(
        ({ ok }) => ok,
        () => false,
      );
    },
    `front ${shard} to answer`,
    PATIENCE_MS,
  );
}

const isNight = process.env['TEST_EVERY_PLACE'] !== undefined;

test.skipIf(!isNight)(
  `three fronts and their keeper, processes by themselves, are a cluster${isNight ? '' : ' (skipped: played by night)'}`,
  { timeout: 4 * PATIENCE_MS },
  async () => {
    await using folder = await scratch('tailrace-fronts');
    await mkdir(join(folder.path, 'rows'));
    const running: ChildProcess[] = [];
    await using ends = new AsyncDisposableStack();
    ends.defer(async () => {
      for (const child of running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }
    });
    const startShard = (shard: number): ChildProcess => start(folder.path, ['shard', String(shard)]);
    running.push(start(folder.path, ['keeper']));
    // Its first connection would be refused, and the container started again.
    await eventually(
      async () => {
        const first = startShard(1);
        running.push(first);
        return Promise.race([ready(1).then(() => true), once(first, 'exit').then(() => false)]);
      },
      'the keeper to listen',
      PATIENCE_MS,
    );
    const last = startShard(3);
    running.push(startShard(2), last);
    await Promise.all([ready(2), ready(3)]);

    const engine = await ClusterEngine.open({ url: urlOf(1), cluster: FRONTS.cluster, log: silentLogger(), parallel: 2 });
    await using bench = await warehouseBench({ engine });
    const rows = Array.from({ length: 30 }, (_, index) => ({ id: String(index) }));
    await bench.lake.copy(items, { generation: 1, lsn: 10n }, [rows]);
    await bench.settle();
    expect(await bench.rows('SELECT count() AS n, sum(id) AS total FROM public.items')).toEqual([{ n: '30', total: '435' }]);
    for (const shard of engine.shards ?? []) {
      const [own] = await shard.query<{ n: string }>('SELECT count() AS n FROM tailrace_shard.`public.items`');
      expect(Number(own?.n)).toBeGreaterThan(0);
    }

    const exited = once(last, 'exit');
    last.kill('SIGKILL');
    await exited;
    const back = startShard(3);
    running.push(back);
    await ready(3);
    await bench.lake.batch([await bench.lake.file(items, [{ op: 'D', lsn: 20n, ordinal: 1, row: { id: '7' } }])]);
    await bench.settle();
    expect(await bench.rows('SELECT count() AS n, sum(id) AS total FROM public.items')).toEqual([{ n: '29', total: '428' }]);
    const stopped = once(back, 'exit');
    back.kill('SIGTERM');
    expect(await stopped).toEqual([0, null]);
  },
);
