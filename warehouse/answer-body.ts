import { holdAnswer } from './held-answer.ts';
import { raiseRevision } from './native-revision.ts';

export interface WantedBody {
  /** Format in which the engine wrote the rows. */
  readonly format: string;
  /** Protocol revision of the Native format that the client reads; 0: the plain format. */
  readonly revision: number;
  /** No answer is sent before the query has ended. */
  readonly waitForEnd: boolean;
  /** Folder for the part of the answer that memory does not hold until then. */
  readonly folder: string;
}

/**
 * Rows as the engine wrote them → rows in the form that the request wants. Rejects with a failure
 * that is known before the first row is sent.
 */
export async function answerBody(rows: AsyncIterable<Uint8Array>, wanted: WantedBody): Promise<AsyncIterable<Uint8Array>> {
  const raised = wanted.revision > 0 && wanted.format === 'Native' ? await begun(raiseRevision(rows, wanted.revision)) : rows;
  return wanted.waitForEnd ? holdAnswer(raised, wanted.folder) : raised;
}

/** The same pieces, once the first one is there. */
async function begun(pieces: AsyncGenerator<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const first = await pieces.next();
  return (async function* () {
    try {
      if (first.done !== true) yield first.value;
      yield* pieces;
    } finally {
      await pieces.return(undefined);
    }
  })();
}
