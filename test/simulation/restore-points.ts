import { parseLsn } from '../../core/lsn.ts';
import type { ProofPolicy } from '../../lake/bases/counts.ts';
import { baseChunkKey, baseRecordKey, chunkKey, doneKey, parseBaseKey, parseSnapshotKey, planKey } from '../../lake/keys.ts';
import { contentText, decodeRows, mergeChanges } from './model-rows.ts';
import type { ModelRows } from './model-rows.ts';

/** The objects that the judge looks at. */
export interface JudgedObjects {
  /** Content of an object; null: there is none. */
  peek(key: string): Uint8Array | null;
  /** What the JSON of an object says; null: there is none. */
  json(key: string): unknown;
  /** Keys with a prefix. */
  keys(prefix: string): string[];
}

/** What a fresh reader would load of a table, as the judge sees it. */
export interface RestorePoint {
  readonly key: string;
  /** Rows, as one text; null: an object of it is missing. */
  readonly content: string | null;
  readonly generation: number;
  /** The last batch that it has; null: it is a copy, and its point tells. */
  readonly manifest: number | null;
  readonly hash: string | undefined;
  readonly point: number;
}

/** The copy or base with which a fresh reader begins; null: no copy is done. */
export function newestRestorePoint(objects: JudgedObjects, tableId: string, policy: ProofPolicy): RestorePoint | null {
  const done = objects.keys(`snapshot/${tableId}/`).flatMap((key) => {
    const parsed = parseSnapshotKey(key);
    return parsed?.kind === 'done' ? [parsed.generation] : [];
  });
  if (done.length === 0) return null;
  const generation = Math.max(...done);
  const bases = objects.keys(`base/${tableId}/`).flatMap((key) => {
    const parsed = parseBaseKey(key);
    return parsed?.kind === 'done' ? (readBase(objects, parsed, policy) ?? []) : [];
  });
  const [newest] = bases
    .filter((base) => base.generation === generation)
    .toSorted((one, other) => (other.manifest ?? 0) - (one.manifest ?? 0));
  return newest ?? readCopy(objects, { tableId, generation });
}

/** A base that counts; null: it was judged unequal, or needs a proof, or is not whole. */
export function readBase(objects: JudgedObjects, of: { tableId: string; n: number }, policy: ProofPolicy): RestorePoint | null {
  const [plan, done, proof] = (['plan', 'done', 'proof'] as const).map((record) => readRecord(objects, baseRecordKey(of, record)));
  if (plan === undefined || plan === null || done == null || (proof === null ? policy !== 'none' : proof?.['equal'] !== true)) return null;
  const content = contentOf(objects, Number(done['chunks']), (chunk) => baseChunkKey(of, chunk));
  return {
    key: baseRecordKey(of, 'plan'),
    content,
    generation: Number(plan['generation']),
    manifest: Number(plan['manifest']),
    hash: plan['hash'] as string | undefined,
    point: Number(parseLsn(String(plan['consistentPoint']))),
  };
}

/** A copy that is done; null: it is not. */
export function readCopy(objects: JudgedObjects, of: { tableId: string; generation: number }): RestorePoint | null {
  const plan = readRecord(objects, planKey(of));
  const done = readRecord(objects, doneKey(of));
  if (plan === null || done === null) return null;
  const content = contentOf(objects, Number(done['chunks']), (chunk) => chunkKey(of, chunk));
  const point = Number(parseLsn(String(plan['consistentPoint'])));
  return { key: planKey(of), content, generation: of.generation, manifest: null, hash: undefined, point };
}

function contentOf(objects: JudgedObjects, chunks: number, recordKey: (chunk: number) => string): string | null {
  const rows: ModelRows = new Map();
  for (let chunk = 1; chunk <= chunks; chunk += 1) {
    const record = readRecord(objects, recordKey(chunk));
    const bytes = record === null ? null : objects.peek(String(record['path']));
    if (bytes === null) return null;
    mergeChanges(rows, decodeRows(bytes, 1));
  }
  return contentText(rows);
}

function readRecord(objects: JudgedObjects, key: string): Record<string, unknown> | null {
  return objects.json(key) as Record<string, unknown> | null;
}
