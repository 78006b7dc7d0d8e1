import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { scratch } from '../test/support/scratch.ts';
import type { Scratch } from '../test/support/scratch.ts';
import { startS3Server, VERSITYGW_MISSING } from '../test/support/servers/versitygw.ts';
import { EmbeddedEngine } from './embedded-engine.ts';
import { defineLakeCollection } from './lake-collection.ts';

const s3 = await startS3Server();
const folder = s3?.folder ?? null;
const KEY = 'tailrace';
const SECRET = 'tailrace-secret';
const READ =
  "SELECT sum(n) AS s FROM s3(tailrace_lake, filename = 'data/a.arrow', format = 'Arrow', structure = 'n Int32') SETTINGS s3_retry_attempts = 0";

describe.skipIf(folder === null)(`the lake's named collection${folder === null ? ` (skipped: ${VERSITYGW_MISSING})` : ''}`, () => {
  let home: Scratch;
  let engine: EmbeddedEngine;
  const url = `${s3?.endpoint}/${s3?.bucket}/lake/`;

  beforeAll(async () => {
    const data = join(folder ?? '', s3?.bucket ?? '', 'lake', 'data');
    await mkdir(data, { recursive: true });
    await writeFile(join(data, 'a.arrow'), tableToIPC(tableFromArrays({ n: Int32Array.from([1, 2, 3]) }), 'file'));
    home = await scratch();
    engine = await EmbeddedEngine.open({ directory: home.path, log: silentLogger() });
  });
  afterAll(async () => {
    await engine.close();
    await home[Symbol.asyncDispose]();
    await s3?.[Symbol.asyncDispose]();
  });

  test('lets statements read the lake without naming a key, and is renewed in place', async () => {
    await defineLakeCollection(engine, { url, keyId: KEY, secret: 'outdated' });
    await expect(engine.query(READ)).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
    await defineLakeCollection(engine, { url, keyId: KEY, secret: SECRET });
    expect(await engine.query(READ)).toEqual([{ s: '6' }]);
  });

  test('shows its key to no one', async () => {
    await defineLakeCollection(engine, { url, keyId: KEY, secret: SECRET, token: '' });
    const shown = JSON.stringify(
      await engine.query('SELECT * FROM system.named_collections SETTINGS format_display_secrets_in_show_and_select = 1'),
    );
    expect(shown).toContain('tailrace_lake');
    expect(shown).not.toContain(SECRET);
  });

  test('is sent nowhere else by a statement', async () => {
    await defineLakeCollection(engine, { url, keyId: KEY, secret: SECRET });
    await expect(engine.query("SELECT * FROM s3(tailrace_lake, url = 'http://127.0.0.1:1/x/y', filename = 'z')")).rejects.toMatchObject({
      code: 'WAREHOUSE_QUERY',
    });
  });

  test('that the engine rejects is an error without the statement', async () => {
    await using closed = await EmbeddedEngine.open({ directory: join(home.path, 'other'), log: silentLogger() });
    await closed.close();
    const failure = await defineLakeCollection(closed, { url, keyId: KEY, secret: SECRET }).catch(String);
    expect(failure).toMatch(/^TailraceError: WAREHOUSE_UNAVAILABLE/);
    expect(failure).not.toContain(SECRET);
  });
});
