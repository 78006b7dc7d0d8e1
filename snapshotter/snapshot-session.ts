import PQueue from 'p-queue';
import { connect } from '../postgres/session/connect.ts';
import type { SourceOptions, SqlConnection } from '../postgres/session/connect.ts';
import { importSnapshot } from '../postgres/slot/consistent-point.ts';
import { CopyStopped } from './copy-stopped.ts';

/**
 * How long a copy waits for ACCESS SHARE. Statements that queue behind the blocker wait for the
 * copy too.
 */
const LOCK_TIMEOUT_MS = 5_000;

/**
 * Sessions that read one exported snapshot. A transaction lasts for one piece of work, so that
 * locks on a table are short. Sessions are reused, and there are never more than `most`, since the
 * application needs the connections of the server. All are closed when this is disposed of or the
 * signal is aborted.
 */
export class SnapshotSessions implements AsyncDisposable {
  readonly #source: SourceOptions;
  readonly #snapshotName: string;
  readonly #signal: AbortSignal;
  readonly #lane: PQueue;
  readonly #idle: SqlConnection[] = [];
  readonly #busy = new Set<SqlConnection>();
  readonly #close = (): void => void this[Symbol.asyncDispose]().catch(() => undefined);

  constructor(of: { source: SourceOptions; snapshotName: string; most: number; signal: AbortSignal }) {
    const { signal } = of;
    this.#source = of.source;
    this.#snapshotName = of.snapshotName;
    this.#lane = new PQueue({ concurrency: of.most });
    this.#signal = signal;
    signal.addEventListener('abort', this.#close, { once: true });
  }

  /**
   * Runs `work` in a read-only transaction on the snapshot as soon as a session is free; work of a
   * higher priority goes first. A session whose work failed is not used again. Throws CopyStopped
   * once the signal is aborted.
   */
  async run<T>(work: (connection: SqlConnection) => Promise<T>, priority = 0): Promise<T> {
    return this.#lane.add(() => this.#run(work), { priority });
  }

  async #run<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    if (this.#signal.aborted) throw new CopyStopped();
    const connection = this.#idle.pop() ?? (await connect(this.#source, { role: 'sql', lockTimeoutMs: LOCK_TIMEOUT_MS }));
    this.#busy.add(connection);
    try {
      await importSnapshot(connection, this.#snapshotName);
      const result = await work(connection);
      await connection.query('commit');
      this.#busy.delete(connection);
      this.#idle.push(connection);
      return result;
    } catch (error) {
      this.#busy.delete(connection);
      await connection.close();
      // The signal closes busy sessions, and what they report then is not the cause.
      throw this.#signal.aborted ? new CopyStopped() : error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener('abort', this.#close);
    const open = [...this.#idle.splice(0), ...this.#busy];
    this.#busy.clear();
    await Promise.all(open.map((connection) => connection.close()));
  }
}
