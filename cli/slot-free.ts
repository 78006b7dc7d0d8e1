import { TailraceError } from '../core/errors.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import { readSlot } from '../postgres/slot/slot.ts';

/** Throws SLOT_IN_USE, with a hint for commands, while a replicator is connected to the slot. */
export async function requireFreeSlot(connection: SqlConnection, slot: string): Promise<void> {
  const facts = await readSlot(connection, slot);
  if (facts?.active !== true) return;
  throw new TailraceError('SLOT_IN_USE', `a replicator is connected to slot ${slot} (server process ${facts.activePid ?? 'unknown'})`, {
    hint: 'Stop `tailrace run` or `tailrace replicate` first.',
  });
}
