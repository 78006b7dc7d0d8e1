import { isDeepStrictEqual } from 'node:util';
import { TailraceError } from '../../core/errors.ts';
import type { LakeReading } from '../../core/sections/lake-reading.ts';
import type { ObjectStore, StoreCredentials } from '../../lake/store/object-store.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { onShards } from '../../warehouse/cluster/shards.ts';
import { defineLakeCollection } from '../../warehouse/lake-collection.ts';
import { OWN_ROLE, placeOf } from '../../warehouse/place.ts';
import type { ReadablePlace } from './lake-files.ts';
import { lakeUrl } from './lake-url.ts';

export interface LakeAccessOptions {
  readonly engine: Engine;
  readonly store: ObjectStore;
  readonly reading: LakeReading;
}

/** How the engine reads this lake by itself, or that it does not. */
export class LakeAccess {
  readonly reading: LakeReading;
  /** Where the engine reads files; null: it is sent them. */
  readonly place: ReadablePlace | null;
  readonly #engine: Engine;
  readonly #store: ObjectStore;
  #given: StoreCredentials | null = null;

  /**
   * Asks the engine what it knows. A lake on S3 can be read after `renew`. BAD_CONFIG when the
   * engine has no place for keys.
   */
  static async open({ engine, store, reading }: LakeAccessOptions): Promise<LakeAccess> {
    return new LakeAccess({ engine, store, reading }, await placeIn({ engine, store, reading }));
  }

  private constructor({ engine, store, reading }: LakeAccessOptions, place: ReadablePlace | null) {
    this.#engine = engine;
    this.#store = store;
    this.reading = reading;
    this.place = place;
  }

  /**
   * Gives the engine the present credentials where it reads with those of this process. Call it
   * before each statement that reads the lake: it costs nothing while they stay the same. Temporary
   * ones are replaced before they end: the SDK asks for others five minutes before their
   * `expiration`, and a statement keeps those that it began with.
   */
  async renew(): Promise<void> {
    const { location } = this.#store;
    if (this.place?.kind !== 'collection' || location.kind !== 's3' || this.#store.credentials === undefined) return;
    const found = await this.#store.credentials();
    if (isDeepStrictEqual(found, this.#given)) return;
    const { keyId, secret, token } = found;
    const credentials = { url: lakeUrl(location), keyId, secret, ...(token === null ? {} : { token }) };
    await onShards(this.#engine, (shard) => defineLakeCollection(shard, credentials));
    this.#given = found;
  }

  /** The credentials that the engine was given, for errors; null: none. */
  get keyId(): string | null {
    return this.#given?.keyId ?? null;
  }
}

async function placeIn({ engine, store, reading }: LakeAccessOptions): Promise<ReadablePlace | null> {
  const { location } = store;
  if (reading.way === 'send' || location.kind === 'memory') return null;
  if (location.kind === 'directory') return engine.traits.readsLocalFiles ? location : null;
  const url = lakeUrl(location);
  if (reading.way === 'role') return { kind: 'role', url, arn: reading.arn };
  const what = await placeOf(engine);
  if (reading.way === 'server') return { kind: 'server', url, setting: what.knows(OWN_ROLE) ? `${OWN_ROLE} = 1` : null };
  if (!what.cloud) return { kind: 'collection' };
  throw new TailraceError('BAD_CONFIG', 'warehouse.lakeAccess is "keys", but ClickHouse Cloud has no named collections to keep them in', {
    hint: 'Set it to role:<arn>, the usual way there, to server or to send.',
  });
}
