import { resolve } from 'node:path';
import { runCompactor } from '../../compactor/compactor.ts';
import { TailraceError } from '../../core/errors.ts';
import { requireClusterEnds } from '../../core/sections/warehouse-cluster.ts';
import { tableHistory } from '../../core/sections/table-history.ts';
import { requireLakeReading } from '../../core/sections/lake-reading.ts';
import { runLoop } from '../../core/loop.ts';
import { requireToken } from '../../core/secret.ts';
import { markLake } from '../../warehouse/lake-mark.ts';
import { serveSql } from '../../warehouse/endpoint.ts';
import { openWarehouse } from '../../warehouse/open-engine.ts';
import type { Command } from '../command.ts';
import { keepWishOf, sweepPolicyOf, warehouseIdOf, withoutUser, withStore } from '../ends.ts';
import { version } from '../package-version.ts';
import { pausable } from '../run/pausable.ts';
import { firstContactWithLake } from '../run/first-contact.ts';
import { roleExitCode, roleExits, runRole } from '../run/role.ts';
import type { RoleContext } from '../run/role.ts';
import { sqlWritesOf } from '../run/sql-writes.ts';

export const command: Command<'compact'> = {
  usage: '',
  about:
    'One role of `run`, to run in its own container: applies the batches and copies in the lake to the warehouse, which it owns. While it runs, any ClickHouse client ' +
    'can query an embedded warehouse on loopback, read-only. It needs no connection to the source.',
  examples: [
    'tailrace compact --lake ./tailrace-data/lake --warehouse ./tailrace-data/warehouse --sql-port 8123',
    'tailrace compact --lake s3://my-bucket/shop --warehouse https://me:secret@clickhouse:8443',
  ],
  flags: [],
  words: [0, 0],
  exits: roleExits('arguments or lake'),
  printsEvents: true,
  run: (context) =>
    runRole(context, async (role) => {
      requireLakeReading(role.config['warehouse.lakeAccess'], role.config.lake);
      requireClusterEnds({ ...role.config, cluster: role.config['warehouse.cluster'] });
      requireToken('sql', sqlPlace(role.config));
      sqlWritesOf(role.config);
      requireMayReadOnly(role);
      if (role.alone) await firstContactWithLake(role.config, role.log);
      await runLoop({
        name: 'compact',
        signal: role.signal,
        log: role.log,
        attempt: () => compact(role),
        // Under `run` a second one stands by; alone it ends with the error.
        givesUp: (error) => role.alone && error instanceof TailraceError && error.code === 'WAREHOUSE_IN_USE',
      });
    }),
  exitOf: roleExitCode,
};

/** A lease of a server is an object in the lake, and the other roles of `run` write there. */
function requireMayReadOnly({ config, alone }: RoleContext<'compact'>): void {
  if (!config['lake.readonly'] || (alone && !/^https?:/.test(config.warehouse))) return;
  const what = alone ? 'needs a directory as warehouse' : 'is for `tailrace compact` alone';
  throw new TailraceError('BAD_CONFIG', `lake.readonly ${what}`);
}

/** Where the SQL endpoint listens, and what it requires. */
function sqlPlace(config: RoleContext<'compact'>['config']) {
  return { port: config.sqlPort ?? null, host: config.sqlHost, token: config.sqlToken ?? null };
}

/** Tables at a time on a server, where each insert waits for a network and a disk. */
const ON_SERVER = 4;

/** One ownership of the warehouse: the engine, the endpoint and the loop that applies batches. */
async function compact({ config, log, signal, emit, on }: RoleContext<'compact'>): Promise<void> {
  await withStore(config, async (store) => {
    const lakeReading = config['warehouse.lakeAccess'];
    const ownRole = lakeReading.way === 'server' || lakeReading.way === 'role';
    await using engine = await openWarehouse({
      uri: config.warehouse,
      role: 'owner',
      cluster: config['warehouse.cluster'],
      log,
      signal,
      ownRole,
      parallel: config['compact.parallel'] ?? ON_SERVER,
    });
    // A server that does not answer is not ready; the loop retries with backoff.
    if (!engine.traits.ownsDirectory) await engine.query('SELECT 1');
    const endpoint = engine.traits.ownsDirectory ? await serveSql(engine, { ...sqlPlace(config), writes: sqlWritesOf(config), log }) : null;
    try {
      let begun = false;
      const ready = (): void => {
        if (!begun) emit({ event: 'ready', role: 'compact', sql: endpoint?.url ?? withoutUser(config.warehouse) });
        begun = true;
      };
      if (engine.traits.ownsDirectory) ready();
      const applying = (stop: AbortSignal): Promise<void> =>
        runCompactor({
          store,
          engine,
          warehouseId: warehouseIdOf(config),
          lakeReading,
          readsOnly: config['lake.readonly'],
          sweepPolicy: sweepPolicyOf(config),
          keeps: keepWishOf(config),
          history: tableHistory(config.table ?? []),
          storagePolicy: config['warehouse.storagePolicy'],
          baseProof: config['lake.baseProof'],
          baseRules: { intervalMs: config['lake.readonly'] ? null : config['lake.baseInterval'], program: version() },
          parallel: config['compact.parallel'] ?? (engine.traits.ownsDirectory ? 1 : ON_SERVER),
          limits: { stepRows: config['compact.stepRows'], stepBytes: config['compact.stepBytes'] },
          log,
          signal: stop,
          onPublished: (called) => on('published', called),
          onAsked: (called) => on('asked', called),
          onStandBy: () => emit({ event: 'standby', role: 'compact' }),
          onOwned: ready,
          onMoved: () => emit({ event: 'moved' }),
          onLake: async (id) => {
            if (engine.traits.ownsDirectory) await markLake(resolve(config.warehouse), id);
          },
          events: (event) => emit({ ...event, work: event.work === 'snapshot' ? 'load' : event.work }),
        });
      await pausable({ role: 'compact', store, log, signal }, applying);
    } finally {
      await endpoint?.close();
    }
  });
}
