import { TailraceError } from '../../core/errors.ts';
import { wall } from '../../core/time.ts';
import { putRequest } from '../../lake/control.ts';
import { openLake } from '../../lake/lake-identity.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import type { TablePosition } from '../../lake/readers.ts';
import { PauseLog } from '../../lake/pauses.ts';
import type { PausableRole } from '../../lake/pauses.ts';
import { answerOf } from '../../lake/request-answer.ts';
import { askedTables } from '../asked-tables.ts';
import type { Command, CommandContext } from '../command.ts';
import { CANNOT_TELL, flagValue } from '../command.ts';
import { withStore } from '../ends.ts';
import { pausableRole } from '../pausable-role.ts';

export const command: Command<'resume'> = {
  usage: 'TABLE… | --role replicate|snapshot|compact',
  about:
    'Retries parked tables from the position where they stopped. Fix the cause first. Nothing is copied unless a table fails again; then that table is copied. ' +
    'The running compactor does the work; `tailrace await` waits for it. With --role, ends the pause of a role (`tailrace pause`).',
  examples: ['tailrace resume public.orders', "tailrace resume 'public.*'", 'tailrace resume --role replicate'],
  flags: [{ name: 'role', placeholder: 'ROLE', help: 'end the pause of replicate, snapshot or compact; takes no tables' }],
  words: [0, Number.MAX_SAFE_INTEGER],
  exits: {
    0: 'started, or none of these tables is parked; or the role works again',
    1: 'a table cannot be resumed; the message says why',
    2: CANNOT_TELL,
  },
  run: (context) => {
    const role = flagValue(context, 'role');
    if (role === undefined && context.words.length === 0) throw new TailraceError('BAD_ARGUMENT', 'resume takes a table or --role');
    if (role !== undefined && context.words.length > 0) throw new TailraceError('BAD_ARGUMENT', 'resume takes tables or --role, not both');
    return withStore(context.config, (store) => (role === undefined ? resume(context, store) : resumeRole(store, pausableRole(role))));
  },
  exitOf: (error) => (error instanceof TailraceError && error.code === 'TABLE_PARKED' ? 1 : 2),
};

async function resumeRole(store: ObjectStore, role: PausableRole): Promise<number> {
  await openLake(store, null);
  const pauses = new PauseLog(store, role);
  const paused = (await pauses.now(wall())) !== null;
  if (paused) await pauses.resume(wall());
  process.stdout.write(paused ? `${role} works again\n` : `${role} is not paused; there is nothing to resume\n`);
  return 0;
}

async function resume({ config, words }: CommandContext<'resume'>, store: ObjectStore): Promise<number> {
  const { tables, warehouseId, signal } = await askedTables(store, config, words);
  const asked: { readonly one: TablePosition; readonly id: string }[] = [];
  for (const one of tables) {
    if (one.state === 'parked') asked.push({ one, id: await putRequest(store, { kind: 'resume', table: one.table, warehouseId }) });
    else process.stdout.write(`${one.table} is ${one.state}, not parked; there is nothing to resume\n`);
  }
  const refused: string[] = [];
  for (const { one, id } of asked) {
    const done = await answerOf(store, id, { signal, warehouseId });
    if (done.ok) process.stdout.write(`${one.table} (parked with ${one.error?.code ?? 'an error'}) ${outcome(done.by)}\n`);
    else refused.push(`${one.table}: ${done.error ?? 'the compactor refused'}`);
  }
  if (refused.length > 0) throw new TailraceError('TABLE_PARKED', `not resumed: ${refused.join('; ')}`);
  return 0;
}

function outcome(by: 'position' | 'copy' | undefined): string {
  return by === 'copy'
    ? 'is copied again, because its position is unknown'
    : 'resumes where it stopped; if it fails again, it is copied again';
}
