import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** The project of `x.test.ts`, without a suffix of what it needs. */
export const NEEDS_NOTHING = 'needs nothing';

/** The share of the run over which the longest files are spread. */
const LONG_WITHIN = 0.75;

/**
 * The order of files in a run, so that its end has only short ones and no worker waits for another.
 * Files of all processes are the longest. They are spread over most of the run, since several at
 * once would slow each other down. Files that need nothing come last.
 */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const long = sorted.filter(isLong).toSorted((a, b) => Number(isLongest(b)) - Number(isLongest(a)));
    const others = sorted.filter((file) => !isLong(file)).toSorted((a, b) => Number(needsNothing(a)) - Number(needsNothing(b)));
    return [...placed(long, LONG_WITHIN), ...placed(others, 1)].toSorted((a, b) => a.at - b.at).map(({ file }) => file);
  }
}

function isLong({ moduleId }: TestSpecification): boolean {
  return moduleId.endsWith('.e2e.test.ts');
}

/** Minutes of one worker: at the end of a run, the others would wait for it. */
function isLongest({ moduleId }: TestSpecification): boolean {
  return moduleId.includes('/test/chaos/');
}

function needsNothing({ project }: TestSpecification): boolean {
  return project.name === NEEDS_NOTHING;
}

/** Each file at its place in the run, from 0 to `end`. */
function placed(files: readonly TestSpecification[], end: number): { readonly file: TestSpecification; readonly at: number }[] {
  return files.map((file, index) => ({ file, at: (index / files.length) * end }));
}
