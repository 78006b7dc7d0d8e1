import { rm } from 'node:fs/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { eventually } from '../test/support/eventually.ts';
import { scratch } from '../test/support/scratch.ts';
import type { Scratch } from '../test/support/scratch.ts';
import { EmbeddedEngine } from './embedded-engine.ts';
import { serveSql } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

/** More clients than there are places. */
const CLIENTS = 12;
const ENDLESS = 'SELECT number, toString(number) FROM numbers(1000000000)';
/** Waits for an answer from elsewhere, and no KILL ends it. */
const UNENDING = 'SELECT * FROM system.models';

let folder: Scratch;
let engine: EmbeddedEngine;
let endpoint: Endpoint;
beforeAll(async () => {
  folder = await scratch('places');
  const patience = { stalledMs: 500, abandonedMs: 100 };
  engine = await EmbeddedEngine.open({ directory: folder.path, log: silentLogger(), patience });
  endpoint = await serveSql(engine, { port: 0 });
});
afterAll(async () => {
  await endpoint.close();
  await engine.close();
  await folder[Symbol.asyncDispose]();
});

/** A client that says what it wants and takes nothing of the answer. */
function silentReader(sql: string): Socket {
  const socket = connect(Number(new URL(endpoint.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.pause();
  socket.write(`POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${sql.length}\r\n\r\n${sql}`);
  return socket;
}

const one = async (): Promise<string> => (await fetch(endpoint.url, { method: 'POST', body: 'SELECT 1' })).text();
const running = async (what: string): Promise<number> =>
  (await engine.query(`SELECT 1 FROM system.processes WHERE query LIKE '%${what}%' AND query NOT LIKE '%processes%'`)).length;

describe('a place of the endpoint', () => {
  test('is lost by a reader that takes nothing while another waits, and the reader learns why', async () => {
    const readers = Array.from({ length: CLIENTS }, () => silentReader(ENDLESS));
    await eventually(async () => (await running('1000000000')) === 8, 'all places to be taken');
    expect(await one()).toBe('1\n');
    const ends = readers.map(async (reader) => {
      const said = await text(reader).catch(() => '');
      return said.includes('the reader did not read its answer while others waited');
    });
    // Read on, those that lost their place are told; the others go on for ever, so they are ended.
    expect(await Promise.race(ends)).toBe(true);
    for (const reader of readers) reader.destroy();
    expect(await eventually(async () => (await running('1000000000')) === 0, 'the queries to end')).toBe(true);
  });

  test('is not held by an endless query without a reader', async () => {
    for (let n = 0; n < CLIENTS; n += 1) {
      const reader = silentReader(UNENDING);
      await Promise.race([eventually(async () => (await running('system.models')) > 0, 'the query to run'), once(reader, 'close')]);
      reader.destroy();
    }
    expect(await one()).toBe('1\n');
  });

  test('is there again after someone deleted the pipes', async () => {
    expect(engine.scratch.startsWith(folder.path)).toBe(true);
    await rm(engine.scratch, { recursive: true });
    expect(await one()).toBe('1\n');
  });
});
