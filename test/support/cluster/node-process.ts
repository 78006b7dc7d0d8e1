import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { FRONT_PASSWORD, forkFront, frontUrl } from '../servers/clickhouse-front.ts';
import type { Asked, ToKeeper, ToNode } from './cluster-member.ts';
import type { CreateDatabase } from './cluster-statement.ts';

/** A node died before it answered. */
export class NodeGone extends Error {}

/** Where a node is. */
export interface NodePlace {
  /** From 1 on. */
  readonly shard: number;
  readonly replica: number;
  readonly host: string;
  readonly directory: string;
  /** The configuration of its engine. */
  readonly config: string;
}

/** Answers what a node asks. */
export type Answerer = (node: NodeProcess, asked: Asked) => Promise<Uint8Array>;

interface Waiting {
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/** The process of one node of a cluster, or its absence: it can be killed and started again. */
export class NodeProcess implements NodePlace {
  readonly shard: number;
  readonly replica: number;
  readonly host: string;
  readonly directory: string;
  readonly config: string;
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
  #child: ChildProcess | null = null;
  #runs = 0;

  constructor({ shard, replica, host, directory, config }: NodePlace, answer: Answerer) {
    this.shard = shard;
    this.replica = replica;
    this.host = host;
    this.directory = directory;
    this.config = config;
    this.#answer = answer;
  }

  get isAlive(): boolean {
    return this.#child !== null;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** For messages. */
  get label(): string {
    return `replica ${this.replica} of shard ${this.shard}`;
  }

  url(port: number): string {
    return frontUrl(this.host, port);
  }

  /** Starts its process on this port; 0: any. Returns the port. */
  async start(port: number): Promise<number> {
    if (this.#child !== null) throw new Error(`${this.label} runs already`);
    await mkdir(this.directory, { recursive: true });
    const started = await forkFront({
      directory: this.directory,
      password: FRONT_PASSWORD,
      nodes: 'cluster',
      ignored: [],
      settings: [`--config-file=${this.config}`],
      host: this.host,
      port,
    });
    const { child } = started;
    child.on('message', (message: ToKeeper) => void this.#hear(child, message));
    child.once('exit', () => {
      if (this.#child === child) this.#gone();
    });
    this.#child = child;
    return started.port;
  }

  /** SIGKILL; resolves when it is gone. Nothing when it is gone already. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const exited = once(child, 'exit');
    this.#gone();
    child.kill('SIGKILL');
    await exited;
  }

  /** Removes its data; it must be dead. */
  async wipe(): Promise<void> {
    if (this.#child !== null) throw new Error(`${this.label} still runs`);
    await rm(this.directory, { recursive: true, force: true });
    this.databases.clear();
    this.owed.clear();
  }

  /** Runs one statement on it. Errors: NodeGone, or what the engine says. */
  run(sql: string, settings: readonly string[] = []): Promise<Uint8Array> {
    const child = this.#child;
    if (child === null) return Promise.reject(new NodeGone(`${this.label} is away`));
    const id = (this.#runs += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      send(child, { kind: 'run', id, sql, settings });
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

  async #hear(child: ChildProcess, message: ToKeeper): Promise<void> {
    if (message.kind === 'ask') {
      await this.#answer(this, message.asked).then(
        (bytes) => send(child, { kind: 'answer', id: message.id, bytes }),
        (error: unknown) => send(child, { kind: 'refused', id: message.id, text: error instanceof Error ? error.message : String(error) }),
      );
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'ran') waiting?.resolve(message.bytes);
    else waiting?.reject(new Error(message.text));
  }

  #gone(): void {
    this.#child = null;
    for (const { reject } of this.#waiting.values()) reject(new NodeGone(`${this.label} died`));
    this.#waiting.clear();
  }
}

function send(child: ChildProcess, message: ToNode): void {
  if (child.connected) child.send(message, () => undefined);
}
