import { parseArgs } from 'node:util';
import { benchSnapshot } from './snapshot-case.ts';
import { benchStream } from './stream-case.ts';

const CASES = { stream: benchStream, snapshot: benchSnapshot } as const;
const DEFAULT_ROWS = { stream: 1_000_000, snapshot: 2_000_000 } as const;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { rows: { type: 'string' }, runs: { type: 'string', default: '3' } },
});
const name = positionals[0];
if (name !== 'stream' && name !== 'snapshot') {
  process.stderr.write(`BAD_ARGUMENT: "${name ?? ''}" is no benchmark. Choose one of: ${Object.keys(CASES).join(', ')}.\n`);
  process.exit(2);
}
await CASES[name]({ rows: Number(values.rows ?? DEFAULT_ROWS[name]), runs: Number(values.runs) });
