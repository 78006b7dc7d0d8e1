import { putRequest } from '../../lake/control.ts';
import { TailraceError } from '../../core/errors.ts';
import { openLake } from '../../lake/lake-identity.ts';
import type { Command } from '../command.ts';
import { CANNOT_TELL } from '../command.ts';
import { readPosition } from '../../lake/warehouse-position.ts';
import { warehouseChoice, withStore } from '../ends.ts';
import { requireCompactor } from '../require-compactor.ts';
import { answerOf, requireReader } from '../running-compactor.ts';
import { stopSignal } from '../stop-signal.ts';
import { output } from '../outlet.ts';

export const command: Command = {
  usage: '',
  about:
    'Builds the warehouse anew from the lake, without touching the source: new tables are filled beside the old ones, which stay readable until the new ' +
    'ones are complete. The running compactor does the work and goes on with it when this command is stopped; `status` shows how far it is.',
  examples: ['tailrace rebuild --lake s3://my-bucket/shop --warehouse ./tailrace-data/warehouse'],
  flags: [],
  words: [0, 0],
  settings: ['lake', 'warehouse', 's3PathStyle'],
  exits: {
    0: 'built anew, or begun where the compactor has ended with WAREHOUSE_AHEAD',
    1: 'a table could not be built, it is parked',
    2: CANNOT_TELL,
  },
  run: ({ config }) =>
    withStore(config, async (store) => {
      await openLake(store, null);
      const position = await readPosition(store, warehouseChoice(config));
      if (position?.ahead === true) {
        await putRequest(store, { kind: 'rebuild', warehouseId: position.warehouseId });
        output.say('the warehouse has applied another history of the lake; `tailrace run` builds it anew from the lake\n');
        return 0;
      }
      await requireCompactor(config);
      const signal = stopSignal();
      const warehouseId = await requireReader(store, config, signal);
      const id = await putRequest(store, { kind: 'rebuild', warehouseId });
      const done = await answerOf(store, id, { signal, warehouseId });
      if (!done.ok) throw new TailraceError('TABLE_PARKED', `not everything could be built: ${done.error ?? 'the compactor refused'}`);
      output.say('the warehouse is built anew\n');
      return 0;
    }),
  exitOf: (error) => (error instanceof TailraceError && error.code === 'TABLE_PARKED' ? 1 : 2),
};
