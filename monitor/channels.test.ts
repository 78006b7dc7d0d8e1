import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { expect, test } from 'vitest';
import type { Notice } from './alert.ts';
import { openChannels } from './channels.ts';
import type { ChannelOptions } from './channel.ts';

const NOTICE: Notice = {
  status: 'raised',
  at: '2026-01-01T00:00:00.000Z',
  alert: {
    key: 'table-parked public.items',
    kind: 'table-parked',
    severity: 'alert',
    table: 'public.items',
    stage: 'parked',
    summary: 'public.items is parked.',
    figures: { code: 'LAKE_CORRUPT' },
    since: '2026-01-01T00:00:00.000Z',
  },
};
const LINE = 'ALERT table-parked: public.items is parked. Runbook: docs/RUNBOOK.md#table-parked';

async function send(options: Partial<ChannelOptions>): Promise<void> {
  for (const channel of openChannels({ webhook: null, command: null, mail: null, ...options })) await channel.send(NOTICE);
}

async function webhook(status: number) {
  const got: unknown[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    got.push(JSON.parse(await text(request)));
    response.writeHead(status).end();
  };
  const server = createServer((request, response) => void take(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { got, url: `http://127.0.0.1:${port}/hook`, [Symbol.dispose]: () => server.close() };
}

test('a webhook gets JSON whose text is what Slack shows', async () => {
  using server = await webhook(200);
  await send({ webhook: server.url });
  expect(server.got).toEqual([{ text: LINE, status: 'raised', at: NOTICE.at, runbook: 'docs/RUNBOOK.md#table-parked', ...NOTICE.alert }]);
});

test('a webhook that refuses has not taken it', async () => {
  using server = await webhook(500);
  await expect(send({ webhook: server.url })).rejects.toThrow(/^ALERT_NOT_TAKEN: 127\.0\.0\.1:\d+ answered 500\./);
});

test('a command gets JSON on its stdin, the line in its environment, and nothing else of ours', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tailrace-alert-'));
  const file = path.join(folder, 'said');
  process.env['TAILRACE_SOURCE'] = 'postgres://me:secret@host/db';
  try {
    await send({ command: `(cat; printenv TAILRACE_ALERT; printenv TAILRACE_SOURCE || echo none) > '${file}'` });
    const [json = '', line, source] = readFileSync(file, 'utf8').split('\n');
    expect(JSON.parse(json)).toMatchObject({ status: 'raised', table: 'public.items' });
    expect([line, source]).toEqual([LINE, 'none']);
  } finally {
    delete process.env['TAILRACE_SOURCE'];
    rmSync(folder, { recursive: true });
  }
});

test('a command that fails has not taken it, and says why', async () => {
  await expect(send({ command: 'echo no such pager >&2; exit 3' })).rejects.toThrow(
    /^ALERT_NOT_TAKEN: the command ended with 3: no such pager\./,
  );
});

test('a mail says what it is about, with figures and runbook', async () => {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, done) => {
      let mail = '';
      stream.on('data', (chunk: Buffer) => (mail += chunk.toString()));
      stream.on('end', () => {
        mails.push(mail);
        done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  await send({ mail: { smtp: `smtp://127.0.0.1:${port}`, from: 'tailrace@example.com', to: 'ops@example.com' } });
  await new Promise<void>((closed) => server.close(closed));
  expect(mails).toHaveLength(1);
  expect(mails[0]).toContain('Subject: [tailrace] raised table-parked public.items');
  expect(mails[0]?.replaceAll('=\r\n', '').replaceAll('\r\n', '\n')).toContain(`${LINE}\n\ncode: LAKE_CORRUPT\n`);
});
