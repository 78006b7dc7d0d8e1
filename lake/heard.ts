import { randomBytes } from 'node:crypto';
import { TailraceError } from '../core/errors.ts';
import { elapsed } from '../core/time.ts';
import { awaitStage } from './control.ts';
import { controlKey } from './keys.ts';
import type { ObjectStore } from './store/object-store.ts';

/**
 * Content of a message that asks whether it arrives in the stream of the lake; the id of the answer
 * follows.
 */
const ASK = /^prove:([0-9a-z-]{1,64})$/;
/**
 * A replicator that ends between the batch with the message and its answer has forgotten the
 * message.
 */
const ASK_AGAIN_MS = 10_000;

/**
 * Id of the answer that a message of ours requests once its batch is in the lake; null: it requests
 * none.
 */
export function proofAskedFor(content: string): string | null {
  return ASK.exec(content)?.[1] ?? null;
}

/** Where to send the message, and how long to wait. */
export interface HeardOptions {
  /** Commits a message of ours with this content at the server that has to prove itself. */
  readonly say: (content: string) => Promise<unknown>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves when a message that was written to a server has arrived in the stream of the lake and
 * its batch is stored. Then the log of the server up to the message is the log of the lake.
 * SOURCE_UNPROVEN when the message does not arrive in time.
 */
export async function awaitHeard(store: ObjectStore, { say, timeoutMs, signal }: HeardOptions): Promise<void> {
  const id = `prove-${randomBytes(8).toString('hex')}`;
  const deadline = elapsed() + timeoutMs;
  for (let leftMs = timeoutMs; leftMs > 0; leftMs = deadline - elapsed()) {
    if (signal?.aborted === true) break;
    await say(`prove:${id}`);
    if (!(await isHeard(store, id, { timeoutMs: Math.min(leftMs, ASK_AGAIN_MS), signal }))) continue;
    await store.delete(controlKey(id, 'heard'));
    return;
  }
  const seconds = Math.round(timeoutMs / 1000);
  throw new TailraceError(
    'SOURCE_UNPROVEN',
    `a message written to this server did not arrive in the stream of the lake within ${seconds} s, so it may be another server`,
  );
}

async function isHeard(store: ObjectStore, id: string, { timeoutMs, signal }: Omit<HeardOptions, 'say'>): Promise<boolean> {
  try {
    await awaitStage(store, { id, stage: 'heard' }, { timeoutMs, ...(signal === undefined ? {} : { signal }) });
    return true;
  } catch (error) {
    if (error instanceof TailraceError && error.code === 'TIMED_OUT') return false;
    throw error;
  }
}
