import { describe, expect, test } from 'vitest';
import type { ColumnType } from '../../core/column-type.ts';
import { vectorRows } from '../../test/support/vector-rows.ts';
import { createBuilder } from './create-builder.ts';
import { MapBuilder } from './map-builder.ts';
import { TextBuilder } from './text-builder.ts';

const NUMERIC: ColumnType = { kind: 'numeric', precision: 5, scale: 2 };
/** Without precision at the source. */
const OPEN = { kind: 'numeric', precision: 76, scale: 38, unbounded: true } as const;
const NINES = '9'.repeat(76);
const ONE = `1${'0'.repeat(38)}`;
const array = (kind: 'int4' | 'text' | 'date'): ColumnType => ({ kind: 'array', element: { kind } });

/** Texts through a builder: the rows, and which of them were not held exactly. */
function build(type: ColumnType, texts: (string | null)[]): { rows: (string | null)[]; refused: string[] } {
  const builder = createBuilder(type);
  const refused: string[] = [];
  for (const text of texts) {
    if (text === null) builder.appendNull();
    else {
      const buf = Buffer.from(`9${text}9`);
      if (!builder.appendText(buf, 1, buf.length - 1)) refused.push(text);
    }
  }
  return { rows: vectorRows(builder.finish()), refused };
}

describe('values that a column cannot hold get the nearest one and are reported as not held', () => {
  const least = '-9223372036854775808';
  const greatest = '9223372036854775807';
  test.each<[ColumnType, string, string | null]>([
    [{ kind: 'date' }, 'infinity', '120529'],
    [{ kind: 'date' }, '-infinity', '-25567'],
    [{ kind: 'date' }, '2300-01-01', '120529'],
    [{ kind: 'date' }, '1899-12-31', '-25567'],
    [{ kind: 'date' }, '4713-01-01 BC', '-25567'],
    [{ kind: 'date' }, '5874897-12-31', '120529'],
    [{ kind: 'timestamp' }, 'infinity', greatest],
    [{ kind: 'timestamptz' }, '-infinity', least],
    [{ kind: 'timestamp' }, '294247-01-10 00:00:00.000001', greatest],
    [{ kind: 'timestamptz' }, '294276-12-31 23:59:59.999999+00', greatest],
    [NUMERIC, 'NaN', null],
    [NUMERIC, 'Infinity', '99999'],
    [NUMERIC, '-Infinity', '-99999'],
    [NUMERIC, '1000.00', '99999'],
    [NUMERIC, '-12345678901234567890.00', '-99999'],
    [NUMERIC, '1.239', '124'],
    [NUMERIC, '-1.235', '-124'],
    [NUMERIC, '999.999', '99999'],
    [OPEN, 'Infinity', NINES],
    [OPEN, '-Infinity', `-${NINES}`],
    [OPEN, `1${'0'.repeat(38)}`, NINES],
    [OPEN, `-${'9'.repeat(131_072)}.5`, `-${NINES}`],
    [OPEN, `0.${'0'.repeat(38)}5`, '1'],
    [OPEN, `-0.${'0'.repeat(38)}49`, '0'],
    [OPEN, `${'9'.repeat(38)}.${'9'.repeat(39)}`, NINES],
    [{ kind: 'array', element: OPEN }, '{1,0.5,Infinity}', `["${ONE}","5${'0'.repeat(37)}","${NINES}"]`],
    [array('int4'), '[0:1]={1,2}', '[]'],
    [array('int4'), '{{1,2},{3,4}}', '[]'],
    [array('date'), '{2024-01-01,infinity}', '["19723","120529"]'],
  ])('%o %s', (type, text, nearest) => {
    expect(build(type, [text])).toEqual({ rows: [nearest], refused: [text] });
  });
});

describe('values at the edge of what a column holds are exact', () => {
  test.each<[ColumnType, string, string]>([
    [{ kind: 'date' }, '1900-01-01', '-25567'],
    [{ kind: 'date' }, '2299-12-31', '120529'],
    [{ kind: 'timestamp' }, '294247-01-10 00:00:00', '9223372022400000000'],
    [{ kind: 'timestamp' }, '4713-01-01 00:00:00 BC', '-210863520000000000'],
    [{ kind: 'timestamp' }, '1969-12-31 23:59:59.999999', '-1'],
    [{ kind: 'timestamptz' }, '2024-02-29 12:00:00.5+05:30', '1709188200500000'],
    [{ kind: 'timestamptz' }, '1890-01-01 00:00:00-00:25:21', '-2524520079000000'],
    [{ kind: 'time' }, '24:00:00', '86400000000'],
    [{ kind: 'int8' }, '-9223372036854775808', '-9223372036854775808'],
    [{ kind: 'int8' }, '9223372036854775807', '9223372036854775807'],
    [NUMERIC, '-999.99', '-99999'],
    [NUMERIC, '1.5', '150'],
    [NUMERIC, '1.5000', '150'],
    [array('text'), '{"a,b","NULL",NULL,"","\\"\\\\"}', '["a,b","NULL",null,"","\\"\\\\"]'],
    [array('int4'), '{}', '[]'],
  ])('%o %s', (type, text, held) => {
    expect(build(type, [text])).toEqual({ rows: [held], refused: [] });
  });
});

describe('bytes that are no value of the type are a named error', () => {
  test.each<[ColumnType, string]>([
    [{ kind: 'bool' }, 'x'],
    [{ kind: 'int2' }, '32768'],
    [{ kind: 'int4' }, '1a'],
    [{ kind: 'int4' }, '-'],
    [{ kind: 'int8' }, '9223372036854775808'],
    [{ kind: 'int8' }, '123456789012345678901'],
    [{ kind: 'float8' }, '1.'],
    [{ kind: 'float8' }, '0x10'],
    [{ kind: 'float4' }, ''],
    [NUMERIC, ''],
    [NUMERIC, '1.2.3'],
    [{ kind: 'numeric', precision: 40, scale: 1 }, '12345678901234567890x'],
    [{ kind: 'date' }, '2024-13-01'],
    [{ kind: 'date' }, '03/02/2024'],
    [{ kind: 'timestamp' }, '2024-01-01'],
    [{ kind: 'timestamp' }, '2024-01-01 10:00:00 IST'],
    [{ kind: 'time' }, '10:00'],
    [{ kind: 'uuid' }, 'zzzzzzzz-0000-0000-0000-000000000000'],
    [{ kind: 'bytea' }, '\\000'],
    [{ kind: 'bytea' }, '\\x0'],
    [array('int4'), '{1,}'],
    [array('int4'), '{1'],
    [array('text'), '{"a}'],
  ])('%o %s', (type, text) => {
    const builder = createBuilder(type);
    const buf = Buffer.from(text);
    expect(() => builder.appendText(buf, 0, buf.length)).toThrow(/^BAD_FRAME: /);
  });
});

test('a column grows over many rows, NULLs among them, and begins again after it is finished', () => {
  const texts = Array.from({ length: 1000 }, (_, i) => (i % 7 === 0 ? null : String(i * i)));
  for (const kind of ['int4', 'int8', 'text', 'float8'] as const) {
    const builder = createBuilder({ kind });
    for (let round = 0; round < 2; round++) {
      for (const text of texts) {
        if (text === null) builder.appendNull();
        else builder.appendText(Buffer.from(text), 0, text.length);
      }
      const vector = builder.finish();
      expect(vector.nullCount).toBe(143);
      expect(vectorRows(vector).map((text) => text === null)).toEqual(texts.map((text) => text === null));
      if (kind !== 'float8') expect(vectorRows(vector)).toEqual(texts);
      expect([builder.length, builder.byteSize]).toEqual([0, 0]);
    }
  }
});

test('a key column has no NULL: NaN is the greatest value', () => {
  const builder = createBuilder(NUMERIC, false);
  expect(builder.appendText(Buffer.from('NaN'), 0, 3)).toBe(false);
  expect(vectorRows(builder.finish())).toEqual(['99999']);
});

test('the filler of a key column is zero or empty, never NULL', () => {
  const types: ColumnType[] = [
    { kind: 'bool' },
    { kind: 'int8' },
    NUMERIC,
    { kind: 'date' },
    { kind: 'text' },
    array('text'),
    { kind: 'time' },
  ];
  const rows = types.map((type) => {
    const builder = createBuilder(type);
    builder.appendDefault();
    return vectorRows(builder.finish())[0];
  });
  expect(rows).toEqual(['false', '0', '0', '0', '', '[]', '0']);
});

test('text that is not UTF-8 stays as it is', () => {
  const bytes = Buffer.from([0x61, 0xff, 0xfe, 0x00, 0x62]);
  const builder = new TextBuilder();
  builder.appendText(bytes, 0, bytes.length);
  expect(Buffer.from(builder.finish().values as Uint8Array)).toEqual(bytes);
});

test('our own columns hold strings and maps', () => {
  const [names, map] = [new TextBuilder(), new MapBuilder()];
  for (const name of ['I', 'grüße', '']) names.appendString(name);
  map.appendEmpty();
  map.begin();
  map.add('a', 'NaN');
  map.add('b', null);
  map.addBytes('c', Buffer.from('infinity'), [0, 8]);
  map.end();
  map.appendEmpty();
  expect(vectorRows(names.finish())).toEqual(['I', 'grüße', '']);
  expect(vectorRows(map.finish())).toEqual(['{}', '{"a":"NaN","b":null,"c":"infinity"}', '{}']);
});
