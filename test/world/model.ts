import { type KindName, kindOf } from './kinds.ts';

export interface Column {
  readonly name: string;
  readonly kind: KindName;
  readonly generated: boolean;
}

/**
 * A partition and the row numbers that it takes, from (inclusive) to (exclusive); null: all others.
 */
export interface Leaf {
  readonly name: string;
  readonly schema: string;
  readonly takes: { readonly from: number; readonly to: number } | null;
  /** Partitioned once more. */
  readonly nested: boolean;
}

/** A table as the application knows it. */
export interface Table {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly Column[];
  /** Columns of the primary key, none when there is no key. */
  readonly key: readonly string[];
  readonly deferrable: boolean;
  readonly identity: 'default' | 'full' | 'nothing' | 'index';
  /** Column with a unique index of its own (and NOT NULL), for REPLICA IDENTITY USING INDEX. */
  readonly unique: { readonly column: string; readonly index: string } | null;
  /** Partitioned by its first key column. */
  readonly leaves: readonly Leaf[] | null;
  readonly by: 'range' | 'list';
  readonly parent: number | null;
  readonly unlogged: boolean;
  /** Name of the primary key's constraint; null: not known. */
  readonly constraint: string | null;
  /**
   * Its rows change with those of another table, or a filter looks at them: without its identity it
   * would be append-only, or refused.
   */
  readonly keepsIdentity?: true;
}

/** Quoted always: names are of any legal spelling. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function nameOf(table: { readonly schema: string; readonly name: string }): string {
  return `${quote(table.schema)}.${quote(table.name)}`;
}

/** Whether updates and deletes of it are replicated; else it is append-only, by contract. */
export function hasIdentity(table: Table): boolean {
  if (table.identity === 'nothing') return false;
  if (table.identity === 'full') return true;
  if (table.identity === 'index') return table.unique !== null;
  return table.key.length > 0 && !table.deferrable;
}

/**
 * Columns by which statements find a row: the key, else the first column that key values can be
 * made of.
 */
export function addressOf(table: Table): Column[] {
  if (table.key.length > 0) return table.columns.filter(({ name }) => table.key.includes(name));
  return table.columns.filter(({ kind, generated }) => !generated && kindOf(kind).key !== null).slice(0, 1);
}

/** Columns that an application writes and that are no address. */
export function dataOf(table: Table): Column[] {
  const address = addressOf(table);
  return table.columns.filter((column) => !column.generated && !address.includes(column) && column.name !== table.unique?.column);
}

/** The key value of a column for row number `n`, an SQL expression. */
export function keyValue(column: Column, n: string | number): string {
  const made = kindOf(column.kind).key;
  if (made === null) throw new Error(`no key of ${column.kind}`);
  return made(String(n));
}

/** The condition that finds row number `n`. */
export function rowIs(table: Table, n: string | number): string {
  const parts = addressOf(table).map((column) => `${quote(column.name)} = ${keyValue(column, n)}`);
  return parts.length === 0 ? 'true' : parts.join(' and ');
}

/**
 * The tables as they are after what was drawn so far. An open transaction keeps what it altered to
 * itself; rolled back, also to a savepoint, the tables are what they were.
 */
export class Model {
  readonly #tables = new Map<number, Table>();
  readonly #undo = new Map<number, { readonly id: number; readonly before: Table | undefined }[]>();
  readonly #alteredBy = new Map<number, number>();
  readonly #usedBy = new Map<number, Set<number>>();
  readonly #names = new Set<string>();
  #counter = 0;

  /** Tables a session may use: those no other open transaction has altered. */
  usable(session: number): Table[] {
    return [...this.#tables.values()].filter(({ id }) => (this.#alteredBy.get(id) ?? session) === session);
  }

  /** Tables a session may alter: those no other open transaction has used. */
  alterable(session: number): Table[] {
    return this.usable(session).filter(({ id }) => this.isFree(session, id));
  }

  /** No other open transaction has used it. */
  isFree(session: number, id: number): boolean {
    return [...(this.#usedBy.get(id) ?? [])].every((user) => user === session);
  }

  get(id: number): Table | undefined {
    return this.#tables.get(id);
  }

  /** Schemas that have tables. */
  schemas(): string[] {
    return [...new Set(['public', ...[...this.#tables.values()].map(({ schema }) => schema)])];
  }

  all(): Table[] {
    return [...this.#tables.values()];
  }

  children(id: number): Table[] {
    return [...this.#tables.values()].filter(({ parent }) => parent === id);
  }

  /** A number never given before. */
  number(): number {
    this.#counter += 1;
    return this.#counter;
  }

  /** The session's open transaction has used a table. */
  use(session: number, id: number): void {
    this.#usedBy.set(id, (this.#usedBy.get(id) ?? new Set()).add(session));
  }

  /** Notes what a statement of the session made of a table; null: it is gone. */
  put(session: number, id: number, after: Table | null): void {
    const log = this.#undo.get(session) ?? [];
    log.push({ id, before: this.#tables.get(id) });
    this.#undo.set(session, log);
    this.#alteredBy.set(id, session);
    this.use(session, id);
    if (after === null) this.#tables.delete(id);
    else this.#tables.set(id, after);
  }

  /** Where a savepoint of the session is. */
  mark(session: number): number {
    return this.#undo.get(session)?.length ?? 0;
  }

  rollback(session: number, mark = 0): void {
    const log = this.#undo.get(session) ?? [];
    for (const { id, before } of log.splice(mark).toReversed()) {
      if (before === undefined) this.#tables.delete(id);
      else this.#tables.set(id, before);
    }
  }

  /** The session's transaction is over, after `rollback` or not. */
  end(session: number): void {
    this.#undo.delete(session);
    for (const [id, user] of this.#alteredBy) if (user === session) this.#alteredBy.delete(id);
    for (const users of this.#usedBy.values()) users.delete(session);
  }

  /** A name that no table or column of the world ever had. */
  fresh(stem: string): string {
    const name = this.#names.has(stem) ? `${stem.slice(0, 50)}${this.number()}` : stem;
    this.#names.add(name);
    return name;
  }
}
