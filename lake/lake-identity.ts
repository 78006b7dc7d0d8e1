import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { TailraceError } from '../core/errors.ts';
import { putJson, readJson } from './json-object.ts';
import { LAKE_KEY } from './keys.ts';
import type { ObjectStore } from './store/object-store.ts';

/** The format of lakes that this program makes and reads. */
const FORMAT = 1;

/** Which database a lake is made from. */
export interface SourceIdentity {
  /** `system_identifier` of the cluster */
  readonly systemId: string;
  readonly database: string;
}

/** The content of lake.json, and the name that slot and publication have for the lake. */
export interface LakeInfo {
  /** 32 hex digits, random */
  readonly id: string;
  /** `tailrace_<8 hex digits of the id>` */
  readonly name: string;
  readonly format: number;
  readonly source: SourceIdentity;
}

const lake = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  format: z.int(),
  source: z.object({ systemId: z.string(), database: z.string() }),
});

/**
 * Reads lake.json. With an identity, the lake is made when there is none, and it is
 * LAKE_OF_ANOTHER_SOURCE when it was made from another source. Without one, it is LAKE_MISSING when
 * there is none. LAKE_TOO_NEW when its format is newer than this program.
 */
export async function openLake(store: ObjectStore, identity: SourceIdentity | null): Promise<LakeInfo> {
  const found = await readLake(store, identity);
  if (found !== null) return found;
  if (identity === null) throw new TailraceError('LAKE_MISSING', `there is no lake in ${placeOf(store)}`);
  // The first process makes it. The others, and we when our answer was lost, read what is there.
  await putJson(store, LAKE_KEY, {
    id: randomBytes(16).toString('hex'),
    format: FORMAT,
    source: { systemId: identity.systemId, database: identity.database },
  });
  const made = await readLake(store, identity);
  if (made === null) throw new TailraceError('LAKE_UNAVAILABLE', `${LAKE_KEY} was stored but cannot be read`);
  return made;
}

/**
 * The content of lake.json; null when there is none. Errors as those of `openLake`, except
 * LAKE_MISSING.
 */
export async function readLake(store: ObjectStore, identity: SourceIdentity | null): Promise<LakeInfo | null> {
  const found = await readJson(store, lake, LAKE_KEY);
  return found === null ? null : checked({ ...found, name: `tailrace_${found.id.slice(0, 8)}` }, identity);
}

function checked(info: LakeInfo, identity: SourceIdentity | null): LakeInfo {
  if (info.format > FORMAT) {
    throw new TailraceError('LAKE_TOO_NEW', `the lake has format ${info.format}, but this version reads only up to ${FORMAT}`);
  }
  if (identity !== null) requireSameSource(info, identity);
  return info;
}

/** LAKE_OF_ANOTHER_SOURCE unless the lake was made from this database. */
export function requireSameSource({ source }: LakeInfo, identity: SourceIdentity): void {
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
