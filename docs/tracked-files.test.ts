import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROOT } from './pages.ts';

/** Git's answer about this folder, as lines; null where there is no git or no repository. */
function git(...args: string[]): string[] | null {
  const { status, stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  return status === 0 ? stdout.split('\n').filter((line) => line !== '') : null;
}

/** Not an unpacked package, also not one inside the repository of somebody else. */
const isCheckout = git('rev-parse', '--show-toplevel')?.[0] === realpathSync(ROOT);

/** `git add --force` and a later rule leave such a file in every clone: a password, or a build. */
test.skipIf(!isCheckout)(`git has no file that .gitignore names${isCheckout ? '' : ' (skipped: this is no git checkout)'}`, () => {
  expect(git('ls-files', '--cached', '--ignored', '--exclude-per-directory=.gitignore')).toEqual([]);
});
