import { text } from 'node:stream/consumers';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TailraceError } from '../core/errors.ts';
import { clickhouseCodeOf, CLICKHOUSE } from './clickhouse-code.ts';
import type { Engine, ReadRequest } from './engine.ts';
import { literalCh, quoteCh } from './names.ts';

/** Database of this run: a server outside may be shared. */
const db = `contract_${process.pid}`;

/**
 * The contract of every engine. `open` is called for every engine that the suite
 * needs; two may be open at a time. `limit`: a setting that limits its reads.
 */
export function engineContract(name: string, open: () => Promise<Engine>, limit = 'max_execution_time'): void {
  describe(`the engine contract: ${name}`, () => {
    let engine: Engine;

    beforeAll(async () => {
      engine = await open();
      await engine.exec(`DROP DATABASE IF EXISTS ${db}`);
      await engine.exec(`CREATE DATABASE ${db}`);
    });
    afterAll(async () => {
      await engine.exec(`DROP DATABASE IF EXISTS ${db}`);
      await engine.close();
    });

    const read = async (sql: string, more: Partial<ReadRequest> = {}): Promise<string> =>
      text((await engine.read({ sql, format: 'TSV', ...more })).body);
    const makeNumbers = async (table: string): Promise<string> => {
      await engine.exec(`CREATE TABLE ${db}.${table} (n UInt64) ENGINE = MergeTree ORDER BY n`);
      return `${db}.${table}`;
    };

    test('rows are objects, and numbers that JavaScript would round are strings', async () => {
      const rows = await engine.query(
        "SELECT 7 AS small, toUInt64(18446744073709551615) AS big, toDecimal64('1.10', 2) AS money, nan AS not_number, NULL AS none",
      );
      expect(rows).toEqual([{ small: 7, big: '18446744073709551615', money: '1.1', not_number: 'nan', none: null }]);
    });

    test('a query without rows gives none', async () => {
      expect(await engine.query('SELECT 1 AS one WHERE 0')).toEqual([]);
    });

    test('statements for effect run one at a time, in the order called', async () => {
      const table = `${db}.ordered`;
      await Promise.all([
        engine.exec(`CREATE TABLE ${table} (n UInt64) ENGINE = MergeTree ORDER BY n`),
        engine.exec(`INSERT INTO ${table} SELECT 1 + sleep(0.1)`),
        engine.exec(`INSERT INTO ${table} SELECT 10 * count() FROM ${table}`),
        engine.exec(`INSERT INTO ${table} SELECT 10 * count() FROM ${table}`),
      ]);
      expect(await engine.query(`SELECT n FROM ${table} ORDER BY n`)).toEqual([{ n: '1' }, { n: '10' }, { n: '20' }]);
    });

    test('statements together run in order, up to the first that fails', async () => {
      const table = await makeNumbers('together');
      await engine.execTogether([`INSERT INTO ${table} SELECT 1`, `INSERT INTO ${table} SELECT 10 + count() FROM ${table}`]);
      const failing = engine.execTogether([
        `INSERT INTO ${table} SELECT 2`,
        `INSERT INTO ${db}.nowhere SELECT 1`,
        `TRUNCATE TABLE ${table}`,
      ]);
      expect(await failing.catch(clickhouseCodeOf)).toBe(CLICKHOUSE.unknownTable);
      expect(await engine.query(`SELECT n FROM ${table} ORDER BY n`)).toEqual([{ n: '1' }, { n: '2' }, { n: '11' }]);
    });

    test('a query does not wait for a statement that runs', async () => {
      const slow = engine.exec('SELECT sleep(1.5)').then(() => 'statement');
      expect(await Promise.race([slow, engine.query('SELECT 1 AS one').then(() => 'query')])).toBe('query');
      await slow;
    });

    test('a statement that fails says why, with the code of the engine', async () => {
      const failure = await engine.exec(`INSERT INTO ${db}.nowhere SELECT 1`).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(TailraceError);
      expect(failure).toMatchObject({ code: 'WAREHOUSE_QUERY' });
      expect(clickhouseCodeOf(failure)).toBe(CLICKHOUSE.unknownTable);
    });

    test('identifiers and texts survive quoting', async () => {
      const strange = 'a\\b`c"d\'e\nf';
      expect(await engine.query(`SELECT ${literalCh(strange)} AS ${quoteCh(strange)}`)).toEqual([{ [strange]: strange }]);
    });

    test('a read comes in the format asked for, and its own FORMAT clause counts more', async () => {
      expect(await read('SELECT 1 AS a, 2 AS b', { format: 'CSVWithNames' })).toBe('"a","b"\n1,2\n');
      const { format, body } = await engine.read({ sql: 'SELECT 1 AS a FORMAT JSONEachRow;', format: 'TSV' });
      expect([format, await text(body)]).toEqual(['JSONEachRow', '{"a":1}\n']);
    });

    test('a read takes parameters and output formats from its caller', async () => {
      const params = { n: '41', t: 'tab\\there', l: "['x','y']" };
      expect(await read('SELECT {n:UInt8} + 1, {t:String}, {l:Array(String)}', { params })).toBe("42\ttab\\there\t['x','y']\n");
      const settings = { output_format_json_quote_64bit_integers: '1' };
      expect(await read('SELECT toUInt64(1) AS n', { settings, format: 'JSONEachRow' })).toBe('{"n":"1"}\n');
    });

    test('a read writes nothing', async () => {
      const table = await makeNumbers('untouched');
      for (const sql of [
        `INSERT INTO ${table} VALUES (1)`,
        `DROP TABLE ${table}`,
        "KILL QUERY WHERE query_id = ''",
        `SELECT 1; DROP TABLE ${table}`,
      ]) {
        await expect(read(sql), sql).rejects.toMatchObject({ code: 'WAREHOUSE_QUERY' });
      }
      expect(await read(`EXISTS ${table}`)).toBe('1\n');
      expect(await read(`SELECT count() FROM ${table}`)).toBe('0\n');
    });

    test('a read cannot lift its limits', async () => {
      const failure = await read(`SELECT 1 SETTINGS ${limit} = 0`).catch(clickhouseCodeOf);
      expect(failure).toBe(CLICKHOUSE.readonly);
    });

    test('a read that fails is an error with the code of the engine', async () => {
      expect(await read('SELECT nope').catch(clickhouseCodeOf)).toBe(47);
      expect(await read('SELECT (1').catch(clickhouseCodeOf)).toBe(CLICKHOUSE.syntaxError);
    });

    test('SHOW, DESCRIBE, EXPLAIN and WITH are reads', async () => {
      await makeNumbers('described');
      expect(await read(`SHOW TABLES FROM ${db} LIKE 'described'`)).toBe('described\n');
      expect(await read(`DESCRIBE ${db}.described`)).toContain('n\tUInt64');
      expect(await read(`EXPLAIN SELECT n FROM ${db}.described`)).toContain('Read');
      expect(await read('WITH 3 AS x SELECT x')).toBe('3\n');
    });

    test('a million rows are read whole', async () => {
      const { body } = await engine.read({ sql: 'SELECT number FROM numbers(1000000)', format: 'TSV' });
      let lines = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) for (const byte of chunk) if (byte === 10) lines += 1;
      expect(lines).toBe(1_000_000);
    });

    test('an Arrow body lands in the table', async ({ skip }) => {
      skip(engine.insertRows === undefined, 'this engine reads files itself');
      const table = await makeNumbers('arrow');
      const file = tableToIPC(tableFromArrays({ n: BigUint64Array.from([1n, 2n, 18446744073709551615n]) }), 'file');
      await engine.insertRows?.(`INSERT INTO ${table} FORMAT Arrow`, pieces(file));
      await engine.insertRows?.(`INSERT INTO ${table} SELECT n + 5 FROM input('n UInt64') WHERE n < 3 FORMAT Arrow`, pieces(file));
      expect(await engine.query(`SELECT n FROM ${table} ORDER BY n`)).toEqual(
        ['1', '2', '6', '7', '18446744073709551615'].map((n) => ({ n })),
      );
    });

    test('a closed engine refuses, and closing twice is closing once', async () => {
      const other = await open();
      await Promise.all([other.close(), other.close()]);
      await expect(other.exec('SELECT 1')).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
      await expect(other.read({ sql: 'SELECT 1', format: 'TSV' })).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
    });
  });
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
}
