import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../docs/pages.ts';
import { ENVIRONMENTS } from '../environment.ts';
import { type Outcome, ok, skipped } from './outcome.ts';

const TARGETS = ['tailrace', 'tailrace-slim'] as const;
const CHART = 'deploy/helm/tailrace';
const run = promisify(execFile);

/** Whether a program is here and ends with 0. */
async function runs(program: string, args: readonly string[]): Promise<boolean> {
  return run(program, args).then(
    () => true,
    () => false,
  );
}

/** Builds both targets of docker/Dockerfile and starts each: it must print the version. */
export async function tryImage(version: string): Promise<Outcome> {
  if (!(await runs('docker', ['info']))) return skipped('no Docker engine answers here');
  const sizes = [];
  for (const target of TARGETS) {
    const image = `${target}:release-check`;
    await run('docker', ['build', '-f', 'docker/Dockerfile', '--target', target, '-t', image, '.'], { cwd: ROOT, maxBuffer: 2 ** 26 });
    const { stdout } = await run('docker', ['run', '--rm', '--read-only', '--cap-drop', 'ALL', '--tmpfs', '/tmp', image, '--version']);
    if (stdout !== `tailrace ${version}\n`) throw new Error(`${target} says "${stdout.trim()}"`);
    const { stdout: bytes } = await run('docker', ['image', 'inspect', '--format', '{{.Size}}', image]);
    sizes.push(`${target} ${(Number(bytes) / 1e6).toFixed(0)} MB`);
  }
  return ok(`both targets start: ${sizes.join(', ')}`);
}

/** Renders the chart for each environment. */
export async function tryChart(): Promise<Outcome> {
  if (!existsSync(path.join(ROOT, CHART))) return skipped(`${CHART} is not here`);
  if (!(await runs('helm', ['version']))) return skipped('helm is not here');
  await run('helm', ['lint', '--strict', CHART], { cwd: ROOT });
  for (const environment of ENVIRONMENTS) {
    await run('helm', chartArgs(environment), { cwd: ROOT, maxBuffer: 2 ** 26 });
  }
  return ok(`rendered for ${ENVIRONMENTS.join(', ')}`);
}

function chartArgs(environment: string): string[] {
  return ['template', 'tailrace', CHART, '--set', `environment=${environment}`];
}
