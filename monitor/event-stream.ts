import type { ServerResponse } from 'node:http';
import { abortableSleep } from '../core/loop.ts';
import type { HistorySample } from './history.ts';
import type { MonitorReport } from './monitor-report.ts';

/** What the page shows. */
export interface PageSource {
  /** The newest report; null: none yet. */
  report(): Promise<MonitorReport | null>;
  history(): readonly HistorySample[];
  /** Milliseconds between two reports to a page; each look costs money on S3. */
  readonly everyMs: number;
}

/** The most pages that may be open at once; others are told to retry. */
export const MOST_STREAMS = 32;

/**
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): first the
 * history, then each new report with the samples it adds.
 */
export async function streamEvents(response: ServerResponse, source: PageSource): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  response.write('retry: 2000\n\n');
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  let sentMs = 0;
  let last = '';
  while (!gone.signal.aborted) {
    const report = await source.report();
    const fresh = source.history().filter(({ atMs }) => atMs > sentMs);
    sentMs = fresh.at(-1)?.atMs ?? sentMs;
    const text = JSON.stringify(report);
    if (fresh.length > 0) event(response, 'history', JSON.stringify(fresh));
    if (report !== null && text !== last) event(response, 'report', text);
    else response.write(': still here\n\n');
    last = text;
    await abortableSleep(source.everyMs, gone.signal);
    // A client that does not read gets nothing more until it does, so no queue grows for it.
    while (response.writableNeedDrain && !gone.signal.aborted) await abortableSleep(source.everyMs, gone.signal);
  }
}

function event(response: ServerResponse, name: string, data: string): void {
  response.write(`event: ${name}\ndata: ${data}\n\n`);
}
