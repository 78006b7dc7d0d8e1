import { spawnSync } from 'node:child_process';
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { scratch } from './scratch.ts';

/**
 * A folder whose content can be taken away under running processes, as a volume is that is
 * unmounted, and be put back.
 */
export interface Volume extends AsyncDisposable {
  /** The mount point. */
  readonly path: string;
  /** Leaves an empty mount point behind. */
  takeAway(): Promise<void>;
  /** What `takeAway` took, or the content of another folder. */
  putBack(other?: string): Promise<void>;
}

/** A bind mount where we may mount, else a folder that is renamed. */
export async function volume(): Promise<Volume> {
  const folder = await scratch('volume');
  const path = join(folder.path, 'mounted');
  const content = join(folder.path, 'content');
  await mkdir(path);
  await mkdir(content);
  const mounts = run('mount', ['--bind', content, path]);
  if (!mounts) await rmdir(content);
  let away = false;
  const takeAway = async (): Promise<void> => {
    away = true;
    // Busy for as long as somebody has a file of it open.
    if (mounts) await eventually(() => run('umount', [path]), `the end of what uses ${path}`);
    else {
      await rename(path, content);
      await mkdir(path);
    }
  };
  return {
    path,
    takeAway,
    async putBack(other = content) {
      away = false;
      if (mounts) return expectRun('mount', ['--bind', other, path]);
      await rm(path, { recursive: true });
      await rename(other, path);
    },
    async [Symbol.asyncDispose]() {
      if (mounts && !away) await takeAway();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function run(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function expectRun(command: string, args: readonly string[]): void {
  if (!run(command, args)) throw new Error(`${command} ${args.join(' ')} failed`);
}
