import { expect, test } from 'vitest';
import { decodeArrowFile } from '../lake/arrow-read.ts';
import { testTable } from '../test/support/pgoutput/assembled.ts';
import { ChunkBuilder } from './chunk-builder.ts';

/** One row whose every field is this text. */
function copied(table: ReturnType<typeof testTable>, text: string): (string | null)[] {
  const chunk = new ChunkBuilder(
    table,
    table.columns.map(() => false),
  );
  const buf = Buffer.from(text);
  const count = table.columns.length;
  chunk.append(buf, { count, start: new Int32Array(count), end: new Int32Array(count).fill(buf.length) });
  const [row] = [...decodeArrowFile(chunk.finish(), 'chunk').rows()];
  return row ?? [];
}

test('a chunk names the NOT NULL columns that have a NULL: NaN of a decimal', () => {
  const numeric = { type: { kind: 'numeric', precision: 3, scale: 1 }, typeOid: 1700, notNull: true } as const;
  const columns = [
    { name: 'id', ...numeric },
    { name: 'price', ...numeric },
    { name: 'note', notNull: true as const },
  ];
  const table = testTable(20, columns, { key: ['id'] });
  const chunk = new ChunkBuilder(table, [false, false, false]);
  const append = (text: string): void => {
    const buf = Buffer.from(text);
    chunk.append(buf, { count: 3, start: new Int32Array(3), end: new Int32Array(3).fill(buf.length) });
  };
  append('1.5');
  expect(chunk.nulls).toEqual([]);
  append('NaN');
  expect(chunk.nulls).toEqual([2]);
  chunk.finish();
  expect(chunk.nulls).toEqual([]);
});

test('a key that its type cannot hold is copied as the stream would send it: NaN is the greatest value, and NULL only outside the key', () => {
  const numeric = { type: { kind: 'numeric', precision: 3, scale: 1 }, typeOid: 1700 } as const;
  const table = testTable(
    20,
    [
      { name: 'id', ...numeric },
      { name: 'price', ...numeric },
    ],
    { key: ['id'] },
  );
  expect(copied(table, 'NaN')).toEqual(['99.9', null, '{"id":"NaN","price":"NaN"}']);
});
