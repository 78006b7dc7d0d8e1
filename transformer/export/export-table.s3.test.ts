import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { collect } from '../../test/support/collect.ts';
import { readExport } from '../../test/support/export-reader.ts';
import { scratch } from '../../test/support/scratch.ts';
import { startS3Server } from '../../test/support/servers/versitygw.ts';
import { EmbeddedEngine } from '../../warehouse/embedded-engine.ts';
import { openPlace } from './export-place.ts';
import { exportTable } from './export-table.ts';

const server = await startS3Server();
afterAll(() => server?.[Symbol.asyncDispose]());
Object.assign(process.env, server?.environment);

test.skipIf(server === null)(
  'on S3 an export in parts is what its manifest says, and two exporters leave one',
  { timeout: 120_000 },
  async () => {
    await using folder = await scratch('tailrace-export');
    await using engine = await EmbeddedEngine.open({ directory: join(folder.path, 'wh'), log: silentLogger() });
    // 20 MB that do not compress: more than one part of an upload.
    await engine.exec(
      "CREATE TABLE default.t ENGINE = MergeTree ORDER BY id AS SELECT toInt64(number) AS id, ['a/b', 'ü', NULL][number % 3 + 1] AS part, randomString(1000) AS body FROM numbers(20000)",
    );
    const place = await openPlace(`s3://${server?.bucket ?? ''}/${randomBytes(6).toString('hex')}/out`, false);
    const source = { table: 'public.t', lsn: 5n, asOf: null, from: 'default.t', key: ['id'], binary: ['body'], hidden: ['body'] };
    const wide = { ...source, hidden: [] };
    const order = { engine, place, partition: 'part', keep: 1 };
    const both = await Promise.all([exportTable({ ...order, source }), exportTable({ ...order, source })]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['exported', 'unchanged']);
    expect((await readExport(place, 'public.t')).rows).toHaveLength(20_000);
    expect(await collect(place.list('public.t/'))).toHaveLength(3 + 2);

    const again = await exportTable({ ...order, partition: null, source: { ...wide, lsn: 6n } });
    expect(again).toMatchObject({ status: 'exported', removed: 1 });
    const { manifest, latest } = await readExport(place, 'public.t');
    expect(latest.path).toBe('0000000000000006/manifest.json');
    expect(manifest.files.map(({ rows, bytes }) => [rows, bytes > 16 * 1024 * 1024])).toEqual([[20_000, true]]);
    await place.put('public.t/notes', new Uint8Array(1));
    await expect(exportTable({ ...order, source: { ...source, lsn: 7n } })).rejects.toMatchObject({ code: 'EXPORT_TAKEN' });
    await place.close();
  },
);
