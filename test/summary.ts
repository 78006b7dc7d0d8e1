import { readFileSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { passesAlone } from './repeat.ts';

/** What we read of vitest's JSON report. */
interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: 'passed' | 'failed';
    /** Why the file itself could not run; empty when its tests ran. */
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

interface Failure {
  /** The report's name without `.json`. It ends in the Postgres major unless it is the default. */
  readonly report: string;
  readonly file: string;
  /** The test, or `the file` when none of its tests ran. */
  readonly test: string;
  readonly reason: string;
}

/** Machines are slow at times, but a change that breaks more files than these broke them. */
const MOST_REPEATED = 3;

function failuresOf({ testResults }: Report, report: string): Failure[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    const broken = status === 'failed' && failed.length === 0 ? [{ fullName: 'the file', failureMessages: [message] }] : [];
    return [...failed, ...broken].map(({ fullName, failureMessages }) => ({
      report,
      file,
      test: fullName,
      reason: (failureMessages[0] ?? '').split('\n')[0] ?? '',
    }));
  });
}

/**
 * What failed by name, then a line `N passed, N failed`, over vitest's JSON reports: the end of a
 * long output is what is read of it. `npm run test:summary -- [--repeat] REPORT…`; exits 1 when
 * something failed or no test ran.
 *
 * `--repeat`: a run ended in a failure. At most three files that failed among others run alone,
 * five times each. A test of one that passes every time is named as unsteady and counts as passed.
 */
const { values, positionals } = parseArgs({ options: { repeat: { type: 'boolean', default: false } }, allowPositionals: true });
const reports = positionals.map((path) => ({ name: basename(path, '.json'), content: JSON.parse(readFileSync(path, 'utf8')) as Report }));
const passed = reports.reduce((sum, { content }) => sum + content.numPassedTests, 0);
const failures = reports.flatMap(({ name, content }) => failuresOf(content, name));

const files = Map.groupBy(failures, ({ report, file }) => `${report} ${file}`);
let unsteady = 0;
for (const group of files.values()) {
  const [{ report, file } = { report: '', file: '' }] = group;
  const steady = values.repeat && files.size <= MOST_REPEATED && (await passesAlone(file, /-(\d+)$/.exec(report)?.[1]));
  if (steady) unsteady += group.length;
  for (const { test, reason } of group)
    process.stdout.write(`${steady ? 'UNSTEADY, passed five times alone' : 'FAILED'} (${report}) ${file}: ${test}\n  ${reason}\n`);
}
const outside = values.repeat && failures.length === 0;
if (outside) process.stdout.write('a run failed outside of its tests\n');
if (passed === 0) process.stdout.write('no test ran\n');
process.stdout.write(`${passed + unsteady} passed, ${failures.length - unsteady} failed\n`);
process.exitCode = passed > 0 && failures.length === unsteady && !outside ? 0 : 1;
