import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import type { DockerEngine } from './docker-engine.ts';
import { FRONTS } from './fronts.ts';
import { shell } from './shell.ts';

const ROOT = join(import.meta.dirname, '../..');
const LOOK_MS = 500;
const PROJECT = 'tailrace-ctest';
const PROFILES = ['--profile', 'shop', '--profile', 'watch'];
const NETWORK = `${PROJECT}_default`;
/** Their images cannot be made here. */
const WITHOUT = ['grafana'];

/** Others may have another address when they come back. */
const FRONT_ADDRESSES = new Map(FRONTS.shards.map((shard) => [`front-${shard}`, FRONTS.shard(FRONTS.network, shard)]));

/** Free ports of this machine, so that the test is not in the way of another stack. */
const PORTS = { TAILRACE_SQL_PORT: '0', TAILRACE_PAGE_PORT: '0', COLLECTOR_PORT: '0', PROMETHEUS_PORT: '0', ALERTMANAGER_PORT: '0' };

/** A service of compose, as the test disturbs and looks at it. */
export interface ServiceState {
  readonly running: boolean;
  readonly healthy: boolean;
  readonly exitCode: number;
  readonly pid: number;
}

/** The containers of docker/compose.yml. */
export class Cluster {
  readonly #engine: DockerEngine;
  readonly #compose: string;
  readonly #rows: number;
  readonly #rate: number;

  constructor(options: { engine: DockerEngine; compose: string; rows: number; rate: number }) {
    this.#engine = options.engine;
    this.#compose = options.compose;
    this.#rows = options.rows;
    this.#rate = options.rate;
  }

  /** Starts everything and resolves when each service is ready, as `up --wait` says. */
  async up(): Promise<void> {
    const all = (await this.compose(['config', '--services'])).trim().split('\n');
    await this.compose(['up', '--wait', '--wait-timeout', '300', '--no-build', ...all.filter((name) => !WITHOUT.includes(name))]);
  }

  /** Removes containers, networks and volumes. */
  async down(): Promise<void> {
    await this.compose(['down', '--volumes', '--remove-orphans', '--timeout', '20']);
  }

  compose(args: readonly string[]): Promise<string> {
    const files = ['docker/compose.yml', 'test/containers/override.yml'].flatMap((file) => ['-f', join(ROOT, file)]);
    return shell(this.#compose, ['--project-name', PROJECT, ...files, ...PROFILES, ...args], {
      env: { ...this.#engine.env, ...PORTS, TAILRACE_ENVIRONMENT: 'test', SHOP_ROWS: String(this.#rows), SHOP_RATE: String(this.#rate) },
    });
  }

  /** Names of the services that have a container, without those that have ended for good. */
  async services(): Promise<string[]> {
    const names = await this.#engine.docker([
      'ps',
      '--filter',
      `label=com.docker.compose.project=${PROJECT}`,
      '--format',
      '{{.Label "com.docker.compose.service"}}',
    ]);
    return names.trim().split('\n').toSorted();
  }

  async state(service: string): Promise<ServiceState> {
    const [status, health, exitCode, pid] = (
      await this.#docker([
        'inspect',
        '--format',
        '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}} {{.State.ExitCode}} {{.State.Pid}}',
        nameOf(service),
      ])
    )
      .trim()
      .split(' ');
    return {
      running: status === 'running',
      healthy: health === 'healthy' || health === 'none',
      exitCode: Number(exitCode),
      pid: Number(pid),
    };
  }

  /** Runs a command in a container of the service; resolves with its output. */
  exec(service: string, args: readonly string[]): Promise<string> {
    return this.#docker(['exec', nameOf(service), ...args]);
  }

  /** SIGKILL to the process itself, as a crash: the restart policy starts it again. */
  async kill(service: string): Promise<void> {
    const { pid } = await this.state(service);
    process.kill(pid, 'SIGKILL');
    await eventually(
      async () => {
        await sleep(LOOK_MS);
        const now = await this.state(service);
        return now.running && now.pid !== pid;
      },
      `${service} to be started again`,
      60_000,
    );
  }

  /** Tries again while the kernel cannot freeze it, as when a process starts in it. */
  async pause(service: string): Promise<void> {
    const isFrozen = (): Promise<boolean> =>
      this.#docker(['pause', nameOf(service)]).then(
        () => true,
        (error: unknown) => {
          if (String(error).includes('unable to freeze')) return false;
          throw error;
        },
      );
    await eventually(isFrozen, `${service} to be frozen`, 60_000);
  }

  async unpause(service: string): Promise<void> {
    await this.#docker(['unpause', nameOf(service)]);
  }

  /** Cuts the container off from all others. */
  async cutOff(service: string): Promise<void> {
    await this.#docker(['network', 'disconnect', NETWORK, nameOf(service)]);
  }

  async connect(service: string): Promise<void> {
    const address = FRONT_ADDRESSES.get(service);
    const fixed = address === undefined ? [] : ['--ip', address];
    await this.#docker(['network', 'connect', '--alias', service, ...fixed, NETWORK, nameOf(service)]);
  }

  async untilHealthy(services: readonly string[], withinMs: number): Promise<void> {
    for (const service of services)
      await eventually(
        async () => {
          await sleep(LOOK_MS);
          const { running, healthy } = await this.state(service);
          return running && healthy;
        },
        `${service} to be healthy`,
        withinMs,
      );
  }

  /** Bytes of memory that each service uses now. */
  async memory(): Promise<Map<string, number>> {
    const services = await this.services();
    const lines = await this.#docker(['stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}}', ...services.map(nameOf)]);
    return new Map(
      lines
        .trim()
        .split('\n')
        .map((line) => line.split(' '))
        .map(([name = '', used = '']) => [name.replace(`${PROJECT}-`, '').replace(/-1$/, ''), bytesOf(used)]),
    );
  }

  #docker(args: readonly string[]): Promise<string> {
    return this.#engine.docker(args);
  }
}

function nameOf(service: string): string {
  return `${PROJECT}-${service}-1`;
}

/** `12.5MiB` as docker prints it. */
function bytesOf(text: string): number {
  const [, number = '0', unit = 'B'] = /^([\d.]+)(\w+)$/.exec(text) ?? [];
  return Number(number) * 1024 ** ['B', 'KiB', 'MiB', 'GiB'].indexOf(unit);
}
