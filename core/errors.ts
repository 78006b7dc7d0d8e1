/**
 * What the loop does after a failed attempt: wait and retry, stop until someone acts, or give up at
 * once.
 */
export type Retry = 'backoff' | 'operator' | 'never';

interface ErrorEntry {
  readonly retry: Retry;
  readonly hint: string;
}

/**
 * Every error a user can see. The key is printed first, the hint last; docs/ERRORS.md is generated
 * from this table. `backoff` is for failures that end by themselves; all others stop.
 */
export const ERRORS = {
  BAD_ARGUMENT: { retry: 'never', hint: 'See `tailrace help`.' },
  BAD_CONFIG: { retry: 'never', hint: 'See docs/CONFIG.md for the keys and their values.' },
  BAD_MODEL: { retry: 'operator', hint: 'Correct the named line of the model, test or report.' },
  BAD_QUERY: { retry: 'never', hint: 'Write one SELECT over tables that it names.' },
  BAD_LSN: { retry: 'never', hint: 'Write it as Postgres does, for example 16/B374D848.' },
  NO_SUCH_TABLE: { retry: 'never', hint: 'Check the spelling; globs match schema.table and * does not cross the dot.' },
  SOURCE_UNREACHABLE: { retry: 'backoff', hint: 'Check host, port and network of --source.' },
  SOURCE_AUTH: { retry: 'operator', hint: 'Check the user, password and pg_hba.conf entry of --source.' },
  SOURCE_TLS: { retry: 'operator', hint: 'Check sslmode and sslrootcert of --source and the certificate of the server.' },
  SOURCE_BUSY: { retry: 'backoff', hint: 'A lock or a limit of the source is in the way; tailrace retries.' },
  SOURCE_REFUSED: { retry: 'operator', hint: 'Run `tailrace check` for the exact fix.' },
  SOURCE_QUERY: { retry: 'operator', hint: 'Run `tailrace check`; if it says ready, report this with the log.' },
  SOURCE_UNPROVEN: {
    retry: 'backoff',
    hint: 'Point --source at the server that the replicator streams from. While the replicator is down or behind, this waits for it.',
  },
  WAL_LEVEL: { retry: 'operator', hint: "Run ALTER SYSTEM SET wal_level = 'logical' on the source and restart it." },
  BAD_FRAME: { retry: 'backoff', hint: 'The stream restarts from the last durable position.' },
  SLOT_IN_USE: { retry: 'backoff', hint: 'Another replicator holds the slot; this one stands by.' },
  SLOT_LOST: { retry: 'operator', hint: 'Run `tailrace resync --all`; if its WAL was removed, raise max_slot_wal_keep_size first.' },
  SLOT_BLOCKED: { retry: 'backoff', hint: 'Commit or end the named transactions on the source.' },
  GAP: { retry: 'operator', hint: 'Changes are missing between source and lake; run `tailrace resync --all`.' },
  PUBLICATION_LOST: { retry: 'operator', hint: 'Run `tailrace resync --all`; changes may be missing since the publication was dropped.' },
  TABLE_CHANGED: { retry: 'backoff', hint: 'The copy of this table restarts by itself.' },
  LAKE_UNAVAILABLE: { retry: 'backoff', hint: 'Check that the object store of --lake answers.' },
  LAKE_UNWRITABLE: { retry: 'operator', hint: 'Give this user write access to --lake.' },
  LAKE_UNREADABLE: {
    retry: 'operator',
    hint: 'Allow the user of the warehouse to read --lake and to list the folders above it. Or use a path with only letters, digits, "/", "-", "_" and ".".',
  },
  LAKE_OF_ANOTHER_SOURCE: { retry: 'never', hint: 'Use the source this lake was made from, or another --lake.' },
  LAKE_REPLACED: { retry: 'operator', hint: 'Restore the previous lake, or use another --warehouse for the new one.' },
  LAKE_TOO_NEW: { retry: 'operator', hint: 'Use a newer version of tailrace with this lake.' },
  LAKE_MISSING: { retry: 'never', hint: 'Check --lake; `tailrace run` creates a new lake.' },
  LAKE_CORRUPT: {
    retry: 'operator',
    hint: 'Restore the named object, then run `tailrace resume TABLE`. If it is lost, run `tailrace resync TABLE`.',
  },
  LAKE_SWEPT: {
    retry: 'operator',
    hint: 'The table begins again at its newest base by itself. If it is parked, it has none: run `tailrace resync TABLE`.',
  },
  FENCED: { retry: 'backoff', hint: 'Another writer continued this lake; this one restarts from the last manifest.' },
  ENGINE_MISSING: {
    retry: 'never',
    hint: 'Use the image tailrace instead of tailrace-slim, or run `npm install` without --omit=optional; it needs glibc. Or give --warehouse the URL of a ClickHouse server.',
  },
  NO_FIFO: { retry: 'never', hint: 'Install coreutils, which has mkfifo; the embedded engine writes its answers into named pipes.' },
  NO_SHELL: { retry: 'never', hint: 'Use an image with a shell, or alert.webhook instead of alert.command.' },
  NO_TEMP_FOLDER: { retry: 'never', hint: 'Mount a writable folder at that path (`--tmpfs /tmp`), or name another one in TMPDIR.' },
  WAREHOUSE_UNWRITABLE: { retry: 'operator', hint: 'Give this user write access to --warehouse.' },
  WAREHOUSE_IN_USE: { retry: 'backoff', hint: 'Stop the other process or use its endpoint.' },
  TRANSFORM_IN_USE: { retry: 'backoff', hint: 'Another process builds the models of this warehouse; wait for it or stop it.' },
  WAREHOUSE_UNAVAILABLE: { retry: 'backoff', hint: 'Check that --warehouse answers.' },
  WAREHOUSE_REFUSED: { retry: 'operator', hint: 'Check user, password and grants of --warehouse.' },
  WAREHOUSE_TOO_OLD: { retry: 'operator', hint: 'Upgrade the server of --warehouse.' },
  WAREHOUSE_TOO_NEW: {
    retry: 'operator',
    hint: 'Use a newer version of tailrace with this warehouse, or an empty --warehouse: it is built again from the lake.',
  },
  WAREHOUSE_FULL: { retry: 'backoff', hint: 'Free or add disk space for --warehouse.' },
  WAREHOUSE_TAKEN: { retry: 'operator', hint: 'Another compactor has taken over this warehouse; stop one of the two.' },
  WAREHOUSE_OF_ANOTHER_LAKE: { retry: 'never', hint: 'Use the lake this warehouse was made from, or another --warehouse.' },
  WAREHOUSE_AHEAD: {
    retry: 'operator',
    hint: 'Restore the lake that this warehouse was made from, or run `tailrace resync --all`. If the source has no gap, `tailrace rebuild` is enough. Tables stay readable.',
  },
  WAREHOUSE_RESHARDED: {
    retry: 'operator',
    hint: 'Run `tailrace rebuild`: it spreads every table again from the lake, beside the readable old ones.',
  },
  WAREHOUSE_LOST_ROWS: {
    retry: 'operator',
    hint: 'Run `tailrace rebuild`: it brings the table back from the lake. It stays readable without those rows.',
  },
  WAREHOUSE_QUERY: { retry: 'backoff', hint: 'ClickHouse refused the statement; its own message is quoted.' },
  VALUE_TOO_LARGE: {
    retry: 'operator',
    hint: 'A single value above 100 MB may not fit into the memory of the engine (docs/LIMITS.md). Shorten it at the source or exclude its column, then run `tailrace resume TABLE`.',
  },
  VALUE_UNRESOLVED: {
    retry: 'operator',
    hint: 'The table is copied again by itself. If it is parked, set REPLICA IDENTITY FULL on it, then run `tailrace resync TABLE`.',
  },
  TABLE_PARKED: { retry: 'operator', hint: '`tailrace status` shows the reason. Fix it, then run `tailrace resume TABLE`.' },
  TABLE_NOT_LIVE: { retry: 'never', hint: '`tailrace status` shows the state of each table; wait until it is live.' },
  TABLE_UNPUBLISHED: { retry: 'operator', hint: 'Run `tailrace check` for the statement that fixes it.' },
  NOT_RUNNING: { retry: 'never', hint: 'Start `tailrace run` with the same --lake and --warehouse.' },
  NO_SUCH_REPORT: { retry: 'never', hint: 'Name a file of the folder `reports` in the directory of models, without .sql.' },
  WATCH_LIMIT: { retry: 'never', hint: 'See docs/LIMITS.md for the limits of watched queries.' },
  PORT_IN_USE: { retry: 'operator', hint: 'Choose another port.' },
  ALERT_NOT_TAKEN: {
    retry: 'backoff',
    hint: 'Check alert.webhook, alert.command and alert.smtp; `tailrace alert test` sends a test alert.',
  },
  ALERT_REFUSED: {
    retry: 'never',
    hint: 'The receiver does not accept this text, so it is not sent again. The log and the page still show the alert.',
  },
  EXPORT_TAKEN: { retry: 'never', hint: 'Give --to an empty directory or prefix, or one that has only exports.' },
  EXPORT_UNAVAILABLE: { retry: 'backoff', hint: 'Check that the place of --to answers and that this user may write there.' },
  EXPORT_FAILED: { retry: 'backoff', hint: 'Nothing was published; the exports that stand are whole. Run the export again.' },
  TIMED_OUT: { retry: 'never', hint: 'Raise --timeout or look at `tailrace status`.' },
  OUTPUT_UNWRITABLE: { retry: 'never', hint: 'Check where the output goes and how much space is free there.' },
  INTERNAL: { retry: 'never', hint: 'This is a bug in tailrace; report it with the log.' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * An error with a code of the registry; its message is one line: `CODE: what happened. What to do.`
 */
export class TailraceError extends Error {
  readonly code: ErrorCode;
  /** What happened: a sentence without its full stop and without secrets. */
  readonly what: string;
  /** What to do. */
  readonly hint: string;

  constructor(code: ErrorCode, what: string, options: { cause?: unknown; hint?: string } = {}) {
    const sentence = what.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
    // SQL at the end keeps its semicolon, so that it can be copied.
    const end = sentence.endsWith(';') ? '' : '.';
    const said = redact(sentence);
    const hint = options.hint ?? ERRORS[code].hint;
    super(`${code}: ${said}${end} ${hint}`, { cause: options.cause });
    this.name = 'TailraceError';
    this.code = code;
    this.what = said;
    this.hint = hint;
  }
}

/** How to handle a failure; an error without a code of ours is a defect and is not retried. */
export function retryOf(error: unknown): Retry {
  return error instanceof TailraceError ? ERRORS[error.code].retry : 'never';
}

const AWAY: readonly ErrorCode[] = ['SOURCE_UNREACHABLE', 'LAKE_UNAVAILABLE', 'WAREHOUSE_UNAVAILABLE'];

/** Whether one of the three ends is out of reach for the moment. */
export function isAway(error: unknown): boolean {
  return error instanceof TailraceError && AWAY.includes(error.code);
}

/** Any thrown value → one line without secrets. */
export function describeError(error: unknown): string {
  if (error instanceof TailraceError) return error.message;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `INTERNAL: ${redact(text.replace(/\s+/g, ' ').trim())}. ${ERRORS.INTERNAL.hint}`;
}

/** The message of an error of ours without its code, as part of another message. */
export function withoutCode(message: string): string {
  return message.replace(/^[A-Z_]+: /, '');
}

/**
 * Passwords in URLs and key=value pairs become `***`; the text of a driver may contain them.
 */
export function redact(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/]*):\S*@/gi, '$1:***@')
    .replace(/(\b\w*(?:password|passwd|secret|token|salt)|secret_access_key)(\s*[=:]\s*)('[^']*'|"[^"]*"|[^\s,;&)]+)/gi, '$1$2***');
}
