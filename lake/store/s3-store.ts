import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import { ByteBudget } from './byte-budget.ts';
import { checkKey } from './object-store.ts';
import type { ListedObject, ObjectFacts, ObjectStore, StoreCredentials, StoreLocation } from './object-store.ts';
import { S3Access } from './s3-access.ts';
import { PartedUpload, partsOf } from './s3-parts.ts';
import { refusesCredentials, s3Error, s3Failure, saysAbsent } from './s3-error.ts';

type S3Location = StoreLocation & { readonly kind: 's3' };

const UPLOAD_BYTES = 128 * 1024 * 1024;
const UPLOADS = 8;
const CONFLICT_TRIES = 6;
const CONFLICT_DELAY_MS = 50;

/**
 * Objects in an S3 bucket. "Only if absent" is `If-None-Match: *` of the server
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html); `probeStore`
 * finds servers that ignore it. The SDK repeats a put whose answer was lost, so 'exists' may mean
 * our own object.
 */
export class S3Store implements ObjectStore {
  readonly location: S3Location;
  readonly #access: S3Access;
  readonly #uploads = new ByteBudget({ bytes: UPLOAD_BYTES, concurrency: UPLOADS });
  readonly #base: string;
  readonly #place: string;
  /** The server has accepted our credentials before. */
  #taken = false;

  constructor(location: S3Location) {
    this.location = location;
    this.#base = location.prefix === '' ? '' : `${location.prefix}/`;
    this.#place = `s3://${location.bucket}/${location.prefix}`;
    this.#access = new S3Access(location);
  }

  async put(key: string, bytes: Uint8Array): Promise<'stored' | 'exists'> {
    return this.#guard(`write ${key}`, () => this.#uploads.run(bytes.length, () => this.#putAbsent(this.#object(key), bytes)));
  }

  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<'stored' | 'exists'> {
    const parts = partsOf(chunks);
    const first = await parts.next();
    const second = first.done === true ? first : await parts.next();
    if (first.done === true || second.done === true) return this.put(key, first.value ?? new Uint8Array(0));
    const run = <T>(work: (client: S3Client) => Promise<T>): Promise<T> => this.#guard(`write ${key}`, () => work(this.#access.client));
    return new PartedUpload(run, this.#object(key)).put(chain([first.value, second.value], parts));
  }

  async replace(key: string, bytes: Uint8Array): Promise<void> {
    await this.#guard(`write ${key}`, () => this.#access.client.send(new PutObjectCommand({ ...this.#object(key), Body: bytes })));
  }

  async get(key: string): Promise<Uint8Array | null> {
    return this.#read(`read ${key}`, async () => {
      const answer = await this.#access.client.send(new GetObjectCommand(this.#object(key)));
      return (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0);
    });
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array | null> {
    if (end <= start) return (await this.head(key)) === null ? null : new Uint8Array(0);
    return this.#read(`read ${key}`, async () => {
      try {
        const answer = await this.#access.client.send(new GetObjectCommand({ ...this.#object(key), Range: `bytes=${start}-${end - 1}` }));
        return (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0);
      } catch (error) {
        if (s3Failure(error).status === 416) return new Uint8Array(0);
        throw error;
      }
    });
  }

  async head(key: string): Promise<ObjectFacts | null> {
    return this.#read(`look at ${key}`, async () => {
      const answer = await this.#access.client.send(new HeadObjectCommand(this.#object(key))).catch(async (error: unknown) => {
        // Without a body the answer gives no reason; a read of the same object does.
        if (s3Failure(error).status === 403)
          await this.#access.client.send(new GetObjectCommand({ ...this.#object(key), Range: 'bytes=0-0' }));
        throw error;
      });
      return { bytes: answer.ContentLength ?? 0, modified: answer.LastModified ?? new Date(0) };
    });
  }

  async *list(prefix: string, startAfter = ''): AsyncIterable<ListedObject> {
    const scope = { Bucket: this.location.bucket, Prefix: this.#base + prefix };
    let from: { StartAfter?: string; ContinuationToken?: string } = startAfter === '' ? {} : { StartAfter: this.#base + startAfter };
    for (;;) {
      const request = new ListObjectsV2Command({ ...scope, ...from });
      const page = await this.#guard(`list ${prefix}`, () => this.#access.client.send(request));
      for (const { Key: key, Size: bytes, LastModified: modified } of page.Contents ?? []) {
        // Some servers list folders as if they were objects.
        if (key === undefined || key.endsWith('/')) continue;
        yield { key: key.slice(this.#base.length), bytes: bytes ?? 0, modified: modified ?? new Date(0) };
      }
      if (page.IsTruncated !== true || page.NextContinuationToken === undefined) return;
      from = { ContinuationToken: page.NextContinuationToken };
    }
  }

  async delete(key: string): Promise<void> {
    await this.#read(`delete ${key}`, () => this.#access.client.send(new DeleteObjectCommand(this.#object(key))));
  }

  async close(): Promise<void> {
    this.#access.close();
  }

  async credentials(): Promise<StoreCredentials> {
    return this.#guard('find credentials', () => this.#access.credentials());
  }

  #object(key: string): { Bucket: string; Key: string } {
    checkKey(key);
    return { Bucket: this.location.bucket, Key: this.#base + key };
  }

  async #putAbsent(object: { Bucket: string; Key: string }, bytes: Uint8Array): Promise<'stored' | 'exists'> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#access.client.send(new PutObjectCommand({ ...object, Body: bytes, IfNoneMatch: '*' }));
        return 'stored';
      } catch (error) {
        const { status } = s3Failure(error);
        if (status === 412) return 'exists';
        // 409: another put of the same key is running; it is not known yet which one wins.
        if (status !== 409 || attempt === CONFLICT_TRIES) throw error;
        await sleep(CONFLICT_DELAY_MS * attempt);
      }
    }
  }

  async #guard<T>(action: string, run: () => Promise<T>): Promise<T> {
    try {
      const result = await run().catch((error: unknown) => {
        if (!refusesCredentials(error)) throw error;
        // They may have been replaced: once more with the current ones.
        this.#access.renew();
        return run();
      });
      this.#taken = true;
      return result;
    } catch (error) {
      throw s3Error(error, action, { place: this.#place, taken: this.#taken });
    }
  }

  async #read<T>(action: string, run: () => Promise<T>): Promise<T | null> {
    return this.#guard(action, () =>
      run().catch((error: unknown) => {
        if (saysAbsent(error)) return null;
        throw error;
      }),
    );
  }
}

async function* chain(first: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* rest;
}
