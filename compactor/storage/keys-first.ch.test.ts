import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ColumnType } from '../../core/column-type.ts';
import { silentLogger } from '../../core/log.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { EmbeddedEngine } from '../../warehouse/embedded-engine.ts';
import { createStorage } from './storage.ts';
import { putViews } from './view.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'tailrace-keys-first-'));
let engine: EmbeddedEngine;

beforeAll(async () => {
  engine = await EmbeddedEngine.open({ directory: folder, log: silentLogger() });
  await engine.exec('CREATE DATABASE tailrace');
});

afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A table with the key `id` and the number `n`, whose rows come in parts that stay apart. */
async function table(name: string, key: ColumnType, parts: readonly string[]): Promise<void> {
  const schema = tableSchema({ oid: 9, name, columns: { id: key, n: { kind: 'int4' } }, key: ['id'] });
  await createStorage(engine, name, schema);
  await engine.exec(`SYSTEM STOP MERGES tailrace.${name}`);
  for (const values of parts) await engine.exec(`INSERT INTO tailrace.${name} (c1, c2, _tr_version, _tr_deleted) VALUES ${values}`);
  await putViews(engine, { schema, storage: name, nullable: [] }, []);
}

async function sortingKey(name: string): Promise<string | undefined> {
  const [found] = await engine.query<{ key: string }>(
    `SELECT sorting_key AS key FROM system.tables WHERE database = 'tailrace' AND name = '${name}'`,
  );
  return found?.key.replace(/^\((.*)\)$/, '$1');
}

test('a storage has small granules', async () => {
  await table('granules', { kind: 'int8' }, []);
  const [found] = await engine.query<{ definition: string }>(
    "SELECT engine_full AS definition FROM system.tables WHERE database = 'tailrace' AND name = 'granules'",
  );
  expect(found?.definition).toContain('index_granularity = 2048');
});

/** The columns that a query reads before FINAL merges versions; empty: none. */
async function readFirst(query: string): Promise<string> {
  const plan = await engine.query<{ explain: string }>(`EXPLAIN actions = 1 ${query}`);
  return plan.map(({ explain }) => explain).find((line) => line.includes('Prewhere filter column')) ?? '';
}

function rows(where: string): Promise<unknown> {
  return engine.query(`SELECT id, n FROM public.versions WHERE ${where} ORDER BY id`);
}

const NUMERIC: ColumnType = { kind: 'numeric', precision: 10, scale: 2 };

test.each<{ kind: string; key: ColumnType; sorted: string; first: boolean }>([
  { kind: 'int8', key: { kind: 'int8' }, sorted: 'c1', first: true },
  { kind: 'text', key: { kind: 'text' }, sorted: 'c1', first: true },
  { kind: 'numeric', key: NUMERIC, sorted: 'c1, _tr_key_exact', first: true },
  { kind: 'array', key: { kind: 'array', element: { kind: 'int4' } }, sorted: 'c1, _tr_key_exact', first: true },
  { kind: 'float8', key: { kind: 'float8' }, sorted: 'c1', first: false },
  { kind: 'float4_array', key: { kind: 'array', element: { kind: 'float4' } }, sorted: 'c1, _tr_key_exact', first: false },
])('a key of $kind sorts by $sorted', async ({ kind, key, sorted, first }) => {
  await table(kind, key, [`(${key.kind === 'array' ? '[1]' : '1'}, 1, 1, 0)`]);
  expect(await sortingKey(kind)).toBe(sorted);
  const condition = key.kind === 'array' ? 'length(id) = 1' : "toString(id) = '1'";
  const plan = await readFirst(`SELECT n FROM public.${kind} WHERE ${condition}`);
  expect(plan.includes('c1')).toBe(first);
});

test('a condition on the key is looked at before versions are merged, any other one after that', async () => {
  await table('versions', { kind: 'int4' }, [
    '(1, 10, 1, 0), (2, 20, 1, 0), (3, 30, 1, 0)',
    '(1, 11, 2, 0), (2, 20, 2, 1)',
    '(1, 12, 3, 0)',
    '(2, 22, 4, 0), (3, 30, 4, 1)',
  ]);
  expect(await readFirst('SELECT n FROM public.versions WHERE id = 1 AND n > 5')).not.toContain('c2');
  expect(await rows('id IN (1, 2, 3)')).toEqual([
    { id: 1, n: 12 },
    { id: 2, n: 22 },
  ]);
  expect(await rows('n = 11')).toEqual([]);
  expect(await rows('n < 12 OR n = 20')).toEqual([]);
  expect(await rows('id = 1 AND n = 10')).toEqual([]);
  expect(await rows('id = 3')).toEqual([]);
  expect(await rows('id = 1 OR n = 22')).toHaveLength(2);
  expect(await rows('id + n = 14')).toEqual([]);
});
