/** A sentence of a page and where it stands. */
export interface Sentence {
  /** from 1 */
  readonly line: number;
  readonly text: string;
  /** Words outside of parentheses; code, a link and a number are one each. */
  readonly words: number;
}

const CODE = /`[^`]*`/g;
const NO_BREAK = '\u00A0';

/** The sentences of a text without line breaks. A full stop in `code` or a file name ends none. */
export function sentencesOf(text: string): string[] {
  return text
    .replaceAll(CODE, (code) => code.replaceAll(' ', NO_BREAK))
    .split(/(?<=[.!?](?:\*\*|[)”"])?) +(?=[^a-z ])/)
    .map((sentence) => sentence.replaceAll(NO_BREAK, ' ').trim())
    .filter((sentence) => sentence !== '');
}

/** Words of a sentence. A semicolon or a colon begins a new count, as a full stop does. */
export function wordsOf(sentence: string): number {
  const clauses = sentence
    .replaceAll(CODE, 'code')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\([^()]*\)/g, '')
    .split(/[;:](?=\s)/);
  return Math.max(...clauses.map((clause) => clause.split(/\s+/).filter((word) => /\w/.test(word)).length));
}

/**
 * The lines of a Markdown page that are prose, each as its sentences: headings, code blocks and
 * titles of tests are none. A cell of a table is a line of its own.
 */
export function proseLines(markdown: string): Sentence[][] {
  let inCode = false;
  return markdown.split('\n').flatMap((line, at) => {
    if (line.startsWith('```')) inCode = !inCode;
    if (inCode || /^(?:```|#|<!--|\* `[^`]+\.(?:ts|sql)`: |\* LIMITS: )/.test(line)) return [];
    const cells = line.startsWith('|') ? line.replaceAll(CODE, 'Code').split('|') : [line];
    return cells.map((cell) =>
      sentencesOf(cell.replace(/^\s*(?:[*>-]|\d+\.) /, '').trim()).map((text) => ({ line: at + 1, text, words: wordsOf(text) })),
    );
  });
}
