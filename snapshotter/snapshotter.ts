import type { Log } from '../core/log.ts';
import { abortableSleep, runLoop, turned } from '../core/loop.ts';
import type { TableRules } from '../core/table-rule.ts';
import { elapsed } from '../core/time.ts';
import { Attention } from '../lake/store/attention.ts';
import { openRequests } from '../lake/control.ts';
import { CONTROL_PREFIX } from '../lake/keys.ts';
import { readEpochs } from '../lake/epoch.ts';
import type { EpochInfo } from '../lake/epoch.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { SameLake } from '../lake/same-lake.ts';
import { SnapshotLog } from '../lake/snapshot-log.ts';
import { connect } from '../postgres/session/connect.ts';
import type { SourceOptions } from '../postgres/session/connect.ts';
import { AgreedRules } from './agreed-rules.ts';
import { CopyCrew } from './copy-crew.ts';
import { chooseCopies } from './choose-copies.ts';
import { knownGenerations } from './known-generations.ts';
import type { ProveSource } from './prove-source.ts';
import { readPublished } from './published.ts';
import { isBeingWritten, Settling } from './settling.ts';

/** What a snapshotter reports. Rate and remaining time follow from the progress of a table. */
export type SnapshotterEvent =
  | { readonly event: 'ready'; readonly role: 'snapshot' }
  | {
      readonly event: 'progress';
      readonly work: 'snapshot';
      readonly table: string;
      readonly done: number;
      /** The planner's estimate. */
      readonly total: number;
      readonly unit: 'rows';
      /** Size of the files written so far. */
      readonly bytes: number;
    };

export interface SnapshotterOptions {
  readonly source: SourceOptions;
  readonly store: ObjectStore;
  /** Id of the lake that it must be; absent: the first lake found. */
  readonly lakeId?: string | undefined;
  /** Globs that narrow the published tables; null: all of them. */
  readonly tables: readonly string[] | null;
  /** Columns and rows that the configuration leaves out, by table. */
  readonly rules: TableRules;
  /** Copies that run at once, over all tables. */
  readonly parallel: number;
  /** Size of one chunk file, and of the page ranges that are read at once. */
  readonly chunkBytes: number;
  /** Bytes that all copies together read from the source per second; default no limit. */
  readonly maxRate?: number | undefined;
  /**
   * Longest time for which a snapshot of the source is held, in ms. Tables without a key may need
   * longer. Default: no limit.
   */
  readonly maxHoldMs?: number | undefined;
  /**
   * How a snapshot proves that it comes from the source of the lake. Default: the replicator must
   * receive a message from that server.
   */
  readonly prove?: ProveSource;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly events?: (event: SnapshotterEvent) => void;
  /** `text`: only text copies, for comparison. Default: `auto`. */
  readonly format?: 'auto' | 'text';
}

const LOOK_EVERY_MS = 1_000;
/**
 * On S3 each listing costs money. So a table that is added to an idle source may wait for this
 * long.
 */
const LONGEST_PAUSE_S3_MS = 120_000;
/** In a directory a listing costs CPU of an idle machine. A request ends the pause. */
const LONGEST_PAUSE_MS = 10_000;

/**
 * Copies published tables into the lake until it is told to stop: those without a finished
 * generation, and those that `resync` requests.
 *
 * In: the publication, requests in the lake, earlier copies in the lake. Out: generations (plan,
 * chunks, done).
 * Always true: a generation with `done.json` is the whole table at its consistent point, and no
 * other generation counts. The stream is neither waited for nor held up. One table that fails does
 * not stop the others. A copy that a crash left unfinished is resumed, or begun again where
 * resuming would be wrong.
 */
export async function runSnapshotter(options: SnapshotterOptions): Promise<void> {
  const lake = new SameLake(options.store, options.lakeId);
  await runLoop({
    name: 'snapshotter',
    signal: options.signal,
    log: options.log,
    attempt: (progress) => lookAndCopy(options, lake, progress),
  });
}

async function lookAndCopy(options: SnapshotterOptions, lake: SameLake, progress: (restMs: number) => void): Promise<void> {
  const { store, signal } = options;
  const epoch = await firstEpoch(options);
  if (epoch === null) return;
  const { name } = await lake.open(null);
  const attention = new Attention(store.location.kind === 's3' ? LONGEST_PAUSE_S3_MS : LONGEST_PAUSE_MS, elapsed());
  await using connection = await connect(options.source);
  await using crew = new CopyCrew(options);
  const log = new SnapshotLog(store);
  const agreed = new AgreedRules(options);
  const settling = new Settling();
  let epochs: readonly EpochInfo[] = [];
  using _requests = onRequests(store, () => attention.called());
  for (let first = true; !signal.aborted; first = false) {
    // In an empty mount point each table looks as if it had no copy.
    await lake.require();
    // Asked first: a copy that ends while the lake is listed must not be taken for unfinished.
    const copied = crew.held();
    epochs = await readEpochs(store, epochs);
    const current = epochs.length;
    const tables = await readPublished(connection, { publication: name, epoch: current, globs: options.tables });
    const settled = await settling.wait(tables, elapsed(), (young) => isBeingWritten(connection, young));
    const held = new Set([...copied, ...settled]);
    const requests = await openRequests(store, ['resync']);
    const listed = crew.hasAll(tables, held) && requests.length === 0 ? [] : await knownGenerations(log, requests.length > 0);
    const chosen = chooseCopies({ tables, generations: [...listed, ...crew.finished], requests, held });
    await crew.answer(chosen);
    crew.copy(await agreed.only(chosen.copies), current);
    if (first) options.events?.({ event: 'ready', role: 'snapshot' });
    if (held.size + chosen.copies.length + requests.length > 0) attention.happened(elapsed());
    const restMs = Math.max(LOOK_EVERY_MS, attention.pauseMs(elapsed()));
    progress(restMs);
    await attention.pause(signal, restMs);
  }
}

/**
 * Calls at each change among the requests until it is disposed of, in a store that can be watched.
 */
function onRequests(store: ObjectStore, called: () => void): Disposable {
  const ended = new AbortController();
  const watch = async (): Promise<void> => {
    for await (const _change of store.watch?.(CONTROL_PREFIX, ended.signal) ?? []) called();
  };
  watch().catch(() => undefined);
  return { [Symbol.dispose]: () => ended.abort() };
}

/** Waits until the replicator has made lake and slot; null when the signal is aborted before. */
async function firstEpoch({ store, signal }: SnapshotterOptions): Promise<number | null> {
  while (!signal.aborted) {
    const epochs = await readEpochs(store);
    if (epochs.length > 0) return epochs.length;
    turned();
    await abortableSleep(LOOK_EVERY_MS, signal);
  }
  return null;
}
