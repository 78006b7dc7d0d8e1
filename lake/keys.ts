/**
 * Names of all objects of a lake (docs/ARCHITECTURE.md has the tree). Names of data objects have no
 * order: only manifests and chunk records give them meaning.
 */

export const LAKE_KEY = 'lake.json';
export const STREAM_PREFIX = 'stream/';
export const DATA_PREFIX = 'data/';
export const SNAPSHOT_PREFIX = 'snapshot/';
export const READERS_PREFIX = 'readers/';
export const CONTROL_PREFIX = 'control/';
export const SWEEP_PREFIX = 'sweep/';
export const BASE_PREFIX = 'base/';
export const PAGE_PREFIX = 'page/';
export const FACTS_PREFIX = 'facts/';
export const PIN_PREFIX = 'pin/';
export const EPOCH_PREFIX = 'epoch/';
export const FORMAT_PREFIX = 'format/';
export const SCHEMA_PREFIX = 'schema/';
export const PAUSE_PREFIX = 'pause/';
/** An object that is stored to learn the time by the clock of the store. */
export const SWEEP_CLOCK_KEY = `${SWEEP_PREFIX}clock.json`;

const MANIFEST_DIGITS = 20;
const CHUNK_DIGITS = 6;

export function epochKey(epoch: number): string {
  return `${EPOCH_PREFIX}${epoch}.json`;
}

/** Step `n` (from 1) of the format of the lake: the features that are on from there on. */
export function formatKey(n: number): string {
  return `${FORMAT_PREFIX}${n}.json`;
}

/** 20 digits, so that the order of keys is the order of numbers. */
export function manifestKey(number: number): string {
  return `${STREAM_PREFIX}${String(number).padStart(MANIFEST_DIGITS, '0')}.json`;
}

/** The number in a manifest's key, or null for any other key. */
export function manifestNumber(key: string): number | null {
  const match = /^stream\/(\d{20})\.json$/.exec(key);
  return match === null ? null : Number(match[1]);
}

/** Page `k` (from 0) of manifests (pages/manifest-page.ts). */
export function pageKey(k: number): string {
  return `${PAGE_PREFIX}${k}.json.zst`;
}

/** The number in a page's key, or null for any other key. */
export function pageNumber(key: string): number | null {
  const match = /^page\/(\d+)\.json\.zst$/.exec(key);
  return match === null ? null : Number(match[1]);
}

/**
 * An Arrow file of the stream. `writer` is the random id of a process; `seq` counts up within it.
 */
export function dataKey(tableId: string, writer: string, seq: number): string {
  return `${DATA_PREFIX}${tableId}/${writer}-${seq}.arrow`;
}

/**
 * An object that tests whether the engine reads data of the lake. One that a crash leaves behind is
 * a phantom, which the sweeper removes.
 */
export function engineProbeKey(random: string): string {
  return dataKey('probe', random, 0);
}

/** An Arrow file of a copy. It counts only once a chunk record names it. */
export function chunkDataKey(generation: { tableId: string; generation: number }, writer: string, seq: number): string {
  return `${generationPrefix(generation)}${writer}-${seq}.arrow`;
}

/**
 * The writer of a data object of stream, copy or base, and its number there; null for any other
 * key.
 */
export function parseDataKey(key: string): { writer: string; seq: number } | null {
  const match = /^(?:data\/[^/]+|(?:snapshot|base)\/[^/]+\/\d+)\/([0-9a-f]+)-(\d+)\.arrow$/.exec(key);
  return match === null ? null : { writer: match[1] ?? '', seq: Number(match[2]) };
}

export function schemaKey(tableId: string, hash: string): string {
  return `${SCHEMA_PREFIX}${tableId}/${hash}.json`;
}

/**
 * What a writer knew about the tables of the source, in one object under the hash of its content,
 * as lakes without the feature `facts-per-table` have it.
 */
export function factsKey(hash: string): string {
  return `${FACTS_PREFIX}${hash}.json`;
}

/** What a writer knew about the source, with a name for each table; put for manifest `number`. */
export function factsIndexKey(hash: string, number: number): string {
  return `${FACTS_PREFIX}${hash}-${number}.json`;
}

/** What a writer knew about one table. `name`: `<hash>-<number>`, as in the key of the index. */
export function tableFactsKey(tableId: string, name: string): string {
  return `${FACTS_PREFIX}${tableId}/${name}.json`;
}

/**
 * A key below `facts/`: its table (null: none), its name, and the number of the manifest that it
 * was put for (null: facts of all tables in one object). null for a key that is not ours.
 */
export function parseFactsKey(key: string): { tableId: string | null; name: string; number: number | null } | null {
  const match = /^facts\/(?:([^/]+)\/)?([0-9a-f]+(?:-(\d+))?)\.json$/.exec(key);
  if (match === null) return null;
  const [, tableId, name = '', number] = match;
  return { tableId: tableId ?? null, name, number: number === undefined ? null : Number(number) };
}

export function generationPrefix(of: { tableId: string; generation: number }): string {
  return `${SNAPSHOT_PREFIX}${of.tableId}/${of.generation}/`;
}

export function planKey(of: { tableId: string; generation: number }): string {
  return `${generationPrefix(of)}plan.json`;
}

/** The record of chunk `n` (from 1), which names its data object. */
export function chunkKey(of: { tableId: string; generation: number }, n: number): string {
  return `${generationPrefix(of)}${String(n).padStart(CHUNK_DIGITS, '0')}.json`;
}

export function doneKey(of: { tableId: string; generation: number }): string {
  return `${generationPrefix(of)}done.json`;
}

/** Kind of a key below `snapshot/`. `chunk` records have a number, `data` objects have none. */
export type SnapshotKey = { readonly tableId: string; readonly generation: number } & (
  | { readonly kind: 'plan' | 'done' | 'data' }
  | { readonly kind: 'chunk'; readonly n: number }
);

/** Parses a key below `snapshot/`; null for a key that is not ours. */
export function parseSnapshotKey(key: string): SnapshotKey | null {
  const match = /^snapshot\/([^/]+)\/(\d+)\/(?:(plan|done)\.json|(\d{6,})\.json|[0-9a-f]+-\d+\.arrow)$/.exec(key);
  if (match === null) return null;
  const [, tableId = '', generation = '', named, n] = match;
  const of = { tableId, generation: Number(generation) };
  if (named === 'plan' || named === 'done') return { ...of, kind: named };
  return n === undefined ? { ...of, kind: 'data' } : { ...of, kind: 'chunk', n: Number(n) };
}

/** Pause `n` of a role, or the end of one (pauses.ts). */
export function pauseKey(role: string, n: number): string {
  return `${PAUSE_PREFIX}${role}-${n}.json`;
}

/** The role and number of a pause, or null for any other key. */
export function parsePauseKey(key: string): { role: string; n: number } | null {
  const [, role, n] = /^pause\/([a-z]+)-(\d+)\.json$/.exec(key) ?? [];
  return role === undefined || n === undefined ? null : { role, n: Number(n) };
}

/** Objects of base `n` of a table (lake/bases/base-log.ts). */
export function basePrefix(of: { tableId: string; n: number }): string {
  return `${BASE_PREFIX}${of.tableId}/${of.n}/`;
}

/** The record of chunk `chunk` (from 1) of a base, which names its data object. */
export function baseChunkKey(of: { tableId: string; n: number }, chunk: number): string {
  return `${basePrefix(of)}${String(chunk).padStart(CHUNK_DIGITS, '0')}.json`;
}

/** A record of a base that exists once. */
export function baseRecordKey(of: { tableId: string; n: number }, record: 'plan' | 'done' | 'proof'): string {
  return `${basePrefix(of)}${record}.json`;
}

/**
 * An Arrow file of a base. It counts only once a chunk record names it, also one of a later base.
 */
export function baseDataKey(of: { tableId: string; n: number }, writer: string, seq: number): string {
  return `${basePrefix(of)}${writer}-${seq}.arrow`;
}

/** Kind of a key below `base/`. */
export type BaseKey = { readonly tableId: string; readonly n: number } & (
  | { readonly kind: 'plan' | 'done' | 'proof' | 'data' }
  | { readonly kind: 'chunk'; readonly chunk: number }
);

/** Parses a key below `base/`; null for a key that is not ours. */
export function parseBaseKey(key: string): BaseKey | null {
  const match = /^base\/([^/]+)\/(\d+)\/(?:(plan|done|proof)\.json|(\d{6,})\.json|[0-9a-f]+-\d+\.arrow)$/.exec(key);
  if (match === null) return null;
  const [, tableId = '', n = '', named, chunk] = match;
  const of = { tableId, n: Number(n) };
  if (named === 'plan' || named === 'done' || named === 'proof') return { ...of, kind: named };
  return chunk === undefined ? { ...of, kind: 'data' } : { ...of, kind: 'chunk', chunk: Number(chunk) };
}

/** Where a warehouse says how far it is, and where its models stand. */
export function readerPrefix(warehouseId: string): string {
  return `${READERS_PREFIX}${warehouseId}/`;
}

export function leasePrefix(warehouseId: string): string {
  return `${READERS_PREFIX}${warehouseId}/lease-`;
}

export function leaseKey(warehouseId: string, n: number): string {
  return `${leasePrefix(warehouseId)}${n}.json`;
}

/** A lock of the builders of a warehouse. */
export function builderPrefix(warehouseId: string, lock: string): string {
  return `${READERS_PREFIX}${warehouseId}/builder-${lock}/`;
}

/** One lease of a lock; put once. */
export function builderLeaseKey(warehouseId: string, lock: string, n: number): string {
  return `${builderPrefix(warehouseId, lock)}${n}.json`;
}

/** Number of a lease in its key, and which warehouse or lock it is of; null: another key. */
export function parseLeaseKey(key: string): { of: string; n: number } | null {
  const match = /^(readers\/[^/]+\/(?:lease-|builder-[^/]+\/))(\d+)\.json$/.exec(key);
  return match === null ? null : { of: match[1] ?? '', n: Number(match[2]) };
}

/** The last sign of life of the holder of a lock. */
export function builderBeatKey(warehouseId: string, lock: string): string {
  return `${builderPrefix(warehouseId, lock)}alive.json`;
}

export function positionKey(warehouseId: string): string {
  return `${READERS_PREFIX}${warehouseId}/position.json`;
}

/** Says that a warehouse was without news for too long; `n` from 1. */
export function expiredKey(warehouseId: string, n: number): string {
  return `${READERS_PREFIX}${warehouseId}/expired-${n}.json`;
}

/** Where the models of a warehouse stand. */
export function modelsKey(warehouseId: string): string {
  return `${READERS_PREFIX}${warehouseId}/models.json`;
}

export function alertsKey(warehouseId: string): string {
  return `${READERS_PREFIX}${warehouseId}/alerts.json`;
}

/** The object that the monitor of a warehouse writes to see whether the lake accepts writes. */
export function probeKey(warehouseId: string): string {
  return `${READERS_PREFIX}${warehouseId}/probe.json`;
}

/** What must not be swept, under a name that a person gave. */
export function pinKey(name: string): string {
  return `${PIN_PREFIX}${name}.json`;
}

/** What the sweeper found unnamed at look `n`, from 1. */
export function sweepKey(n: number): string {
  return `${SWEEP_PREFIX}${n}.json`;
}

/** The number in the key of a sweeper's look, or null for any other key. */
export function sweepNumber(key: string): number | null {
  const match = /^sweep\/(\d+)\.json$/.exec(key);
  return match === null ? null : Number(match[1]);
}

/** A request between processes, or one of its later stages. */
export function controlKey(id: string, stage: string | null = null): string {
  return stage === null ? `${CONTROL_PREFIX}${id}.json` : `${CONTROL_PREFIX}${id}.${stage}.json`;
}

/**
 * An object that tests whether a place can be written, also before there is a lake; it is deleted
 * at once.
 */
export function storeProbeKey(random: string): string {
  return controlKey(`probe-${random}`, 'probe');
}

export function isStoreProbe(key: string): boolean {
  return key.startsWith(`${CONTROL_PREFIX}probe-`);
}

/**
 * Id and stage (null: the request itself) of a key below `control/`; null for a key that is not
 * ours.
 */
export function parseControlKey(key: string): { id: string; stage: string | null } | null {
  const match = /^control\/([^./]+)(?:\.([a-z]+))?\.json$/.exec(key);
  return match === null ? null : { id: match[1] ?? '', stage: match[2] ?? null };
}
