import { randomBytes } from 'node:crypto';
import { createServer, request as send } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import { once } from 'node:events';
import { afterAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { FIRST_HEARTBEAT } from '../../test/support/first-heartbeat.ts';
import { startS3Server } from '../../test/support/servers/versitygw.ts';
import { ManifestLog } from '../manifest-log.ts';
import { describeObjectStore } from './object-store.contract.ts';
import type { ObjectStore } from './object-store.ts';
import { openStore, probeStore } from './open-store.ts';

const server = await startS3Server();
afterAll(() => server?.[Symbol.asyncDispose]());
Object.assign(process.env, server?.environment);

function openS3(): Promise<ObjectStore> {
  return openStore(`s3://${server?.bucket ?? 'none'}/${randomBytes(6).toString('hex')}/lake`);
}

/** An HTTP server between us and S3 that drops the connection instead of some answers. */
async function between(loses: (request: IncomingMessage, status: number) => boolean): Promise<AsyncDisposable & { url: string }> {
  const listener: RequestListener = (request, response) => {
    // The signature covers the Host header, so S3 must see the one that was signed: headers go on
    // unchanged.
    const outgoing = send(new URL(request.url ?? '/', server?.endpoint), { method: request.method ?? 'GET', headers: request.headers });
    outgoing.on('response', (answer) => {
      const status = answer.statusCode ?? 500;
      if (loses(request, status)) return response.destroy();
      response.writeHead(status, answer.headers);
      return answer.pipe(response);
    });
    request.pipe(outgoing);
  };
  const proxy = createServer(listener).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

describe.skipIf(server === null)('with versitygw', () => {
  describeObjectStore('the S3 store', async () => {
    const store = await openS3();
    return { store, [Symbol.asyncDispose]: () => store.close() };
  });

  test('a probe finds that conditional puts hold', async () => {
    await expect(probeStore(await openS3())).resolves.toBeUndefined();
  });

  test('a manifest whose answer the network lost is stored once, and the log continues', async () => {
    let lost = 0;
    await using proxy = await between((request, status) => {
      const spoilt = request.method === 'PUT' && status === 200 && lost === 0;
      if (spoilt) lost += 1;
      return spoilt;
    });
    const prefix = randomBytes(6).toString('hex');
    process.env['AWS_ENDPOINT_URL_S3'] = proxy.url;
    const store = await openStore(`s3://${server?.bucket}/${prefix}`);
    process.env['AWS_ENDPOINT_URL_S3'] = server?.endpoint;
    const log = new ManifestLog(store, silentLogger());
    await log.append(FIRST_HEARTBEAT);
    expect(lost).toBe(1);
    expect((await log.last())?.number).toBe(1);
  });

  test('a bucket that is not there is LAKE_UNWRITABLE', async () => {
    const store = await openStore('s3://no-such-bucket/x');
    await expect(store.put('k', Buffer.from('x'))).rejects.toMatchObject({ code: 'LAKE_UNWRITABLE' });
    await expect(store.get('k')).rejects.toMatchObject({ code: 'LAKE_UNWRITABLE' });
  });

  test('wrong keys are LAKE_UNWRITABLE and appear in no error', async () => {
    const right = process.env['AWS_SECRET_ACCESS_KEY'];
    process.env['AWS_SECRET_ACCESS_KEY'] = 'wrong-secret-value';
    const error: unknown = await (await openS3()).put('k', Buffer.from('x')).catch((caught: unknown) => caught);
    process.env['AWS_SECRET_ACCESS_KEY'] = right;
    expect(error).toMatchObject({ code: 'LAKE_UNWRITABLE' });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/wrong-secret-value|Signature=/);
  });
});

test('a server that does not answer is LAKE_UNAVAILABLE', async () => {
  Object.assign(process.env, { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
  await expect((await openStore('s3://lake/x')).get('k')).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
});
