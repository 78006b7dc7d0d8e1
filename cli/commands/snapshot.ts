import { runSnapshotter } from '../../snapshotter/snapshotter.ts';
import { lakeWriter } from '../run/lake-writer.ts';

export const command = lakeWriter({
  name: 'snapshot',
  usage: '',
  about:
    'One role of `run`, to run in its own container: copies the existing rows of tables into the lake, including tables that are added later. ' +
    'Several tables, and several parts of a large table, are copied at the same time. It never delays the stream or your application.',
  examples: ['tailrace snapshot --source postgres://me@db/shop --lake s3://my-bucket/shop --snapshot-parallel 4'],
  lake: 'write',
  write: ({ config, emit }, ends) =>
    runSnapshotter({
      ...ends,
      parallel: config['snapshot.parallel'],
      chunkBytes: config['snapshot.chunkBytes'],
      maxRate: config['snapshot.maxRate'],
      maxHoldMs: config['snapshot.maxHold'],
      events: emit,
    }),
});
