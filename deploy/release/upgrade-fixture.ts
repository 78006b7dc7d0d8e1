import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../docs/pages.ts';
import { type Outcome, ok, skipped } from './outcome.ts';

/** What a lake and a warehouse depend on. */
const PRODUCT = ['core', 'lake', 'postgres', 'replicator', 'snapshotter', 'compactor', 'transformer', 'warehouse', 'warehouse-sql'];

const run = promisify(execFile);

/**
 * Whether the lake and the warehouse that later versions will open are made by the code that is
 * released. `tag`: what is being released; null: nothing yet.
 */
export async function checkFixture(version: string, tag: string | null): Promise<Outcome> {
  const folder = `test/upgrade/${version}`;
  const file = path.join(ROOT, folder, 'made.json');
  if (tag === null) return skipped('it is made for a tag');
  if (!existsSync(file)) throw new Error(`${folder} is missing; npm run test:upgrade -- --make`);
  const { commit } = JSON.parse(readFileSync(file, 'utf8')) as { commit: string };
  const same = await run('git', ['diff', '--quiet', commit, 'HEAD', '--', ...PRODUCT, ':!*.test.ts'], { cwd: ROOT }).then(
    () => true,
    () => false,
  );
  if (!same) throw new Error(`${folder} was made by ${commit}, which is another code; npm run test:upgrade -- --make`);
  return ok(`${folder} was made by this code`);
}
