import type { RoleName } from '../../core/setting.ts';
import type { SourceSize } from './process-message.ts';

/** Whether the roles share one process, or each has its own. */
export type ProcessForm = 'one' | 'each';

/** A source that is larger has work for more than one core for longer than a minute. */
const SMALL: SourceSize = { tables: 100, bytes: 1024 ** 3 };

/** Builds are as heavy as their models, so they never share a process. */
const SHARING: readonly RoleName[] = ['replicate', 'snapshot', 'compact', 'monitor'];

/** The form for a source; null: its size is not known. */
export function formFor(size: SourceSize | null): ProcessForm {
  return size !== null && size.tables <= SMALL.tables && size.bytes <= SMALL.bytes ? 'one' : 'each';
}

/** The roles of each process. */
export function processesOf(form: ProcessForm, roles: readonly RoleName[]): readonly (readonly RoleName[])[] {
  if (form === 'each') return roles.map((role) => [role]);
  const shared = roles.filter((role) => SHARING.includes(role));
  return [shared, ...roles.filter((role) => !shared.includes(role)).map((role) => [role])].filter((group) => group.length > 0);
}
