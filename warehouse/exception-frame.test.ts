import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exceptionFrame, ExceptionScan, newExceptionTag, TAG_HEADER } from './exception-frame.ts';
import { rowsOf } from './http-read.ts';

const TEXT = "Code: 395. DB::Exception: boom: while executing 'FUNCTION throwIf'. (FUNCTION_THROW_IF_VALUE_IS_NON_ZERO)";

/** Cuts a body into pieces at the given places. */
function pieces(body: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (body.length + 1)).sort((a, b) => a - b), body.length];
  return places.slice(1).map((to, i) => body.subarray(places[i], to));
}

test('the end of a failed answer is as ClickHouse words it', () => {
  expect(exceptionFrame('abcdefghijklmnop', 'boom\n').toString()).toBe(
    '\r\n__exception__\r\nabcdefghijklmnop\r\nboom\n5 abcdefghijklmnop\r\n__exception__\r\n',
  );
  expect(newExceptionTag()).toMatch(/^[a-z]{16}$/);
});

test('rows and reason are separated, regardless of where the body is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.string(), fc.boolean(), (cuts, text, fails) => {
      const tag = newExceptionTag();
      const rows = Buffer.from(`${text}\r\n__exception__\r\n`);
      const scan = new ExceptionScan(tag);
      const taken = pieces(fails ? Buffer.concat([rows, exceptionFrame(tag, TEXT)]) : rows, cuts).map((piece) => scan.take(piece));
      expect(Buffer.concat([...taken, scan.rest()])).toEqual(rows);
      expect(scan.failure()?.message ?? null).toEqual(fails ? expect.stringContaining(TEXT) : null);
    }),
  );
});

test('a server older than the marker has its reason found at the end of the body', () => {
  const scan = new ExceptionScan(null);
  expect(scan.take(Buffer.from(`1\n2\n${TEXT}\n`)).toString()).toBe(`1\n2\n${TEXT}\n`);
  expect(scan.failure()).toMatchObject({ code: 'WAREHOUSE_QUERY', message: expect.stringContaining(TEXT) as string });
});

test('a reader that is slower than the connection gets all rows and the reason', async () => {
  const tag = newExceptionTag();
  await using server = createServer((_request, response) => {
    response.setHeader(TAG_HEADER, tag);
    response.write('1\n');
    response.write(exceptionFrame(tag, 'Code: 395. DB::Exception: boom'), () => response.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const [response] = (await once(get({ port, host: '127.0.0.1' }), 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  await new Promise((closed) => response.once('close', closed));
  const rows: string[] = [];
  const read = async (): Promise<void> => {
    for await (const chunk of rowsOf(response)) rows.push(chunk.toString());
  };
  await expect(read()).rejects.toMatchObject({ code: 'WAREHOUSE_QUERY', message: expect.stringContaining('boom') as string });
  expect(rows.join('')).toBe('1\n');
});
