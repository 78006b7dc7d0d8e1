/** Aborted by the first SIGINT or SIGTERM; the second ends the process at once (children notice and end too). */
export function stopSignal(): AbortSignal {
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (abort.signal.aborted) process.exit(1);
      abort.abort();
    });
  }
  return abort.signal;
}
