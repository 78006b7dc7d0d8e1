import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { NodeRequest, Run } from '../servers/lagging-replicas.ts';
import { KeeperLink } from './keeper-link.ts';

/** Where a keeper listens. */
export interface KeeperAddress {
  readonly host: string;
  /** 0: any, for the keeper itself. */
  readonly port: number;
}

/** Which node of a cluster one is, and where its keeper is. */
export interface Membership extends KeeperAddress {
  readonly shard: number;
  readonly replica: number;
}

/** What a node of a cluster asks its keeper. */
export type Asked =
  | { readonly what: 'statement'; readonly request: Statement }
  /** A read of a table on the other shards of a cluster. */
  | { readonly what: 'others'; readonly cluster: string; readonly sql: string };

/** A request as the process of the keeper gets it. */
export interface Statement {
  readonly sql: string;
  readonly params: Readonly<Record<string, string>>;
  readonly settings: readonly string[];
}

/** From a node to the keeper. */
export type ToKeeper =
  /** The first one. */
  | { readonly kind: 'hello'; readonly shard: number; readonly replica: number }
  | { readonly kind: 'ask'; readonly id: number; readonly asked: Asked }
  | { readonly kind: 'ran'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly id: number; readonly text: string };

/** From the keeper to a node. */
export type ToNode =
  /** It may answer clients: it has what it missed. */
  | { readonly kind: 'welcome' }
  | { readonly kind: 'run'; readonly id: number; readonly sql: string; readonly settings: readonly string[] }
  | { readonly kind: 'answer'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'refused'; readonly id: number; readonly text: string };

/** Reads of these are answered from what the keeper knows. */
const ASKS = /\bsystem\.(?:databases|replicas|tables)\b|\bclusterAllReplicas\s*\(/i;
const READS = /^\s*(?:WITH|SELECT|DESCRIBE|DESC|EXPLAIN|SHOW|EXISTS)\b/i;

interface Waiting {
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A node of a cluster, in the process of its engine: it asks the keeper about all but plain reads,
 * and runs what the keeper sends.
 */
export class ClusterMember {
  readonly #run: Run;
  readonly #waiting = new Map<number, Waiting>();
  readonly #link: KeeperLink<ToKeeper, ToNode>;
  readonly #welcome = Promise.withResolvers<void>();
  #asked = 0;

  private constructor(run: Run, socket: Socket) {
    this.#run = (sql, settings) => run(sql, settings).catch((error: unknown) => Promise.reject(ofShardError(error)));
    this.#link = new KeeperLink(socket, {
      hear: (message) => void this.#hear(message),
      // It would answer what others do not know of.
      ended: () => process.kill(process.pid, 'SIGKILL'),
    });
  }

  /**
   * Connects to the keeper. Resolves when clients may be answered. The process ends with the
   * connection.
   */
  static async join(run: Run, { host, port, shard, replica }: Membership): Promise<ClusterMember> {
    const socket = connect(port, host);
    await once(socket, 'connect');
    const member = new ClusterMember(run, socket);
    member.#link.send({ kind: 'hello', shard, replica });
    await member.#welcome.promise;
    return member;
  }

  /** Errors: what the engine or the keeper says. */
  answer({ sql, params, settings }: NodeRequest): Promise<Uint8Array> {
    if (READS.test(sql) && !ASKS.test(sql)) return this.#run(sql, settings);
    return this.#ask({ what: 'statement', request: { sql, params: Object.fromEntries(params), settings } });
  }

  /** The rows of all other shards, in Native format. */
  ofOthers(cluster: string, sql: string): Promise<Uint8Array> {
    return this.#ask({ what: 'others', cluster, sql });
  }

  #ask(asked: Asked): Promise<Uint8Array> {
    const id = (this.#asked += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#link.send({ kind: 'ask', id, asked });
    });
  }

  async #hear(message: ToNode): Promise<void> {
    if (message.kind === 'run') {
      await this.#run(message.sql, message.settings).then(
        (bytes) => this.#link.send({ kind: 'ran', id: message.id, bytes }),
        (error: unknown) =>
          this.#link.send({ kind: 'failed', id: message.id, text: error instanceof Error ? error.message : String(error) }),
      );
      return;
    }
    if (message.kind === 'welcome') return this.#welcome.resolve();
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'answer') waiting?.resolve(message.bytes);
    else waiting?.reject(new Error(message.text));
  }
}

/** An error of another shard came as the answer to an HTTP request of the engine. */
function ofShardError(error: unknown): unknown {
  const [, said] =
    /Code: 86\.[\s\S]*?(Code: \d+\. DB::Exception: [\s\S]*?\([A-Z_]+\))/.exec(error instanceof Error ? error.message : '') ?? [];
  return said === undefined ? error : new Error(said);
}
