import { compactor, serverCompactor } from './compactor-role.ts';
import { copy } from './copier.ts';
import { own } from './owner.ts';
import { pin } from './pinner.ts';
import { ask } from './requester.ts';
import type { Roles } from './simulation.ts';
import { keepPages, sweep } from './sweep-role.ts';
import { write } from './writer.ts';

/** What the product does. */
export const PRODUCT: Roles = {
  writer: write,
  copier: copy,
  sweeper: sweep,
  keeper: keepPages,
  requester: ask,
  pinner: pin,
  owner: own,
  reader: compactor('w1'),
  another: serverCompactor('w2'),
};

/** Roles of which one process works at a time, as the owner of a warehouse does. */
export const ALONE: ReadonlySet<string> = new Set(['reader', 'fresh', 'requester', 'pinner']);
/** Roles for which another process stands by, and takes over when one of them sleeps. */
export const SHARED: ReadonlySet<string> = new Set(['another']);
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
