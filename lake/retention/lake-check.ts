import { TailraceError } from '../../core/errors.ts';
import { DATA_PREFIX, STREAM_PREFIX, manifestNumber } from '../keys.ts';
import type { ManifestLog } from '../manifest-log.ts';
import { keysOf } from '../store/keys-of.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { checkBases } from './check-bases.ts';
import { checkCopies } from './check-copies.ts';
import { checkStream } from './check-stream.ts';
import { missingKeys } from './checked-object.ts';
import type { LakeChecking, LakeProblem } from './checked-object.ts';
import { StoredData } from './stored-data.ts';

/** What `lake check --json` prints. Field names are a contract. */
export interface LakeReport {
  readonly ok: boolean;
  /** Number of the newest manifest; 0: none. */
  readonly manifests: number;
  readonly problems: readonly LakeProblem[];
}

/**
 * Looks at the whole lake: manifests are dense and chained, named objects above the floors are
 * there with their sizes, bases are whole. `deep`: their content has the checksums, too. It may run
 * while the lake is written and swept.
 */
export async function checkLake(store: ObjectStore, log: ManifestLog, { deep }: { readonly deep: boolean }): Promise<LakeReport> {
  const problems: LakeProblem[] = [];
  const data = new StoredData();
  // Names are read after the listing, so that what is stored in between is not taken for unnamed.
  for await (const { key, bytes } of store.list(DATA_PREFIX)) data.see(key, bytes);
  const newest = await newestNumber(store, log);
  const needed = new Map<string, string>();
  const checking: LakeChecking = {
    store,
    log,
    deep,
    newest,
    report: (problem) => void problems.push(problem),
    need: (key, table) => void needed.set(key, table),
  };
  const allNamed = await checkStream(checking, data);
  await checkCopies(checking);
  await checkBases(checking);
  for (const key of await missingKeys(store, [...needed.keys()])) problems.push({ kind: 'missing', key, table: needed.get(key) ?? null });
  if (allNamed) for (const key of data.unnamed()) problems.push({ kind: 'unnamed', key, table: key.split('/')[1] ?? null });
  return { ok: problems.every(({ kind }) => kind === 'unnamed'), manifests: newest, problems };
}

/** Also where the newest manifest is damaged. */
async function newestNumber(store: ObjectStore, log: ManifestLog): Promise<number> {
  try {
    return (await log.newest(null))?.number ?? 0;
  } catch (error) {
    if (!(error instanceof TailraceError) || error.code !== 'LAKE_CORRUPT') throw error;
  }
  let newest = (await log.paged()).covered;
  for await (const key of keysOf(store, STREAM_PREFIX)) newest = Math.max(newest, manifestNumber(key) ?? 0);
  return newest;
}
