import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { collect } from '../test/support/collect.ts';
import { scratch } from '../test/support/scratch.ts';
import type { Scratch } from '../test/support/scratch.ts';
import { EmbeddedEngine } from './embedded-engine.ts';
import { raiseRevision } from './native-revision.ts';

let folder: Scratch;
let engine: EmbeddedEngine;
beforeAll(async () => {
  folder = await scratch('native');
  engine = await EmbeddedEngine.open({ directory: folder.path, log: silentLogger() });
});
afterAll(async () => {
  await engine.close();
  await folder[Symbol.asyncDispose]();
});

const native = async (sql: string): Promise<Buffer> =>
  buffer((await engine.read({ sql, format: 'Native', settings: { max_block_size: '3' } })).body);

/** Gives bytes one by one, so that every place where a block can be cut is tried. */
async function* dripping(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1) yield bytes.subarray(at, at + 1);
}

/** What stands in front of each block. */
const INFO = Buffer.from([1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0]);

/** Every layout of values that there is, in columns of several rows. */
const TYPES = [
  'number',
  'toString(number)',
  "if(number % 2 = 0, NULL, repeat('x', number * 100))",
  'arrayMap(n -> toString(n), range(number))',
  '[[number], [], range(number)]',
  "(number, 'a', [number])",
  "map('k', number, toString(number), 2)",
  'toLowCardinality(toString(number % 2))',
  "toLowCardinality(if(number % 2 = 0, NULL, 'x'))",
  'arrayMap(n -> toLowCardinality(toString(n)), range(number))',
  'toDecimal32(number, 2), toDecimal64(number, 2), toDecimal128(number, 2), toDecimal256(number, 2)',
  'toInt128(number), toUInt256(number), toFloat32(number), number % 2 = 0',
  "toDate(number), toDate32(number), toDateTime(number, 'Europe/Berlin'), toDateTime64(number, 6, 'UTC')",
  "toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0'), toIPv4('1.2.3.4'), toIPv6('::1'), toFixedString('abc', 7)",
  "CAST('a', 'Enum8(\\'a\\' = 1, \\'b, (c\\' = 2)'), CAST('a', 'Enum16(\\'a\\' = 1)'), INTERVAL 1 DAY",
  'NULL, [], tuple(NULL, number)',
  "CAST((number, 'x'), 'Tuple(`odd, name` UInt64, s Nullable(String))'), CAST([(1, 'y')], 'Nested(a UInt8, b String)')",
  '(1., 2.)::Point, [[(1., 2.)]]::Polygon',
].join(', ');

describe('Native blocks for a client of a newer protocol', () => {
  test('are those of the engine with the additions of the protocol, for every type, cut anywhere', async () => {
    const plain = await native(`SELECT ${TYPES} FROM numbers(10)`);
    const columns = plain[0] ?? 0;
    for (const [revision, perColumn] of [
      [54_405, 0],
      [54_460, 1],
    ] as const) {
      const raised = Buffer.concat(await collect(raiseRevision(dripping(plain), revision)));
      const blocks = raised.toString('latin1').split(INFO.toString('latin1')).length - 1;
      expect(blocks).toBeGreaterThan(1);
      expect(raised.length).toBe(plain.length + blocks * (INFO.length + columns * perColumn));
    }
  });

  test('of a result without rows are none', async () => {
    const plain = await native('SELECT 1 WHERE 0');
    const raised = Buffer.concat(await collect(raiseRevision(dripping(plain), 54_460)));
    expect(raised.length === 0).toBe(plain.length === 0);
  });

  test("with a type whose end cannot be found are refused by the type's name", async () => {
    const plain = await native("SELECT '{}'::JSON");
    await expect(collect(raiseRevision(dripping(plain), 54_460))).rejects.toThrow(
      'a column of type JSON, in the Native format, is not supported here',
    );
  });

  test('that end too early are an error', async () => {
    const plain = await native("SELECT 'abc'");
    await expect(collect(raiseRevision(dripping(plain.subarray(0, -1)), 54_460))).rejects.toThrow('UNEXPECTED_END_OF_FILE');
  });
});
