import { isatty } from 'node:tty';
import { elapsed } from '../core/time.ts';

/**
 * `timeout`, a terminal and some init systems send one wish twice: to the process and to its group.
 */
const SAME_WISH_MS = 300;
let hungUp = false;

/**
 * Aborted by the first SIGINT or SIGTERM, or when the terminal closes; a later one ends the process
 * at once (children notice and end too).
 */
export function stopSignal(): AbortSignal {
  const abort = new AbortController();
  let askedAtMs = 0;
  const signals = hasTerminal() ? (['SIGINT', 'SIGTERM', 'SIGHUP'] as const) : (['SIGINT', 'SIGTERM'] as const);
  for (const name of signals) {
    process.on(name, () => {
      if (!abort.signal.aborted) {
        hungUp = name === 'SIGHUP';
        askedAtMs = elapsed();
        abort.abort();
      } else if (elapsed() - askedAtMs > SAME_WISH_MS) process.exit(1);
    });
  }
  return abort.signal;
}

/** Whether the terminal closed and that ended the work: nobody asked for it. */
export function isHungUp(): boolean {
  return hungUp;
}

/**
 * SIGHUP says that the terminal closed. A process without one is a daemon, under `nohup`, `setsid`
 * or an init system, and goes on. Node sets an inherited SIG_IGN back to the default at its start,
 * so `nohup` alone would not keep it alive.
 */
export function ignoreHangUp(): void {
  if (!hasTerminal()) process.on('SIGHUP', () => undefined);
}

function hasTerminal(): boolean {
  return [0, 1, 2].some((fd) => isatty(fd));
}
