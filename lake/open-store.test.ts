import { expect, test } from 'vitest';
import { FaultyStore } from '../test/support/faulty-store.ts';
import { collect } from '../test/support/collect.ts';
import { MemoryStore } from './memory-store.ts';
import { openStore, probeStore, s3Location } from './open-store.ts';

test('a directory is made absolute', async () => {
  expect((await openStore('some/lake')).location).toEqual({ kind: 'directory', path: `${process.cwd()}/some/lake` });
});

test('bucket, prefix, region and endpoint are read from the uri and the environment', () => {
  expect(s3Location('s3://data/lakes/shop/', false, {})).toEqual({
    kind: 's3',
    endpoint: null,
    region: 'us-east-1',
    bucket: 'data',
    prefix: 'lakes/shop',
    pathStyle: false,
  });
  expect(s3Location('s3://data', true, { AWS_REGION: 'eu-central-1' })).toMatchObject({
    prefix: '',
    region: 'eu-central-1',
    pathStyle: true,
  });
});

test('a server without a domain gets path style unasked', () => {
  for (const endpoint of ['http://127.0.0.1:7070', 'http://[::1]:1', 'http://minio:9000', 'http://localhost:1']) {
    expect(s3Location('s3://b', false, { AWS_ENDPOINT_URL_S3: endpoint }).pathStyle).toBe(true);
  }
  expect(s3Location('s3://b', false, { AWS_ENDPOINT_URL_S3: 'https://accountid.r2.cloudflarestorage.com' }).pathStyle).toBe(false);
});

test('what is neither directory nor bucket is BAD_ARGUMENT', async () => {
  for (const uri of ['', 's3://', 's3:///x', 's3://b/a b', 's3://b//x', 'gs://b/x', 'http://h']) {
    await expect(openStore(uri)).rejects.toThrow('BAD_ARGUMENT');
  }
});

test('a probe leaves nothing and finds a store that overwrites', async () => {
  const store = new MemoryStore();
  await probeStore(store);
  expect(await collect(store.list(''))).toEqual([]);
  const careless = new FaultyStore(store);
  careless.put = async (key, bytes) => {
    await store.replace(key, bytes);
    return 'stored';
  };
  await expect(probeStore(careless)).rejects.toMatchObject({ code: 'LAKE_UNWRITABLE' });
});
