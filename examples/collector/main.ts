import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeError } from '../../core/errors.ts';
import { createLogger } from '../../core/log.ts';
import { stopSignal } from '../../cli/stop-signal.ts';
import { startCollector } from './collector.ts';

const USAGE = `usage: npm run collector -- --source URL | --source-file PATH [--port N] [--host ADDRESS] [--queue N]

  --source URL    Postgres that gets the events, in the table client_events
  --source-file PATH  a file with that URL, so that its password is in no list of processes
  --port N        port of HTTP; default 8125, or a free one
  --host ADDRESS  address to listen on; default 127.0.0.1
  --queue N       events that may wait for their commit; default 100000
`;

const USUAL_QUEUE = 100_000;
const WAIT_MS = 10_000;

/** Parses the arguments, serves until SIGINT or SIGTERM, and returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const log = createLogger({ level: 'info', role: 'collector' });
  const settings = settingsOf(argv);
  if (settings === null) {
    process.stderr.write(USAGE);
    return 2;
  }
  const signal = stopSignal();
  try {
    const collector = await startCollector({ ...settings, waitMs: WAIT_MS, log });
    process.stdout.write(`${JSON.stringify({ event: 'ready', url: collector.url })}\n`);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await collector.close();
    return 0;
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    return 2;
  }
}

/** null: the arguments make no sense. */
function settingsOf(argv: readonly string[]): { source: string; host: string; port: number | null; queue: number } | null {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { source: text, 'source-file': text, port: text, host: text, queue: text },
      strict: true,
    });
    const port = values.port === undefined ? null : Number(values.port);
    const queue = Number(values.queue ?? USUAL_QUEUE);
    const fits = (port === null || (Number.isInteger(port) && port >= 0 && port <= 65_535)) && Number.isInteger(queue) && queue > 0;
    const file = values['source-file'];
    const source = file === undefined ? values.source : readFileSync(file, 'utf8').trim();
    return source === undefined || !fits ? null : { source, host: values.host ?? '127.0.0.1', port, queue };
  } catch {
    return null;
  }
}

process.exitCode = await main(process.argv.slice(2));
