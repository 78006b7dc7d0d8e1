import { duration, table } from '../core/figures.ts';
import type { OnceReport } from '../transformer/once.ts';

/** What `transform --once` did, for people: a line per model, and below it why one failed. */
export function transformText({ run, lsn, models }: OnceReport): string {
  const rows = models.map(({ model, status, mode, durationMs, rows: count, touched, tests, failures, compared }) => [
    model,
    compared ?? status,
    mode,
    duration(durationMs / 1000),
    String(count ?? '–'),
    touched === null ? '' : `${touched} touched`,
    tests === 0 ? '' : `${tests - failures} of ${tests} tests passed`,
  ]);
  const [head = '', ...lines] = table([['model', '', 'mode', 'time', 'rows', '', ''], ...rows], [4]);
  return [head, ...lines.flatMap((line, index) => [line, ...reason(models[index])]), '', `run ${run} at ${lsn}`, ''].join('\n');
}

function reason(model: OnceReport['models'][number] | undefined): string[] {
  const error = model?.error ?? null;
  return error === null ? [] : [`    ${error.message.startsWith(`${error.code}: `) ? '' : `${error.code}: `}${error.message}`];
}
