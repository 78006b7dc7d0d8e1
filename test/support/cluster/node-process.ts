import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { FRONT_PASSWORD, forkFront, frontUrl } from '../servers/clickhouse-front.ts';
import type { KeeperAddress } from './cluster-member.ts';
import { KeeperNode } from './keeper-node.ts';
import type { Answerer, NodePlace } from './keeper-node.ts';

/** Where a process of a node has its things. */
interface ProcessPlace extends NodePlace {
  readonly directory: string;
  /** The configuration of its engine. */
  readonly config: string;
}

/**
 * A node of a cluster whose process is a child of this one: it can be killed and started again.
 */
export class NodeProcess extends KeeperNode {
  readonly #directory: string;
  readonly #config: string;
  #child: ChildProcess | null = null;

  constructor({ directory, config, ...place }: ProcessPlace, answer: Answerer) {
    super(place, answer);
    this.#directory = directory;
    this.#config = config;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  url(port: number): string {
    return frontUrl(this.host, port);
  }

  /**
   * Starts its process on this port; 0: any. Returns the port. The keeper has let it join then.
   */
  async start(keeper: KeeperAddress, port: number): Promise<number> {
    if (this.#child !== null) throw new Error(`${this.label} runs already`);
    await mkdir(this.#directory, { recursive: true });
    const { child, port: taken } = await forkFront({
      directory: this.#directory,
      password: FRONT_PASSWORD,
      nodes: { ...keeper, shard: this.shard, replica: this.replica },
      ignored: [],
      settings: [`--config-file=${this.#config}`],
      host: this.host,
      port,
    });
    child.once('exit', () => {
      if (this.#child === child) this.#child = null;
    });
    this.#child = child;
    return taken;
  }

  /** SIGKILL; resolves when it is gone. Nothing when it is gone already. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    this.gone();
    if (child === null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Removes its data; it must be dead. */
  async wipe(): Promise<void> {
    if (this.#child !== null) throw new Error(`${this.label} still runs`);
    await rm(this.#directory, { recursive: true, force: true });
    this.databases.clear();
    this.owed.clear();
  }
}
