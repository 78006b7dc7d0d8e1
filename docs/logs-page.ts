import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { page, table } from './docs-pages.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The rooms that log. */
const ROOMS = ['core', 'postgres', 'lake', 'replicator', 'snapshotter', 'compactor', 'warehouse', 'verifier', 'monitor', 'transformer', 'watcher', 'cli'];
/** Where something is logged, with any text. */
const SITE = /[lL]og(?:\.(?:debug|info|warn|error)|\[[^\]]+\])\(/g;
const CALL = /log(?:\.(debug|info|warn|error)|\[[^\]]+\])\(\s*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\},?\s*|\w+,\s*)?'((?:[^'\\]|\\.)+)'/g;

interface LogEvent {
  readonly event: string;
  readonly room: string;
  readonly level: string;
}

/**
 * docs/LOGS.md: every log event, from the code. The text of a line (`msg`) is the event's name;
 * values are fields.
 */
export function logsPage(): string {
  const events = logEvents();
  return page('Logs', [
    'Logs go to stderr: one line of JSON per event (pino), or text on a terminal.',
    '`msg` is the name of the event and never contains values; they are fields (`table`, `error`, `lsn`, …).',
    '`role` names the process, and `--log-level` sets the lowest level to log.',
    '',
    'The SQL endpoint of an embedded warehouse logs `tables were read` for each statement of a reader that was not refused.',
    'The line has `tables`, `rows` (of the answer; null if it failed), `ms` and `from` (address of the client); it never has values or SQL.',
    'A statement of user builder that writes gives a line `tables were written` with `tables`, `ms` and `from`.',
    'A ClickHouse server keeps this in its query log: `warehouse-sql/readers/who-read.sql` lists who read a table.',
    '',
    '',
    ...table(
      ['Event (`msg`)', 'Level', 'Room'],
      events.map(({ event, level, room }) => [event, level, room]),
    ),
  ]);
}

/** Every event of the rooms' code, by name. */
export function logEvents(): LogEvent[] {
  const files = globSync(
    ROOMS.map((room) => `${room}/**/*.ts`),
    { cwd: ROOT, exclude: (name) => name.includes('.test.') },
  );
  const found = files.flatMap((file) => {
    const text = readFileSync(`${ROOT}/${file}`, 'utf8');
    const calls = [...text.matchAll(CALL)];
    if (calls.length < [...text.matchAll(SITE)].length) throw new Error(`${file} logs something that has no fixed name`);
    return calls.map(([, level, event = '']) => ({
      event: event.replaceAll("\\'", "'"),
      level: level ?? 'depends on the error',
      room: file.split('/')[0] ?? '',
    }));
  });
  const unique = new Map(found.map((one) => [`${one.event} ${one.room} ${one.level}`, one]));
  return [...unique.values()].toSorted((a, b) => a.event.localeCompare(b.event, 'en') || a.room.localeCompare(b.room, 'en'));
}
