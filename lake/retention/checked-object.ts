import { createHash } from 'node:crypto';
import { checksum } from '../arrow-file.ts';
import type { ManifestLog } from '../manifest-log.ts';
import type { ObjectStore } from '../store/object-store.ts';

/**
 * What is wrong with a lake. `missing`: an object that something names is not there. `damaged`: it
 * is not what was stored. `gap`: a manifest is missing below the newest. `chain`: a manifest does
 * not continue the one before. `base`: a base is not whole. `unnamed`: nothing names an object,
 * which is no fault: the sweeper takes it.
 */
type ProblemKind = 'missing' | 'damaged' | 'chain' | 'gap' | 'base' | 'unnamed';

/** One problem of `lake check --json`. */
export interface LakeProblem {
  readonly kind: ProblemKind;
  readonly key: string;
  /** `schema.table`, or its id where nothing says its name; null: it concerns all. */
  readonly table: string | null;
}

/** What the checks of one lake share. */
export interface LakeChecking {
  readonly store: ObjectStore;
  readonly log: ManifestLog;
  /** Also read all data and compare checksums. */
  readonly deep: boolean;
  /** Number of the newest manifest. */
  readonly newest: number;
  readonly report: (problem: LakeProblem) => void;
  /** An object without a size, of this table, that must be there. */
  readonly need: (key: string, table: string) => void;
}

/** An object as what names it describes it. */
export interface NamedObject {
  readonly path: string;
  readonly bytes: number;
  readonly checksum: string;
}

const TOGETHER = 16;

/**
 * What is wrong with a named object; null: nothing. `listed`: its size if a listing has shown it.
 */
export async function objectProblem(
  { store, deep }: Pick<LakeChecking, 'store' | 'deep'>,
  named: NamedObject,
  listed: number | null = null,
): Promise<'missing' | 'damaged' | null> {
  const bytes = listed ?? (await store.head(named.path))?.bytes ?? null;
  if (bytes === null) return 'missing';
  if (bytes !== named.bytes) return 'damaged';
  if (!deep) return null;
  const content = await store.get(named.path);
  if (content === null) return 'missing';
  return content.length === named.bytes && digestLike(named.checksum, content) === named.checksum ? null : 'damaged';
}

/** Problems of many objects, in their order. */
export async function objectProblems<T extends NamedObject>(
  checking: Pick<LakeChecking, 'store' | 'deep'>,
  all: readonly T[],
): Promise<{ readonly of: T; readonly kind: 'missing' | 'damaged' }[]> {
  const found: { of: T; kind: 'missing' | 'damaged' }[] = [];
  for (let at = 0; at < all.length; at += TOGETHER) {
    const judged = await Promise.all(all.slice(at, at + TOGETHER).map(async (of) => ({ of, kind: await objectProblem(checking, of) })));
    found.push(...judged.flatMap(({ of, kind }) => (kind === null ? [] : [{ of, kind }])));
  }
  return found;
}

/** Which of these keys no object has. */
export async function missingKeys(store: ObjectStore, keys: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (let at = 0; at < keys.length; at += TOGETHER) {
    const some = keys.slice(at, at + TOGETHER);
    const facts = await Promise.all(some.map((key) => store.head(key)));
    missing.push(...some.filter((_, index) => facts[index] === null));
  }
  return missing;
}

function digestLike(of: string, content: Uint8Array): string {
  return of.startsWith('sha256:') ? `sha256:${createHash('sha256').update(content).digest('hex')}` : checksum(content);
}
