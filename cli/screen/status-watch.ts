import { describeError } from '../../core/errors.ts';
import { abortableSleep } from '../../core/loop.ts';
import type { StatusReader } from '../../monitor/status-reader.ts';
import type { StatusReport } from '../../monitor/status.ts';
import { output } from '../outlet.ts';
import { QuitKey } from './quit-key.ts';
import { Screen } from './screen.ts';
import { stopSignal } from '../stop-signal.ts';
import { worstThatFit } from './worst-first.ts';

const EVERY_MS = 2_000;
const QUIT = 'q: quit';

/** How a report becomes text. `fits`: its tables may be cut to the height of the terminal. */
interface Form {
  readonly shown: (report: StatusReport) => string;
  readonly fits: boolean;
}

/** Shows one report after the other until stopped. Resolves with the exit code of the last one. */
export async function watchStatus(reader: StatusReader, form: Form): Promise<number> {
  const { stdin, stdout } = process;
  const screen = stdout.isTTY ? new Screen(stdout) : null;
  using key = screen !== null && stdin.isTTY ? new QuitKey(stdin) : null;
  // Also stops when nobody reads the output.
  const signal = AbortSignal.any([stopSignal(), output.gone, ...(key === null ? [] : [key.signal])]);
  let code = 0;
  while (!signal.aborted) {
    const text = await reader.readWhatAnswers().then(
      (report) => {
        code = exitCode(report, reader);
        return screen === null || !form.fits ? form.shown(report) : fitted(report, form.shown, stdout.rows);
      },
      (error: unknown) => {
        code = 2;
        return `${describeError(error)}\n`;
      },
    );
    if (screen === null) output.say(text);
    else screen.draw([...text.trimEnd().split('\n'), ...(key === null ? [] : ['', QUIT])]);
    await abortableSleep(EVERY_MS, signal);
  }
  screen?.end();
  return code;
}

/** 2 when the source does not answer, else whether the freshness targets are met. */
export function exitCode({ withinSla }: StatusReport, { silence }: Pick<StatusReader, 'silence'>): number {
  return silence !== null ? 2 : withinSla ? 0 : 1;
}

/** The report with as many tables as fit into `rows` lines together with its other lines. */
function fitted(report: StatusReport, shown: Form['shown'], rows: number): string {
  const others =
    shown({ ...report, tables: [] })
      .trimEnd()
      .split('\n').length + 4;
  const fit = worstThatFit(report.tables, rows - others);
  return `${shown({ ...report, tables: fit.shown }).trimEnd()}\n${fit.rest ?? ''}`;
}
