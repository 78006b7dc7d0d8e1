import { TailraceError } from '../../core/errors.ts';
import { HELD_PREFIX, freezeName } from '../../core/freeze-name.ts';
import { matchNamed } from '../../core/table-glob.ts';
import type { FrozenAnswer } from '../../lake/control-stage.ts';
import { putRequest } from '../../lake/control.ts';
import { openLake } from '../../lake/lake-identity.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { readPosition } from '../../lake/warehouse-position.ts';
import { answerOf } from '../../lake/request-answer.ts';
import { isTaken } from '../../warehouse/names.ts';
import { openWarehouse } from '../../warehouse/open-engine.ts';
import type { Command, CommandContext } from '../command.ts';
import { CANNOT_TELL } from '../command.ts';
import { warehouseChoice, withStore } from '../ends.ts';
import { freezeList, freezeText, listFreezes } from '../freeze-text.ts';
import { requireCompactor } from '../require-compactor.ts';
import { requireReader } from '../running-compactor.ts';
import { stopSignal } from '../stop-signal.ts';
import { output } from '../outlet.ts';

export const command: Command<'freeze'> = {
  usage: 'NAME [--tables GLOB,…] [--json] | ls [--json] | drop NAME',
  about:
    'Freezes all live tables at one position, for queries that must not see half a transaction. The frozen public.orders is NAME_public.orders; it stays as it is while replication continues. ' +
    'The running compactor clones the tables in milliseconds, without copying their files. The same NAME again moves the freeze to the present. `ls` lists freezes, `drop` removes one. ' +
    'A freeze stays until it is dropped. Its disk space grows as the tables change.',
  examples: [
    'tailrace freeze nightly',
    "tailrace freeze nightly --tables 'public.order*' --json",
    'tailrace sql "SELECT sum(total) FROM nightly_public.orders"',
    'tailrace freeze drop nightly',
  ],
  flags: [{ name: 'json', help: 'print JSON, for programs' }],
  words: [1, 2],
  exits: {
    0: 'done',
    1: 'nothing is frozen, because no table is live; the message says why',
    2: CANNOT_TELL,
    3: 'frozen without some tables that are not live; the output names them',
  },
  async run(context) {
    const [first = '', second] = context.words;
    if (first === 'ls' && second === undefined) return list(context);
    if (first === 'drop' && second !== undefined) return withStore(context.config, (store) => drop(context, store, nameOf(second)));
    if (first === 'drop' || second !== undefined)
      throw new TailraceError('BAD_ARGUMENT', `"${context.words.join(' ')}" is not a form of freeze; allowed: NAME, ls, drop NAME`, {
        hint: 'See `tailrace freeze --help`.',
      });
    return withStore(context.config, (store) => freeze(context, store, nameOf(first)));
  },
  exitOf: (error) => (error instanceof TailraceError && error.code === 'TABLE_NOT_LIVE' ? 1 : 2),
};

function nameOf(word: string): string {
  const parsed = freezeName.safeParse(word);
  if (parsed.success && !isTaken(word) && !word.startsWith(HELD_PREFIX)) return parsed.data;
  const taken = word.startsWith(HELD_PREFIX)
    ? `names that begin with ${HELD_PREFIX} are those of tailrace itself`
    : `the warehouse itself has a database ${word}`;
  const why = parsed.success ? taken : parsed.error.issues[0]?.message;
  throw new TailraceError('BAD_ARGUMENT', `"${word}" cannot be the name of a freeze: ${why}`, { hint: 'Choose another name.' });
}

async function freeze({ config, flags }: CommandContext<'freeze'>, store: ObjectStore, name: string): Promise<number> {
  await openLake(store, null);
  const position = await readPosition(store, warehouseChoice(config));
  if (position === null) throw new TailraceError('NOT_RUNNING', 'the warehouse has not read this lake yet');
  const globs = config.tables ?? null;
  const there = position.tables.filter(({ state }) => state !== 'dropped');
  const tables = globs === null ? null : matchNamed(globs, there).map(({ table }) => table);
  const frozen = await ask({ config, store }, { kind: 'freeze', name, tables });
  if (frozen === undefined) throw new TailraceError('NOT_RUNNING', 'the compactor answered without a freeze');
  output.say(flags.has('json') ? `${JSON.stringify(frozen, null, 2)}\n` : freezeText(frozen));
  return frozen.leftOut.length === 0 ? 0 : 3;
}

async function drop({ config, flags }: CommandContext<'freeze'>, store: ObjectStore, name: string): Promise<number> {
  await openLake(store, null);
  await ask({ config, store }, { kind: 'drop-freeze', name });
  output.say(flags.has('json') ? `${JSON.stringify({ name, dropped: true })}\n` : `the freeze ${name} is dropped\n`);
  return 0;
}

/** Puts the request and waits for the compactor. */
async function ask(
  { config, store }: Pick<CommandContext<'freeze'>, 'config'> & { store: ObjectStore },
  request: { kind: 'freeze'; name: string; tables: string[] | null } | { kind: 'drop-freeze'; name: string },
): Promise<FrozenAnswer | undefined> {
  await requireCompactor(config);
  const signal = stopSignal();
  const warehouseId = await requireReader(store, config, signal);
  const done = await answerOf(store, await putRequest(store, { ...request, warehouseId }), { signal, warehouseId });
  if (done.ok) return done.frozen;
  const hint = done.code === 'BAD_ARGUMENT' ? 'Choose another name; `tailrace freeze ls` lists those in use.' : undefined;
  throw new TailraceError(done.code ?? 'NOT_RUNNING', done.error ?? 'the compactor refused', hint === undefined ? {} : { hint });
}

async function list({ config, flags, log }: CommandContext<'freeze'>): Promise<number> {
  await using engine = await openWarehouse({ uri: config.warehouse, role: 'reader', log });
  const freezes = await listFreezes(engine);
  output.say(flags.has('json') ? `${JSON.stringify(freezes, null, 2)}\n` : freezeList(freezes));
  return 0;
}
