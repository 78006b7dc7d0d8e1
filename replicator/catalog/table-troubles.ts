import type { Log } from '../../core/log.ts';
import { isoTime } from '../../core/time.ts';
import type { Time } from '../../core/time.ts';
import type { Choice, TableTrouble } from '../../lake/choice.ts';

/** A trouble as it is found, before its start time is known. */
export type FoundTrouble = Omit<TableTrouble, 'at'>;

/** What makes two troubles the same: the holder of a lock may change while a table waits. */
function nature({ state, message }: FoundTrouble): string {
  return state === 'waiting' ? state : message;
}

/**
 * The chosen tables that are not replicated, or not completely, and why: for the lake's readers,
 * and once for the log. It outlives sessions, so a new session repeats nothing.
 */
export class TableTroubles {
  readonly #tables: readonly string[] | null;
  readonly #log: Log;
  readonly #time: Pick<Time, 'wall'>;
  #found: ReadonlyMap<number, TableTrouble> = new Map();
  readonly #held = new Map<number, TableTrouble>();
  /** Grows with each change, so that readers notice it. */
  changes = 0;

  constructor({ tables, log, time }: { tables: readonly string[] | null; log: Log; time: Pick<Time, 'wall'> }) {
    this.#tables = tables;
    this.#log = log;
    this.#time = time;
  }

  /** Replaces the troubles with those that a look found. Logs the new ones. */
  look(found: readonly FoundTrouble[]): void {
    const next = new Map(found.map((trouble) => [trouble.oid, this.#since(trouble, this.#found.get(trouble.oid))]));
    if (JSON.stringify([...next]) !== JSON.stringify([...this.#found])) this.changes += 1;
    this.#found = next;
  }

  /** The configuration does not fit the table, for this reason. Returns false if that was known. */
  hold(table: Pick<TableTrouble, 'oid' | 'table'>, reason: string): boolean {
    const known = this.#held.get(table.oid);
    if (known?.message.includes(reason) === true) return false;
    const message = `TABLE_UNPUBLISHED: the configuration does not fit ${table.table}: ${reason}. Change its section \`table\`.`;
    this.#held.set(table.oid, { ...table, state: 'unpublished', code: 'TABLE_UNPUBLISHED', message, at: this.#now() });
    this.changes += 1;
    return true;
  }

  /** It fits again. */
  release(oid: number): void {
    if (this.#held.delete(oid)) this.changes += 1;
  }

  holds(oid: number): boolean {
    return this.#held.has(oid);
  }

  /** The facts for the lake's readers. */
  told(): Choice {
    const troubles = new Map([...this.#held, ...this.#found]);
    return { tables: this.#tables === null ? null : [...this.#tables], troubles: [...troubles.values()].toSorted((a, b) => a.oid - b.oid) };
  }

  #since(found: FoundTrouble, known: TableTrouble | undefined): TableTrouble {
    if (known !== undefined && nature(known) === nature(found)) return { ...found, at: known.at };
    const { table, state, message } = found;
    const what = { table, error: message };
    if (state === 'unpublished') this.#log.warn(what, 'table is not replicated: it cannot be published');
    else if (state === 'waiting') this.#log.warn(what, 'table waits for a lock, the others go on');
    else this.#log.warn(what, 'table is replicated without some of its partitions');
    return { ...found, at: this.#now() };
  }

  #now(): string {
    return isoTime(this.#time.wall());
  }
}
