import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import { collect } from '../../test/support/collect.ts';
import { LakeWriter, tableSchema } from '../../test/support/lake-writer.ts';
import { scratch } from '../../test/support/scratch.ts';
import { PROGRAM } from '../../test/support/servers/program.ts';

const T = tableSchema({ oid: 1, name: 't', columns: { id: { kind: 'int8' } }, key: ['id'] });

/** A command on the lake of a folder: its exit code and what it printed. */
async function lake(folder: string, ...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, 'lake', ...words, '--lake', path.join(folder, 'lake')], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/** The paths of two batches of a table. */
async function makeLake(folder: string): Promise<string[]> {
  const writer = await LakeWriter.open(new DirectoryStore(path.join(folder, 'lake')));
  await writer.copy(T, { generation: 1, lsn: 1n }, [[{ id: '1' }]]);
  const paths: string[] = [];
  for (const id of [2, 3]) {
    const file = await writer.file(T, [{ op: 'I', lsn: BigInt(id * 10), ordinal: 0, row: { id: String(id) } }]);
    await writer.batch([file]);
    paths.push(file.path);
  }
  return paths;
}

test('lake check says whether a lake is whole, as text and as JSON, by its exit code', async () => {
  await using folder = await scratch();
  expect(await lake(folder.path, 'check')).toMatchObject({ code: 2, stderr: expect.stringContaining('LAKE_MISSING') as string });
  const [first = ''] = await makeLake(folder.path);
  expect(await lake(folder.path, 'check', '--deep')).toMatchObject({ code: 0, stdout: 'the lake is whole: 2 batches\n' });
  await rm(path.join(folder.path, 'lake', first));
  const { code, stdout } = await lake(folder.path, 'check', '--json');
  expect({ code, report: JSON.parse(stdout) as unknown }).toEqual({
    code: 1,
    report: { ok: false, manifests: 2, problems: [{ kind: 'missing', key: first, table: 'public.t' }] },
  });
});

test('lake ls prints the same as text and as JSON', async () => {
  await using folder = await scratch();
  await makeLake(folder.path);
  const { code, stdout } = await lake(folder.path, 'ls', '--json');
  const copy = { table: 'public.t', tableId: T.tableId, generation: 1, lsn: '0/1', chunks: 1, rows: 1, state: 'done' };
  const batch = { heartbeat: false, rows: 1, tables: ['public.t'] };
  expect({ code, report: JSON.parse(stdout) as unknown }).toMatchObject({
    code: 0,
    report: {
      copies: [copy],
      bases: [],
      history: [],
      manifests: 2,
      batches: [
        { manifest: 1, ...batch },
        { manifest: 2, ...batch },
      ],
    },
  });
  const text = (await lake(folder.path, 'ls')).stdout;
  for (const line of ['copies: 1', 'bases: 0', 'history: from the first batch on', 'batches: 2']) expect(text.split('\n')).toContain(line);
});

test('lake sweep shows the floors; a dry run changes nothing', async () => {
  await using folder = await scratch();
  await makeLake(folder.path);
  const nothing = { objects: 0, bytes: 0 };
  const report = { swept: nothing, listed: nothing, floors: [{ table: 'public.t', manifest: 0, heldBy: 'no proven base' }] };
  const store = new DirectoryStore(path.join(folder.path, 'lake'));
  const before = await collect(store.list(''));
  const dry = await lake(folder.path, 'sweep', '--dry-run', '--json', '--lake-retention', '1ms');
  expect(JSON.parse(dry.stdout)).toEqual(report);
  expect(await collect(store.list(''))).toEqual(before);
  const real = await lake(folder.path, 'sweep', '--json', '--lake-retention', '1ms');
  expect(JSON.parse(real.stdout)).toEqual(report);
  expect(await store.head('sweep/1.json')).not.toBeNull();
});

test('lake pin holds the newest batch under a name, until unpin', async () => {
  await using folder = await scratch();
  await makeLake(folder.path);
  expect(await lake(folder.path, 'pin', 'audit', '--table', 'public.*')).toMatchObject({
    code: 0,
    stdout: 'pin audit holds batch 2 and all that came later, of public.*\n',
  });
  expect(await lake(folder.path, 'pin', 'audit')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('BAD_ARGUMENT: there is a pin "audit" already') as string,
  });
  expect(await lake(folder.path, 'pin', '../x')).toMatchObject({ code: 2, stderr: expect.stringContaining('BAD_ARGUMENT') as string });
  expect(await lake(folder.path, 'unpin', 'audit')).toMatchObject({ code: 0, stdout: 'pin audit is deleted\n' });
  expect(await lake(folder.path, 'unpin', 'audit')).toMatchObject({ code: 2 });
});
