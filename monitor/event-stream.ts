import type { ServerResponse } from 'node:http';
import { abortableSleep } from '../core/loop.ts';
import type { HistorySample } from './history.ts';
import type { MonitorReport } from './monitor-report.ts';

/** What the page is told. */
export interface PageSource {
  /** The newest report; null while there is none. */
  report(): Promise<MonitorReport | null>;
  history(): readonly HistorySample[];
  /** How often whoever looks is told; looking costs money on S3. */
  readonly everyMs: number;
}

/** More who look at once are asked to come again. */
export const MOST_STREAMS = 32;

/**
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): the history
 * there is, then each new report and what it adds.
 */
export async function streamEvents(response: ServerResponse, source: PageSource): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  response.write('retry: 2000\n\n');
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  let told = 0;
  let last = '';
  while (!gone.signal.aborted) {
    const report = await source.report();
    const fresh = source.history().filter(({ atMs }) => atMs > told);
    told = fresh.at(-1)?.atMs ?? told;
    const text = JSON.stringify(report);
    if (fresh.length > 0) event(response, 'history', JSON.stringify(fresh));
    if (report !== null && text !== last) event(response, 'report', text);
    else response.write(': still here\n\n');
    last = text;
    await abortableSleep(source.everyMs, gone.signal);
    // Who does not read gets nothing more until he does: no queue grows for him.
    while (response.writableNeedDrain && !gone.signal.aborted) await abortableSleep(source.everyMs, gone.signal);
  }
}

function event(response: ServerResponse, name: string, data: string): void {
  response.write(`event: ${name}\ndata: ${data}\n\n`);
}
