/**
 * Plays schedules of roles that share a lake (CONTRIBUTING.md, Simulated schedules).
 * In: --schedules N (default 10000), --from SEED (default 1); or --seed S, with --trace to see it.
 * --mutant NAME: with this defect of mutants.ts, up to the first seed that finds it.
 * Out: `{ schedules, failed, seconds }` as JSON, and each seed that went wrong, with what did.
 * Exit 1 when one did.
 */
import { parseArgs } from 'node:util';
import { elapsed } from '../../core/time.ts';
import { MUTANTS } from './mutants.ts';
import { PRODUCT } from './roles.ts';
import { simulate } from './simulation.ts';
import type { Roles } from './simulation.ts';

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '10000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    mutant: { type: 'string' },
  },
});

const from = whole(values.seed ?? values.from);
const schedules = values.seed === undefined ? whole(values.schedules) : 1;
const roles = values.mutant === undefined ? PRODUCT : rolesOf(values.mutant);
const begun = elapsed();
let failed = 0;
for (let seed = from; seed < from + schedules; seed += 1) {
  const { wrongs, trace } = await simulate(seed, roles);
  if (values.trace) process.stdout.write(`${trace.join('\n')}\n`);
  if (wrongs.length === 0) continue;
  failed += 1;
  process.stdout.write(`seed ${seed}: ${wrongs[0]}${wrongs.length > 1 ? `, and ${wrongs.length - 1} more` : ''}\n`);
  if (values.mutant !== undefined) break;
}
process.stdout.write(`${JSON.stringify({ schedules, failed, seconds: Math.round((elapsed() - begun) / 1000) })}\n`);
process.exitCode = failed === 0 ? 0 : 1;

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`"${text}" is not a whole number`);
  return Number(text);
}

function rolesOf(mutant: string): Roles {
  const found = MUTANTS[mutant];
  if (found === undefined) throw new Error(`"${mutant}" is not one of: ${Object.keys(MUTANTS).join(', ')}`);
  return found.roles;
}
