import { dirname } from 'node:path/posix';
import { crc32 } from 'node:zlib';
import { TailraceError } from '../../core/errors.ts';
import { failpoint } from '../../core/failpoint.ts';
import { formatLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import { isoTime } from '../../core/time.ts';
import type { Time } from '../../core/time.ts';
import { contentHashOf, putBaseChunk, putBaseDone, putBasePlan, readWholeBase } from '../../lake/bases/base-log.ts';
import type { Base, BaseChunk, BaseLog, BaseName, ListedBase } from '../../lake/bases/base-log.ts';
import { isInHistory } from '../../lake/bases/newest-base.ts';
import { baseDataKey } from '../../lake/keys.ts';
import type { ManifestLog } from '../../lake/manifest-log.ts';
import { readFloors } from '../../lake/retention/floors.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import type { Writer } from '../../lake/writer.ts';
import type { BaseClone, BaseSource, BaseTable, KeyRange, RowFacts } from './base-source.ts';
import { piecesOf } from './take-over.ts';

/** What bases are written with. */
export interface BaseWriterParts {
  readonly store: ObjectStore;
  readonly bases: BaseLog;
  readonly manifests: Pick<ManifestLog, 'read'>;
  readonly source: BaseSource;
  readonly writer: Writer;
  readonly warehouseId: string;
  /** Version of the program. */
  readonly program: string;
  readonly time: Pick<Time, 'wall'>;
  readonly limits?: Partial<ChunkLimits>;
}

/** How large a chunk may become. */
export interface ChunkLimits {
  readonly rows: number;
  /** In memory, about: loading a chunk is one block of the engine. */
  readonly memory: number;
  /** As an object. */
  readonly bytes: number;
}

const LIMITS: ChunkLimits = { rows: 1_000_000, memory: 64 * 1024 * 1024, bytes: 64 * 1024 * 1024 };

/** Chunks that are read back in one slice. */
const READ_BACK = { chunks: 16, bytes: 128 * 1024 * 1024 };

/** Where a table stands: exactly at the end of a manifest. */
export interface BasePoint {
  readonly manifest: number;
  /** Hash of that manifest. */
  readonly hash: string;
  /** Commits below it are in the rows; all later ones are at or above it. */
  readonly lsn: Lsn;
}

/**
 * How a base ended. `done`: it is whole. `left`: another process writes bases of this table, or
 * has written one that is as new (`newest`). `unequal`: the lake gave back other rows than the
 * clone has.
 */
export type BaseOutcome =
  | { readonly kind: 'done'; readonly n: number; readonly rows: number; readonly bytes: number; readonly written: number }
  | { readonly kind: 'left'; readonly reason: string; readonly newest: boolean }
  | { readonly kind: 'unequal'; readonly n: number; readonly reason: string };

/** A chunk did not fit; it is cut smaller. */
class TooLarge extends Error {}

/**
 * Writes bases, in slices: each `next()` of `write` does a bounded piece of work.
 *
 *   clone ──► plan.json ──► data, 000001.json ──► … ──► all read back ──► done.json ──► no clone
 *
 * The clone counts only once the warehouse is confirmed to have been this process's own until then.
 * Every name is put if absent. A crash leaves a base without an end, and the next one has the next
 * number. When two warehouses begin the same number, one finds it taken and leaves it.
 */
export class BaseWriter {
  readonly #parts: BaseWriterParts;
  readonly #limits: ChunkLimits;

  constructor(parts: BaseWriterParts) {
    this.#parts = parts;
    this.#limits = { ...LIMITS, ...parts.limits };
  }

  /**
   * Writes the next base of a table. The first slice must run while the table stands at the point.
   * The clone is dropped when the generator ends, also by `return()`.
   */
  async *write(table: BaseTable, point: BasePoint): AsyncGenerator<void, BaseOutcome> {
    const clone = await this.#parts.source.clone(table);
    failpoint('base-cloned');
    try {
      // Before anything says that these rows are those of the point.
      await this.#parts.source.confirm();
      return yield* this.#writeClone(clone, table, point);
    } catch (error) {
      if (!(error instanceof TailraceError) || error.code !== 'FENCED') throw error;
      return { kind: 'left', reason: error.message, newest: false };
    } finally {
      await clone.drop();
    }
  }

  async *#writeClone(clone: BaseClone, table: BaseTable, point: BasePoint): AsyncGenerator<void, BaseOutcome> {
    const { store, bases, time, warehouseId, program } = this.#parts;
    const { tableId } = table;
    const listed = await bases.listed(tableId);
    const whole = await this.#whole(listed);
    const newer = whole.find(({ plan }) => plan.manifest >= point.manifest);
    if (newer !== undefined) return { kind: 'left', reason: `base ${newer.plan.n} is as new`, newest: true };
    const of = { tableId, n: (listed.at(-1)?.n ?? 0) + 1 };
    const before = whole.findLast(({ proof }) => proof?.equal !== false) ?? null;
    // One that was not judged may be wrong, and a proof that begins with it would be wrong with it.
    const proven = whole.findLast(({ proof, plan }) => proof?.equal === true && plan.generation === table.generation);
    await putBasePlan(store, {
      ...of,
      table: table.table,
      schema: table.schema,
      identity: table.identity,
      epoch: table.epoch,
      generation: table.generation,
      manifest: point.manifest,
      hash: point.hash,
      consistentPoint: formatLsn(point.lsn),
      from: proven?.plan.n ?? null,
      writtenBy: warehouseId,
      program,
      createdAt: isoTime(time.wall()),
    });
    yield;
    const chunks: BaseChunk[] = [];
    const earlier = await this.#earlierChunks(before, table);
    yield* this.#putChunks(clone, { of, earlier, chunks });
    const found = { rows: sumOf(chunks, 'rows'), hash: contentHashOf(chunks) };
    const counted = await clone.count();
    if (counted !== found.rows) return { kind: 'unequal', ...of, reason: `the chunks have ${found.rows} rows, and the table ${counted}` };
    yield;
    const read = { rows: 0, hash: 0n };
    for (const some of togetherOf(chunks)) {
      const sum = await this.#parts.source.readBack(table, some);
      read.rows += sum.rows;
      read.hash = BigInt.asUintN(64, read.hash + sum.hash);
      yield;
    }
    if (read.rows !== found.rows || read.hash !== found.hash) {
      const reason = `the lake has ${read.rows} rows with the hash ${read.hash}, and the table ${found.rows} with ${found.hash}`;
      return { kind: 'unequal', ...of, reason };
    }
    const bytes = sumOf(chunks, 'bytes');
    await putBaseDone(store, { ...of, chunks: chunks.length, rows: found.rows, bytes, contentHash: String(found.hash) });
    failpoint('base-done');
    const own = new Set(earlier.map(({ path }) => path));
    const written = sumOf(
      chunks.filter(({ path }) => !own.has(path)),
      'bytes',
    );
    return { kind: 'done', n: of.n, rows: found.rows, bytes, written };
  }

  /** Whole bases of the history that this lake has. One that was set back may have others. */
  async #whole(listed: readonly ListedBase[]): Promise<Base[]> {
    const { bases, manifests } = this.#parts;
    const whole: Base[] = [];
    for (const one of listed) {
      const base = one.done ? await bases.read(one) : null;
      if (base !== null && (await isInHistory(manifests, base.plan))) whole.push(base);
    }
    return whole;
  }

  /**
   * Chunks that may be taken over: those of the newest base, if it has the same columns, and
   * nothing of it is deleted. A sweeper that has not seen the plan of the new base, which is put by
   * now, has stored its floor before.
   */
  async #earlierChunks(before: Base | null, table: BaseTable): Promise<BaseChunk[]> {
    // Rows of a table with REPLICA IDENTITY FULL have no order: each range reads all of them.
    if (before === null || before.plan.schema !== table.schema || table.identity === 'full') return [];
    const floors = await readFloors(this.#parts.store);
    if (before.plan.manifest < (floors.get(table.tableId) ?? 0)) return [];
    return readWholeBase(this.#parts.store, before);
  }

  /**
   * Puts the chunks in the order of their rows. A chunk whose range has the same rows as before is
   * taken over by its name. All other rows are written.
   */
  async *#putChunks(
    clone: BaseClone,
    { of, earlier, chunks }: { of: BaseName; earlier: readonly BaseChunk[]; chunks: BaseChunk[] },
  ): AsyncGenerator<void> {
    let open: KeyRange | null = null;
    for (const { range, chunk } of piecesOf(earlier, Math.ceil(clone.size.rows / this.#chunkRows(clone)))) {
      const same = chunk !== null && isOf(await clone.facts(range), chunk);
      if (!same) {
        open = { from: open === null ? range.from : open.from, to: range.to };
        if (chunk !== null) yield;
        continue;
      }
      if (open !== null) yield* this.#putRange(clone, open, { of, chunks });
      open = null;
      await this.#put({ ...chunk, ...of }, chunks);
      yield;
    }
    if (open !== null) yield* this.#putRange(clone, open, { of, chunks });
  }

  async *#putRange(clone: BaseClone, range: KeyRange, { of, chunks }: { of: BaseName; chunks: BaseChunk[] }): AsyncGenerator<void> {
    let rows = this.#chunkRows(clone);
    for (let from = range.from; ;) {
      const last = await clone.cut({ from, to: range.to }, rows);
      const part: KeyRange = { from, to: last === null ? range.to : { key: last, included: true } };
      const facts = await clone.facts(part);
      if (facts.ends !== null) {
        const stored = await this.#store(clone, of, { part, divisible: facts.rows > 1 });
        if (stored === null) {
          rows = Math.ceil(Math.min(rows, facts.rows) / 2);
          continue;
        }
        const { ends, nulls } = facts;
        const named = nulls.length === 0 ? {} : { nulls: [...nulls] };
        const content = { rows: facts.rows, contentHash: String(facts.hash), minKey: [...ends.min], maxKey: [...ends.max] };
        await this.#put({ ...of, chunk: 0, ...stored, ...content, ...named }, chunks);
        yield;
      }
      if (last === null) return;
      from = { key: last, included: false };
    }
  }

  /** Stores rows as an object; null: it would be too large, and nothing was stored. */
  async #store(
    clone: BaseClone,
    of: BaseName,
    { part, divisible }: { part: KeyRange; divisible: boolean },
  ): Promise<Pick<BaseChunk, 'path' | 'bytes' | 'checksum'> | null> {
    const { store, writer } = this.#parts;
    const path = baseDataKey(of, writer.id, writer.next());
    const most = divisible ? this.#limits.bytes : Number.POSITIVE_INFINITY;
    let [bytes, sum] = [0, 0];
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const piece of clone.rows(part)) {
        bytes += piece.length;
        if (bytes > most) throw new TooLarge();
        sum = crc32(piece, sum);
        yield piece;
      }
    }
    try {
      await store.putStream(path, counted());
    } catch (error) {
      // A store may pass the failure on inside one of its own.
      if (bytes > most) return null;
      throw error;
    }
    return { path, bytes, checksum: `crc32:${sum.toString(16).padStart(8, '0')}` };
  }

  async #put(chunk: BaseChunk, chunks: BaseChunk[]): Promise<void> {
    const numbered = { ...chunk, chunk: chunks.length + 1 };
    await putBaseChunk(this.#parts.store, numbered);
    failpoint('base-chunk-put');
    chunks.push(numbered);
  }

  #chunkRows({ size }: BaseClone): number {
    const width = size.bytes / Math.max(1, size.rows);
    return Math.max(1, Math.min(this.#limits.rows, Math.floor(this.#limits.memory / Math.max(1, width))));
  }
}

function isOf({ rows, hash, ends }: RowFacts, chunk: BaseChunk): boolean {
  return ends !== null && rows === chunk.rows && String(hash) === chunk.contentHash;
}

function sumOf(chunks: readonly BaseChunk[], what: 'rows' | 'bytes'): number {
  return chunks.reduce((sum, chunk) => sum + chunk[what], 0);
}

/** Consecutive chunks of one folder: the engine reads files of several folders one by one. */
function togetherOf(chunks: readonly BaseChunk[]): BaseChunk[][] {
  const groups: BaseChunk[][] = [];
  for (const chunk of chunks) {
    const group = groups.at(-1);
    const fits =
      group !== undefined &&
      dirname(group[0]?.path ?? '') === dirname(chunk.path) &&
      group.length < READ_BACK.chunks &&
      sumOf(group, 'bytes') + chunk.bytes <= READ_BACK.bytes;
    if (fits) group.push(chunk);
    else groups.push([chunk]);
  }
  return groups;
}
