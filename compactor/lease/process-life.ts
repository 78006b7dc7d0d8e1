import { readlink } from 'node:fs/promises';
import { startTimeOf } from '../../warehouse/owner.ts';

/** Process ids mean something only within the namespace of their container. */
const NAMESPACE = '/proc/self/ns/pid';

/**
 * A text by which processes of this machine recognize this process: its namespace of process ids,
 * its id, and boot and start time. null where the system does not provide them.
 */
export async function processLife(pid: number = process.pid): Promise<string | null> {
  const [namespace, started] = await Promise.all([readlink(NAMESPACE).catch(() => null), startTimeOf(pid)]);
  return namespace === null || started === null ? null : `${namespace} ${pid} ${started}`;
}

/** Whether the process of such a text has surely ended. False when this cannot be told here. */
export async function hasEnded(life: string | null): Promise<boolean> {
  const [namespace, pid, started = ''] = (life ?? '').split(' ');
  const here = await processLife();
  if (here === null || pid === undefined) return false;
  const [ours, , since = ''] = here.split(' ');
  if (namespace !== ours || bootOf(started) !== bootOf(since)) return false;
  return (await startTimeOf(Number(pid))) !== started;
}

function bootOf(started: string): string {
  return started.slice(0, started.lastIndexOf(':'));
}
