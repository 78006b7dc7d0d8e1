import { execFile } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../docs/pages.ts';
import { scratch } from '../support/scratch.ts';

/**
 * The code that stands for the last release while there is no tag: the last one whose lakes have no
 * features, of November 30, 2026.
 */
const BEFORE_FEATURES = '469a0a68ac3b7d4ea6d1e498e0e480d04ee48f8e';

const run = promisify(execFile);

/** Another version of this code, in a folder of its own, which goes with its scope. */
export interface OldTree extends AsyncDisposable {
  /** What was asked for: a tag or a commit. */
  readonly ref: string;
  readonly commit: string;
  /** In its package.json. */
  readonly version: string;
  /** Its program. */
  readonly bin: string;
  /** Whether it runs on what is installed here, for people. */
  readonly dependencies: string;
}

/**
 * Checks out `from`, or the last tag. null: it is not in this clone, which may lack the history.
 * Its dependencies are the installed ones where they have the versions that it names; otherwise npm
 * installs them.
 */
export async function checkOutOld(from: string | null): Promise<OldTree | null> {
  const ref = from ?? (await lastTag()) ?? BEFORE_FEATURES;
  const commit = await commitOf(ref);
  if (commit === null) return null;
  const folder = await scratch('tailrace-old');
  const tree = path.join(folder.path, 'tree');
  await run('git', ['worktree', 'add', '--detach', tree, commit], { cwd: ROOT });
  const remove = async (): Promise<void> => {
    await run('git', ['worktree', 'remove', '--force', tree], { cwd: ROOT });
    await folder[Symbol.asyncDispose]();
  };
  try {
    const dependencies = await installDependencies(tree);
    const { version } = manifestOf(path.join(tree, 'package.json'));
    return { ref, commit, version, dependencies, bin: path.join(tree, 'bin/tailrace.js'), [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The newest tag below this commit; null where there is none. */
async function lastTag(): Promise<string | null> {
  const found = await run('git', ['describe', '--tags', '--abbrev=0', '--match', 'v[0-9]*', 'HEAD^'], { cwd: ROOT }).catch(() => null);
  return found === null ? null : found.stdout.trim();
}

async function commitOf(ref: string): Promise<string | null> {
  return run('git', ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], { cwd: ROOT }).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
}

/**
 * Links what is installed here if it is what the old code asks for; else npm installs it. Says
 * which.
 */
async function installDependencies(old: string): Promise<string> {
  const isHere = ([name, version]: [string, string]): boolean => {
    const manifest = path.join(ROOT, 'node_modules', name, 'package.json');
    return existsSync(manifest) && manifestOf(manifest).version === version;
  };
  if (Object.entries(manifestOf(path.join(old, 'package.json')).dependencies ?? {}).every(isHere)) {
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(old, 'node_modules'));
    return 'with the installed dependencies';
  }
  await run('npm', ['ci', '--omit=dev'], { cwd: old });
  return 'with dependencies of its own';
}

function manifestOf(file: string): { version: string; dependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(file, 'utf8'));
}
