import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { TailraceError } from '../core/errors.ts';

/** Where a query can come from. */
export interface QuerySource {
  /** The argument of the command line; undefined if there is none. */
  readonly word: string | undefined;
  /** The file of `--file`; undefined if there is none. */
  readonly file: string | undefined;
  readonly stdin: Readable & { readonly isTTY?: boolean };
}

const HINT = 'Give it as `tailrace sql QUERY`, with `--file FILE`, or on stdin.';

/**
 * The query from the command line, else from the file, else from stdin (`-` names it). Throws
 * BAD_ARGUMENT when there is none, or more than one.
 */
export async function readQuery({ word, file, stdin }: QuerySource): Promise<string> {
  if (word !== undefined && file !== undefined) throw bad('the query is given twice: as an argument and with --file');
  const place = word === '-' || (word === undefined && file === undefined) ? '-' : file;
  const query = place === undefined ? (word ?? '') : await read(place, stdin);
  if (query.trim() === '') throw bad('the query is empty');
  refuseBackslash(query.trim());
  return query;
}

async function read(place: string, stdin: QuerySource['stdin']): Promise<string> {
  if (place === '-' && stdin.isTTY === true) throw bad('no query was given');
  if (place === '-') return text(stdin);
  return readFile(place, 'utf8').catch((error: unknown) => {
    throw bad(`${place} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
}

/** Refuses the psql commands that people type first, with the query that answers them here. */
function refuseBackslash(query: string): void {
  const [, command = '', rest = ''] = /^\\(\S*)\s*(.*?);?$/s.exec(query) ?? [];
  if (!query.startsWith('\\')) return;
  const answer =
    command.startsWith('l') || command.startsWith('dn')
      ? 'SHOW DATABASES'
      : command.startsWith('d') && rest !== ''
        ? `DESCRIBE TABLE ${rest.includes('.') ? rest : `public.${rest}`}`
        : 'SHOW TABLES FROM public';
  throw new TailraceError('BAD_ARGUMENT', `\\${command} is a psql command, but this is SQL for ClickHouse`, {
    hint: `Use \`tailrace sql "${answer}"\`.`,
  });
}

function bad(what: string): TailraceError {
  return new TailraceError('BAD_ARGUMENT', what, { hint: HINT });
}
