import { execFile } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import { LakeWriter, tableSchema } from '../../test/support/lake-writer.ts';
import { scratch } from '../../test/support/scratch.ts';
import { PROGRAM } from '../../test/support/servers/program.ts';

const table = (columns: Parameters<typeof tableSchema>[0]['columns']) => tableSchema({ oid: 1, name: 't', columns, key: ['id'] });
const ID = { id: { kind: 'int8' } } as const;

/** A command on the lake of a folder: its exit code and what it printed. */
async function schema(folder: string, ...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, 'schema', ...words, '--lake', path.join(folder, 'lake')], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

test('schema ls, show and diff tell the versions of a table, and a breaking difference ends 1', async () => {
  await using folder = await scratch();
  const lake = await LakeWriter.open(new DirectoryStore(path.join(folder.path, 'lake')));
  await lake.copy(table(ID), { generation: 1, lsn: 16n }, [[{ id: '1' }]]);
  const change = { op: 'I', lsn: 32n, ordinal: 1, row: { id: '2' } } as const;
  for (const [kind, lsn] of [['text', 32n] as const, ['bool', 48n] as const]) {
    const changed = table({ ...ID, note: { kind } });
    await lake.batch([await lake.file(changed, [{ ...change, lsn }])], { catalog: [await lake.event('schema', changed)] });
  }
  const [listed, described, exported, breaking, unknown] = await Promise.all([
    schema(folder.path, 'ls'),
    schema(folder.path, 'show', 'public.t@2', '--json'),
    schema(folder.path, 'show', 'public.t', '--as', 'avro'),
    schema(folder.path, 'diff', 'public.t@2', 'public.t@3', '--json'),
    schema(folder.path, 'show', 'public.t@9'),
  ]);
  expect(listed.stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['version', 'from', 'class', 'changes'],
    ['public.t@1', '0/10', 'first'],
    ['public.t@2', '0/20', 'full', 'note: added, text'],
    ['public.t@3', '0/30', 'breaking', 'note: its type was text and is bool'],
    [''],
  ]);
  expect(JSON.parse(described.stdout)).toMatchObject({ columns: [{ name: 'id' }, { name: 'note', attnum: 2, type: 'text' }] });
  expect(JSON.parse(exported.stdout)).toMatchObject({ type: 'record', name: 't', namespace: 'public' });
  expect(breaking.code).toBe(1);
  expect(JSON.parse(breaking.stdout)).toMatchObject({ from: 'public.t@2', to: 'public.t@3', class: 'breaking' });
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('public.t has no version @9; allowed: @1 to @3') as string });
});
