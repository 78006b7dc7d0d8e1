import type { Roles } from './simulation.ts';

/** Roles of which one process works at a time, as the owner of a warehouse does. */
export const ALONE: ReadonlySet<string> = new Set(['reader', 'another', 'fresh', 'requester', 'pinner']);
/** Roles that not every schedule has, and how many of those that have others. */
export const OPTIONAL: ReadonlyMap<string, number> = new Map([
  ['another', 1],
  ['keeper', 1],
  ['requester', 1],
  ['pinner', 0.4],
  ['owner', 0.25],
]);
/** Roles without which others get nowhere. */
export const HELPERS: ReadonlySet<string> = new Set(['writer', 'copier']);

/** Those roles of which the names are chosen. */
export function someRoles(roles: Roles, isChosen: (name: string) => boolean): Roles {
  return Object.fromEntries(Object.entries(roles).filter(([name]) => isChosen(name)));
}
