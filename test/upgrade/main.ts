/**
 * `npm run test:upgrade [-- --from REF] [--cast old-new-old,…]`: plays all pairs of roles of the
 * last tag and this code over one lake, and turns on the features of this code. Without a tag,
 * old-tree.ts names a commit that stands for it. Exit 1 when a cast fails.
 * `npm run test:upgrade -- --make [--from REF]`: keeps a small lake and warehouse of REF (default:
 * this code as committed) in `test/upgrade/<version>/`, which later versions open in their tests.
 */
import { parseArgs } from 'node:util';
import { startPostgres } from '../../cli/demo/postgres-server.ts';
import { makeFixture } from './make-fixture.ts';
import { checkOutOld } from './old-tree.ts';
import { CASTS, castName, playCast } from './pairs.ts';

const { values } = parseArgs({
  options: { from: { type: 'string' }, cast: { type: 'string' }, make: { type: 'boolean', default: false } },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await using old = await checkOutOld(values.from ?? (values.make ? 'HEAD' : null));
if (old === null) throw new Error('the commit to begin with is not in this clone; fetch the whole history');
if (values.make) say(await makeFixture(old));
else {
  say(`old is ${old.version} of ${old.ref} (${old.dependencies}); casts are replicate-snapshot-compact`);
  await using server = await startPostgres();
  const wanted = values.cast?.split(',') ?? CASTS.map(castName);
  let failed = 0;
  for (const cast of CASTS.filter((one) => wanted.includes(castName(one)))) {
    const began = performance.now();
    const said = await playCast(cast, server, old.bin).catch((error: unknown) => {
      failed += 1;
      return `FAILED ${error instanceof Error ? error.message : String(error)}`;
    });
    say(`${castName(cast)}  ${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${said}`);
  }
  process.exitCode = failed === 0 ? 0 : 1;
}
