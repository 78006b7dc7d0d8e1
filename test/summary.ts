import { readFileSync } from 'node:fs';
import { basename, relative } from 'node:path';

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

/** One line for each test that failed, and for each file whose tests did not run at all. */
function failuresOf({ testResults }: Report, report: string): string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    const broken = status === 'failed' && failed.length === 0 ? [{ fullName: 'the file', failureMessages: [message] }] : [];
    return [...failed, ...broken].map(
      ({ fullName, failureMessages }) =>
        `FAILED (${report}) ${relative(process.cwd(), name)}: ${fullName}\n  ${(failureMessages[0] ?? '').split('\n')[0]}`,
    );
  });
}

/**
 * What failed by name, then a line `N passed, N failed`, over vitest's JSON reports: the end of a
 * long output is what is read of it. `npm run test:summary -- REPORT…`; exits 1 when something
 * failed or no test ran.
 */
const reports = process.argv.slice(2).map((path) => ({ path, report: JSON.parse(readFileSync(path, 'utf8')) as Report }));
const passed = reports.reduce((sum, { report }) => sum + report.numPassedTests, 0);
const failures = reports.flatMap(({ path, report }) => failuresOf(report, basename(path, '.json')));
for (const failure of failures) process.stdout.write(`${failure}\n`);
if (passed === 0) process.stdout.write('no test ran\n');
process.stdout.write(`${passed} passed, ${failures.length} failed\n`);
process.exitCode = passed > 0 && failures.length === 0 ? 0 : 1;
