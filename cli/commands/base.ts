import { bytes, count } from '../../core/figures.ts';
import type { BaseFacts } from '../../lake/base-facts.ts';
import { putRequest } from '../../lake/control.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { answerOf } from '../../lake/request-answer.ts';
import { askedTables } from '../asked-tables.ts';
import type { Command, CommandContext } from '../command.ts';
import { CANNOT_TELL } from '../command.ts';
import { withStore } from '../ends.ts';
import { output } from '../outlet.ts';

export const command: Command<'base'> = {
  usage: '[TABLE…] [--json]',
  about:
    'Writes a base of tables into the lake: their current rows, from which a warehouse can begin without the batches before. The running compactor does this by ' +
    'itself (lake.baseInterval); this command asks for it now. A base is read back from the lake before it counts, and proven as lake.baseProof says.',
  examples: ['tailrace base', "tailrace base public.orders 'crm.*'", 'tailrace base --json'],
  flags: [{ name: 'json', help: 'print JSON, for programs' }],
  words: [0, Number.MAX_SAFE_INTEGER],
  exits: {
    0: 'every table has a base of its present rows',
    1: 'a table has none, or it was judged unequal; the output says why',
    2: CANNOT_TELL,
  },
  run: (context) => withStore(context.config, (store) => base(context, store)),
};

interface Refused {
  readonly table: string;
  readonly error: string;
}

async function base({ config, flags, words }: CommandContext<'base'>, store: ObjectStore): Promise<number> {
  const { tables, warehouseId, signal } = await askedTables(store, config, words.length === 0 ? null : words);
  const asked: { readonly table: string; readonly id: string }[] = [];
  for (const { table } of tables) asked.push({ table, id: await putRequest(store, { kind: 'base', table, warehouseId }) });
  const bases: BaseFacts[] = [];
  const refused: Refused[] = [];
  const json = flags.has('json');
  for (const { table, id } of asked) {
    const done = await answerOf(store, id, { signal, warehouseId });
    if (done.ok && done.base !== undefined) bases.push(done.base);
    else refused.push({ table, error: done.error ?? 'the compactor refused' });
    if (!json) output.say(`${table}: ${done.ok && done.base !== undefined ? baseText(done.base) : (refused.at(-1)?.error ?? '')}\n`);
  }
  if (json) output.say(`${JSON.stringify({ bases, refused }, null, 2)}\n`);
  return refused.length === 0 ? 0 : 1;
}

function baseText({ rows, bytes: size, lsn, proof }: BaseFacts): string {
  const proven = proof === null ? 'not proven' : `proven by ${proof}`;
  return `${count(rows)} rows as of ${lsn}, ${bytes(size)}, ${proven}`;
}
