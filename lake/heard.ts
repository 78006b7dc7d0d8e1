import { randomBytes } from 'node:crypto';
import { TailraceError } from '../core/errors.ts';
import { elapsed } from '../core/time.ts';
import { awaitStage } from './control.ts';
import { controlKey } from './keys.ts';
import type { ObjectStore } from './store/object-store.ts';

/**
 * Content of a message by which somebody asks whether the lake's stream shows it; what follows is
 * the id of the answer.
 */
const ASK = /^prove:([0-9a-z-]{1,64})$/;
/**
 * A replicator that ends between the batch that has the message and its answer has forgotten it.
 */
const ASK_AGAIN_MS = 10_000;

/**
 * Id of the answer that a message of ours asks for, once its batch is in the lake; null: it asks
 * for none.
 */
export function proofAskedFor(content: string): string | null {
  return ASK.exec(content)?.[1] ?? null;
}

/** Whom to ask, and how long to wait. */
export interface HeardOptions {
  /** Commits a message of ours with this content at the server that is to prove itself. */
  readonly say: (content: string) => Promise<unknown>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Resolves when a message that was written to a server has come along the lake's stream and its
 * batch is stored: then the server's log up to the message is the lake's. SOURCE_UNPROVEN when it
 * does not come in time.
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
    `a message written to this server did not come along the stream of the lake in ${seconds} s, so it may be another server`,
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
