import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { scratch } from '../test/support/scratch.ts';
import type { Scratch } from '../test/support/scratch.ts';
import { EmbeddedEngine } from './embedded-engine.ts';
import { serveSql } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

/**
 * An interpreter with clickhouse-connect: TEST_CLICKHOUSE_CONNECT_PYTHON, else python3 when it can
 * import it.
 */
const python = process.env['TEST_CLICKHOUSE_CONNECT_PYTHON'] ?? 'python3';
const MISSING = canImport()
  ? null
  : 'python3 -m venv v && v/bin/pip install clickhouse-connect, then TEST_CLICKHOUSE_CONNECT_PYTHON=v/bin/python';

function canImport(): boolean {
  try {
    execFileSync(python, ['-c', 'import clickhouse_connect'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(MISSING !== null)(`the Python client clickhouse-connect${MISSING === null ? '' : ` (skipped: ${MISSING})`}`, () => {
  let folder: Scratch;
  let engine: EmbeddedEngine;
  let endpoint: Endpoint;
  beforeAll(async () => {
    folder = await scratch();
    engine = await EmbeddedEngine.open({ directory: folder.path, log: silentLogger() });
    endpoint = await serveSql(engine, { port: 0 });
  });
  afterAll(async () => {
    await endpoint.close();
    await engine.close();
    await folder[Symbol.asyncDispose]();
  });

  const script = async (...lines: string[]): Promise<string> => {
    const connect = `import clickhouse_connect\nc = clickhouse_connect.get_client(host='127.0.0.1', port=${new URL(endpoint.url).port})\n`;
    return (await promisify(execFile)(python, ['-c', connect + lines.join('\n')])).stdout.trim();
  };

  test('connects, and queries with and without parameters', async () => {
    const said = await script(
      'print(c.server_tz)',
      "print(c.query('SELECT {n:UInt8} + 1, {s:String}', parameters={'n': 41, 's': \"it's\\t\"}).result_rows)",
      "print(c.command('SELECT count() FROM numbers(10)'))",
    );
    expect(said.split('\n')).toEqual(['UTC', String.raw`[(42, "it's\t")]`, '10']);
  });

  test('streams a million rows', async () => {
    const said = await script(
      'n = 0',
      "with c.query_row_block_stream('SELECT number, toString(number) FROM numbers(1000000)') as blocks:",
      '    for block in blocks: n += len(block)',
      'print(n)',
    );
    expect(said).toBe('1000000');
  });

  test('sees errors as its own and cannot write', async () => {
    const said = await script(
      'for sql in ["SELECT nope", "CREATE TABLE x (n Int8) ENGINE = Memory"]:',
      '    try: c.command(sql)',
      '    except Exception as e: print(type(e).__name__, "code: 47" in str(e), "code: 164" in str(e))',
    );
    expect(said.split('\n')).toEqual(['DatabaseError True False', 'DatabaseError False True']);
  });
});
