import { Ajv } from 'ajv';
import avsc from 'avsc';
import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { LakeWriter, tableSchema } from '../../test/support/lake-writer.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { COLUMNS, EVERY_TYPE, ROWS, VALUES } from '../../test/support/tap/every-type.ts';
import { parseLines } from '../../test/support/tap/fold-lines.ts';
import { tapLines } from '../tap/tap.ts';
import { avroSchema, jsonSchema } from './schema-export.ts';

/** The rows of a table as lines of a tap, from texts of Postgres. */
async function tapped(rows: readonly Record<string, string | null>[]): Promise<readonly Record<string, unknown>[]> {
  const store = new MemoryStore();
  const lake = await LakeWriter.open(store);
  const changes = rows.map((row, index) => ({
    op: 'I' as const,
    lsn: 32n,
    ordinal: index + 1,
    row: { ...row, id: String(index), int2: row['int2'] ?? '1', text: row['text'] ?? '' },
  }));
  const update = { op: 'U' as const, lsn: 33n, ordinal: 1, row: { ...changes[0]?.row, bytea: undefined, text: undefined } };
  await lake.batch([await lake.file(EVERY_TYPE, [...changes, update])]);
  const options = { from: 1n, to: 34n, tables: [], log: silentLogger(), signal: new AbortController().signal };
  let text = '';
  for await (const lines of tapLines({ ...options, store })) text += lines;
  return parseLines(text).map(({ row }) => row ?? {});
}

test('each type has its form in the lines, and values that its column cannot hold are texts', async () => {
  const rows = await tapped(ROWS);
  for (const [kind, values] of Object.entries(VALUES)) {
    expect(rows.slice(0, values.length).map((row) => row[kind])).toEqual(values.map(([, json]) => json));
    if (`${kind}_list` in COLUMNS) expect(rows[0]?.[`${kind}_list`]).toEqual(listOf(kind, values));
  }
  expect(rows.slice(0, 3).map(({ ints }) => ints)).toEqual([[1, null, '9223372036854775807'], '{{1,2},{3,4}}', '[2:3]={1,2}']);
  expect(rows.slice(0, 3).map(({ numbers }) => numbers)).toEqual([['1.50', null], '{NaN}', []]);
});

/** An array with an element that the type cannot hold is its text. */
function listOf(kind: string, values: readonly (readonly [string, unknown])[]): unknown {
  if (kind !== 'date') return [...values.map(([, json]) => json), null];
  return expect.stringContaining('infinity') as unknown;
}

test('JSON Schema and Avro accept the rows of a tap in all types, and reject others', async () => {
  const rows = await tapped([...ROWS, {}]);
  const validate = new Ajv({ strict: true, allErrors: true }).compile(jsonSchema(EVERY_TYPE, 'public.all_types@1'));
  const avro = avsc.Type.forSchema(avroSchema(EVERY_TYPE) as unknown as avsc.Schema);
  for (const row of rows) {
    expect([validate(row), validate.errors]).toEqual([true, null]);
    const refused: string[] = [];
    avro.isValid(row, { errorHook: (path) => void refused.push(path.join('.')) });
    expect(refused).toEqual([]);
    expect(avro.isValid(avro.fromBuffer(avro.toBuffer(row)))).toBe(true);
  }
  for (const wrong of [{ id: 'x' }, { id: null }, { id: 1, bool: 'yes', int2: 1 }, { id: 1, int2: null }]) {
    expect([validate(wrong), avro.isValid(wrong)]).toEqual([false, false]);
  }
});

test('a column that came later has in both exports the value that older rows have', () => {
  const made = tableSchema({
    oid: 7,
    name: 't',
    columns: { id: { kind: 'int4' }, a: { kind: 'text' }, n: { kind: 'int8' }, l: { kind: 'array', element: { kind: 'int4' } } },
    key: ['id'],
  });
  const texts = [null, 'x', '7', '{1}'];
  const later = { ...made, columns: made.columns.map((column, index) => ({ ...column, missing: texts[index] ?? null })) };
  expect(avroSchema(later)['fields']).toEqual([
    { name: 'id', type: 'int', doc: 'int4' },
    { name: 'a', type: ['string', 'null'], default: 'x', doc: 'text' },
    { name: 'n', type: ['long', 'null', 'string'], default: 7, doc: 'int8' },
    { name: 'l', type: ['string', 'null', { type: 'array', items: ['null', 'int'] }], default: '{1}', doc: 'array' },
  ]);
  expect(jsonSchema(later, 't')['properties']).toMatchObject({ a: { default: 'x' }, n: { default: 7 } });
  const [reader, writer] = [later, made].map((schema) => avsc.Type.forSchema(avroSchema(schema) as unknown as avsc.Schema));
  const before = avsc.Type.forSchema({
    type: 'record',
    name: 't',
    namespace: 'public',
    fields: [{ name: 'id', type: 'int' }],
  } as unknown as avsc.Schema);
  expect(writer?.isValid({ id: 1 })).toBe(true);
  expect(reader?.fromBuffer(before.toBuffer({ id: 1 }), reader.createResolver(before))).toEqual({ id: 1, a: 'x', n: 7, l: '{1}' });
});

test('names that Avro cannot have become the number of the column', () => {
  const odd = { ...tableSchema({ oid: 7, name: 'odd name', columns: { 'a b': { kind: 'text' } } }), schema: 'my-schema' };
  expect(avroSchema(odd)).toEqual({
    type: 'record',
    name: 't7',
    namespace: 'source',
    fields: [{ name: 'c1', type: ['null', 'string'], default: null, doc: 'a b text' }],
  });
});
