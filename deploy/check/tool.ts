import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Whether a program exited with 0, and what it printed: on both outputs, and on stdout alone. */
export interface Verdict {
  readonly passed: boolean;
  readonly stdout?: string;
  readonly output: string;
}

const MOST_OUTPUT = 64 * 2 ** 20;

/**
 * Runs a program in `folder` until it ends; null where it is not installed.
 */
export async function runTool(command: string, args: readonly string[], folder: string, input = ''): Promise<Verdict | null> {
  const running = promisify(execFile)(command, args, { cwd: folder, maxBuffer: MOST_OUTPUT });
  running.child.stdin?.on('error', () => undefined);
  running.child.stdin?.end(input);
  try {
    const { stdout, stderr } = await running;
    return { passed: true, stdout, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    return code === 'ENOENT' ? null : { passed: false, stdout, output: stdout + stderr };
  }
}
