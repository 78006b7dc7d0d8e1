import { isatty } from 'node:tty';
import { elapsed } from '../core/time.ts';

/**
 * `timeout`, a terminal and some init systems signal the process and its group: twice for one stop.
 */
const SAME_STOP_MS = 300;
let hungUp = false;

/**
 * Aborted by the first SIGINT or SIGTERM, or when the terminal closes. A later one ends the process
 * at once; its children notice and end too.
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
      } else if (elapsed() - askedAtMs > SAME_STOP_MS) process.exit(1);
    });
  }
  return abort.signal;
}

/** Whether the work ended because the terminal closed. */
export function isHungUp(): boolean {
  return hungUp;
}

/**
 * SIGHUP means that the terminal closed. A process without a terminal runs under `nohup`, `setsid`
 * or an init system, and continues. Node resets an inherited SIG_IGN to the default at its start,
 * so `nohup` alone would not keep it alive.
 */
export function ignoreHangUp(): void {
  if (!hasTerminal()) process.on('SIGHUP', () => undefined);
}

function hasTerminal(): boolean {
  return [0, 1, 2].some((fd) => isatty(fd));
}
