import { TailraceError } from '../../core/errors.ts';
import { manifestKey, schemaKey } from '../keys.ts';
import { linkError, requireValidFile } from '../manifest.ts';
import type { FileEntry, StoredManifest } from '../manifest.ts';
import { objectProblem } from './checked-object.ts';
import type { LakeChecking, LakeProblem } from './checked-object.ts';
import { readFloors } from './floors.ts';
import type { StoredData } from './stored-data.ts';

const TOGETHER = 16;

/** A problem that a floor may explain, also one that is raised during the check. */
interface Missing extends LakeProblem {
  readonly tableId: string;
  readonly manifest: number;
}

/**
 * Manifests, one after the other, and the data objects that they name, which are marked. False:
 * some manifests could not be read, and so not all names are known.
 */
export async function checkStream(checking: LakeChecking, data: StoredData): Promise<boolean> {
  const floors = await readFloors(checking.store);
  const { missing, readAll } = await new StreamCheck(checking, data, floors).run();
  const later = missing.length > 0 ? await readFloors(checking.store) : floors;
  for (const { tableId, manifest, ...problem } of missing) if (manifest > (later.get(tableId) ?? 0)) checking.report(problem);
  return readAll;
}

class StreamCheck {
  readonly #checking: LakeChecking;
  readonly #data: StoredData;
  readonly #floors: ReadonlyMap<string, number>;
  readonly #missing: Missing[] = [];
  /** Keys of manifests and pages that cannot be read. */
  readonly #unread = new Set<string>();
  #before: StoredManifest | null = null;

  constructor(checking: LakeChecking, data: StoredData, floors: ReadonlyMap<string, number>) {
    this.#checking = checking;
    this.#data = data;
    this.#floors = floors;
  }

  async run(): Promise<{ readonly missing: readonly Missing[]; readonly readAll: boolean }> {
    const { log, newest } = this.#checking;
    const { covered, missing } = await log.paged();
    await this.#seeAll(1, missing === null ? newest : covered);
    if (missing !== null) {
      this.#unreadable('missing', missing.key);
      await this.#seeAll(missing.upTo + 1, newest);
    }
    return { missing: this.#missing, readAll: this.#unread.size === 0 };
  }

  async #seeAll(from: number, to: number): Promise<void> {
    this.#before = null;
    for (let first = from; first <= to; first += TOGETHER) {
      const numbers = Array.from({ length: Math.min(TOGETHER, to - first + 1) }, (_, index) => first + index);
      for (const manifest of await Promise.all(numbers.map((number) => this.#read(number)))) await this.#see(manifest);
    }
  }

  async #read(number: number): Promise<StoredManifest | null> {
    const { log } = this.#checking;
    try {
      const manifest = await log.read(number);
      if (manifest === null) this.#unreadable('gap', manifestKey(number));
      return manifest;
    } catch (error) {
      if (!(error instanceof TailraceError) || error.code !== 'LAKE_CORRUPT') throw error;
      this.#unreadable('damaged', log.keyOf(number));
      return null;
    }
  }

  /** A page has a thousand manifests and is one problem. */
  #unreadable(kind: 'missing' | 'damaged' | 'gap', key: string): void {
    if (!this.#unread.has(key)) this.#checking.report({ kind, key, table: null });
    this.#unread.add(key);
  }

  async #see(manifest: StoredManifest | null): Promise<void> {
    const before = this.#before;
    this.#before = manifest;
    if (manifest === null) return;
    if (before !== null && linkError(before, manifest, 'LAKE_CORRUPT') !== null)
      this.#checking.report({ kind: 'chain', key: manifestKey(manifest.number), table: null });
    for (let at = 0; at < manifest.files.length; at += TOGETHER)
      await Promise.all(manifest.files.slice(at, at + TOGETHER).map((file) => this.#seeFile(manifest.number, file)));
  }

  async #seeFile(manifest: number, file: FileEntry): Promise<void> {
    const { path, table, tableId } = file;
    if (!isValid(file)) this.#checking.report({ kind: 'damaged', key: manifestKey(manifest), table });
    const listed = this.#data.name(path);
    if (manifest <= (this.#floors.get(tableId) ?? 0)) return;
    this.#checking.need(schemaKey(tableId, file.schema), table);
    const kind = await objectProblem(this.#checking, file, listed);
    if (kind === 'missing') this.#missing.push({ kind, key: path, table, tableId, manifest });
    if (kind === 'damaged') this.#checking.report({ kind, key: path, table });
  }
}

function isValid(file: FileEntry): boolean {
  try {
    requireValidFile(file);
    return true;
  } catch {
    return false;
  }
}
