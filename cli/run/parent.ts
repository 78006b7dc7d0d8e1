import { AsyncLocalStorage } from 'node:async_hooks';
import type { RoleEvent } from './role-event.ts';

/** What a role under `run` has of it, for one life of the role. */
export interface Parent {
  /**
   * The id of the lake that `run` found at its start. A restarted role must not create another lake
   * while that one cannot be reached.
   */
  readonly lakeId: string | undefined;
  /** Aborted when `run` asks for a stop. */
  readonly signal: AbortSignal;
  send(event: RoleEvent): void;
  /** Registers a function that is called at each event that `run` passes on to this role. */
  on(called: (event: RoleEvent) => void): void;
}

const parents = new AsyncLocalStorage<Parent>();

/** Runs a role, and all that it begins, under a parent: several may share a process. */
export function underParent<T>(parent: Parent, role: () => T): T {
  return parents.run(parent, role);
}

/** The parent of the role that is running; null when it runs alone. */
export function parentOfRole(): Parent | null {
  return parents.getStore() ?? null;
}
