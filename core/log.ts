import pino from 'pino';
import { redact } from './errors.ts';

export type Log = pino.Logger;

// Only a terminal needs it, and every import here delays every command.
const pretty = process.stderr.isTTY ? (await import('pino-pretty')).default : null;

/** Bytes of lines that could not be written yet, at most. */
const HELD_CHARACTERS = 1024 * 1024;
const SECRET_KEYS = ['password', 'token', 'secret', 'salt', 'secretAccessKey', 'sessionToken', 'authorization', 'connectionString'];

/**
 * The logger of a process: JSON lines on stderr, pretty on a terminal. Prose is lower case, data
 * are fields, cell values never appear. Secrets are taken out twice: by key, and by pattern in
 * every text.
 */
export function createLogger(options: { level: string; role: string }): Log {
  const settings: pino.LoggerOptions = {
    level: options.level,
    base: { role: options.role },
    redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '***' },
    formatters: { level: (label) => ({ level: label }), log: redactTexts },
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: {
      logMethod(args, method) {
        method.apply(this, args.map((part: unknown) => (typeof part === 'string' ? redact(part) : part)) as typeof args);
      },
    },
    serializers: { error: (error: unknown) => (error instanceof Error ? redact(error.message) : error) },
  };
  const stderr = pino.destination({ fd: 2, sync: true, maxLength: HELD_CHARACTERS });
  // A full disk under a log file ends no replication: lines wait for room, and later ones are
  // dropped when too many wait.
  stderr.on('error', () => undefined);
  return pino(settings, pretty?.({ destination: stderr, ignore: 'pid,hostname' }) ?? stderr);
}

function redactTexts(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, typeof value === 'string' ? redact(value) : value]));
}

/** A logger that drops all lines, for tests. */
export function silentLogger(): Log {
  return pino({ level: 'silent' });
}
