import type { RoleName } from '../../core/setting.ts';
import type { RoleEvent } from './role-event.ts';

/** What the tables that are chosen at the source hold. */
export interface SourceSize {
  readonly tables: number;
  readonly bytes: number;
}

/**
 * What the first contact with source and lake found. `lakeId` is null when there is no lake yet or
 * an end does not answer; `size` is null when nobody asked or the source does not answer.
 */
export interface Contact {
  readonly lakeId: string | null;
  readonly size: SourceSize | null;
}

/** From `run` to a process of roles. */
export type ToRoles =
  | { readonly kind: 'contact' }
  | { readonly kind: 'start'; readonly role: RoleName; readonly lakeId: string | null }
  | { readonly kind: 'event'; readonly role: RoleName; readonly event: RoleEvent }
  | { readonly kind: 'ping' };

/** From a process of roles to `run`. */
export type FromRoles =
  | { readonly kind: 'contact'; readonly contact: Contact }
  | { readonly kind: 'refused'; readonly message: string; readonly exitCode: number }
  | { readonly kind: 'event'; readonly role: RoleName; readonly event: RoleEvent }
  /** The role has ended; its process serves the others. */
  | { readonly kind: 'ended'; readonly role: RoleName }
  /** The answer to a ping, with the cores that the process has used since the last one. */
  | { readonly kind: 'pong'; readonly cores: number };
