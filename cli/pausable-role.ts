import { TailraceError } from '../core/errors.ts';
import { PAUSABLE_ROLES } from '../lake/pauses.ts';
import type { PausableRole } from '../lake/pauses.ts';

/** The role that `--role` names. BAD_ARGUMENT when it names none that can be paused. */
export function pausableRole(text: string | undefined): PausableRole {
  const found = PAUSABLE_ROLES.find((role) => role === text);
  if (found !== undefined) return found;
  const given = text === undefined ? '--role is missing' : `--role ${text} is no role that can be paused`;
  throw new TailraceError('BAD_ARGUMENT', `${given}; it is one of ${PAUSABLE_ROLES.join(', ')}`);
}
