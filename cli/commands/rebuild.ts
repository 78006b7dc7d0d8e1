import { putRequest } from '../../lake/control.ts';
import { TailraceError } from '../../core/errors.ts';
import { openLake } from '../../lake/lake-identity.ts';
import type { Command } from '../command.ts';
import { CANNOT_TELL } from '../command.ts';
import { readPosition } from '../../lake/warehouse-position.ts';
import { answerOf } from '../../lake/request-answer.ts';
import { warehouseChoice, withStore } from '../ends.ts';
import { requireCompactor } from '../require-compactor.ts';
import { requireReader } from '../running-compactor.ts';
import { stopSignal } from '../stop-signal.ts';
import { output } from '../outlet.ts';

export const command: Command<'rebuild'> = {
  usage: '',
  about:
    'Builds the warehouse again from the lake, without using the source. New tables are filled beside the old ones, which stay readable until the new ' +
    'ones are complete. The running compactor does the work, and continues when this command is stopped; `status` shows its progress.',
  examples: ['tailrace rebuild --lake s3://my-bucket/shop --warehouse ./tailrace-data/warehouse'],
  flags: [],
  words: [0, 0],
  exits: {
    0: 'rebuilt; or requested, if the compactor has stopped with WAREHOUSE_AHEAD',
    1: 'a table could not be built and is parked',
    2: CANNOT_TELL,
  },
  run: ({ config }) =>
    withStore(config, async (store) => {
      await openLake(store, null);
      const position = await readPosition(store, warehouseChoice(config));
      if (position?.ahead === true) {
        await putRequest(store, { kind: 'rebuild', warehouseId: position.warehouseId });
        output.say('the warehouse has applied a different history of the lake; start `tailrace run`, which rebuilds it from the lake\n');
        return 0;
      }
      await requireCompactor(config);
      const signal = stopSignal();
      const warehouseId = await requireReader(store, config, signal);
      const id = await putRequest(store, { kind: 'rebuild', warehouseId });
      const done = await answerOf(store, id, { signal, warehouseId });
      if (!done.ok) throw new TailraceError('TABLE_PARKED', `not every table could be built: ${done.error ?? 'the compactor refused'}`);
      output.say('the warehouse is rebuilt\n');
      return 0;
    }),
  exitOf: (error) => (error instanceof TailraceError && error.code === 'TABLE_PARKED' ? 1 : 2),
};
