import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { shell } from './shell.ts';

/** The Docker that the test uses. */
export interface DockerEngine extends AsyncDisposable {
  /** Runs `docker`. */
  readonly docker: (args: readonly string[], input?: string) => Promise<string>;
  /** For processes that speak to it: DOCKER_HOST. */
  readonly env: Record<string, string>;
}

const START_ATTEMPTS = 120;

/**
 * The Docker that answers on this machine, or dockerd of Debian's docker.io, with its files below
 * `cache`. What it started goes away with it: the daemon, its bridge and its rules.
 */
export async function openDocker(cache: string): Promise<DockerEngine> {
  const given = engineOf({});
  if (process.env['DOCKER_HOST'] !== undefined || (await answers(given)))
    return { ...given, [Symbol.asyncDispose]: () => Promise.resolve() };
  const socket = join(cache, 'docker.sock');
  const engine = engineOf({ DOCKER_HOST: `unix://${socket}` });
  const rules = await shell('iptables-save', []);
  const log = openSync(join(cache, 'dockerd.log'), 'a');
  const daemon = spawn(
    'dockerd',
    [`--data-root=${cache}/docker`, `--exec-root=${cache}/exec`, `--pidfile=${cache}/docker.pid`, `--host=unix://${socket}`],
    {
      stdio: ['ignore', log, log],
      detached: true,
    },
  );
  closeSync(log);
  const ended = once(daemon, 'exit');
  const close = async (): Promise<void> => {
    daemon.kill('SIGTERM');
    await ended;
    await shell('ip', ['link', 'delete', 'docker0']).catch(() => undefined);
    await shell('iptables-restore', [], { input: withoutDocker(rules) });
  };
  for (let attempt = 0; !(await answers(engine)); attempt += 1) {
    if (attempt === START_ATTEMPTS || daemon.exitCode !== null) {
      await close();
      throw new Error(`dockerd did not start; see ${cache}/dockerd.log`);
    }
    await sleep(500);
  }
  return { ...engine, [Symbol.asyncDispose]: close };
}

/** Rules of a Docker that was killed earlier would stay for ever. */
function withoutDocker(rules: string): string {
  return rules
    .split('\n')
    .filter((line) => !/docker/i.test(line))
    .join('\n');
}

/** Why the test cannot run on this machine; null: it can. */
export async function whyNot(): Promise<string | null> {
  if (process.platform !== 'linux' || !existsSync('/etc/debian_version')) return 'this is not Debian';
  if (process.getuid?.() !== 0) return 'this is not root';
  for (const program of [
    'docker',
    'dockerd',
    'mmdebstrap',
    'go',
    'ip',
    'iptables-save',
    'prometheus',
    'prometheus-alertmanager',
    'versitygw',
  ])
    if (!(await isThere(program)))
      return `${program} is not there (apt-get install docker.io iproute2 iptables mmdebstrap prometheus prometheus-alertmanager; go install github.com/versity/versitygw/cmd/versitygw@v1.8.0)`;
  return null;
}

/** The path of a program, following links. */
export async function pathOf(program: string): Promise<string> {
  return (await shell('sh', ['-c', `readlink -f "$(command -v ${program})"`])).trim();
}

async function isThere(program: string): Promise<boolean> {
  return shell('sh', ['-c', `command -v ${program}`]).then(
    () => true,
    () => false,
  );
}

function engineOf(env: Record<string, string>): Pick<DockerEngine, 'docker' | 'env'> {
  return { env, docker: (args, input) => shell('docker', args, { env, ...(input === undefined ? {} : { input }) }) };
}

async function answers({ docker }: Pick<DockerEngine, 'docker'>): Promise<boolean> {
  return docker(['info', '--format', '{{.ServerVersion}}']).then(
    (version) => version.trim() !== '',
    () => false,
  );
}
