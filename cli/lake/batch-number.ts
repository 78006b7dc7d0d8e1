import { TailraceError } from '../../core/errors.ts';
import { errors } from '../outlet.ts';

/** The number of a batch that a word names. BAD_ARGUMENT when it names none. */
export function numberOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new TailraceError('BAD_ARGUMENT', `"${text}" is not a batch number`, { hint: 'See `tailrace lake ls`.' });
}

/** Says what is not in the lake; the exit code of that. */
export function notThere(what: string): number {
  errors.say(`BAD_ARGUMENT: ${what}. See \`tailrace lake ls\`.\n`);
  return 1;
}
