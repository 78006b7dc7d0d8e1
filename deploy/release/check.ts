/**
 * `npm run release:check [-- --tag v0.2.0] [--only changelog,package] [--from REF]`: whether this
 * commit can be released. A line per step; exit 1 when a step fails. A step whose tool is not here
 * is skipped by name. `--tag` holds the changelog to the tag that is being released, and `--from`
 * names what to upgrade from, in place of the last tag.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { elapsed } from '../../core/time.ts';
import { ROOT } from '../../docs/pages.ts';
import { changelogProblems } from './changelog.ts';
import { type Outcome, ok } from './outcome.ts';
import { tryPackage } from './packed-package.ts';
import { tryChart, tryImage } from './shipped-forms.ts';
import { checkFixture } from './upgrade-fixture.ts';
import { playUpgrade } from './upgrade.ts';
import { versionProblems } from './versions.ts';

const { values } = parseArgs({ options: { tag: { type: 'string' }, only: { type: 'string' }, from: { type: 'string' } } });
const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };

const STEPS: Readonly<Record<string, () => Promise<Outcome>>> = {
  changelog: async () => {
    const text = readFileSync(path.join(ROOT, 'CHANGELOG.md'), 'utf8');
    const problems = [...changelogProblems(text, { version, tag: values.tag ?? null }), ...versionProblems(version)];
    if (problems.length > 0) throw new Error(problems.join(' '));
    return ok(`version ${version} everywhere, and CHANGELOG.md has its entry`);
  },
  package: () => tryPackage(version),
  image: () => tryImage(version),
  chart: () => tryChart(),
  fixture: () => checkFixture(version, values.tag ?? null),
  upgrade: () => playUpgrade(values.from ?? null),
};

const chosen = values.only?.split(',') ?? Object.keys(STEPS);
let failed = 0;
for (const name of chosen) {
  const step = STEPS[name] ?? (() => Promise.reject(new Error(`there is no such step; the steps are ${Object.keys(STEPS).join(', ')}`)));
  const began = elapsed();
  const { state, said } = await step().catch((error: unknown) => {
    failed += 1;
    return { state: 'FAILED', said: error instanceof Error ? error.message : String(error) };
  });
  process.stdout.write(`${name.padEnd(10)} ${state.padEnd(8)} ${((elapsed() - began) / 1000).toFixed(0).padStart(4)} s  ${said}\n`);
}
process.exitCode = failed === 0 ? 0 : 1;
