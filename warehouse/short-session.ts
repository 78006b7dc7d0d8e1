import { createRequire } from 'node:module';
import { Session } from 'chdb';

/**
 * A session of chDB for a few statements. `close` needs all of them to have settled, and then frees
 * the session's memory (2 MB) at once.
 *
 * Reason: chdb frees a closed session only when every statement that then runs in the process has
 * ended, also those of other sessions (`Session.close` in its index.js). Beside one statement of a
 * minute, short reads would fill the memory of the engine. The engine itself needs less: no
 * statement of the closed session may run.
 */
export class ShortSession {
  readonly #session: Session;

  constructor(directory: string) {
    this.#session = new Session(directory);
  }

  /** Runs one statement; `format` as in FORMAT. Errors: the engine's. */
  query(statement: string, format?: string): ReturnType<Session['queryAsync']> {
    return this.#session.queryAsync(statement, format === undefined ? {} : { format });
  }

  /** Idempotent. */
  close(): void {
    const { connection } = this.#session;
    if (connection === null) return;
    // A session without a connection has nothing to free later.
    this.#session.connection = null;
    this.#session.close();
    addon().CloseConnection(connection);
  }
}

interface Addon {
  /** Frees a session that runs nothing. */
  CloseConnection(connection: unknown): void;
}

let loaded: Addon | null = null;

/** The engine's own functions, which chdb does not export. */
function addon(): Addon {
  if (loaded !== null) return loaded;
  const inChdb = createRequire(createRequire(import.meta.url).resolve('chdb'));
  const { loadNative }: { loadNative: () => Addon } = inChdb('./dist/loader.js');
  loaded = loadNative();
  return loaded;
}
