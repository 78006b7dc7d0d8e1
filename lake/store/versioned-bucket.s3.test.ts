import { randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, describe, expect, test } from 'vitest';
import { collect } from '../../test/support/collect.ts';
import { startS3Server } from '../../test/support/servers/versitygw.ts';
import { describeObjectStore } from './object-store.contract.ts';
import { openStore } from './open-store.ts';

/** Another server may forbid new buckets. */
const server = process.env['TEST_S3_ENDPOINT'] === undefined ? await startS3Server() : null;
afterAll(() => server?.[Symbol.asyncDispose]());
Object.assign(process.env, server?.environment);

/** A bucket that keeps every version of an object, and forbids for a day that one is removed. */
async function newBucket(kind: 'versioned' | 'locked'): Promise<string> {
  const bucket = `${kind}-${randomBytes(4).toString('hex')}`;
  await using client = clientOf();
  await client.sdk.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: kind === 'locked' }));
  await client.sdk.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  if (kind === 'versioned') return bucket;
  const rule = { DefaultRetention: { Mode: 'GOVERNANCE' as const, Days: 1 } };
  await client.sdk.send(
    new PutObjectLockConfigurationCommand({ Bucket: bucket, ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: rule } }),
  );
  return bucket;
}

function clientOf(): AsyncDisposable & { sdk: S3Client } {
  const sdk = new S3Client({ forcePathStyle: true });
  return {
    sdk,
    async [Symbol.asyncDispose]() {
      sdk.destroy();
    },
  };
}

describe.skipIf(server === null)('with versitygw', () => {
  for (const kind of ['versioned', 'locked'] as const) {
    const open = async () => {
      const store = await openStore(`s3://${await newBucket(kind)}/lake`);
      return { store, [Symbol.asyncDispose]: () => store.close() };
    };
    // versitygw takes the marker of a deletion for the object.
    describeObjectStore(`a ${kind} bucket`, open, { freesKeys: false });

    test(`an object that was removed from a ${kind} bucket is gone for us, and can be restored`, async () => {
      const bucket = await newBucket(kind);
      const store = await openStore(`s3://${bucket}/lake`);
      await store.put('data/1_1/ab-1.arrow', new Uint8Array([1, 2, 3]));
      await store.delete('data/1_1/ab-1.arrow');
      expect(await store.get('data/1_1/ab-1.arrow')).toBeNull();
      expect(await collect(store.list(''))).toEqual([]);
      await using client = clientOf();
      const { Versions = [], DeleteMarkers = [] } = await client.sdk.send(new ListObjectVersionsCommand({ Bucket: bucket }));
      expect([Versions.length, DeleteMarkers.length]).toEqual([1, 1]);
      await store.close();
    });
  }
});
