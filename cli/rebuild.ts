import { awaitStage, putRequest } from '../lake/control.ts';
import type { Config } from '../core/config.ts';
import { TailraceError } from '../core/errors.ts';
import { openLake } from '../lake/lake-identity.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { readPosition } from '../monitor/positions.ts';
import type { Command } from './command.ts';
import { CANNOT_TELL } from './command.ts';
import { warehouseChoice, withStore } from './ends.ts';
import { requireCompactor } from './require-compactor.ts';
import { stopSignal } from './stop-signal.ts';

const SILENT_AFTER_MS = 60_000;

export const command: Command = {
  usage: '',
  about:
    'Builds the warehouse anew from the lake, without touching the source: new tables are filled beside the old ones, which stay readable until the new ' +
    'ones are complete. The running compactor does the work and goes on with it when this command is stopped; `status` shows how far it is.',
  examples: ['tailrace rebuild --lake s3://my-bucket/shop --warehouse ./tailrace-data/warehouse'],
  flags: [],
  words: [0, 0],
  settings: ['lake', 'warehouse', 's3PathStyle'],
  exits: { 0: 'built anew', 1: 'a table could not be built, it is parked', 2: CANNOT_TELL },
  run: ({ config }) =>
    withStore(config, async (store) => {
      await openLake(store, null);
      await requireCompactor(config);
      await requireReader(store, config);
      const signal = stopSignal();
      const id = await putRequest(store, { kind: 'rebuild' });
      const done = await untilDone(store, id, { signal, alive: () => requireReader(store, config) });
      if (!done.ok) throw new TailraceError('TABLE_PARKED', `not everything could be built: ${done.error ?? 'the compactor refused'}`);
      process.stdout.write('the warehouse is built anew\n');
      return 0;
    }),
  exitOf: (error) => (error instanceof TailraceError && error.code === 'TABLE_PARKED' ? 1 : 2),
};

async function requireReader(store: ObjectStore, config: Config): Promise<void> {
  const position = await readPosition(store, warehouseChoice(config));
  if (position === null || Date.now() - Date.parse(position.at) > SILENT_AFTER_MS) {
    throw new TailraceError('NOT_RUNNING', 'no compactor of this warehouse is running');
  }
}

/** However long it takes, while the compactor lives. */
async function untilDone(store: ObjectStore, id: string, { signal, alive }: { signal: AbortSignal; alive: () => Promise<void> }) {
  for (;;) {
    try {
      return await awaitStage(store, { id, stage: 'done' }, { timeoutMs: SILENT_AFTER_MS, signal });
    } catch (error) {
      if (signal.aborted || !(error instanceof TailraceError) || error.code !== 'TIMED_OUT') throw error;
      await alive();
    }
  }
}
