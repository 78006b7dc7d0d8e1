import { awaitStage, putRequest } from '../lake/control.ts';
import { TailraceError } from '../core/errors.ts';
import { openLake } from '../lake/lake-identity.ts';
import { readPosition } from '../monitor/positions.ts';
import type { Command } from './command.ts';
import { CANNOT_TELL } from './command.ts';
import { warehouseChoice, withStore } from './ends.ts';
import { stopSignal } from './stop-signal.ts';

const TAKEN_WITHIN_MS = 60_000;
const SILENT_AFTER_MS = 60_000;

export const command: Command = {
  usage: '',
  about:
    'Builds the warehouse anew from the lake, without touching the source: new tables are filled beside the old ones, which stay readable until the new ' +
    'ones are complete. The running compactor does the work; `status` shows how far it is.',
  examples: ['tailrace rebuild --lake s3://my-bucket/shop --warehouse ./tailrace-data/warehouse'],
  flags: [],
  words: [0, 0],
  settings: ['lake', 'warehouse', 's3PathStyle'],
  exits: { 0: 'begun', 1: 'the compactor refused', 2: CANNOT_TELL },
  run: ({ config }) =>
    withStore(config, async (store) => {
      await openLake(store, null);
      const position = await readPosition(store, warehouseChoice(config));
      if (position === null || Date.now() - Date.parse(position.at) > SILENT_AFTER_MS) {
        throw new TailraceError('NOT_RUNNING', 'no compactor of this warehouse is running');
      }
      const id = await putRequest(store, { kind: 'rebuild' });
      const done = await awaitStage(store, { id, stage: 'done' }, { timeoutMs: TAKEN_WITHIN_MS, signal: stopSignal() });
      if (!done.ok) {
        process.stderr.write(`${done.error ?? 'the compactor refused'}\n`);
        return 1;
      }
      process.stdout.write('the warehouse is built anew; `tailrace status` shows how far it is\n');
      return 0;
    }),
};
