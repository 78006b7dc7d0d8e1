import { putRequest } from '../../lake/control.ts';
import { TailraceError } from '../../core/errors.ts';
import { openLake } from '../../lake/lake-identity.ts';
import type { Position } from '../../lake/readers.ts';
import type { Command, CommandContext } from '../command.ts';
import { CANNOT_TELL, flagValue } from '../command.ts';
import { readPosition } from '../../lake/warehouse-position.ts';
import { answerOf } from '../../lake/request-answer.ts';
import { warehouseChoice, withStore } from '../ends.ts';
import { rebuildAsOf } from '../rebuild-as-of.ts';
import { requireCompactor } from '../require-compactor.ts';
import { requireReader } from '../running-compactor.ts';
import { stopSignal } from '../stop-signal.ts';
import { output } from '../outlet.ts';

export const command: Command<'rebuild'> = {
  usage: '[--as-of LSN]',
  about:
    'Builds the warehouse again from the lake, without using the source. New tables are filled beside the old ones, which stay readable until the new ' +
    'ones are complete. The running compactor does the work, and continues when this command is stopped; `status` shows its progress. ' +
    'With --as-of, this command itself builds a new directory that has every commit below an LSN and none else, and then stands still: `tailrace sql` reads it. ' +
    'Nothing in the lake waits for that directory; `lake ls` shows how far back each table reaches.',
  examples: [
    'tailrace rebuild --lake s3://my-bucket/shop --warehouse ./tailrace-data/warehouse',
    'tailrace rebuild --as-of 16/B374D848 --warehouse ./before-the-mistake',
    'tailrace sql "SELECT * FROM public.orders" --warehouse ./before-the-mistake',
  ],
  flags: [{ name: 'as-of', placeholder: 'LSN', help: 'build a new directory, as the source was at this position' }],
  words: [0, 0],
  exits: {
    0: 'rebuilt; or requested, if the compactor has stopped with WAREHOUSE_AHEAD or WAREHOUSE_RESHARDED',
    1: 'a table could not be built and is parked; with --as-of: it is left out',
    2: CANNOT_TELL,
  },
  async run(context) {
    const asOf = flagValue(context, 'as-of');
    if (asOf === undefined) return rebuild(context);
    const code = await rebuildAsOf(context.config, asOf, context.log);
    output.say(ofBuilder(context.config, 'this directory has none of them'));
    return code;
  },
  exitOf: (error) => (error instanceof TailraceError && error.code === 'TABLE_PARKED' ? 1 : 2),
};

/** A compactor that finds another number of shards ends until it is asked for this. */
function resharded(position: Position | null): string | null {
  return position?.trouble?.code === 'WAREHOUSE_RESHARDED' ? 'has another number of shards' : null;
}

/** What user builder has written is nowhere but in the warehouse. */
function ofBuilder(config: CommandContext<'rebuild'>['config'], then: string): string {
  const names = config.sqlWrites;
  return names === undefined ? '' : `databases of sqlWrites (${names.join(', ')}) are not in the lake; ${then}\n`;
}

async function rebuild({ config }: CommandContext<'rebuild'>): Promise<number> {
  return withStore(config, async (store) => {
    await openLake(store, null);
    const position = await readPosition(store, warehouseChoice(config));
    const why = position?.ahead === true ? 'has applied a different history of the lake' : resharded(position);
    if (position !== null && why !== null) {
      await putRequest(store, { kind: 'rebuild', warehouseId: position.warehouseId });
      output.say(`the warehouse ${why}; start \`tailrace run\`, which rebuilds it from the lake\n`);
      return 0;
    }
    await requireCompactor(config);
    const signal = stopSignal();
    const warehouseId = await requireReader(store, config, signal);
    const id = await putRequest(store, { kind: 'rebuild', warehouseId });
    const done = await answerOf(store, id, { signal, warehouseId });
    if (!done.ok) throw new TailraceError('TABLE_PARKED', `not every table could be built: ${done.error ?? 'the compactor refused'}`);
    output.say(`the warehouse is rebuilt\n${ofBuilder(config, 'they are as they were')}`);
    return 0;
  });
}
