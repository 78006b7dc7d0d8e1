import { spawnSync } from 'node:child_process';
import { mkdirSync, statfsSync } from 'node:fs';

/** What to say where it is missing. */
export const LIMITED_DISK_MISSING = 'a tmpfs cannot be mounted here: it needs root';

/** A disk that can be full. */
export interface LimitedDisk extends Disposable {
  /** From now on there is no room. */
  fill(): void;
  /** From now on there is room. */
  empty(): void;
}

const ROOM = '1g';
/** What is written between the look and the change. */
const SLACK_BYTES = 64 * 1024;
const ATTEMPTS = 20;

/** Mounts one at a folder; null where we may not. */
export function limitedDisk(folder: string): LimitedDisk | null {
  mkdirSync(folder, { recursive: true });
  if (run('mount', ['-t', 'tmpfs', '-o', `size=${ROOM}`, 'tailrace', folder]) !== null) return null;
  const unmount = (): void => void run('umount', ['--lazy', folder]);
  process.once('exit', unmount);
  const resize = (size: string | number): string | null => run('mount', ['-o', `remount,size=${size}`, folder]);
  return {
    fill() {
      let trouble: string | null = null;
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const { blocks, bfree, bsize } = statfsSync(folder);
        // 0 would be no limit.
        trouble = resize(Math.max(blocks - bfree, 1) * bsize + SLACK_BYTES * attempt);
        if (trouble === null) return;
      }
      throw new Error(`${folder} could not be made full: ${trouble}`);
    },
    empty() {
      const trouble = resize(ROOM);
      if (trouble !== null) throw new Error(`${folder} could not be given room: ${trouble}`);
    },
    [Symbol.dispose]() {
      process.off('exit', unmount);
      unmount();
    },
  };
}

/** What went wrong; null: nothing. */
function run(command: string, args: readonly string[]): string | null {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? null : stderr;
}
