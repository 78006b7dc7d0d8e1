import { idiomsOf, proseFiles } from './idioms.ts';

/**
 * `npm run prose [TEXT …]`: prints the idioms in every file whose path contains one of the texts,
 * or in all files, with better words.
 */
const wanted = process.argv.slice(2);
for (const file of proseFiles()) {
  if (wanted.length > 0 && !wanted.some((text) => file.includes(text))) continue;
  for (const { line, found, instead } of idiomsOf(file)) process.stdout.write(`${file}:${line}: "${found}": ${instead}\n`);
}
