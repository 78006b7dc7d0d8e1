import { prettyFactory } from 'pino-pretty';

const format = prettyFactory({ colorize: process.stdout.isTTY, ignore: 'pid,hostname' });

/** A JSON log line in a readable form; any other line unchanged. */
export function prettyLogLine(line: string): string {
  return line.startsWith('{') ? format(line) : line;
}
