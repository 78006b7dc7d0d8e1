import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openRequests } from '../lake/control.ts';
import { putPosition } from '../lake/readers.ts';
import { DirectoryStore } from '../lake/store/directory-store.ts';
import { LakeWriter, tableSchema } from '../test/support/lake-writer.ts';
import { scratch } from '../test/support/scratch.ts';
import { warehouseIdOf } from './ends.ts';
import { PROGRAM } from '../test/support/servers/program.ts';

const items = tableSchema({ oid: 1, name: 'items', columns: { id: { kind: 'int4' } }, key: ['id'] });

function tailrace(cwd: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
    timeout: 120_000,
  });
  return { code: status, stdout, stderr };
}

test('rebuild --as-of builds a new directory that sql reads, and refuses any other', { timeout: 300_000 }, async () => {
  await using folder = await scratch('as-of');
  const lake = await LakeWriter.open(new DirectoryStore(path.join(folder.path, 'lake')));
  await lake.copy(items, { generation: 1, lsn: 16n }, [[{ id: '1' }]]);
  for (const id of [32, 48])
    await lake.batch([await lake.file(items, [{ op: 'I', lsn: BigInt(id), ordinal: 1, row: { id: String(id) } }])]);
  const at = (lsn: string, ...more: string[]) => tailrace(folder.path, ['rebuild', '--as-of', lsn, '--lake', './lake', ...more]);
  const built = at('0/21', '--warehouse', './then');
  expect(built).toMatchObject({ code: 0, stdout: expect.stringMatching(/has 1 table as of 0\/21\n$/) as unknown });
  const read = tailrace(folder.path, ['sql', 'SELECT id FROM public.items ORDER BY id', '--warehouse', './then', '--format', 'TSV']);
  expect(read).toMatchObject({ code: 0, stdout: '1\n32\n' });
  expect(at('0/21', '--warehouse', './then')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^BAD_ARGUMENT: --as-of builds into/) as unknown,
  });
  expect(at('0/FF', '--warehouse', './later')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^BAD_LSN: the lake ends at 0\/31/) as unknown,
  });
  expect(existsSync(path.join(folder.path, 'later'))).toBe(false);
  expect(at('21', '--warehouse', './other')).toMatchObject({ code: 2, stderr: expect.stringMatching(/^BAD_LSN: "21"/) as unknown });
  expect(at('0/21', '--warehouse', 'http://localhost:1')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^BAD_ARGUMENT: /) as unknown,
  });
});

test('rebuild is requested when the compactor has ended because of another number of shards', async () => {
  await using folder = await scratch('resharded');
  const lake = await LakeWriter.open(new DirectoryStore(path.join(folder.path, 'lake')));
  const warehouse = 'http://localhost:1';
  const warehouseId = warehouseIdOf({ warehouse, 'warehouse.cluster': undefined });
  const [at, code] = ['2026-01-01T00:00:00Z', 'WAREHOUSE_RESHARDED'];
  const written = { warehouseId, manifest: 0, appliedLsn: '0/0', asOf: null, at, tables: [], batches: [], windows: [] };
  await putPosition(lake.store, { ...written, trouble: { code, message: 'spread over 2', at } });
  expect(tailrace(folder.path, ['rebuild', '--lake', './lake', '--warehouse', warehouse])).toMatchObject({
    code: 0,
    stdout: 'the warehouse has another number of shards; start `tailrace run`, which rebuilds it from the lake\n',
  });
  expect(await openRequests(lake.store, ['rebuild'])).toMatchObject([{ kind: 'rebuild', warehouseId }]);
});
