import { awaitHeard } from '../lake/heard.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import { requireSharedSnapshot } from '../postgres/slot/consistent-point.ts';
import { MESSAGE_PREFIX } from '../postgres/session/system.ts';
import { emitMessage } from '../postgres/session/system.ts';

/**
 * Proves that a snapshot comes from the source of the lake. `outside`: a session without a
 * snapshot, at the same address. Rejects with SOURCE_UNPROVEN.
 */
export type ProveSource = (outside: SqlConnection, snapshotName: string) => Promise<void>;

const HEARD_WITHIN_MS = 30_000;

/**
 * Rows that are copied or compared must come from the server that is streamed. An address may lead
 * to an old primary or to a clone with the same identifier. The session imports the snapshot, so
 * both are at one server. Then a message of the session must come along the stream of the lake. It
 * is written after the snapshot was made, so all that the snapshot has is in the log of the lake
 * too.
 */
export function proveSource(store: ObjectStore, limits: { readonly withinMs?: number; readonly signal?: AbortSignal } = {}): ProveSource {
  return async (outside, snapshotName) => {
    await requireSharedSnapshot(outside, snapshotName);
    const say = (content: string): Promise<unknown> => emitMessage(outside, MESSAGE_PREFIX, content);
    await awaitHeard(store, { say, timeoutMs: limits.withinMs ?? HEARD_WITHIN_MS, signal: limits.signal });
  };
}
