import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { TailraceError } from '../core/errors.ts';
import { FEATURES, NO_FEATURES, putFormat, readFormat } from './format/format.ts';
import type { Format } from './format/format.ts';
import { encodeJson, putJson, readJson } from './json-object.ts';
import { keptObject } from './kept-object.ts';
import { LAKE_KEY } from './keys.ts';
import type { ObjectStore } from './store/object-store.ts';

/**
 * What lake.json may say. A lake with features says the second: programs that know nothing of
 * features read lake.json before each batch, and go no further.
 */
const [WITHOUT_FEATURES, WITH_FEATURES] = [1, 2];

/** Which database a lake is made from. */
export interface SourceIdentity {
  /** `system_identifier` of the cluster */
  readonly systemId: string;
  readonly database: string;
}

/** The identity and the format of a lake, and the name that slot and publication have for it. */
export interface LakeInfo {
  /** 32 hex digits, random */
  readonly id: string;
  /** `tailrace_<8 hex digits of the id>` */
  readonly name: string;
  readonly source: SourceIdentity;
  readonly format: Format;
}

type ReadFormat = () => Promise<Format>;

const lake = keptObject({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  format: z.int(),
  source: keptObject({ systemId: z.string(), database: z.string() }),
});

/**
 * Reads lake.json and the format. With an identity, the lake is made when there is none, and it is
 * LAKE_OF_ANOTHER_SOURCE when it was made from another source. Without one, it is LAKE_MISSING when
 * there is none. LAKE_TOO_NEW when it has a feature that this program does not know.
 */
export async function openLake(store: ObjectStore, identity: SourceIdentity | null, format?: ReadFormat): Promise<LakeInfo> {
  if (identity === null) {
    const found = await readLake(store, null, format);
    if (found === null) throw new TailraceError('LAKE_MISSING', `there is no lake in ${placeOf(store)}`);
    return found;
  }
  // The first process makes it. The others, and we when our answer was lost, read what is there.
  if ((await readJson(store, lake, LAKE_KEY)) === null) {
    const { systemId, database } = identity;
    await putJson(store, LAKE_KEY, { id: randomBytes(16).toString('hex'), format: WITH_FEATURES, source: { systemId, database } });
  }
  const made = await readLake(store, identity, format);
  if (made === null) throw new TailraceError('LAKE_UNAVAILABLE', `${LAKE_KEY} was stored but cannot be read`);
  if (made.format.number > 0 || !(await hasFeatures(store))) return made;
  // A new lake has all features of the program that makes it. A crash may have come in between.
  await putFormat(store, 1, FEATURES);
  return { ...made, format: await readFormat(store) };
}

/**
 * What `openLake` reads; null when there is no lake. `format`: how the format is read. Errors as
 * those of `openLake`, except LAKE_MISSING.
 */
export async function readLake(
  store: ObjectStore,
  identity: SourceIdentity | null,
  format: ReadFormat = () => readFormat(store),
): Promise<LakeInfo | null> {
  const found = await readJson(store, lake, LAKE_KEY);
  if (found === null) return null;
  const { id, source, format: stored } = found;
  if (stored > WITH_FEATURES)
    throw new TailraceError('LAKE_TOO_NEW', `${LAKE_KEY} has format ${stored}, but this version reads only up to ${WITH_FEATURES}`);
  const info = { id, source, name: `tailrace_${id.slice(0, 8)}` };
  if (identity !== null) requireSameSource(info, identity);
  return { ...info, format: stored === WITHOUT_FEATURES ? NO_FEATURES : await format() };
}

/**
 * Puts the format in force: from here on, programs that know nothing of features refuse the lake.
 * It may be repeated.
 */
export async function refuseOlder(store: ObjectStore): Promise<void> {
  const found = await readJson(store, lake, LAKE_KEY);
  if (found === null) throw new TailraceError('LAKE_UNAVAILABLE', `the lake is no longer in ${placeOf(store)}: ${LAKE_KEY} is missing`);
  if (found.format === WITHOUT_FEATURES) await store.replace(LAKE_KEY, encodeJson({ ...found, format: WITH_FEATURES }));
}

async function hasFeatures(store: ObjectStore): Promise<boolean> {
  return (await readJson(store, lake, LAKE_KEY))?.format === WITH_FEATURES;
}

/** LAKE_OF_ANOTHER_SOURCE unless the lake was made from this database. */
export function requireSameSource({ source }: Pick<LakeInfo, 'source'>, identity: SourceIdentity): void {
  if (identity.systemId !== source.systemId || identity.database !== source.database) {
    throw new TailraceError(
      'LAKE_OF_ANOTHER_SOURCE',
      `the lake was made from database ${source.database} of system ${source.systemId}, and the source is database ${identity.database} of system ${identity.systemId}`,
    );
  }
}

/** Where a store is, for people. */
export function placeOf(store: ObjectStore): string {
  const { location } = store;
  switch (location.kind) {
    case 'directory':
      return location.path;
    case 's3':
      return `s3://${location.bucket}${location.prefix === '' ? '' : `/${location.prefix}`}`;
    case 'memory':
      return 'memory';
  }
}
