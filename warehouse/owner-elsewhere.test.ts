import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../test/support/scratch.ts';
import { readOwner, TOKEN_HEADER } from './owner.ts';

test('a process of another container reaches the owner by the name of its host', async () => {
  await using folder = await scratch('owner');
  const server = createServer((request, response) => {
    response.setHeader(TOKEN_HEADER, request.headers[TOKEN_HEADER] === 'secret' ? 'known' : 'unknown').end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // As another container sees it: its process 1 differs, and nothing listens on that loopback.
  const file = { pid: 1, startTime: 'another', endpoint: 'http://127.0.0.1:9', elsewhere, token: 'secret' };
  const owner = async (change: object) => {
    await writeFile(join(folder.path, 'owner.json'), JSON.stringify({ ...file, ...change }));
    return readOwner(folder.path);
  };
  try {
    expect(await owner({})).toMatchObject({ endpoint: elsewhere, token: 'secret' });
    expect(await owner({ token: 'of another owner' })).toBeNull();
    expect(await owner({ elsewhere: null })).toBeNull();
  } finally {
    server.close();
  }
});
