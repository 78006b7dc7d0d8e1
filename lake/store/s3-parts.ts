import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3';
import { s3Failure } from './s3-error.ts';

/**
 * Bytes of one part. S3 takes 5 MiB to 5 GiB, and 10,000 parts
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html), so an object has at most 160
 * GB.
 */
const PART_BYTES = 16 * 1024 * 1024;

/** The object that is written. */
interface Place {
  readonly Bucket: string;
  readonly Key: string;
}

/** Runs one request with the present client; translates its failure. */
type Run = <T>(work: (client: S3Client) => Promise<T>) => Promise<T>;

/** Chunks of any size → parts of one size, the last one smaller. Yields nothing for no bytes. */
export async function* partsOf(chunks: AsyncIterable<Uint8Array>, bytes = PART_BYTES): AsyncGenerator<Uint8Array, undefined> {
  let part = Buffer.allocUnsafe(bytes);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length;) {
      const taken = Math.min(chunk.length - from, bytes - filled);
      part.set(chunk.subarray(from, from + taken), filled);
      from += taken;
      filled += taken;
      if (filled < bytes) continue;
      yield part;
      part = Buffer.allocUnsafe(bytes);
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
  return undefined;
}

/**
 * One object in parts, with one part in memory at a time. The object appears whole with the last
 * request, which is refused when the key is taken. A process that dies leaves parts that are no
 * object; a lifecycle rule of the bucket (AbortIncompleteMultipartUpload) removes them.
 */
export class PartedUpload {
  readonly #run: Run;
  readonly #place: Place;

  constructor(run: Run, place: Place) {
    this.#run = run;
    this.#place = place;
  }

  async put(parts: AsyncIterable<Uint8Array>): Promise<'stored' | 'exists'> {
    const { UploadId } = await this.#run((client) =>
      client.send(new CreateMultipartUploadCommand({ ...this.#place, ChecksumAlgorithm: 'CRC32' })),
    );
    const upload = { ...this.#place, UploadId };
    try {
      const sent: CompletedPart[] = [];
      let bytes = 0;
      for await (const part of parts) {
        const PartNumber = sent.length + 1;
        const answer = await this.#run((client) => client.send(new UploadPartCommand({ ...upload, PartNumber, Body: part })));
        sent.push({ PartNumber, ETag: answer.ETag, ChecksumCRC32: answer.ChecksumCRC32 });
        bytes += part.length;
      }
      const end = await this.#run((client) => this.#complete(client, { ...upload, MultipartUpload: { Parts: sent } }, bytes));
      if (end === 'exists') await this.#abort(upload);
      return end;
    } catch (error) {
      // The first failure counts; parts that stay are no object.
      await this.#abort(upload).catch(() => {});
      throw error;
    }
  }

  async #complete(
    client: S3Client,
    request: Place & { UploadId: string | undefined; MultipartUpload: { Parts: CompletedPart[] } },
    bytes: number,
  ): Promise<'stored' | 'exists'> {
    try {
      await client.send(new CompleteMultipartUploadCommand({ ...request, IfNoneMatch: '*' }));
      return 'stored';
    } catch (error) {
      const { status, name } = s3Failure(error);
      if (status === 412) return 'exists';
      // The SDK repeats a request whose answer was lost; the upload has then ended already.
      if (name !== 'NoSuchUpload') throw error;
      const found = await client.send(new HeadObjectCommand(this.#place)).catch(() => null);
      if (found?.ContentLength !== bytes) throw error;
      return 'stored';
    }
  }

  async #abort(upload: Place & { UploadId: string | undefined }): Promise<void> {
    await this.#run((client) => client.send(new AbortMultipartUploadCommand(upload)));
  }
}
