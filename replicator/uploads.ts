import PQueue from 'p-queue';
import { columnMemory } from '../core/buffer-pool.ts';
import { TailraceError } from '../core/errors.ts';
import { failpoint } from '../core/failpoint.ts';
import { formatLsn } from '../core/lsn.ts';
import { qualifiedName } from '../core/table.ts';
import type { Time } from '../core/time.ts';
import { releaseVector } from '../core/vector.ts';
import { checksum, encodeArrowFile } from '../lake/arrow-file.ts';
import { dataKey } from '../lake/keys.ts';
import type { FileEntry } from '../lake/manifest.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { UnnamedFiles } from '../lake/unnamed-files.ts';
import type { Writer } from '../lake/writer.ts';
import { fileColumns } from './rows/file-columns.ts';
import type { StorePatience } from './store-patience.ts';
import type { TablePart } from './rows/table-part.ts';

const CONCURRENT_PUTS = 4;

/** What uploads are made of. */
export interface UploadsOptions {
  readonly store: ObjectStore;
  readonly writer: Writer;
  readonly patience: StorePatience;
  readonly time: Time;
}

/**
 * Files on their way into the lake. They are encoded at once, which frees the memory of their
 * columns, and stored a few at a time.
 */
export class Uploads {
  /** Files that are written but not yet named by a manifest. Close it when the session ends. */
  readonly unnamed: UnnamedFiles;
  readonly #options: UploadsOptions;
  readonly #queue = new PQueue({ concurrency: CONCURRENT_PUTS });
  #waitingBytes = 0;
  #stored: () => void = () => undefined;

  constructor(options: UploadsOptions) {
    this.#options = options;
    this.unnamed = new UnnamedFiles(options.store, options.time);
  }

  /** Calls `listener` whenever fewer bytes wait. */
  onStored(listener: () => void): void {
    this.#stored = listener;
  }

  /** Bytes that are encoded but not yet stored. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /**
   * Ends a file, stores it, and returns its entry for the manifest. Nobody reads it before a
   * manifest names it.
   */
  async write(part: TablePart): Promise<FileEntry> {
    const { store, writer, patience } = this.#options;
    const finished = part.finish();
    const { table } = finished;
    const columns = fileColumns(finished);
    const bytes = encodeArrowFile(columns);
    for (const { vector } of columns) releaseVector(vector);
    const path = dataKey(table.tableId, writer.id, writer.next());
    const digest = checksum(bytes);
    this.#waitingBytes += bytes.length;
    try {
      const put = async (): Promise<void> => {
        // Only this process uses the key. If it exists, the answer to an earlier try was lost.
        if ((await store.put(path, bytes)) === 'exists') await this.#expectOwn(path, digest);
      };
      const stored = this.#queue.add(() => patience.insist(put));
      this.unnamed.add(path, stored);
      await stored;
      failpoint('data-put');
      // Only after success: a failed put may still be reading the buffer.
      columnMemory.giveBack(bytes.buffer);
    } finally {
      this.#waitingBytes -= bytes.length;
      this.#stored();
    }
    return {
      path,
      table: qualifiedName(table.schema, table.name),
      tableId: table.tableId,
      schema: finished.schemaHash,
      rows: finished.rows,
      bytes: bytes.length,
      checksum: digest,
      ...finished.counts,
      unchanged: finished.unchanged,
      ...(finished.nulls.length > 0 ? { nulls: [...finished.nulls] } : {}),
      minCommitLsn: formatLsn(finished.minCommitLsn),
      maxCommitLsn: formatLsn(finished.maxCommitLsn),
    };
  }

  async #expectOwn(path: string, digest: string): Promise<void> {
    const found = await this.#options.store.get(path);
    if (found === null || checksum(found) !== digest)
      throw new TailraceError('LAKE_CORRUPT', `${path} already exists with different content`);
  }
}
