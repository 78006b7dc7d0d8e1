import { CASES, isCase } from './cases/cases.ts';
import { commit, thisMachine } from './machine.ts';
import { boundedText, resultText } from './print-result.ts';
import { profileInto } from './program.ts';
import { WrongResult } from './proof.ts';
import { FORMAT } from './result.ts';
import type { CaseResult } from './result.ts';
import { RESULTS, writeResultsMarkdown } from './results-markdown.ts';
import { writeResult } from './results-folder.ts';
import { readSettings, type Settings } from './settings.ts';

/** Plays one case, prints and writes its result. Throws WrongResult before anything is printed. */
async function play(name: keyof typeof CASES, settings: Settings): Promise<CaseResult> {
  const begun = performance.now();
  const frame = { format: FORMAT, case: name, at: new Date().toISOString(), commit: commit(), machine: await thisMachine() };
  if (settings.profile !== null) profileInto(settings.profile);
  const outcome = await CASES[name](settings);
  const result = { ...frame, seconds: Math.round((performance.now() - begun) / 1000), ...outcome };
  const file = writeResult(settings.out, result);
  process.stdout.write(`${resultText(result)}\nwritten: ${file}\n\n`);
  return result;
}

/**
 * Every case, then what all of them must reach in one table, and `bench/RESULTS.md`. A case that
 * fails does not stop the others.
 */
async function playAll(settings: Settings): Promise<void> {
  const results: CaseResult[] = [];
  for (const name of Object.keys(CASES).filter(isCase)) {
    try {
      results.push(await play(name, settings));
      writeResultsMarkdown(results);
    } catch (error) {
      fail(error, name);
    }
  }
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  process.stdout.write(`${boundedText(results)}\n\n${Math.ceil(seconds / 60)} minutes in all; written: ${RESULTS}\n`);
}

/** Says why a case has no figures; the bench then ends with 1. */
function fail(error: unknown, name: string): void {
  const text = error instanceof WrongResult ? error.message : String(error instanceof Error ? error.stack : error);
  process.stderr.write(`${name}: ${text}\n`);
  process.exitCode = 1;
}

try {
  const { name, settings } = readSettings(process.argv.slice(2), [...Object.keys(CASES), 'all']);
  try {
    if (name === 'all') await playAll(settings);
    else if (isCase(name)) await play(name, settings);
  } catch (error) {
    fail(error, name);
  }
} catch (error) {
  process.stderr.write(`BAD_ARGUMENT: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
