import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { rightsOfReader, statesOverTheWire } from './reader-proofs.ts';
import type { ReaderOptions } from './reader-proofs.ts';

interface StandIn {
  /** Read and sent rows of the other shard's part of a query, as its log has them. */
  readonly logged: string;
  /** Whether a reader sees what lies behind the views. */
  readonly open: boolean;
}

/** Proofs over one node that answers as a real one does. */
async function proofsOn({ logged, open }: StandIn): Promise<{ rights: string[]; states: string[] }> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const statement = await text(request);
    const user = Buffer.from(request.headers.authorization?.slice('Basic '.length) ?? '', 'base64').toString();
    const isHidden = user === 'analyst:p@ss' && statement.includes('tailrace.') && !open;
    response.statusCode = isHidden ? 500 : 200;
    const storage = statement.includes('match(name') ? 'tailrace.`t1`\n' : '7\n';
    response.end(isHidden ? 'Code: 497. Not enough privileges. (ACCESS_DENIED)\n' : statement.includes('query_log') ? logged : storage);
  };
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const options: ReaderOptions = {
    nodes: [`http://tailrace:p%40ss@127.0.0.1:${port}`],
    asReader: (node) => node.replace('tailrace:', 'analyst:'),
  };
  try {
    return { rights: await rightsOfReader(options), states: await statesOverTheWire(options) };
  } finally {
    server.close();
  }
}

test('a reader that is kept behind the views, and shards that send groups, are right', async () => {
  expect(await proofsOn({ logged: '2500\t3\n', open: false })).toEqual({ rights: [], states: [] });
});

test('a reader who sees more, and shards that send rows or were not asked, are found', async () => {
  expect(await proofsOn({ logged: '2500\t2500\n', open: true })).toEqual({
    rights: ['a reader reads tailrace.generations: 7', 'a reader reads tailrace.`t1`: 7'],
    states: ['the other shards read 2500 rows for an aggregate and sent 2500, in 1 queries'],
  });
  expect((await proofsOn({ logged: '', open: false })).states).toEqual([
    'the other shards read 0 rows for an aggregate and sent 0, in 0 queries',
  ]);
});
