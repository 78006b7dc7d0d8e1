import { tableRules } from '../../core/config.ts';
import { runSnapshotter } from '../../snapshotter/snapshotter.ts';
import type { Command } from '../command.ts';
import { PLACES } from '../command.ts';
import { sourceOf, withStore } from '../ends.ts';
import { firstContact } from '../run/first-contact.ts';
import { HUNG_UP, roleExitCode, runRole } from '../run/role.ts';

export const command: Command = {
  usage: '',
  about:
    'One role of `run`, for a container of its own: copies the rows that tables already have into the lake, several tables and several parts of a big ' +
    'one at a time, and takes tables that are added later. It never holds up the stream or the application.',
  examples: ['tailrace snapshot --source postgres://me@db/shop --lake s3://my-bucket/shop --snapshot-parallel 4'],
  flags: [],
  words: [0, 0],
  settings: [
    ...PLACES.filter((key) => key !== 'warehouse'),
    'snapshot.parallel',
    'snapshot.chunkBytes',
    'snapshot.maxRate',
    'snapshot.maxHold',
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
      if (process.send === undefined) await firstContact(config, log, 'write');
      await withStore(config, (store) =>
        runSnapshotter({
          source: sourceOf(config, 'snapshot'),
          store,
          lakeId,
          tables: config.tables ?? null,
          rules: tableRules(config),
          parallel: config['snapshot.parallel'],
          chunkBytes: config['snapshot.chunkBytes'],
          maxRate: config['snapshot.maxRate'],
          maxHoldMs: config['snapshot.maxHold'],
          log,
          signal,
          events: emit,
        }),
      );
    }),
  exitOf: roleExitCode,
};
