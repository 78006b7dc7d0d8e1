/**
 * `npm run test:clients [-- go java python curl]`: what foreign clients of ClickHouse see of the
 * SQL endpoint, with their own defaults. Each client is a program that gets the endpoint's host,
 * port and prints facts, a line each; all print the same ones. Their packages come from their own
 * registries into a folder that is removed. A tool that is not there is a skip by name, in CI a
 * failure. Exit 0: every client that ran printed the facts, and one ran at least.
 */
import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { silentLogger } from '../../core/log.ts';
import { EmbeddedEngine } from '../../warehouse/embedded-engine.ts';
import { serveSql } from '../../warehouse/endpoint.ts';
import { scratch } from '../support/scratch.ts';
import { CLIENTS } from './clients.ts';
import type { Client } from './clients.ts';

const ROWS = 100_000;
/** Every client must print these, besides anything else. */
const FACTS = [`count ${ROWS}`, `streamed ${ROWS}`, 'first 0 NULL', 'parameter 42', 'partner NULL', 'wrong 47', 'late failed'];
const PREPARED_WITHIN_MS = 600_000;

const run = promisify(execFile);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await using folder = await scratch('clients');
await using engine = await EmbeddedEngine.open({ directory: path.join(folder.path, 'warehouse'), log: silentLogger() });
await engine.exec('CREATE DATABASE public');
await engine.exec(
  "CREATE TABLE public.orders (id UInt64, name Nullable(String), at DateTime64(6, 'UTC'), amount Nullable(Decimal(18, 2)), tags Array(String)) ENGINE = MergeTree ORDER BY id",
);
await engine.exec(
  `INSERT INTO public.orders SELECT number, if(number % 2 = 1, toString(number), NULL), now64(6), number / 4, ['a', toString(number)] FROM numbers(${ROWS})`,
);
const endpoint = await serveSql(engine, { port: 0 });
const { port } = new URL(endpoint.url);

async function missingTool(client: Client): Promise<string | null> {
  for (const tool of client.tools) {
    const found = await run('which', [tool]).then(
      () => true,
      () => false,
    );
    if (!found) return tool;
  }
  return null;
}

/** Facts that a client did not print, in each of its modes. */
async function misses(client: Client): Promise<string[]> {
  const place = path.join(folder.path, client.name);
  await cp(path.join(import.meta.dirname, client.folder), place, { recursive: true });
  for (const [command = '', ...args] of client.prepare) await run(command, args, { cwd: place, timeout: PREPARED_WITHIN_MS });
  const [command = '', ...args] = client.command;
  const { stdout } = await run(command, [...args, '127.0.0.1', port], { cwd: place, maxBuffer: 2 ** 26, timeout: PREPARED_WITHIN_MS });
  const lines = new Set(stdout.split('\n').map((line) => line.trim()));
  return client.modes.flatMap((mode) => FACTS.map((fact) => `${mode}: ${fact}`)).filter((line) => !lines.has(line));
}

const wanted = process.argv.slice(2);
const chosen = CLIENTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
let [passed, failed] = [0, 0];
for (const client of chosen) {
  const missing = await missingTool(client);
  if (missing !== null && process.env['CI'] === undefined) {
    say(`skipped ${client.name}: ${missing} is not on this machine`);
    continue;
  }
  const found = missing === null ? await misses(client).catch((error: unknown) => [String(error)]) : [`${missing} is missing`];
  say(found.length === 0 ? `passed  ${client.name}: ${client.modes.join(', ')}` : `FAILED  ${client.name}\n  ${found.join('\n  ')}`);
  if (found.length === 0) passed += 1;
  else failed += 1;
}
await endpoint.close();
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
