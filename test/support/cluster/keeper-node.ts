import type { Asked, ToKeeper, ToNode } from './cluster-member.ts';
import type { CreateDatabase } from './cluster-statement.ts';
import type { KeeperLink } from './keeper-link.ts';

/** A node died before it answered. */
export class NodeGone extends Error {}

/** Where a node is. */
export interface NodePlace {
  /** From 1 on. */
  readonly shard: number;
  readonly replica: number;
  readonly host: string;
}

/** Answers what a node asks. */
export type Answerer = (node: KeeperNode, asked: Asked) => Promise<Uint8Array>;

/** The keeper's end of the connection to a node. */
export type NodeLink = KeeperLink<ToNode, ToKeeper>;

interface Waiting {
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/** One node of a cluster as its keeper knows it: it lives while it is linked. */
export class KeeperNode implements NodePlace {
  readonly shard: number;
  readonly replica: number;
  readonly host: string;
  /** Its replicated tables take no writes. */
  isReadOnly = false;
  /** Replicated databases that it has. */
  readonly databases = new Set<string>();
  /** What ON CLUSTER did with databases while it was away: the statement by the database. */
  readonly owed = new Map<string, CreateDatabase | 'drop'>();
  /** As many statements of the cluster's log of DDL are done on it. */
  done = 0;
  readonly #answer: Answerer;
  readonly #waiting = new Map<number, Waiting>();
  #link: NodeLink | null = null;
  #runs = 0;

  constructor({ shard, replica, host }: NodePlace, answer: Answerer) {
    this.shard = shard;
    this.replica = replica;
    this.host = host;
    this.#answer = answer;
  }

  get isAlive(): boolean {
    return this.#link !== null;
  }

  /** For messages. */
  get label(): string {
    return `replica ${this.replica} of shard ${this.shard}`;
  }

  /** Its process has connected. The one before it is gone. */
  linked(link: NodeLink): void {
    this.gone();
    this.#link = link;
  }

  /** It is away. All that wait for it are told. `link`: only if this is the one that it has. */
  gone(link = this.#link): void {
    if (this.#link !== link) return;
    this.#link = null;
    link?.end();
    for (const { reject } of this.#waiting.values()) reject(new NodeGone(`${this.label} died`));
    this.#waiting.clear();
  }

  /** Runs one statement on it. Errors: NodeGone, or what the engine says. */
  run(sql: string, settings: readonly string[] = []): Promise<Uint8Array> {
    const link = this.#link;
    if (link === null) return Promise.reject(new NodeGone(`${this.label} is away`));
    const id = (this.#runs += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      link.send({ kind: 'run', id, sql, settings });
    });
  }

  /** Rows of one SELECT. */
  async rows<T extends object>(sql: string): Promise<T[]> {
    const text = Buffer.from(await this.run(`${sql} FORMAT JSONEachRow`)).toString();
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);
  }

  /** What came over its link. */
  async hear(link: NodeLink, message: Exclude<ToKeeper, { kind: 'hello' }>): Promise<void> {
    if (message.kind === 'ask') {
      await this.#answer(this, message.asked).then(
        (bytes) => link.send({ kind: 'answer', id: message.id, bytes }),
        (error: unknown) => link.send({ kind: 'refused', id: message.id, text: error instanceof Error ? error.message : String(error) }),
      );
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'ran') waiting?.resolve(message.bytes);
    else waiting?.reject(new Error(message.text));
  }
}
