import { TailraceError } from '../core/errors.ts';
import type { MaskSalt } from '../core/mask-salt.ts';
import { abortableSleep } from '../core/loop.ts';
import { elapsed } from '../core/time.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import type { Leaf } from '../postgres/catalog/leaves.ts';
import { readShape, shapeDifference } from '../postgres/catalog/table-shape.ts';
import type { ShapedRelation } from '../postgres/catalog/table-shape.ts';
import type { KeyRange } from './key-range.ts';
import type { Pace } from './source-pace.ts';
import { cutByKeys, cutByPages } from './source-cut.ts';
import type { Cutter } from './source-cut.ts';

/** The source side of a verification, shared by its tables. */
export interface SourceSessions {
  /** In a transaction on the snapshot of the position. */
  readonly inside: SqlConnection;
  /** Sees the catalog as it is now. */
  readonly outside: SqlConnection;
  /** Name of our publications. */
  readonly publication: () => Promise<string>;
  /** The salt of the configuration; null where it has none. */
  readonly salt: MaskSalt | null;
  readonly pace: Pace;
  /** When the snapshot must be released, on the clock of elapsed(). */
  readonly until: number;
  readonly signal: AbortSignal;
}

/** A relation that holds rows, as the snapshot sees it. */
export interface SourceLeaf extends Leaf {
  readonly shape: ShapedRelation;
}

/** A part of a relation that was read once, with its number of rows. */
export interface ReadPiece {
  readonly leaf: SourceLeaf;
  readonly where: string;
  readonly rows: number;
}

/**
 * Reads tables of the source piece by piece within the snapshot, with pauses in between. A piece
 * locks its relation (ACCESS SHARE) only while it is read. It first checks whether the relation was
 * changed or rewritten since the snapshot, which then sees other rows.
 * Throws TABLE_CHANGED for that, and TIMED_OUT when the snapshot is too old or the signal is
 * aborted.
 */
export class SourceReader {
  readonly #sessions: SourceSessions;
  #freeAt = 0;

  constructor(sessions: SourceSessions) {
    this.#sessions = sessions;
  }

  /**
   * Every row of the leaves, or those of the keys. `read` takes a piece and returns its number of
   * rows.
   */
  async *pieces(
    leaves: readonly SourceLeaf[],
    keys: KeyRange | null,
    read: (piece: Omit<ReadPiece, 'rows'>) => Promise<number>,
  ): AsyncGenerator<ReadPiece> {
    for (const leaf of leaves) {
      const cutter = this.#cutter(leaf, keys);
      for (;;) {
        const piece = await this.#locked(leaf, async () => {
          const begunAt = elapsed();
          const where = await cutter.next(this.#sessions.pace.rows);
          if (where === null) return null;
          const rows = await read({ leaf, where });
          cutter.found(rows);
          this.#freeAt = this.#sessions.pace.read(rows, begunAt, elapsed());
          return { leaf, where, rows };
        });
        if (piece === null) break;
        yield piece;
      }
    }
  }

  /** Reads a piece once more. */
  async again<T>(piece: ReadPiece, read: () => Promise<T>): Promise<T> {
    return this.#locked(piece.leaf, async () => {
      const begunAt = elapsed();
      const result = await read();
      this.#freeAt = this.#sessions.pace.read(piece.rows, begunAt, elapsed());
      return result;
    });
  }

  #cutter(leaf: SourceLeaf, keys: KeyRange | null): Cutter {
    if (keys === null || keys.index === null) return cutByPages(leaf);
    return cutByKeys(this.#sessions.inside, leaf, { ...keys, index: keys.index });
  }

  /**
   * In a savepoint, since a failed statement would end the transaction of the snapshot. The lock
   * ends with it.
   */
  async #locked<T>(leaf: SourceLeaf, work: () => Promise<T>): Promise<T> {
    const { inside } = this.#sessions;
    await this.#wait();
    await inside.query('SAVEPOINT piece');
    try {
      await this.#lock(leaf);
      return await work();
    } finally {
      await inside.query('ROLLBACK TO SAVEPOINT piece');
      await inside.query('RELEASE SAVEPOINT piece');
    }
  }

  async #lock(leaf: SourceLeaf): Promise<void> {
    const { inside } = this.#sessions;
    try {
      await inside.query(`LOCK TABLE ONLY ${leaf.table} IN ACCESS SHARE MODE`);
    } catch (error) {
      // The relation may have just been dropped or renamed.
      await this.#checkUnchanged(leaf);
      throw error;
    }
    await this.#checkUnchanged(leaf);
  }

  async #checkUnchanged(leaf: SourceLeaf): Promise<void> {
    const now = await readShape(this.#sessions.outside, leaf.oid);
    const difference = shapeDifference([leaf.shape], now);
    if (difference !== null)
      throw new TailraceError('TABLE_CHANGED', `${leaf.table} ${difference} while it was verified`, { hint: 'Verify again.' });
  }

  async #wait(): Promise<void> {
    const { until, signal } = this.#sessions;
    const pause = this.#freeAt - elapsed();
    if (elapsed() + Math.max(0, pause) > until)
      throw new TailraceError('TIMED_OUT', 'the snapshot of the source reached --max-age before the table was read', {
        hint: 'Verify less at once (--table, --from and --to, --sample), or raise --max-rate or --max-age.',
      });
    if (pause > 0) await abortableSleep(pause, signal);
    if (signal.reason instanceof TailraceError) throw signal.reason;
    if (signal.aborted) throw new TailraceError('TIMED_OUT', 'the verification was stopped', { hint: 'Verify again.' });
  }
}
