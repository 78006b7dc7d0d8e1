import type { Change, Row } from './change-file.ts';

/**
 * An action of an application on one table `t (id text primary key, n text, body text)`. An action
 * that is not possible at that moment does nothing.
 */
export type Action =
  | { readonly kind: 'insert'; readonly key: number; readonly body: string | null }
  | { readonly kind: 'update'; readonly key: number; readonly body: string | null | 'same' }
  | { readonly kind: 'delete'; readonly key: number }
  | { readonly kind: 'rekey'; readonly key: number; readonly to: number; readonly body: string | null | 'same' }
  | { readonly kind: 'truncate' }
  | { readonly kind: 'commit' };

interface Stored {
  readonly id: string;
  readonly n: string | null;
  readonly body: string | null;
}

/** A version of a row: what it became by a change. */
export interface ModelVersion extends Stored {
  readonly op: 'insert' | 'update' | 'delete' | 'truncate';
  readonly lsn: bigint;
}

/** The time of a commit is its LSN in microseconds of this day. */
const DAY_US = BigInt(Date.UTC(2026, 0, 1)) * 1000n;

const OPS = { I: 'insert', U: 'update', D: 'delete', T: 'truncate' } as const;

/** A table as Postgres would have it, and the row images that its changes send. */
export class ModelTable {
  readonly rows = new Map<string, Stored>();
  /** In the order of the changes. */
  readonly versions: ModelVersion[] = [];
  /** The rows after each commit, by its LSN. */
  readonly dumps = new Map<bigint, Row[]>();
  #lsn: bigint;
  #ordinal = 0;
  #count = 0;

  /** Commits lie ten apart from there on. */
  constructor(lsn: bigint) {
    this.#lsn = lsn;
  }

  /** The commit LSN of the transaction under way. */
  get lsn(): bigint {
    return this.#lsn;
  }

  /** Row images of one action; they belong into one file. */
  act(action: Action): Change[] {
    if (action.kind === 'commit') return this.#commit();
    if (action.kind === 'truncate') {
      for (const id of this.rows.keys()) this.#note('T', { id, n: null, body: null });
      this.rows.clear();
      return [this.#image('T', { id: null, n: null, body: null })];
    }
    const id = String(action.key);
    const old = this.rows.get(id);
    this.#count += 1;
    const n = String(this.#count);
    if (action.kind === 'insert') return old === undefined ? [this.#store('I', { id, n, body: action.body }, false)] : [];
    if (old === undefined) return [];
    if (action.kind === 'delete') return [this.#remove(id)];
    const same = action.body === 'same' && old.body !== null;
    const body = action.body === 'same' ? old.body : action.body;
    if (action.kind === 'update') return [this.#store('U', { id, n, body }, same)];
    const to = String(action.to);
    if (this.rows.has(to)) return [];
    return [{ ...this.#remove(id), keyChange: true }, this.#store('U', { id: to, n, body }, same)];
  }

  /** Rows in the order of their keys. */
  sorted(): Row[] {
    return [...this.rows.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((row) => ({ ...row }));
  }

  #commit(): Change[] {
    this.dumps.set(this.#lsn, this.sorted());
    this.#lsn += 10n;
    this.#ordinal = 0;
    return [];
  }

  #store(op: 'I' | 'U', row: Stored, same: boolean): Change {
    this.rows.set(row.id, row);
    this.#note(op, row);
    return this.#image(op, { ...row, body: same ? undefined : row.body });
  }

  #remove(id: string): Change {
    this.rows.delete(id);
    this.#note('D', { id, n: null, body: null });
    return this.#image('D', { id, n: null, body: null });
  }

  #note(op: Change['op'], row: Stored): void {
    this.versions.push({ ...row, op: OPS[op], lsn: this.#lsn });
  }

  #image(op: Change['op'], row: Row): Change {
    this.#ordinal += 1;
    return { op, lsn: this.#lsn, ordinal: this.#ordinal, row, time: DAY_US + this.#lsn };
  }
}
