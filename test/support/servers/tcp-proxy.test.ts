import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProxy, type TcpProxy } from './tcp-proxy.ts';

let echo: Server;
beforeAll(async () => {
  echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(echo, 'listening');
});
afterAll(() => void echo.close());

async function openProxy(): Promise<TcpProxy> {
  const address = echo.address();
  return startProxy(address !== null && typeof address === 'object' ? address.port : 0);
}

async function openClient(proxy: TcpProxy): Promise<Socket> {
  const client = connect(proxy.port, '127.0.0.1');
  await once(client, 'connect');
  return client;
}

async function echoOf(client: Socket, text: string): Promise<string> {
  client.write(text);
  const [piece] = (await once(client, 'data')) as [Buffer];
  return piece.toString();
}

test('bytes and ends pass, also when they are slow', async () => {
  await using proxy = await openProxy();
  const client = await openClient(proxy);
  expect(await echoOf(client, 'at once')).toBe('at once');
  proxy.slow(10);
  expect(await echoOf(client, 'late')).toBe('late');
  const ended = once(client, 'close');
  client.end();
  await ended;
});

test('a connection that was frozen is reset once the network is healed, and the next one passes', async () => {
  await using proxy = await openProxy();
  const before = await openClient(proxy);
  expect(await echoOf(before, 'before')).toBe('before');
  proxy.freeze();
  const during = await openClient(proxy);
  before.write('swallowed');
  during.write('swallowed');
  const reset = [before, during].map(async (client) => {
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    return error.code;
  });
  proxy.heal();
  expect(await Promise.all(reset)).toEqual(['ECONNRESET', 'ECONNRESET']);
  expect(await echoOf(await openClient(proxy), 'after')).toBe('after');
});

test('a target that is not there ends the connection', async () => {
  const gone = createServer().listen(0, '127.0.0.1');
  await once(gone, 'listening');
  const address = gone.address();
  gone.close();
  await once(gone, 'close');
  await using proxy = await startProxy(address !== null && typeof address === 'object' ? address.port : 0);
  const client = await openClient(proxy);
  client.resume();
  const [failed] = (await once(client, 'close')) as [boolean];
  expect(failed).toBe(false);
});
