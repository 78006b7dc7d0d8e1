import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Membership } from '../cluster/cluster-member.ts';
import { scratch } from '../scratch.ts';

/** Something that speaks ClickHouse's HTTP interface and takes writes. */
export interface ClickhouseServer extends AsyncDisposable {
  /** With user and password. */
  readonly url: string;
}

/**
 * The server TEST_CLICKHOUSE_URL names, or chDB behind a small HTTP front in a process of its own.
 * The front has what the HTTP engine needs: statements, settings and parameters in the URL, an
 * Arrow body for INSERT, errors as ClickHouse words them. It buffers results, and knows no users
 * but one. `settings` are `--name=value` of the server, `environment` is added to ours; one that
 * TEST_CLICKHOUSE_URL names keeps its own.
 */
export async function startClickhouse(
  settings: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<ClickhouseServer> {
  const external = process.env['TEST_CLICKHOUSE_URL'];
  if (external !== undefined) return { url: external, [Symbol.asyncDispose]: () => Promise.resolve() };
  return startFront({ nodes: 'one', ignored: [], settings, environment });
}

/** A server of several nodes behind one address; see lagging-replicas.ts. */
export interface ReplicatedServer extends ClickhouseServer {
  /** The next statement that is not a read gets no answer; an INSERT is done that much later. */
  lose(statements: number): Promise<void>;
  /** What still runs is done now. */
  land(): Promise<void>;
}

/**
 * A server each of whose requests is answered by another node. `ignored`: settings, or `query_id`,
 * that it takes no notice of, as if they were not sent.
 */
export async function startReplicas(ignored: readonly string[] = []): Promise<ReplicatedServer> {
  const server = await startFront({ nodes: 'several', ignored, settings: [], environment: {} });
  const { origin, username, password } = new URL(server.url);
  const authorization = `Basic ${Buffer.from(`${username}:${decodeURIComponent(password)}`).toString('base64')}`;
  const tell = async (what: string): Promise<void> => {
    const answer = await fetch(`${origin}/${what}`, { method: 'POST', headers: { authorization } });
    if (!answer.ok) throw new Error(await answer.text());
  };
  return { ...server, lose: (statements) => tell(`lose?statements=${statements}`), land: () => tell('land') };
}

/** What the process of a front is told. */
export interface FrontOptions {
  /** It has the data and what was sent; both stay there. */
  readonly directory: string;
  readonly password: string;
  readonly nodes: 'one' | 'several' | Membership;
  readonly ignored: readonly string[];
  readonly settings: readonly string[];
  readonly host: string;
  /** 0: any. */
  readonly port: number;
}

interface FrontWishes extends Pick<FrontOptions, 'nodes' | 'ignored' | 'settings'> {
  readonly environment: Readonly<Record<string, string>>;
}

export const FRONT_PASSWORD = 'p@ss/word';

/** With user and password. */
export function frontUrl(host: string, port: number): string {
  return `http://writer:${encodeURIComponent(FRONT_PASSWORD)}@${host}:${port}`;
}

/**
 * Starts the process of a front. Resolves when it listens, with its port; its later messages are
 * the caller's. Rejects when it ends before that.
 */
export async function forkFront(
  options: FrontOptions,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(new URL('./clickhouse-front-child.ts', import.meta.url), [JSON.stringify(options)], {
    execArgv: [],
    serialization: 'advanced',
    env: { ...process.env, TZ: 'UTC', UV_THREADPOOL_SIZE: '16', ...environment },
  });
  const [port] = await Promise.race([
    once(child, 'message') as Promise<[number]>,
    once(child, 'exit').then(() => Promise.reject(new Error('the ClickHouse front did not start'))),
  ]);
  return { child, port };
}

async function startFront({ environment, ...wishes }: FrontWishes): Promise<ClickhouseServer> {
  const folder = await scratch('tailrace-front');
  const { child, port } = await forkFront(
    { ...wishes, directory: folder.path, password: FRONT_PASSWORD, host: '127.0.0.1', port: 0 },
    environment,
  );
  const exited = once(child, 'exit');
  return {
    url: frontUrl('127.0.0.1', port),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
      await folder[Symbol.asyncDispose]();
    },
  };
}
