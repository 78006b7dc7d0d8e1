import { TailraceError } from './errors.ts';

/** One `-- @key value` line. */
interface HeaderLine {
  readonly key: string;
  /** The rest of the line without blanks at its ends; empty when nothing follows the key. */
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

/** A file of SQL in its three parts. */
export interface SqlFile {
  /** The first comment, which says what a row is; its lines are joined by blanks. */
  readonly about: string;
  readonly headers: readonly HeaderLine[];
  /** The statement as it stands, comments included; empty when the file has none. */
  readonly body: string;
  /** The line on which the body begins, from 1. */
  readonly bodyLine: number;
}

const HEADER = /^\s*--\s*@([A-Za-z]\w*)\s*(.*?)\s*$/;
const COMMENT = /^\s*--\s?(.*?)\s*$/;

/**
 * The text of a model, test or report → its parts. Keys and values are not judged here.
 * `file` is only for errors: BAD_MODEL when a header line stands below the beginning of the
 * statement, where it would be an ordinary comment.
 */
export function parseHeader(text: string, file: string): SqlFile {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const begins = lines.findIndex((line) => line.trim() !== '' && !COMMENT.test(line));
  const at = begins === -1 ? lines.length : begins;
  const headers = lines.flatMap((line, index): HeaderLine[] => {
    const [, key, value] = HEADER.exec(line) ?? [];
    return key === undefined ? [] : [{ key, value: value ?? '', line: index + 1 }];
  });
  const below = headers.find(({ line }) => line > at);
  if (below) throw badModel(file, below.line, `@${below.key} stands below the statement`, 'Move it above the statement.');
  const first = lines.slice(0, (headers[0]?.line ?? at + 1) - 1);
  return {
    about: first
      .flatMap((line) => COMMENT.exec(line)?.[1] ?? [])
      .join(' ')
      .trim(),
    headers,
    body: lines.slice(at).join('\n').trimEnd(),
    bodyLine: Math.min(at + 1, lines.length),
  };
}

/** `BAD_MODEL: file:line: what. What to do.` */
export function badModel(file: string, line: number, what: string, hint: string): TailraceError {
  return new TailraceError('BAD_MODEL', `${file}:${line}: ${what}`, { hint });
}
