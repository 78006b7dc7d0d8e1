import { tableRules } from '../../core/config.ts';
import { runReplicator } from '../../replicator/replicator.ts';
import type { Command } from '../command.ts';
import { PLACES } from '../command.ts';
import { heartbeatOf, sourceOf, withStore } from '../ends.ts';
import { firstContact } from '../run/first-contact.ts';
import { HUNG_UP, roleExitCode, runRole } from '../run/role.ts';

export const command: Command = {
  usage: '[--on-gap stop|resync]',
  about:
    'One role of `run`, for a container of its own: follows the WAL of the source through a replication slot and puts it into the lake as ordered batches. ' +
    'What is durable in the lake is acknowledged to Postgres, nothing else. A second one on the same lake stands by.',
  examples: ['tailrace replicate --source postgres://me@db/shop --lake s3://my-bucket/shop'],
  flags: [],
  words: [0, 0],
  settings: [
    ...PLACES.filter((key) => key !== 'warehouse'),
    'onGap',
    'source.heartbeat',
    'source.streaming',
    'replicate.memory',
    'replicate.maxAge',
    'replicate.batchRows',
    'replicate.batchBytes',
    'logLevel',
  ],
  exits: {
    0: 'stopped by SIGTERM or SIGINT',
    1: 'it needs a person; the last line says what to do',
    2: 'it could not begin: arguments, source or lake',
    129: HUNG_UP,
  },
  printsEvents: true,
  run: (context) =>
    runRole(context, async ({ config, log, signal, emit, lakeId }) => {
      if (process.send === undefined) await firstContact(config, log, 'make');
      await withStore(config, (store) =>
        runReplicator({
          source: sourceOf(config, 'replicate'),
          store,
          lakeId,
          tables: config.tables ?? null,
          rules: tableRules(config),
          limits: {
            memoryBytes: config['replicate.memory'],
            maxAgeMs: config['replicate.maxAge'] ?? (store.location.kind === 's3' ? 5_000 : 500),
            batchRows: config['replicate.batchRows'],
            batchBytes: config['replicate.batchBytes'],
          },
          heartbeatMs: heartbeatOf(config, store),
          inProgress: config['source.streaming'] === 'on',
          onGap: config.onGap,
          log,
          signal,
          events: (event) => {
            if (event.event === 'ready') emit({ event: 'ready', role: 'replicate' });
            // A directory is watched.
            else if (store.location.kind === 's3') emit({ event: 'published' });
          },
        }),
      );
    }),
  exitOf: roleExitCode,
};
