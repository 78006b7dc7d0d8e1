import { awaitStage, putRequest } from '../lake/control.ts';
import type { Config } from '../core/config.ts';
import { TailraceError } from '../core/errors.ts';
import { wall } from '../core/time.ts';
import { openLake } from '../lake/lake-identity.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { Pulse, SILENT_AFTER_MS } from '../lake/pulse.ts';
import { readPosition } from '../monitor/positions.ts';
import type { Command } from './command.ts';
import { CANNOT_TELL } from './command.ts';
import { warehouseChoice, withStore } from './ends.ts';
import { requireCompactor } from './require-compactor.ts';
import { stopSignal } from './stop-signal.ts';
import { output } from './outlet.ts';

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
      const signal = stopSignal();
      const warehouseId = await requireReader(store, config, signal);
      const id = await putRequest(store, { kind: 'rebuild' });
      const done = await untilDone(store, id, { signal, warehouseId });
      if (!done.ok) throw new TailraceError('TABLE_PARKED', `not everything could be built: ${done.error ?? 'the compactor refused'}`);
      output.say('the warehouse is built anew\n');
      return 0;
    }),
  exitOf: (error) => (error instanceof TailraceError && error.code === 'TABLE_PARKED' ? 1 : 2),
};

/** A compactor whose clock agrees with ours is believed at once; else what counts is whether its position changes. */
async function requireReader(store: ObjectStore, config: Config, signal: AbortSignal): Promise<string> {
  const position = await readPosition(store, warehouseChoice(config));
  if (position !== null) {
    if (Math.abs(wall() - Date.parse(position.at)) <= SILENT_AFTER_MS) return position.warehouseId;
    if (await (await Pulse.of(store, position.warehouseId)).next(signal)) return position.warehouseId;
  }
  throw notRunning();
}

/** However long it takes, while the compactor lives. */
async function untilDone(store: ObjectStore, id: string, { signal, warehouseId }: { signal: AbortSignal; warehouseId: string }) {
  const compactor = await Pulse.of(store, warehouseId);
  for (;;) {
    try {
      return await awaitStage(store, { id, stage: 'done' }, { timeoutMs: SILENT_AFTER_MS, signal });
    } catch (error) {
      if (signal.aborted || !(error instanceof TailraceError) || error.code !== 'TIMED_OUT') throw error;
      if (!(await compactor.alive())) throw notRunning();
    }
  }
}

function notRunning(): TailraceError {
  return new TailraceError('NOT_RUNNING', 'no compactor of this warehouse is running');
}
