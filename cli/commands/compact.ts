import { resolve } from 'node:path';
import { runCompactor } from '../../compactor/compactor.ts';
import { TailraceError } from '../../core/errors.ts';
import { runLoop } from '../../core/loop.ts';
import { markLake } from '../../warehouse/lake-mark.ts';
import { serveSql } from '../../warehouse/endpoint.ts';
import { openWarehouse } from '../../warehouse/open-engine.ts';
import type { Command } from '../command.ts';
import { warehouseIdOf, withoutUser, withStore } from '../ends.ts';
import { firstContactWithLake } from '../run/first-contact.ts';
import { HUNG_UP, roleExitCode, runRole } from '../run/role.ts';
import type { RoleContext } from '../run/role.ts';

export const command: Command = {
  usage: '',
  about:
    'One role of `run`, for a container of its own: applies the batches and copies of the lake to the warehouse, and owns it. While it runs, an embedded ' +
    'warehouse is served read-only on loopback to any ClickHouse client. It needs no way to the source.',
  examples: [
    'tailrace compact --lake ./tailrace-data/lake --warehouse ./tailrace-data/warehouse --sql-port 8123',
    'tailrace compact --lake s3://my-bucket/shop --warehouse https://me:secret@clickhouse:8443',
  ],
  flags: [],
  words: [0, 0],
  settings: ['lake', 'warehouse', 's3PathStyle', 'sqlPort', 'compact.stepRows', 'compact.stepBytes', 'logLevel'],
  exits: {
    0: 'stopped by SIGTERM or SIGINT',
    1: 'it needs a person; the last line says what to do',
    2: 'it could not begin: arguments or lake',
    129: HUNG_UP,
  },
  printsEvents: true,
  run: (context) =>
    runRole(context, async (role) => {
      if (process.send === undefined) await firstContactWithLake(role.config, role.log);
      await runLoop({
        name: 'compact',
        signal: role.signal,
        log: role.log,
        attempt: () => compact(role),
        // Under `run` it stands by; alone, whoever started a second one is told.
        givesUp: (error) => process.send === undefined && error instanceof TailraceError && error.code === 'WAREHOUSE_IN_USE',
      });
    }),
  exitOf: roleExitCode,
};

/** One ownership of the warehouse: its engine, its endpoint and the loop that applies. */
async function compact({ config, log, signal, emit, onPublished }: RoleContext): Promise<void> {
  await withStore(config, async (store) => {
    await using engine = await openWarehouse({ uri: config.warehouse, role: 'owner', log, signal });
    // A server that does not answer is not ready; it is asked again with backoff.
    if (engine.kind === 'server') await engine.query('SELECT 1');
    const endpoint = engine.kind === 'embedded' ? await serveSql(engine, { port: config.sqlPort ?? null }) : null;
    try {
      emit({ event: 'ready', role: 'compact', sql: endpoint?.url ?? withoutUser(config.warehouse) });
      await runCompactor({
        store,
        engine,
        warehouseId: warehouseIdOf(config),
        limits: { stepRows: config['compact.stepRows'], stepBytes: config['compact.stepBytes'] },
        log,
        signal,
        onPublished,
        onLake: async (id) => {
          if (engine.kind === 'embedded') await markLake(resolve(config.warehouse), id);
        },
        events: (event) => emit({ ...event, work: event.work === 'snapshot' ? 'load' : event.work }),
      });
    } finally {
      await endpoint?.close();
    }
  });
}
