import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { idiomsOf, proseFiles } from './idioms.ts';
import { ROOT } from './pages.ts';

/**
 * `npm run prose [TEXT …]`: prints the idioms in every file whose path contains one of the texts,
 * or in all files. It removes the marks of clean files from docs/prose-not-yet.
 */
const wanted = process.argv.slice(2);
const left = new Set<string>();
for (const file of proseFiles()) {
  const hits = idiomsOf(file);
  if (hits.length > 0) left.add(path.basename(file));
  if (wanted.length > 0 && !wanted.some((text) => file.includes(text))) continue;
  for (const { line, found, instead } of hits) process.stdout.write(`${file}:${line}: "${found}": ${instead}\n`);
}
const marks = path.join(ROOT, 'docs/prose-not-yet');
for (const mark of existsSync(marks) ? readdirSync(marks) : []) if (!left.has(path.parse(mark).name)) rmSync(path.join(marks, mark));
