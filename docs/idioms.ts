import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './pages.ts';

/** An idiom that reads translated, and what a maintainer writes instead. */
interface Idiom {
  readonly pattern: RegExp;
  readonly instead: string;
}

/** Patterns see text in which line breaks and comment marks are single spaces. */
const IDIOMS: readonly Idiom[] = [
  { pattern: /\b(?:who|whom|what|which)(?:so)?ever\b/gi, instead: 'anyone who, any, all that, regardless of' },
  { pattern: /\banew\b/gi, instead: 'again' },
  { pattern: /\bmeanwhile\b/gi, instead: 'until then, during the copy, while …' },
  { pattern: /\b(?:told|tells?|telling|heard|spoken) of\b/gi, instead: 'reported, announced, mentioned' },
  { pattern: /\bg(?:o|oes|oing|one) on with\b|\bwent on with\b/gi, instead: 'resume, continue' },
  { pattern: /\botherwise than\b|\bother than before\b/gi, instead: 'differs from, unlike, changed' },
  { pattern: /\bbut for\b/gi, instead: 'except' },
  { pattern: /\b(?:had|have|has|having) back\b|\b(?:be|is|are|was) had\b/gi, instead: 'recover, get' },
  { pattern: /\bmend(?:s|ed|ing)?\b/gi, instead: 'fix' },
  { pattern: /\bso (?:many|long|much)\b(?! (?:as|that)\b)/gi, instead: 'this many, that long; name the number' },
  { pattern: /\bas it were\b/gi, instead: 'leave it out' },
  { pattern: /\bof late\b|\blately\b/gi, instead: 'recently' },
  { pattern: /\b(?:is|are|was|were) (?:another|the other) one\b/gi, instead: 'changed, differs' },
  { pattern: /\banother(?: \w+)? than\b/gi, instead: 'a different … from, not the same … as' },
  { pattern: /\bof (?:its|his|her|their) own accord\b/gi, instead: 'by itself' },
  { pattern: /\bin some (?:seconds|minutes|hours|days)\b/gi, instead: 'in a few seconds' },
  { pattern: /\bagain and again\b/gi, instead: 'repeatedly, every …' },
  { pattern: /\bgiv(?:e|es|ing) way\b|\bgave way\b/gi, instead: 'is replaced, yields' },
  { pattern: /\bguilty\b/gi, instead: 'the cause, responsible' },
  { pattern: /\bin vain\b/gi, instead: 'without success' },
  { pattern: /\buntil when\b/gi, instead: 'until then; the time at which' },
  { pattern: /\b(?:no|some|any)body's\b/gi, instead: "no one's; say who" },
  { pattern: /\bOf (?:a|an|all|each|every|the|those|these|two|what|which)\b/g, instead: 'begin with the subject' },
  { pattern: /[:;] of (?:a|an|all|each|every|the|those|these|two|what)\b/g, instead: 'begin with the subject' },
  {
    pattern: /[.;] [Ww]hat (?:is|was|are|were|has|had|have|cannot|can|does|did|comes|came|lies|goes|must|may|would)\b(?![^.;]*\?)/g,
    instead: 'name the thing: a noun and a verb',
  },
  {
    pattern: /[.;] [Ww]ho [a-z]+(?![^.;]*\?)/g,
    instead: 'anyone who …; name the reader',
  },
];

/** Log events are names that people search for and alert on: they keep their words. */
const EVENTS = ['changes are missing, every table is copied anew', 'whoever asked for a proof of the source could not be answered'];

/** The one file that has to name the idioms. */
const LIST = 'docs/idioms.ts';

/** Every file with text for people, relative to the root. */
export function proseFiles(): string[] {
  return globSync('**/*.{ts,js,sql,md,yml,html}', { cwd: ROOT, exclude: (name) => name === 'node_modules' || name === 'dist' })
    .filter((file) => file !== LIST)
    .toSorted();
}

interface Hit {
  /** from 1 */
  readonly line: number;
  readonly found: string;
  readonly instead: string;
}

/** The idioms in one file, in the order of its lines. One that is broken over two lines counts. */
export function idiomsOf(file: string): Hit[] {
  const lines = readFileSync(path.join(ROOT, file), 'utf8').split('\n').map(withoutMark);
  const starts = [0];
  for (const line of lines) starts.push((starts.at(-1) ?? 0) + line.length + 1);
  const text = EVENTS.reduce((rest, event) => rest.replaceAll(event, '_'.repeat(event.length)), lines.join(' '));
  return IDIOMS.flatMap(({ pattern, instead }) =>
    [...text.matchAll(pattern)].map(({ index, 0: found }) => ({
      line: starts.findLastIndex((start) => start <= index) + 1,
      found,
      instead,
    })),
  ).toSorted((a, b) => a.line - b.line);
}

/** A line without the mark of a comment, list item, quote or heading. */
function withoutMark(line: string): string {
  return line
    .trim()
    .replace(/^(?:\*|\/\/|--|#+|>) ?/, '')
    .trim();
}
