import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { NULLABLE_TUPLES, OWN_ROLE } from '../../warehouse/place.ts';
import { noteStatement } from './note-statement.ts';

/** What a server says that it is. */
export interface ServerKind {
  readonly cloud: boolean;
  /** Its default storage policy is a local disk. */
  readonly local: boolean;
  /** It knows the settings that are sent only where they are known. */
  readonly isNew: boolean;
}

interface DoorOptions {
  /** The server behind it, with user and password. */
  readonly server: string;
  readonly kind: ServerKind;
  /** The folder that has the objects of the lake, which statements read as `s3(…)`. */
  readonly lake: string;
  /** The same on S3. */
  readonly lakeUrl: string;
}

/** A server of a kind, before a real one that has no cluster and no S3. */
export interface RecordingDoor extends AsyncDisposable {
  readonly url: string;
}

/**
 * Notes each statement as the product sent it, then lets the server answer what it can: nodes are
 * this one, and S3 is a folder. The answer to place.sql is that of the kind.
 */
export async function openRecordingDoor(options: DoorOptions): Promise<RecordingDoor> {
  const server = createServer((request, response) => {
    void pass(options, request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(options.server);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}

async function pass(options: DoorOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { origin } = new URL(options.server);
  const url = new URL(request.url ?? '/', origin);
  const sent = await buffer(request);
  const inUrl = url.searchParams.get('query');
  const statement = inUrl ?? sent.toString();
  noteStatement(statement);
  const answerable = asAnswerable(options, statement);
  if (inUrl !== null) url.searchParams.set('query', answerable);
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: request.headers.authorization ?? '' },
    body: inUrl === null ? answerable : sent,
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const code = answer.headers.get('x-clickhouse-exception-code');
  if (code !== null) response.setHeader('X-ClickHouse-Exception-Code', code);
  response.writeHead(answer.status).end(/\bcloud_mode\b/.test(statement) && answer.ok ? placeAnswer(options.kind, bytes) : bytes);
}

function asAnswerable({ lake, lakeUrl }: DoorOptions, statement: string): string {
  return statement
    .replace('ON CLUSTER default', '')
    .replace("clusterAllReplicas('default', system.processes)", 'system.processes')
    .replaceAll(/s3\(tailrace_lake, filename = '([^']*)', format = ('\w+'), structure = /g, `file('${lake}/$1', $2, `)
    .replaceAll(
      /s3\('([^']*)', (?:extra_credentials\(role_arn = '[^']*'\), )?/g,
      (_, url: string) => `file('${url.replace(lakeUrl, `${lake}/`)}', `,
    );
}

/** One line of JSON, with other facts. */
function placeAnswer({ cloud, local, isNew }: ServerKind, bytes: Buffer): string {
  const answer: { settings: string[]; localPolicies: string[] } = JSON.parse(bytes.toString());
  const settings = isNew
    ? answer.settings
    : answer.settings.filter((name) => ![NULLABLE_TUPLES, OWN_ROLE].includes(name) && !name.startsWith('dedup'));
  return `${JSON.stringify({ ...answer, cloud: cloud ? '1' : '0', settings, localPolicies: local ? answer.localPolicies : [] })}\n`;
}
