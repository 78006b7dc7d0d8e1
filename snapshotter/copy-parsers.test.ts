import { expect, test } from 'vitest';
import { CopyBinaryParser } from './copy-binary.ts';
import type { RowFields } from './copy-binary.ts';
import { CopyTextParser } from './copy-text.ts';

type Row = (string | null)[];

function readRow(buf: Buffer, fields: RowFields): Row {
  return Array.from({ length: fields.count }, (_, i) => {
    const start = fields.start[i] ?? -1;
    return start < 0 ? null : buf.toString('latin1', start, fields.end[i]);
  });
}

function binary(rows: Row[]): Buffer {
  const parts = [Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)];
  for (const row of rows) {
    const count = Buffer.alloc(2);
    count.writeInt16BE(row.length);
    parts.push(count);
    for (const value of row) {
      const length = Buffer.alloc(4);
      length.writeInt32BE(value === null ? -1 : value.length);
      parts.push(length, Buffer.from(value ?? '', 'latin1'));
    }
  }
  return Buffer.concat([...parts, Buffer.from([255, 255])]);
}

function pieces(bytes: Buffer, size: number): Buffer[] {
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) out.push(Buffer.from(bytes.subarray(at, at + size)));
  return out;
}

function parse(format: 'binary' | 'text', columns: number, input: Buffer[]): Row[] {
  const rows: Row[] = [];
  const sink = (buf: Buffer, fields: RowFields): void => void rows.push(readRow(buf, fields));
  const parser = format === 'binary' ? new CopyBinaryParser(columns, sink) : new CopyTextParser(columns, sink);
  for (const piece of input) {
    // Bytes before and after are none of the parser's business, nor are they its own once it has
    // seen them.
    const buf = Buffer.concat([Buffer.from('\n!'), piece, Buffer.from('!\n')]);
    parser.feed(buf, 2, buf.length - 2);
    buf.fill(0);
  }
  parser.end();
  return rows;
}

const ROWS: Row[] = [
  ['1', 'plain', null],
  ['', null, 'x'.repeat(300)],
  [null, null, null],
  ['tab\tnewline\n', 'back\\slash', '\b\f\r\v\\N'],
];

const TEXT = String.raw`1	plain	\N
	\N	${'x'.repeat(300)}
\N	\N	\N
tab\tnewline\n	back\\slash	\b\f\r\v\\N
`;

test.each([1, 2, 3, 7, 64, 100_000])('rows are the same when the bytes come in pieces of %i', (size) => {
  expect(parse('binary', 3, pieces(binary(ROWS), size))).toEqual(ROWS);
  expect(parse('text', 3, pieces(Buffer.from(TEXT, 'latin1'), size))).toEqual(ROWS);
});

test('a table without columns has rows without fields', () => {
  expect(parse('binary', 0, pieces(binary([[], []]), 5))).toEqual([[], []]);
  expect(parse('text', 0, [Buffer.from('\n\n')])).toEqual([[], []]);
});

test('an empty table has no rows', () => {
  expect(parse('binary', 3, pieces(binary([]), 4))).toEqual([]);
  expect(parse('text', 3, [])).toEqual([]);
});

const BROKEN: { name: string; format: 'binary' | 'text'; bytes: Buffer }[] = [
  { name: 'bytes without the signature', format: 'binary', bytes: Buffer.alloc(40) },
  { name: 'a missing trailer', format: 'binary', bytes: binary([['a']]).subarray(0, -2) },
  { name: 'a row cut short', format: 'binary', bytes: binary([['abc']]).subarray(0, -4) },
  { name: 'another number of fields', format: 'binary', bytes: binary([['a', 'b']]) },
  { name: 'bytes after the trailer', format: 'binary', bytes: Buffer.concat([binary([]), Buffer.from('x')]) },
  { name: 'a line cut short', format: 'text', bytes: Buffer.from('abc') },
  { name: 'a line with too many fields', format: 'text', bytes: Buffer.from('a\tb\n') },
  { name: 'an unknown escape', format: 'text', bytes: Buffer.from('a\\q\n') },
];

test.each(BROKEN)('$format: $name is a named error', ({ format, bytes }) => {
  expect(() => parse(format, 1, [bytes])).toThrow('BAD_FRAME');
});
