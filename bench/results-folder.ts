import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { page } from './page.ts';
import { FORMAT } from './result.ts';
import type { CaseResult } from './result.ts';

/**
 * Writes a result as JSON, and the page of everything that is in the folder. Returns the page's
 * path.
 */
export function writeResult(folder: string, result: CaseResult): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${result.case}.json`), `${JSON.stringify(result, null, 2)}\n`);
  const file = path.join(folder, 'index.html');
  writeFileSync(file, page(readResults(folder)));
  return file;
}

/**
 * The last result of each case; those of another form are told on stderr and left out. JSON has
 * null where a figure is NaN.
 */
function readResults(folder: string): CaseResult[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => ({ name, result: JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as CaseResult }))
    .filter(({ name, result }) => {
      if (result.format === FORMAT) return true;
      process.stderr.write(`${path.join(folder, name)} was written in another form and is left out of the page\n`);
      return false;
    })
    .map(({ result }) => ({ ...result, figures: result.figures.map((figure) => ({ ...figure, value: figure.value ?? Number.NaN })) }));
}
