import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** A command that did not exit with 0. */
class CommandFailed extends Error {}

/**
 * Runs a program to its end and resolves with its output. Rejects with CommandFailed and both
 * outputs when it does not exit with 0.
 */
export async function shell(
  command: string,
  args: readonly string[],
  { env = {}, cwd, input }: { env?: Record<string, string>; cwd?: string; input?: string } = {},
): Promise<string> {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0)
    throw new CommandFailed(`${command} ${args.join(' ')} exited with ${code}\n${stdout.slice(-2000)}\n${stderr.slice(-4000)}`);
  return stdout;
}
