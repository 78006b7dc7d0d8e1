import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 20;

/**
 * Runs `work` and returns, with its result, the greatest memory of one statement of the warehouse
 * that names the storage of models, in MiB: asked every 20 ms, so the last growth of a short
 * statement may be missing.
 */
export async function withStatementMemory<T>(endpoint: string, work: () => Promise<T>): Promise<{ result: T; peakMiB: number }> {
  const over = new AbortController();
  let peak = 0;
  const look = async (): Promise<void> => {
    while (!over.signal.aborted) {
      peak = Math.max(peak, await memoryOfStatements(endpoint));
      await sleep(EVERY_MS);
    }
  };
  const [result] = await Promise.all([work().finally(() => over.abort()), look()]);
  return { result, peakMiB: peak };
}

async function memoryOfStatements(endpoint: string): Promise<number> {
  const body = `SELECT max(peak_memory_usage) FROM system.processes WHERE query LIKE '%tailrace_models.%' AND query NOT LIKE '%system.processes%' FORMAT TabSeparated`;
  const answer = await fetch(endpoint, { method: 'POST', body });
  return Number(await answer.text()) / 2 ** 20;
}
