import { expect, test } from 'vitest';
import { decodeArrowFile } from '../lake/arrow-read.ts';
import { testTable } from '../test/support/assembled.ts';
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
