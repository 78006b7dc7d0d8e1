import { TailraceError } from '../../core/errors.ts';
import type { SourceOptions } from '../session/connect.ts';
import { connect } from '../session/connect.ts';
import { readSlot } from '../slot/slot.ts';
import { walLevel } from '../slot/slot-trouble.ts';
import { sqlState } from '../session/sqlstate.ts';

const NOT_IN_PREREQUISITE_STATE = '55000';
const UNDEFINED_OBJECT = '42704';

/**
 * What the end of a stream means: the server's text says little and not reliably, so the slot
 * itself is looked at. SLOT_LOST (gone or invalidated), WAL_LEVEL, PUBLICATION_LOST; any other
 * error, or a source that cannot be asked, stays what it was.
 */
export async function streamError(source: SourceOptions, slot: string, error: unknown): Promise<unknown> {
  const state = sqlState(error);
  if (state === null) return error;
  try {
    await using connection = await connect(source);
    const facts = await readSlot(connection, slot);
    if (facts === null) return new TailraceError('SLOT_LOST', `the slot ${slot} does not exist any more`, { cause: error });
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
    // A source that cannot be asked is in trouble of its own; the first error stands.
  }
  return error;
}

/** Whether a walsender serves the slot; false also when the source cannot be asked. */
export async function isStillServed(source: SourceOptions, slot: string): Promise<boolean> {
  try {
    await using connection = await connect(source);
    return (await readSlot(connection, slot))?.active === true;
  } catch {
    return false;
  }
}
