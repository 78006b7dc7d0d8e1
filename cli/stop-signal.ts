import { elapsed } from '../core/time.ts';
/** `timeout`, a terminal and some init systems send one wish twice: to the process and to its group. */
const SAME_WISH_MS = 300;

/** Aborted by the first SIGINT, SIGTERM or SIGHUP; a later one ends the process at once (children notice and end too). */
export function stopSignal(): AbortSignal {
  const abort = new AbortController();
  let askedAtMs = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!abort.signal.aborted) {
        askedAtMs = elapsed();
        abort.abort();
      } else if (elapsed() - askedAtMs > SAME_WISH_MS) process.exit(1);
    });
  }
  return abort.signal;
}
