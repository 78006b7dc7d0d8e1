import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { shell } from '../../containers/shell.ts';
import { eventually } from '../eventually.ts';

/** Runs `docker` with these arguments; resolves with its output. */
export type RunDocker = (args: readonly string[]) => Promise<string>;

/** Where the services of docker/cluster.yml are, from this machine too. */
export const ADDRESSES: Readonly<Record<string, string>> = {
  postgres: '172.29.250.5',
  lake: '172.29.250.6',
  'node-1-1': '172.29.250.11',
  'node-1-2': '172.29.250.12',
  'node-2-1': '172.29.250.13',
  'node-2-2': '172.29.250.14',
  'node-2-3': '172.29.250.15',
};
const FILE = join(import.meta.dirname, '../../../docker/cluster.yml');
const PROJECT = 'tailrace-cluster';
/** It comes later. */
const ADDED = 'node-2-3';
const LOOK_MS = 250;
const START_MS = 180_000;

/** The service of docker/cluster.yml that is this replica. */
export function serviceOf(shard: number, replica: number): string {
  return `node-${shard}-${replica}`;
}

/** Address in the network over which replicas fetch parts from each other. */
function addressForCopies(service: string): string {
  return (ADDRESSES[service] ?? '').replace('.250.', '.251.');
}

/** The containers of docker/cluster.yml, one by one. Each method resolves when it is done. */
export class ComposeNodes {
  readonly #docker: RunDocker;

  /** `docker`: default: the program, with the variables of this process. */
  constructor(docker: RunDocker = (args) => shell('docker', args)) {
    this.#docker = docker;
  }

  /** Gets the images. Rejects when no registry gives them. */
  async pull(): Promise<void> {
    await this.#compose('pull', '--quiet');
  }

  /** Starts everything but the node that comes later. Rejects when something does not get ready. */
  async up(): Promise<void> {
    const all = (await this.#compose('config', '--services')).trim().split('\n');
    await this.#compose('up', '--wait', '--wait-timeout', '300', ...all.filter((name) => name !== ADDED));
  }

  /** Removes containers, networks and volumes. */
  async down(): Promise<void> {
    await this.#compose('down', '--volumes', '--remove-orphans', '--timeout', '20');
  }

  /** The last lines of each container. */
  logs(): Promise<string> {
    return this.#compose('logs', '--no-color', '--tail', '20');
  }

  /** SIGKILL. It stays dead. */
  async kill(service: string): Promise<void> {
    await this.#compose('kill', '--signal', 'SIGKILL', service);
    await this.#until(service, 'exited');
  }

  /** Starts it, or makes a new one, and waits until it answers. */
  async start(service: string): Promise<void> {
    await this.#compose('up', '--detach', '--no-deps', '--no-recreate', service);
    await this.#until(service, 'healthy');
  }

  /** As an update does: SIGTERM, and the start. */
  async restart(service: string): Promise<void> {
    await this.#compose('restart', '--no-deps', service);
    await this.#until(service, 'healthy');
  }

  async pause(service: string): Promise<void> {
    await this.#compose('pause', service);
  }

  async unpause(service: string): Promise<void> {
    await this.#compose('unpause', service);
  }

  /** Removes it with all that it has stored, dead or alive. */
  async loseDisk(service: string): Promise<void> {
    await this.#compose('rm', '--force', '--stop', service);
    await this.#docker(['volume', 'rm', `${PROJECT}_${service}`]);
  }

  /** No other replica fetches from it, nor it from others. Clients and keepers reach it. */
  async cutOff(service: string): Promise<void> {
    await this.#docker(['network', 'disconnect', `${PROJECT}_copies`, container(service)]);
  }

  /** At the address that it had. */
  async connect(service: string): Promise<void> {
    const address = addressForCopies(service);
    await this.#docker(['network', 'connect', '--ip', address, '--alias', service, `${PROJECT}_copies`, container(service)]);
  }

  #compose(...args: readonly string[]): Promise<string> {
    return this.#docker(['compose', '--project-name', PROJECT, '--file', FILE, '--profile', 'grown', ...args]);
  }

  async #until(service: string, state: 'exited' | 'healthy'): Promise<void> {
    const format = '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}}';
    await eventually(
      async () => {
        const said = await this.#docker(['inspect', '--format', format, container(service)]);
        if (said.trim().split(' ').includes(state)) return true;
        await sleep(LOOK_MS);
        return false;
      },
      `${service} to be ${state}`,
      START_MS,
    );
  }
}

function container(service: string): string {
  return `${PROJECT}-${service}-1`;
}
