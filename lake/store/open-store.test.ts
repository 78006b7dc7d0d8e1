import { expect, test } from 'vitest';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { collect } from '../../test/support/collect.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
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
  for (const uri of ['', 's3://', 's3:///x', 's3://b//x', 'gs://b/x', 'http://h']) {
    await expect(openStore(uri)).rejects.toThrow('BAD_ARGUMENT');
  }
});

test.each([
  ['s3://b/a*b', '"*"'],
  ['s3://b/a?region=eu', '"?"'],
  ['s3://b/x/{1,2}', '"{"'],
  ['s3://b/a,b', '","'],
  ['s3://b/a\nb', 'control character'],
  ['s3://b/a//b', 'named ""'],
  ['s3://b/./a', 'named "."'],
  ['s3://b/a/../b', 'named ".."'],
  ['/lakes/a\0b', 'not UTF-8'],
  ['/lakes/a\uFFFDb', 'not UTF-8'],
])('%j is refused, and the message names the obstacle', async (uri, named) => {
  await expect(openStore(uri)).rejects.toThrow(named);
});

test('other prefixes are taken as they are written', () => {
  for (const prefix of ['env=prod/day=1', 'a b', 'ü', '100%', 'a%20b', 'a+b', 'a[b]|c', "it's", 'a#b', 'a.zip::b'])
    expect(s3Location(`s3://b/${prefix}/`, false, {}).prefix).toBe(prefix);
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
