import { prettyFactory } from 'pino-pretty';

const format = prettyFactory({ colorize: process.stdout.isTTY, ignore: 'pid,hostname' });

/** A JSON log line as people read it; any other line as it is. */
export function prettyLogLine(line: string): string {
  return line.startsWith('{') ? format(line) : line;
}
