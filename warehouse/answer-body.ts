import { holdAnswer } from './held-answer.ts';
import { raiseRevision } from './native-revision.ts';

export interface WantedBody {
  /** Of the rows as the engine wrote them. */
  readonly format: string;
  /** Protocol whose Native format the client reads; 0: the plain one. */
  readonly revision: number;
  /** Nothing is answered before the query has ended. */
  readonly waitForEnd: boolean;
  /** For what memory does not hold meanwhile. */
  readonly folder: string;
}

/**
 * Rows as the engine wrote them → rows as a request wants them. Rejects with what is known to be
 * wrong before the first of them is sent.
 */
export async function answerBody(rows: AsyncIterable<Uint8Array>, wanted: WantedBody): Promise<AsyncIterable<Uint8Array>> {
  const raised = wanted.revision > 0 && wanted.format === 'Native' ? await begun(raiseRevision(rows, wanted.revision)) : rows;
  return wanted.waitForEnd ? holdAnswer(raised, wanted.folder) : raised;
}

/** The same pieces, once there is a first one. */
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
