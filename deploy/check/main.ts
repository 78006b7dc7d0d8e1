import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { elapsed } from '../../core/time.ts';
import { CHECKS } from './checks.ts';

/**
 * `npm run deploy:check`: checks every file of the delivery. One line per check; exits 1 when one
 * fails. A check whose program is missing is skipped by name, and fails where CI is set.
 */
const folder = mkdtempSync(path.join(tmpdir(), 'tailrace-deploy-'));
const optional = ['Terraform format'];
try {
  for (const { name, needs, run } of CHECKS) {
    const startedAt = elapsed();
    const verdict = await run(folder);
    const seconds = (elapsed() - startedAt) / 1000;
    const failed = verdict === null ? process.env['CI'] !== undefined && !optional.includes(name) : !verdict.passed;
    const word = failed ? 'FAILED' : verdict === null ? 'skipped' : 'ok';
    process.stdout.write(`${word.padEnd(8)}${name} (${verdict === null ? `not installed: ${needs}` : `${seconds.toFixed(1)} s`})\n`);
    if (failed && verdict !== null) process.stdout.write(`${verdict.output.trim().replace(/^/gm, '        ')}\n`);
    if (failed) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
