import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What to say where it is missing. */
export const PROMTOOL_MISSING = 'promtool is not there: apt-get install prometheus';

/** What promtool printed, and whether it was content. */
export interface Verdict {
  readonly passed: boolean;
  readonly output: string;
}

/**
 * Runs Prometheus's own checker in `folder`; null where it is not installed, which is an error when
 * CI is set.
 */
export async function promtool(args: readonly string[], folder: string, input = ''): Promise<Verdict | null> {
  const running = promisify(execFile)('promtool', args, { cwd: folder });
  running.child.stdin?.on('error', () => undefined);
  running.child.stdin?.end(input);
  try {
    const { stdout, stderr } = await running;
    return { passed: true, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    if (code !== 'ENOENT') return { passed: false, output: stdout + stderr };
    if (process.env['CI'] !== undefined) throw new Error(PROMTOOL_MISSING, { cause: error });
    return null;
  }
}
