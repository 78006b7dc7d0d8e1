import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import type { LakeReading } from '../../core/sections/lake-reading.ts';
import { silentLogger } from '../../core/log.ts';
import { openStore } from '../../lake/store/open-store.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { scratch } from '../../test/support/scratch.ts';
import { startClickhouse } from '../../test/support/servers/clickhouse-front.ts';
import { startTokenService } from '../../test/support/servers/token-service.ts';
import { startS3Server } from '../../test/support/servers/versitygw.ts';
import { warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import { EmbeddedEngine } from '../../warehouse/embedded-engine.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { HttpEngine } from '../../warehouse/http-engine.ts';

const s3 = await startS3Server();
Object.assign(process.env, s3?.environment);
const [keyId, secret] = [process.env['AWS_ACCESS_KEY_ID'] ?? '', process.env['AWS_SECRET_ACCESS_KEY'] ?? ''];
/** Keys that the S3 server does not know. */
const STRANGER = { AWS_ACCESS_KEY_ID: 'stranger', AWS_SECRET_ACCESS_KEY: 'not-a-secret' };
const ROLE = { way: 'role', arn: 'arn:aws:iam::123456789012:role/tailrace-lake' } as const;
const home = await scratch('ways');
afterAll(async () => {
  await s3?.[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

const notes = tableSchema({ oid: 7301, name: 'notes', columns: { id: { kind: 'int4' }, body: { kind: 'text' } }, key: ['id'] });

/** An engine that keeps the text of every statement. */
function told(inner: Engine): { engine: Engine; statements: string[] } {
  const statements: string[] = [];
  const keep = (sql: string): string => {
    statements.push(sql);
    return sql;
  };
  const engine: Engine = {
    traits: inner.traits,
    ...(inner.scratch === undefined ? {} : { scratch: inner.scratch }),
    ...(inner.insertRows === undefined
      ? {}
      : { insertRows: (insert, body) => inner.insertRows?.(keep(insert), body) ?? Promise.resolve() }),
    exec: (sql) => inner.exec(keep(sql)),
    execTogether: (all) => inner.execTogether(all.map(keep)),
    query: (sql) => inner.query(keep(sql)),
    read: (request) => inner.read(request),
    identify: (life) => inner.identify?.(life),
    close: () => inner.close(),
    [Symbol.asyncDispose]: () => inner.close(),
  };
  return { engine, statements };
}

/** A copy of two chunks, a step of two files, an unchanged value and a key change: all reads. */
async function applied(inner: Engine, lakeReading: LakeReading): Promise<string[]> {
  const { engine, statements } = told(inner);
  const store = await openStore(`s3://${s3?.bucket}/${randomBytes(4).toString('hex')}`);
  await using bench = await warehouseBench({ store, engine, lakeReading });
  const { lake } = bench;
  await lake.copy(notes, { generation: 1, lsn: 10n }, [[{ id: '1', body: 'a' }], [{ id: '2', body: 'b' }]]);
  await lake.batch([
    await lake.file(notes, [{ op: 'U', lsn: 20n, ordinal: 1, row: { id: '1', body: undefined } }]),
    await lake.file(notes, [{ op: 'I', lsn: 21n, ordinal: 1, row: { id: '3', body: 'c' } }]),
  ]);
  await lake.batch([
    await lake.file(notes, [
      { op: 'D', lsn: 30n, ordinal: 1, row: { id: '2', body: null }, keyChange: true },
      { op: 'U', lsn: 30n, ordinal: 2, row: { id: '4', body: undefined } },
    ]),
  ]);
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live', error: null }]);
  expect(await bench.rows('SELECT * FROM public.notes ORDER BY id')).toEqual([
    { id: 1, body: 'a' },
    { id: 3, body: 'c' },
    { id: 4, body: 'b' },
  ]);
  expect(await bench.rows("SELECT name FROM system.tables WHERE database = 'tailrace' AND name LIKE 'input%'")).toEqual([]);
  const left: string[] = [];
  for await (const { key } of store.list('data/probe/')) left.push(key);
  expect(left).toEqual([]);
  return statements;
}

const embedded = (): Promise<Engine> =>
  EmbeddedEngine.open({ directory: `${home.path}/${randomBytes(4).toString('hex')}`, log: silentLogger(), ownRole: true });

/** Statements that read S3, without their other parts. */
const readsOf = (statements: readonly string[]): string[] => [...new Set(statements.flatMap((sql) => sql.match(/\bs3\([^,]*,/g) ?? []))];

describe.skipIf(s3 === null)('a lake on S3 is read', () => {
  test('with the keys of this process, which one statement hands over', async () => {
    const statements = await applied(await embedded(), { way: 'keys' });
    expect(readsOf(statements)).toEqual(['s3(tailrace_lake,']);
    expect(statements.filter((sql) => sql.includes(secret)).map((sql) => sql.slice(0, 23))).toEqual([
      'CREATE NAMED COLLECTION',
      'ALTER NAMED COLLECTION ',
    ]);
  });

  test.each(['the embedded engine', 'a server'])('by %s with its own role, and no statement has a key', async (which) => {
    await using server = which === 'a server' ? await startClickhouse() : null;
    const engine = server === null ? await embedded() : await HttpEngine.open({ url: server.url, log: silentLogger() });
    const text = (await applied(engine, { way: 'server' })).join('\n');
    expect(text).toContain('SETTINGS s3_allow_server_credentials_in_user_queries = 1');
    expect(text).not.toContain('NAMED COLLECTION');
    expect(text).not.toContain(secret);
  });

  test('as a role that the engine assumes, and no statement has a key', async () => {
    await using service = await startTokenService({ keyId, secret });
    await using server = await startClickhouse([], { ...STRANGER, ...service.environment });
    const statements = await applied(await HttpEngine.open({ url: server.url, log: silentLogger() }), ROLE);
    const reads = statements.filter((sql) => sql.includes('s3('));
    expect(reads.filter((sql) => !sql.includes(`extra_credentials(role_arn = '${ROLE.arn}')`))).toEqual([]);
    expect(statements.join('\n')).not.toContain(secret);
    expect(service.asked[0]).toMatchObject({ host: 'sts.amazonaws.com', params: { Action: 'AssumeRole', RoleArn: ROLE.arn } });
  });

  test.each(['the embedded engine', 'a server'])('by this process, which sends the bytes to %s', async (which) => {
    await using server = which === 'a server' ? await startClickhouse([], STRANGER) : null;
    const engine = server === null ? await embedded() : await HttpEngine.open({ url: server.url, log: silentLogger() });
    const text = (await applied(engine, { way: 'send' })).join('\n');
    expect(text).not.toContain('s3(');
    expect(text).not.toContain('NAMED COLLECTION');
  });
});
