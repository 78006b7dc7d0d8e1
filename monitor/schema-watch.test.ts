import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { LakeWriter, tableSchema } from '../test/support/lake-writer.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import { schemaBreaking } from './conditions/schema-breaking.ts';
import { SchemaWatch } from './schema-watch.ts';

const HOUR_MS = 3_600_000;

test('a change that breaks readers is told for a day, of the tables that are looked at', async () => {
  const store = new MemoryStore();
  const lake = await LakeWriter.open(store);
  const change = async (name: string, oid: number, kind: 'text' | 'bool' | 'int8', lsn: bigint): Promise<void> => {
    const schema = tableSchema({ oid, name, columns: { id: { kind: 'int8' }, note: { kind } }, key: ['id'] });
    await lake.batch([await lake.file(schema, [{ op: 'I', lsn, ordinal: 1, row: { id: `${lsn}` } }])], {
      catalog: [await lake.event('schema', schema)],
    });
  };
  const watch = new SchemaWatch({ store, tables: ['public.t*'], log: silentLogger() });
  // As the batches of a made lake are committed.
  const nowMs = Date.UTC(2026, 0, 1) + HOUR_MS;
  await change('t', 1, 'text', 16n);
  await change('other', 2, 'text', 17n);
  expect(await watch.look(nowMs)).toEqual([]);
  await change('t', 1, 'bool', 32n);
  await change('other', 2, 'bool', 33n);
  const found = schemaBreaking(await watch.look(nowMs));
  expect(found.map(({ key, severity, summary }) => [key, severity, summary])).toEqual([
    ['schema-breaking public.t', 'warn', 'public.t@2 breaks readers of public.t@1 from 0/20 on: note: its type was text and is bool.'],
  ]);
  expect(schemaBreaking(await watch.look(nowMs + 22 * HOUR_MS))).toEqual(found);
  expect(await watch.look(nowMs + 24 * HOUR_MS)).toEqual([]);
  await change('t', 1, 'int8', 48n);
  expect((await watch.look(nowMs)).map(({ version }) => version.n)).toEqual([3]);
});
