import { runReplicator } from '../../replicator/replicator.ts';
import { heartbeatOf } from '../ends.ts';
import { lakeWriter } from '../run/lake-writer.ts';
import { walHarm } from '../run/wal-harm.ts';

/** Time between looks at the catalog of the source where no heartbeat is configured. */
const LOOK_MS = 10_000;

export const command = lakeWriter({
  name: 'replicate',
  usage: '[--on-gap stop|resync]',
  about:
    'One role of `run`, to run in its own container: reads the WAL of the source through a replication slot and writes it into the lake as ordered batches. ' +
    'It acknowledges only changes that are durable in the lake. A second replicator on the same lake waits as a standby.',
  examples: ['tailrace replicate --source postgres://me@db/shop --lake s3://my-bucket/shop'],
  lake: 'make',
  mustResume: walHarm,
  write: ({ config, emit }, ends) =>
    runReplicator({
      ...ends,
      limits: {
        memoryBytes: config['replicate.memory'],
        maxAgeMs: config['replicate.maxAge'] ?? (ends.store.location.kind === 's3' ? 5_000 : 500),
        batchRows: config['replicate.batchRows'],
        batchBytes: config['replicate.batchBytes'],
      },
      heartbeatMs: heartbeatOf(config),
      lookMs: config['source.heartbeat'] ?? LOOK_MS,
      inProgress: config['source.streaming'] === 'on',
      onGap: config.onGap,
      events: (event) => {
        if (event.event === 'ready') emit({ event: 'ready', role: 'replicate' });
        // The compactor watches a directory itself.
        else if (ends.store.location.kind === 's3') emit({ event: 'published' });
      },
    }),
});
