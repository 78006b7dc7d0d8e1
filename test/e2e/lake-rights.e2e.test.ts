import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DeleteObjectCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { ROOT } from '../../docs/pages.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Running } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { startS3Server, VERSITYGW_MISSING } from '../support/servers/versitygw.ts';
import { eventually } from '../support/eventually.ts';

const server = await startS3Server();
const missing = server === null ? ` (${VERSITYGW_MISSING})` : server.addUser === undefined ? ' (this S3 server is not ours)' : '';

const keysOf = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, key = '']) => key);

/** The rows of the page: role, keys that it stores, keys that it deletes. */
function rights(): { role: string; puts: string[]; deletes: string[] }[] {
  const [, table = ''] = readFileSync(path.join(ROOT, 'docs/SECURITY.md'), 'utf8').split('\n## Rights in the lake\n');
  return [...table.matchAll(/^\| `(\w+)` \| (.+) \| (.+) \|$/gm)].map(([, role = '', puts, deletes]) => ({
    role,
    puts: keysOf(puts),
    deletes: keysOf(deletes),
  }));
}

/** One statement of a policy, for the user of one role. */
const allow = (role: string, actions: string[], resources: string[]) => ({
  Effect: 'Allow',
  Principal: { AWS: [role] },
  Action: actions,
  Resource: resources,
});

/** A policy of the bucket that gives each role what the page lists, below one prefix. */
function policy(bucket: string, prefix: string): string {
  const objects = (keys: readonly string[]): string[] => keys.map((key) => `arn:aws:s3:::${bucket}/${prefix}/${key}`);
  const statements = rights().flatMap(({ role, puts, deletes }) => [
    allow(role, ['s3:ListBucket', 's3:ListBucketMultipartUploads'], [`arn:aws:s3:::${bucket}`]),
    allow(role, ['s3:GetObject'], objects(['*'])),
    allow(role, ['s3:PutObject'], objects(puts)),
    ...(deletes.length === 0 ? [] : [allow(role, ['s3:DeleteObject', 's3:AbortMultipartUpload'], objects(deletes))]),
  ]);
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

const clientOf = (environment: Readonly<Record<string, string>>): S3Client =>
  new S3Client({
    endpoint: environment['AWS_ENDPOINT_URL_S3'] ?? '',
    region: environment['AWS_REGION'] ?? '',
    forcePathStyle: true,
    credentials: { accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '' },
  });

test.skipIf(missing !== '')(
  `each role works with the rights in the lake that docs/SECURITY.md lists, and no more${missing}`,
  { timeout: 300_000 },
  async () => {
    if (server === null) throw new Error(missing);
    await using bucket = server;
    const users = new Map<string, Readonly<Record<string, string>>>();
    for (const { role } of rights()) users.set(role, (await server.addUser?.(role)) ?? {});
    await clientOf(bucket.environment).send(new PutBucketPolicyCommand({ Bucket: bucket.bucket, Policy: policy(bucket.bucket, 'shop') }));

    await using database = await createDatabase();
    await database.query('create table seat (id int primary key, n int); insert into seat select i, i from generate_series(1, 1000) i');
    await using pipeline = createPipeline({
      source: database.url,
      lake: `s3://${bucket.bucket}/shop`,
      env: { ...bucket.environment, TAILRACE_S3_PATH_STYLE: 'true', TAILRACE_REPLICATE_MAX_AGE: '500ms', TAILRACE_SOURCE_HEARTBEAT: '2s' },
    });
    const models = path.join(pipeline.folder, 'models/marts');
    mkdirSync(models, { recursive: true });
    writeFileSync(path.join(models, 'seats.sql'), '-- Number of seats.\n-- @every 1s\nSELECT count() AS n FROM public.seat\n');
    const ports = { TAILRACE_SQL_PORT: '0', TAILRACE_MODELS: path.dirname(models) };
    const start = (role: string): Running => pipeline.start([role], { ...ports, ...users.get(role) });
    const replicate = start('replicate');
    await replicate.event('ready');
    const roles = [replicate, ...['snapshot', 'compact', 'monitor', 'transform'].map(start)];
    await eventually(async () => (await pipeline.query('SELECT n FROM marts.seats').catch(() => null)) === '1000', 'the model is built');
    await database.query(
      'update seat set n = n + 1 where id < 100; alter table seat add column note text; delete from seat where id > 900',
    );
    expect(await pipeline.cli(['await', '--now', '--timeout', '180s'])).toMatchObject({ code: 0 });
    expect((await pipeline.cli(['sql', 'SELECT count(), sum(n) FROM public.seat'])).stdout).toBe('900\t405549\n');
    for (const role of roles) role.kill('SIGTERM');
    const ended = await Promise.all(roles.map((role) => role.ended()));
    expect(ended.map(({ code }) => code)).toEqual(roles.map(() => 0));
    for (const { stderr } of ended) expect(stderr).not.toMatch(/AccessDenied|LAKE_UNWRITABLE|LAKE_UNREADABLE/);

    const forbidden = { Bucket: bucket.bucket, Key: 'shop/readers/x/position.json', Body: '{}' };
    await expect(clientOf(users.get('replicate') ?? {}).send(new PutObjectCommand(forbidden))).rejects.toThrow(/Access Denied/);
    const manifest = { Bucket: bucket.bucket, Key: 'shop/stream/00000000000000000001.json' };
    await expect(clientOf(users.get('replicate') ?? {}).send(new DeleteObjectCommand(manifest))).rejects.toThrow(/Access Denied/);
    const next = { ...manifest, Key: 'shop/stream/00000000000009999999.json', Body: '{}' };
    await expect(clientOf(users.get('compact') ?? {}).send(new PutObjectCommand(next))).rejects.toThrow(/Access Denied/);
    const page = { Bucket: bucket.bucket, Key: 'shop/page/0.json.zst' };
    await expect(clientOf(users.get('compact') ?? {}).send(new DeleteObjectCommand(page))).rejects.toThrow(/Access Denied/);
  },
);
