import type { Profiler } from 'node:inspector';

/** A place in the product where a statement for the warehouse is sent, or a part of one is made. */
export interface Mark {
  readonly offset: number;
  /** `file:line` and its text, for people. */
  readonly says: string;
}

const COMMENTS = /\/\*[\s\S]*?\*\/|(?<=^|[\s;,{(])\/\/[^\n]*/g;
/** A statement is sent to an engine, or to what an engine is made of. */
const SENT = /(?<=\b(?:[a-z]*[eE]ngine|inner|server|session|client)\??\.)(?:exec|execTogether|query|read|insertRows|build)(?=[(<?])/g;
/** A template is filled, or text is quoted for ClickHouse. */
const MADE = /\bsql\(|\b(?:quote|literal|qualified|arrayLiteral|time)Ch\(/g;
/** A part of a statement that is text with values, or text with words of SQL. */
const PARTS = /\$\{|'[^'\n]*\b[A-Z]{3,}\b[^'\n]*'/g;
/** Text for people. */
const SAID =
  /\b(?:\w*Error|badModel|bad|refuse|refused|tooMuch|RefusedSelect|readonly|unavailable)\(|\blog\.|\b(?:hint|reason|error|message|many|what|which|says): |\b(?:what|which|hint) = /;

/** Marks of a file of the product, one per line. */
export function marksOf(
  file: string,
  text: string,
  { templates, isWriter }: { templates: ReadonlySet<string>; isWriter: boolean },
): Mark[] {
  const code = text.replace(COMMENTS, (comment) => comment.replaceAll(/[^\n]/g, ' '));
  // A client of Postgres.
  if (/ from 'pg'/.test(code)) return [];
  const isFilling = /\bload\.ts'/.test(code);
  const names = isFilling ? [...code.matchAll(/'([a-z-]+)'/g)].filter(([, name = '']) => templates.has(name)) : [];
  const made = [...names, ...code.matchAll(MADE)].filter(({ index }) => !isSaid(code, index));
  const parts = isWriter || made.length > 0 ? [...code.matchAll(PARTS)] : [];
  return [...made, ...code.matchAll(SENT), ...parts]
    .filter(({ index }) => !isSaid(code, index))
    .map(({ index }) => ({ offset: index, says: `${file}:${code.slice(0, index).split('\n').length} ${lineAt(text, index).trim()}` }));
}

/** Whether it is part of an import, a declaration, or text for people. */
function isSaid(code: string, offset: number): boolean {
  if (/^(?:import|export (?:async )?function|(?:async )?function|export type|type) /.test(lineAt(code, offset))) return true;
  const begin = Math.max(code.lastIndexOf(';', offset), code.lastIndexOf('{\n', offset), code.lastIndexOf('=> ', offset));
  return SAID.test(code.slice(begin, offset));
}

function lineAt(text: string, offset: number): string {
  return text.slice(text.lastIndexOf('\n', offset - 1) + 1).split('\n', 1)[0] ?? '';
}

/** Whether the code at an offset ran, by the smallest range around it. */
export function ranAt(script: Profiler.ScriptCoverage, offset: number): boolean {
  let [count, size] = [0, Number.POSITIVE_INFINITY];
  for (const { ranges } of script.functions)
    for (const { startOffset, endOffset, count: times } of ranges)
      if (startOffset <= offset && offset < endOffset && endOffset - startOffset < size) [count, size] = [times, endOffset - startOffset];
  return count > 0;
}
