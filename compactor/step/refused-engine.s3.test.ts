import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LakeReading } from '../../core/sections/lake-reading.ts';
import { silentLogger } from '../../core/log.ts';
import type { ObjectStore, StoreCredentials } from '../../lake/store/object-store.ts';
import { openStore } from '../../lake/store/open-store.ts';
import { LakeWriter } from '../../test/support/lake-writer.ts';
import { scratch } from '../../test/support/scratch.ts';
import type { Scratch } from '../../test/support/scratch.ts';
import { startClickhouse } from '../../test/support/servers/clickhouse-front.ts';
import { startTokenService } from '../../test/support/servers/token-service.ts';
import { startS3Server } from '../../test/support/servers/versitygw.ts';
import { EmbeddedEngine } from '../../warehouse/embedded-engine.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { HttpEngine } from '../../warehouse/http-engine.ts';
import { LakeAccess } from './lake-access.ts';
import { LakeSource } from './lake-source.ts';

const s3 = await startS3Server();
Object.assign(process.env, s3?.environment);
/** A key that the S3 server knows, with another secret: to an unknown one versitygw answers 404. */
const STRANGER = { AWS_SECRET_ACCESS_KEY: 'not-a-secret' };
const ROLE = { way: 'role', arn: 'arn:aws:iam::123456789012:role/tailrace-lake' } as const;

/** The store with other credentials for the engine than it uses itself. */
function lending(store: ObjectStore, credentials: () => StoreCredentials): ObjectStore {
  return Object.assign(Object.create(store) as ObjectStore, {
    location: store.location,
    put: store.put.bind(store),
    get: store.get.bind(store),
    delete: store.delete.bind(store),
    credentials: () => Promise.resolve(credentials()),
  });
}

describe.skipIf(s3 === null)('an engine that may not read the lake', () => {
  let home: Scratch;
  let embedded: EmbeddedEngine;
  let store: ObjectStore;
  let lake: string;

  beforeAll(async () => {
    home = await scratch('refused');
    embedded = await EmbeddedEngine.open({ directory: home.path, log: silentLogger() });
    lake = `s3://${s3?.bucket}/${randomBytes(4).toString('hex')}`;
    store = await openStore(lake);
    await LakeWriter.open(store);
  });
  afterAll(async () => {
    await embedded.close();
    await home[Symbol.asyncDispose]();
    await s3?.[Symbol.asyncDispose]();
  });

  async function proved(engine: Engine, reading: LakeReading, over = store, readBefore = false): Promise<string> {
    const access = await LakeAccess.open({ engine, store: over, reading });
    const proof = new LakeSource({ store: over, engine, access, lease: 1 }).prove(readBefore);
    const message = await proof.then(() => 'proved', String);
    return message.replace(/data\/probe\/[0-9a-f]{12}-0\.arrow/, 'data/probe/….arrow');
  }

  test('is named with the key that it was given', async () => {
    const other = lending(store, () => ({ keyId: process.env['AWS_ACCESS_KEY_ID'] ?? '', secret: 'not-a-secret', token: null }));
    const said =
      `the embedded engine cannot read data/probe/….arrow in ${lake} with the access key that ends in "${process.env['AWS_ACCESS_KEY_ID']?.slice(-4)}": HTTP 403. ` +
      'Give this key s3:GetObject on data/ and snapshot/ of the lake, or set warehouse.lakeAccess to server, role:<arn> or send.';
    expect(await proved(embedded, { way: 'keys' }, other)).toBe(`TailraceError: LAKE_UNREADABLE: ${said}`);
    expect(await proved(embedded, { way: 'keys' }, other, true)).toBe(`TailraceError: LAKE_UNAVAILABLE: ${said}`);
    expect(await proved(embedded, { way: 'send' }, other)).toBe('proved');
  });

  test('in ClickHouse Cloud is not given keys', async () => {
    const cloud: Engine = {
      traits: { ...embedded.traits, ownsDirectory: false },
      exec: (sql) => embedded.exec(sql),
      execTogether: (all) => embedded.execTogether(all),
      // The answer to place.sql is the only one with this field.
      query: async <T extends object>(sql: string) =>
        (await embedded.query<T>(sql)).map((row) => ('cloud' in row ? { ...row, cloud: '1' } : row)),
      read: (request) => embedded.read(request),
      close: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    await expect(proved(cloud, { way: 'keys' })).rejects.toThrow(
      'BAD_CONFIG: warehouse.lakeAccess is "keys", but ClickHouse Cloud has no named collections to keep them in. ' +
        'Set it to role:<arn>, the usual way there, to server or to send.',
    );
  });

  test('is given new keys before its next read, without a new start', async () => {
    const right = { keyId: process.env['AWS_ACCESS_KEY_ID'] ?? '', secret: process.env['AWS_SECRET_ACCESS_KEY'] ?? '', token: null };
    let given: StoreCredentials = right;
    const over = lending(store, () => given);
    const access = await LakeAccess.open({ engine: embedded, store: over, reading: { way: 'keys' } });
    const source = new LakeSource({ store: over, engine: embedded, access, lease: 1 });
    await store.put('data/x/ab-1.arrow', new Uint8Array(1));
    const read = async (): Promise<unknown> => {
      const { table } = await source.open(['data/x/ab-1.arrow'], 'n Int32');
      return embedded.query(`SELECT count() AS n FROM ${table.replace("'Arrow'", "'RawBLOB'").replace('n Int32', 'n String')}`);
    };
    expect(await read()).toEqual([{ n: '1' }]);
    given = { ...right, secret: 'ended' };
    await expect(read()).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
    given = right;
    expect(await read()).toEqual([{ n: '1' }]);
  });

  test('is named as a server with its own role, or with the role that it cannot assume', async () => {
    await using refusing = await startTokenService(null);
    await using server = await startClickhouse([], { ...STRANGER, ...refusing.environment });
    await using engine = await HttpEngine.open({ url: server.url, log: silentLogger() });
    expect(await proved(engine, { way: 'server' })).toBe(
      `TailraceError: LAKE_UNREADABLE: the ClickHouse server cannot read data/probe/….arrow in ${lake} with its own role: HTTP 403. ` +
        "Give the role of the server's machine s3:GetObject on data/ and snapshot/ of the lake, or set warehouse.lakeAccess to keys, role:<arn> or send.",
    );
    expect(await proved(engine, ROLE)).toBe(
      `TailraceError: LAKE_UNREADABLE: the ClickHouse server cannot read data/probe/….arrow in ${lake} as ${ROLE.arn}: HTTP 403. ` +
        'Check that this role exists, trusts the server, and has s3:GetObject on data/ and snapshot/ of the lake; or set warehouse.lakeAccess to send.',
    );
    expect(refusing.asked[0]?.params).toMatchObject({ Action: 'AssumeRole', RoleArn: ROLE.arn });
  });
});
