import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RecordBatchReader } from 'apache-arrow';
import { expect, test } from 'vitest';
import { ARROW_SAMPLE } from '../test/support/arrow-sample.ts';
import { scratch } from '../test/support/scratch.ts';
import { arrayVector, fixedVector, mapVector, textVector } from '../test/support/vectors.ts';
import { checksum, encodeArrowFile } from './arrow-file.ts';
import { decodeArrowFile } from './arrow-read.ts';

const run = promisify(execFile);

const EMPTY = encodeArrowFile([
  { name: 'i', vector: fixedVector({ kind: 'int4' }, new Int32Array(0), { length: 0 }), nullable: true },
  { name: 's', vector: textVector([]), nullable: true },
  { name: 'a', vector: arrayVector([], textVector([])), nullable: true },
  { name: 'm', vector: mapVector([]), nullable: false },
]);

test('every type is read back as it was written', () => {
  const file = decodeArrowFile(encodeArrowFile(ARROW_SAMPLE), 'sample');
  expect(file.fields).toEqual(ARROW_SAMPLE.map((column) => column.name));
  expect([...file.rows()]).toEqual([0, 1, 2].map((row) => ARROW_SAMPLE.map((column) => column.cat[row])));
});

test('a file of no rows is a file with its columns', () => {
  const file = decodeArrowFile(EMPTY, 'empty');
  expect(file).toMatchObject({ fields: ['i', 's', 'a', 'm'], rowCount: 0 });
});

test('fields carry their metadata and whether they may be NULL', () => {
  const vector = fixedVector({ kind: 'int4' }, Int32Array.of(1), { length: 1 });
  const bytes = encodeArrowFile([
    { name: 'id', vector, nullable: false, metadata: { 'tailrace.id': '1', 'tailrace.type': 'integer' } },
    { name: 'n', vector, nullable: true },
  ]);
  const [id, n] = RecordBatchReader.from(bytes).open().schema.fields;
  expect([...(id?.metadata ?? [])]).toEqual([
    ['tailrace.id', '1'],
    ['tailrace.type', 'integer'],
  ]);
  expect([id?.nullable, n?.nullable]).toEqual([false, true]);
});

test('buffers that are larger than their rows or lie unaligned are written right', () => {
  const grown = new Uint8Array(1 + 8 * 10);
  new DataView(grown.buffer).setBigInt64(1, -5n, true);
  const bytes = encodeArrowFile([
    { name: 'odd', vector: fixedVector({ kind: 'int8' }, grown.subarray(1), { length: 1 }), nullable: true },
    {
      name: 'grown',
      vector: { ...textVector(['abc']), values: Buffer.from('abcdefgh'), offsets: Int32Array.of(0, 3, 99, 99) },
      nullable: true,
    },
  ]);
  expect([...decodeArrowFile(bytes, 'file').rows()]).toEqual([['-5', 'abc']]);
});

test('columns of different lengths and NULL where it may not be are defects', () => {
  const one = fixedVector({ kind: 'int4' }, Int32Array.of(1), { length: 1 });
  const nothing = fixedVector({ kind: 'int4' }, Int32Array.of(0), { length: 1, nulls: [0] });
  expect(() =>
    encodeArrowFile([
      { name: 'a', vector: one, nullable: true },
      { name: 'b', vector: textVector([]), nullable: true },
    ]),
  ).toThrow('INTERNAL');
  expect(() => encodeArrowFile([{ name: 'a', vector: nothing, nullable: false }])).toThrow('INTERNAL');
});

test('a file cut short is LAKE_CORRUPT, never fewer rows', () => {
  const bytes = encodeArrowFile(ARROW_SAMPLE);
  for (const length of [0, 7, 100, bytes.length - 1]) {
    expect(() => [...decodeArrowFile(bytes.subarray(0, length), 'cut').rows()].length).toThrow('LAKE_CORRUPT');
  }
});

test('the checksum is the CRC-32 of the bytes', () => {
  expect(checksum(new TextEncoder().encode('123456789'))).toBe('crc32:cbf43926');
});

const PYARROW = `
import json, sys, pyarrow.ipc as ipc
tables = [ipc.open_file(path).read_all() for path in sys.argv[1:]]
for table in tables: table.validate(full=True)
print(json.dumps([{ 'types': [str(field.type) for field in table.schema], 'rows': table.num_rows, 'decimal': str(table.to_pylist()[0].get('n76')) if table.num_rows else None } for table in tables]))
`;

test('pyarrow reads the files', async ({ skip }) => {
  const python = process.env['TEST_PYTHON'] ?? 'python3';
  const there = await run(python, ['-c', 'import pyarrow']).then(
    () => true,
    () => false,
  );
  if (!there) return skip('pyarrow is not there; name a Python that has it in TEST_PYTHON');
  await using folder = await scratch();
  await writeFile(join(folder.path, 'sample.arrow'), encodeArrowFile(ARROW_SAMPLE));
  await writeFile(join(folder.path, 'empty.arrow'), EMPTY);
  const { stdout } = await run(python, ['-c', PYARROW, join(folder.path, 'sample.arrow'), join(folder.path, 'empty.arrow')]);
  const [sample, empty] = JSON.parse(stdout) as [{ types: string[]; rows: number; decimal: string }, { rows: number }];
  expect(sample.types).toEqual(
    'bool,int16,int32,int64,float,double,decimal128(12, 4),decimal256(76, 0),date32[day],timestamp[us],timestamp[us, tz=UTC],time64[us],fixed_size_binary[16],binary,string,string,list<item: int32>,list<item: string>,map<string, string>,uint32,uint64'.split(
      /,(?! )/,
    ),
  );
  expect([sample.rows, sample.decimal, empty.rows]).toEqual([3, '9'.repeat(76), 0]);
});
