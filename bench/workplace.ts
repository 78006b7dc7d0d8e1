import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isApplied } from './applied.ts';
import { type Command, tailrace } from './program.ts';
import { timedRun } from './timed-run.ts';

/** One lake and one warehouse of a source. */
export interface Place {
  readonly lake: string;
  readonly warehouse: string;
  /** A role, or `run`, over them. */
  command(role: string, ...flags: string[]): Command;
}

interface PlaceOptions {
  readonly tables: string;
  readonly lake?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly processesBySize?: boolean;
}

/** A folder for everything that a case makes; it goes when it is disposed of. */
export class Workplace implements Disposable {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'tailrace-bench-'));

  /**
   * A new lake and warehouse. `lake` may be given, for one that is not a directory here. Roles have
   * processes of their own, because most cases begin with empty tables; `processesBySize` lets
   * `run` choose.
   */
  place(name: string, source: string, options: PlaceOptions): Place {
    const lake = options.lake ?? path.join(this.folder, `${name}-lake`);
    const warehouse = path.join(this.folder, `${name}-warehouse`);
    const env = { TAILRACE_SOURCE: source, TAILRACE_LAKE: lake, TAILRACE_WAREHOUSE: warehouse, TAILRACE_TABLES: options.tables };
    const processes = options.processesBySize === true ? {} : { TAILRACE_PROCESSES: 'each' };
    const ports = { TAILRACE_SQL_PORT: '0', TAILRACE_HTTP_PORT: '0' };
    return {
      lake,
      warehouse,
      command: (role, ...flags) => ({ ...tailrace(role, ...flags), env: { ...env, ...ports, ...processes, ...options.env } }),
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/**
 * Copies `tables` tables into lake and warehouse, and stops when they are live. The slot then keeps
 * all WAL that follows.
 */
export async function makeLive(place: Place, tables: number): Promise<void> {
  const roles = ['replicate', 'snapshot', 'compact'].map((role) => place.command(role));
  await timedRun(roles, null, () => isApplied(place.lake, tables));
}

/** Makes lake, publication and slot, and stops: the slot then waits with all WAL that comes. */
export async function makeSlot(place: Place): Promise<void> {
  const epochs = path.join(place.lake, 'epoch');
  await timedRun([place.command('replicate')], null, () => existsSync(epochs) && readdirSync(epochs).length > 0);
}
