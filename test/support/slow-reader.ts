import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as rest } from 'node:timers/promises';

/** A reader that takes this long over each piece is slower than every command. */
const REST_MS = 5;

/**
 * Reads a process's standard output piece by piece, with a rest after each, as a pager does. Out:
 * all it printed, and its exit code.
 */
export async function readSlowly(child: ChildProcess): Promise<{ code: number | null; text: string }> {
  if (child.stdout === null) throw new Error('its standard output is not a pipe');
  const ended = once(child, 'close');
  const pieces: Buffer[] = [];
  for await (const piece of child.stdout as AsyncIterable<Buffer>) {
    pieces.push(piece);
    await rest(REST_MS);
  }
  await ended;
  return { code: child.exitCode, text: Buffer.concat(pieces).toString('utf8') };
}
