import { TailraceError } from '../../core/errors.ts';
import type { SourceOptions } from '../session/connect.ts';
import { connect } from '../session/connect.ts';
import { readSlot } from '../slot/slot.ts';
import { walLevel } from '../slot/slot-trouble.ts';
import { sqlState } from '../session/sqlstate.ts';

const NOT_IN_PREREQUISITE_STATE = '55000';
const UNDEFINED_OBJECT = '42704';

/**
 * Explains the end of a stream. The server's text is not reliable, so the slot is read: SLOT_LOST
 * (gone or invalidated), WAL_LEVEL, PUBLICATION_LOST. Returns the error itself in other cases, and
 * if the source cannot be queried.
 */
export async function streamError(source: SourceOptions, slot: string, error: unknown): Promise<unknown> {
  const state = sqlState(error);
  if (state === null) return error;
  try {
    await using connection = await connect(source);
    const facts = await readSlot(connection, slot);
    if (facts === null) return new TailraceError('SLOT_LOST', `the slot ${slot} no longer exists`, { cause: error });
    if (facts.walStatus === 'lost') {
      const reason = facts.invalidationReason ?? 'its WAL was removed';
      return new TailraceError('SLOT_LOST', `the slot ${slot} was invalidated (${reason})`, { cause: error });
    }
    if (state === NOT_IN_PREREQUISITE_STATE) {
      const level = await walLevel(connection);
      if (level !== 'logical') return new TailraceError('WAL_LEVEL', `wal_level is ${level}`, { cause: error });
    }
    if (state === UNDEFINED_OBJECT) {
      return new TailraceError('PUBLICATION_LOST', `a publication of the slot ${slot} does not exist`, { cause: error });
    }
  } catch {
    // The source cannot be queried: the first error counts.
  }
  return error;
}

/** Whether a walsender serves the slot; false also if the source cannot be queried. */
export async function isStillServed(source: SourceOptions, slot: string): Promise<boolean> {
  try {
    await using connection = await connect(source);
    return (await readSlot(connection, slot))?.active === true;
  } catch {
    return false;
  }
}
