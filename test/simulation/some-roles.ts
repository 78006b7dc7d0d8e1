import type { Roles } from './simulation.ts';

/** Those roles of which the names are chosen. */
export function someRoles(roles: Roles, isChosen: (name: string) => boolean): Roles {
  return Object.fromEntries(Object.entries(roles).filter(([name]) => isChosen(name)));
}
