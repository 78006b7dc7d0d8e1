import { Field, Int32, makeData, RecordBatch, RecordBatchFileWriter, Schema, Struct, vectorFromArray } from 'apache-arrow';
import type { Data } from 'apache-arrow';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fixedVector, textVector } from '../test/support/vectors.ts';
import { checksum, encodeArrowFile } from './arrow-file.ts';
import { decodeNamedFile } from './arrow-read.ts';

const namedAs = (bytes: Uint8Array, rows: number) => ({ path: 'data/1_1/a-1.arrow', rows, bytes: bytes.length, checksum: checksum(bytes) });

const file = fc.array(fc.tuple(fc.integer(), fc.option(fc.string())), { maxLength: 20 }).map((rows) => {
  const length = rows.length;
  return {
    rows,
    bytes: encodeArrowFile([
      {
        name: 'n',
        vector: fixedVector(
          { kind: 'int4' },
          Int32Array.from(rows, ([n]) => n),
          { length },
        ),
        nullable: false,
      },
      { name: 's', vector: textVector(rows.map(([, text]) => text)), nullable: true },
    ]),
  };
});

/** One file of Int32 batches, as the library writes it without our rules. */
function written(nullable: boolean, ...batches: readonly (readonly (number | null)[])[]): Uint8Array {
  const fields = [new Field('n', new Int32(), nullable)];
  const made = batches.map((values) => {
    const [child] = vectorFromArray([...values], new Int32()).data as Data<Int32>[];
    return new RecordBatch(
      new Schema(fields),
      makeData({ type: new Struct(fields), length: values.length, nullCount: 0, children: child === undefined ? [] : [child] }),
    );
  });
  const writer = new RecordBatchFileWriter();
  writer.writeAll(made);
  return writer.toUint8Array(true);
}

test('a valid file is read as it was written', () => {
  fc.assert(
    fc.property(file, ({ rows, bytes }) => {
      const decoded = decodeNamedFile(bytes, namedAs(bytes, rows.length));
      expect([...decoded.rows()]).toEqual(rows.map(([n, text]) => [String(n), text]));
    }),
  );
});

test('a file that was changed or cut anywhere breaks "bytes"', () => {
  fc.assert(
    fc.property(file, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ rows, bytes }, place, flip) => {
      const at = place % bytes.length;
      const changed = bytes.slice();
      changed[at] = (bytes[at] ?? 0) ^ flip;
      for (const mutant of [changed, bytes.slice(0, at)])
        expect(() => decodeNamedFile(mutant, namedAs(bytes, rows.length))).toThrow(
          'LAKE_CORRUPT: data/1_1/a-1.arrow breaks the rule "bytes": ',
        );
    }),
  );
});

test('a file that was cut before it was named breaks "whole"', () => {
  fc.assert(
    fc.property(file, fc.nat(), ({ rows, bytes }, place) => {
      const cut = bytes.slice(0, place % bytes.length);
      expect(() => decodeNamedFile(cut, namedAs(cut, rows.length))).toThrow('LAKE_CORRUPT: data/1_1/a-1.arrow breaks the rule "whole": ');
    }),
  );
});

test('a file of another number of rows than its record says breaks "rows"', () => {
  fc.assert(
    fc.property(file, fc.integer({ min: 1, max: 5 }), ({ rows, bytes }, more) => {
      expect(() => decodeNamedFile(bytes, namedAs(bytes, rows.length + more))).toThrow(`breaks the rule "rows": ${rows.length} rows`);
    }),
  );
});

test('a file of two batches breaks "one batch", and one with a NULL where none may be breaks "not null"', () => {
  const two = written(true, [1, 2], [3]);
  expect(() => decodeNamedFile(two, namedAs(two, 3))).toThrow('breaks the rule "one batch": 2 record batches');
  const none = written(false, [1, null]);
  expect(() => decodeNamedFile(none, namedAs(none, 2))).toThrow('breaks the rule "not null": 1 NULLs in n');
  const right = written(false, [1, 2]);
  expect([...decodeNamedFile(right, namedAs(right, 2)).rows()]).toEqual([['1'], ['2']]);
});

test('the specification names each rule that is refused here', () => {
  const specification = readFileSync(new URL('arrow-file.ts', import.meta.url), 'utf8');
  const named = [...specification.matchAll(/^ \* +\d\. "([\w ]+)"/gm)].map(([, rule]) => rule);
  // The engine refuses "fields": arrow-file.ch.test.ts.
  expect(named).toEqual(['bytes', 'whole', 'one batch', 'rows', 'not null', 'fields']);
});
