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
import { commandChannel } from './command-channel.ts';
import { notTaken } from './channel.ts';
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
const LINE =
  "ALERT table-parked: public.items is parked. Since 2026-01-01 00:00:00Z. What to do: Fix the cause, then run `tailrace resume 'public.items'`. Runbook: docs/RUNBOOK.md#table-parked";

async function send(options: Partial<ChannelOptions>, notice: Notice = NOTICE): Promise<void> {
  for (const channel of await openChannels({ webhook: null, command: null, mail: null, ...options })) await channel.send(notice);
}

async function webhook(status: number) {
  const got: unknown[] = [];
  const logins: (string | undefined)[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    got.push(JSON.parse(await text(request)));
    logins.push(request.headers.authorization);
    response.writeHead(status).end();
  };
  const server = createServer((request, response) => void take(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { got, logins, url: `http://127.0.0.1:${port}/hook`, [Symbol.dispose]: () => server.close() };
}

test('a webhook gets JSON whose text is what Slack shows', async () => {
  using server = await webhook(200);
  await send({ webhook: server.url });
  expect(server.got).toEqual([{ text: LINE, status: 'raised', at: NOTICE.at, runbook: 'docs/RUNBOOK.md#table-parked', ...NOTICE.alert }]);
});

test('user and password of a webhook go as Basic authorization, and into no text', async () => {
  using server = await webhook(200);
  await send({ webhook: server.url.replace('//', '//me:p%40ss@') });
  expect(server.logins).toEqual([`Basic ${Buffer.from('me:p@ss').toString('base64')}`]);
  using refusing = await webhook(503);
  const [channel] = await openChannels({ webhook: refusing.url.replace('//', '//me:p%40ss@'), command: null, mail: null });
  expect(channel?.name).toBe(`webhook ${new URL(refusing.url).host}`);
  await expect(channel?.send(NOTICE)).rejects.toThrow(/^ALERT_NOT_TAKEN: 127\.0\.0\.1:\d+ answered 503\./);
});

test.each([400, 413, 422])('a webhook that answers %i refuses the alert itself', async (status) => {
  using server = await webhook(status);
  await expect(send({ webhook: server.url })).rejects.toThrow(new RegExp(`^ALERT_REFUSED: 127\\.0\\.0\\.1:\\d+ answered ${status}\\.`));
});

test.each([401, 404, 408, 429])('a webhook that answers %i may take the same alert later', async (status) => {
  using server = await webhook(status);
  await expect(send({ webhook: server.url })).rejects.toThrow(/^ALERT_NOT_TAKEN: /);
});

test('a webhook that fails has not taken it', async () => {
  using server = await webhook(500);
  await expect(send({ webhook: server.url })).rejects.toThrow(/^ALERT_NOT_TAKEN: 127\.0\.0\.1:\d+ answered 500\./);
});

test('a command gets JSON on its stdin, the line in its environment, and none of our settings', async () => {
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
    /^ALERT_NOT_TAKEN: the command exited with 3: no such pager\./,
  );
});

test('a command on a system without a shell is a named error at the start', () => {
  expect(() => commandChannel('true', '/nowhere/sh')).toThrow(
    'NO_SHELL: alert.command is set, but this system has no /nowhere/sh. Use an image with a shell, or alert.webhook instead of alert.command.',
  );
});

/** A mail server that answers every message with this error, or takes it. */
async function mailServer(refusal: (Error & { responseCode: number }) | null) {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, done) => {
      let mail = '';
      stream.on('data', (chunk: Buffer) => (mail += chunk.toString()));
      stream.on('end', () => {
        mails.push(mail);
        done(refusal);
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  const mail = { smtp: `smtp://127.0.0.1:${port}`, from: 'tailrace@example.com', to: 'ops@example.com' };
  return { mails, mail, [Symbol.asyncDispose]: () => new Promise<void>((closed) => server.close(closed)) };
}

/** Subject and body of a mail, as a person sees them. */
function shown(mail: string | undefined): [string | undefined, string | undefined] {
  const [head = '', body = ''] = (mail ?? '')
    .replaceAll('=\r\n', '')
    .replaceAll('\r\n', '\n')
    .split(/\n\n([^]*)/);
  return [/^Subject: (.*(?:\n .*)*)/m.exec(head)?.[1]?.replaceAll('\n', ''), body];
}

test('a mail says what is wrong, since when, what to do and where to read on', async () => {
  await using server = await mailServer(null);
  await send({ mail: server.mail });
  expect(server.mails.map(shown)).toEqual([
    [
      '[tailrace] ALERT table-parked: public.items',
      `public.items is parked.

What to do: Fix the cause, then run \`tailrace resume 'public.items'\`.
Runbook: docs/RUNBOOK.md#table-parked

severity: alert
stage: parked
table: public.items
since: 2026-01-01 00:00:00Z
code: LAKE_CORRUPT
`,
    ],
  ]);
});

test('a mail about the end of a problem says how long it lasted', async () => {
  await using server = await mailServer(null);
  await send({ mail: server.mail }, { ...NOTICE, status: 'resolved', at: '2026-01-01T00:01:25.000Z' });
  expect(server.mails.map(shown)).toEqual([
    [
      '[tailrace] RESOLVED table-parked: public.items',
      `Resolved after 1 m 25 s. The alert was: public.items is parked.

Runbook: docs/RUNBOOK.md#table-parked

severity: alert
stage: parked
table: public.items
since: 2026-01-01 00:00:00Z
resolved: 2026-01-01 00:01:25Z
code: LAKE_CORRUPT
`,
    ],
  ]);
});

test.each([
  [554, 'ALERT_REFUSED'],
  [451, 'ALERT_NOT_TAKEN'],
])('a mail server that answers a message with %i: %s', async (responseCode, code) => {
  await using server = await mailServer(Object.assign(new Error('no such words here'), { responseCode }));
  const [channel] = await openChannels({ webhook: null, command: null, mail: server.mail });
  await expect(channel?.send(NOTICE).catch((error: unknown) => Promise.reject(notTaken(error)))).rejects.toMatchObject({ code });
});
