import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { eventually } from '../test/support/eventually.ts';
import { EventReader } from '../test/support/servers/event-reader.ts';
import { EventClient, eventBytes } from './event-client.ts';

async function serve() {
  const clients: EventClient[] = [];
  const server = createServer((_request, response) => void clients.push(new EventClient(response))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    clients,
    port,
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const large = (n: number): Buffer => eventBytes('rows', `${n}:${'x'.repeat(3_000_000)}`, String(n));

test('a client that reads nothing holds no queue, and gets the newest event whole when it reads', async () => {
  await using server = await serve();
  const socket = connect(server.port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  socket.pause();
  const client = await eventually(() => server.clients[0], 'a client');
  for (let n = 1; n <= 40; n += 1) client.send('', large(n));
  expect(client.ownBytes).toBeLessThan(1_000_000);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  socket.resume();
  await eventually(() => text.includes('id: 40'), 'the newest event');
  await eventually(() => (text.match(/x/g)?.length ?? 0) >= 6_000_000, 'all of it');
  // The one that had begun is whole; those between were left out.
  expect(text.match(/id: \d+/g)).toEqual(['id: 1', 'id: 40']);
  socket.destroy();
});

test('each key has its newest event, and events come whole and in order to a client that reads', async () => {
  await using server = await serve();
  await using reader = await EventReader.open(server.url);
  const client = await eventually(() => server.clients[0], 'a client');
  client.send('a', large(1));
  client.send('b', eventBytes('rows', 'b1'));
  client.send('c', eventBytes('error', 'c1'));
  client.send('b', eventBytes('rows', 'b2'));
  await eventually(() => reader.events.length >= 3, 'events');
  expect(reader.events.map(({ event, id, data }) => [event, id, data.length > 9 ? data.length : data])).toEqual([
    ['rows', '1', 3_000_002],
    ['rows', null, 'b2'],
    ['error', null, 'c1'],
  ]);
});
