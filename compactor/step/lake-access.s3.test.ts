import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openStore } from '../../lake/store/open-store.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { scratch } from '../../test/support/scratch.ts';
import { startS3Server } from '../../test/support/servers/versitygw.ts';
import { warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';

const TLS = path.join(import.meta.dirname, '../../test/support/servers/tls');
const NAMES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_REGION',
  'AWS_ENDPOINT_URL_S3',
  'AWS_CA_BUNDLE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_CONFIG_FILE',
];
const before = NAMES.map((name) => [name, process.env[name]] as const);
const available = await startS3Server();
await available?.[Symbol.asyncDispose]();
const ours = available?.rotate !== undefined;

const notes = tableSchema({ oid: 7002, name: 'notes', columns: { id: { kind: 'int4' }, body: { kind: 'text' } }, key: ['id'] });

afterEach(() => set(Object.fromEntries(before)));

function set(environment: Readonly<Record<string, string | undefined>>): void {
  for (const name of NAMES) delete process.env[name];
  for (const [name, value] of Object.entries(environment)) if (value !== undefined) process.env[name] = value;
}

async function keysFile(file: string, keyId: string, secret: string): Promise<void> {
  await writeFile(file, `[default]\naws_access_key_id = ${keyId}\naws_secret_access_key = ${secret}\n`);
}

describe.skipIf(!ours)('writer and engine reach a lake on S3 alike', () => {
  test('with a certificate of an authority that only AWS_CA_BUNDLE names', async () => {
    const server = await startS3Server({ tls: { certificate: path.join(TLS, 'server.pem'), key: path.join(TLS, 'server.key') } });
    if (server === null) throw new Error('there is no S3 server');
    await using _server = server;
    set({ ...server.environment, AWS_CA_BUNDLE: path.join(TLS, 'ca.pem') });
    const store = await openStore(`s3://${server.bucket}/${randomBytes(4).toString('hex')}`);
    await using bench = await warehouseBench({ store });
    await bench.lake.copy(notes, { generation: 1, lsn: 10n }, [[{ id: '1', body: 'a' }]]);
    expect((await bench.settle()).tables).toMatchObject([{ state: 'live', error: null }]);
    expect(await bench.rows('SELECT * FROM public.notes')).toEqual([{ id: 1, body: 'a' }]);
  });

  test('after keys were rotated in the shared file, without a restart', async () => {
    const server = await startS3Server();
    if (server?.rotate === undefined) throw new Error('there is no S3 server of ours');
    await using _server = server;
    await using folder = await scratch();
    const file = path.join(folder.path, 'credentials');
    await keysFile(file, 'tailrace', 'tailrace-secret');
    set({ AWS_ENDPOINT_URL_S3: server.endpoint, AWS_REGION: 'us-east-1', AWS_SHARED_CREDENTIALS_FILE: file });
    const store = await openStore(`s3://${server.bucket}/${randomBytes(4).toString('hex')}`);
    await using bench = await warehouseBench({ store });
    const { lake } = bench;
    await lake.copy(notes, { generation: 1, lsn: 10n }, [[{ id: '1', body: 'a' }]]);
    await bench.settle();
    await server.rotate('second', 'second-secret');
    // The old ones are refused before the new ones are there: that is waited out.
    await expect(store.put('data/x', new Uint8Array(1))).rejects.toMatchObject({
      code: 'LAKE_UNAVAILABLE',
      message: expect.stringContaining('Renew them') as string,
    });
    await expect(store.get('data/x')).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
    await keysFile(file, 'second', 'second-secret');
    await lake.batch([await lake.file(notes, [{ op: 'I', lsn: 20n, ordinal: 1, row: { id: '2', body: 'b' } }])]);
    expect((await bench.settle()).tables).toMatchObject([{ state: 'live', error: null }]);
    expect(await bench.rows('SELECT * FROM public.notes ORDER BY id')).toEqual([
      { id: 1, body: 'a' },
      { id: 2, body: 'b' },
    ]);
  });

  test('where endpoint, region and keys are in the shared files only', async () => {
    const server = await startS3Server();
    if (server === null) throw new Error('there is no S3 server');
    await using _server = server;
    await using folder = await scratch();
    const file = (name: string): string => path.join(folder.path, name);
    await keysFile(file('credentials'), 'tailrace', 'tailrace-secret');
    await writeFile(file('config'), `[default]\nregion = us-east-1\nendpoint_url = ${server.endpoint}\n`);
    set({ AWS_SHARED_CREDENTIALS_FILE: file('credentials'), AWS_CONFIG_FILE: file('config') });
    const store = await openStore(`s3://${server.bucket}/${randomBytes(4).toString('hex')}`);
    expect(store.location).toMatchObject({ endpoint: server.endpoint, region: 'us-east-1', pathStyle: true });
    await using bench = await warehouseBench({ store });
    await bench.lake.copy(notes, { generation: 1, lsn: 10n }, [[{ id: '1', body: 'a' }]]);
    expect((await bench.settle()).tables).toMatchObject([{ state: 'live', error: null }]);
  });
});
