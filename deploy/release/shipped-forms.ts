import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ROOT } from '../../docs/pages.ts';
import { scratch } from '../../test/support/scratch.ts';
import { checkChart } from '../check/chart-check.ts';
import { runTool } from '../check/tool.ts';
import { ENVIRONMENTS } from '../environment.ts';
import { type Outcome, ok, skipped } from './outcome.ts';

const TARGETS = ['tailrace', 'tailrace-slim'] as const;
const run = promisify(execFile);

/** Builds both targets of docker/Dockerfile and starts each: it must print the version. */
export async function tryImage(version: string): Promise<Outcome> {
  if ((await runTool('docker', ['info'], ROOT))?.passed !== true) return skipped('no Docker engine answers here');
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

/** Lints, renders, validates and packages the chart for each environment, as deploy:check does. */
export async function tryChart(): Promise<Outcome> {
  await using folder = await scratch('tailrace-chart');
  const verdict = await checkChart(folder.path);
  if (verdict === null) return skipped('helm-python-sdk or kubernetes-validate is not here');
  if (!verdict.passed) throw new Error(verdict.output);
  return ok(`rendered and valid for ${ENVIRONMENTS.join(', ')}`);
}
