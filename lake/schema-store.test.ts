import { expect, test } from 'vitest';
import type { TableSchema } from '../core/table.ts';
import { schemaKey } from './keys.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import { SchemaStore } from './schema-store.ts';

const schema: TableSchema = {
  tableId: '10_1',
  oid: 10,
  epoch: 1,
  schema: 'public',
  name: 't',
  identity: 'key',
  columns: [
    { id: 1, name: 'id', attnum: 1, typeOid: 23, typmod: -1, typeName: 'integer', field: 'id', type: { kind: 'int4' }, missing: null },
    {
      id: 3,
      name: 'n',
      attnum: 3,
      typeOid: 1700,
      typmod: 1,
      typeName: 'numeric(12,4)',
      field: 'n',
      type: { kind: 'numeric', precision: 12, scale: 4 },
      missing: '1.5000',
    },
    {
      id: 4,
      name: 'a',
      attnum: 4,
      typeOid: 1007,
      typmod: -1,
      typeName: 'integer[]',
      field: 'a',
      type: { kind: 'array', element: { kind: 'int4' } },
      missing: null,
    },
  ],
  key: [1],
  explained: true,
};

test('a schema is found under its hash by another process', async () => {
  const store = new MemoryStore();
  const hash = await new SchemaStore(store).put(schema);
  expect(await new SchemaStore(store).get('10_1', hash)).toEqual(schema);
  expect(await new SchemaStore(store).put({ ...schema })).toBe(hash);
  expect(await new SchemaStore(store).put({ ...schema, name: 'renamed' })).not.toBe(hash);
});

test('a schema that is missing or was altered is LAKE_CORRUPT', async () => {
  const store = new MemoryStore();
  const hash = await new SchemaStore(store).put(schema);
  await expect(new SchemaStore(store).get('10_1', 'f'.repeat(32))).rejects.toMatchObject({ code: 'LAKE_CORRUPT' });
  const bytes = (await store.get(schemaKey('10_1', hash))) ?? new Uint8Array(0);
  await store.replace(schemaKey('10_1', hash), Buffer.from(Buffer.from(bytes).toString().replace('"id"', '"ID"')));
  await expect(new SchemaStore(store).get('10_1', hash)).rejects.toMatchObject({ code: 'LAKE_CORRUPT' });
});
