import { TailraceError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { formatLsn } from '../../core/lsn.ts';
import type { SourceOptions } from '../../postgres/session/connect.ts';
import { PgoutputDecoder } from '../../postgres/pgoutput/decoder.ts';
import { openStream } from '../../postgres/stream/stream.ts';
import type { LookedAt } from '../../postgres/stream/stream.ts';
import { LogProof } from './log-proof.ts';
import type { LogProofInput } from './log-proof.ts';

/** Which log has to prove itself, and by what. */
export interface ProveOptions extends LogProofInput {
  readonly source: SourceOptions;
  readonly slot: string;
  readonly publications: readonly string[];
  readonly looked: LookedAt;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Reads the log from the slot's confirmed position to the end of the lake, and discards it. Returns
 * why it is not the lake's log; null: it is. Acknowledges nothing. The session that streams
 * afterwards compares the server with `looked` again. Rejects with the codes of `openStream`.
 */
export async function proveLog(options: ProveOptions): Promise<string | null> {
  const { confirmed, to, log } = options;
  log.info({ from: formatLsn(confirmed), to: formatLsn(to) }, 'reading again what the lake has and the slot has not confirmed');
  const proof = new LogProof(options);
  const decoder = new PgoutputDecoder(proof);
  await using stream = await openStream({ ...options, start: confirmed });
  const settle = (): void => {
    if (proof.settled) void stream.close();
  };
  await stream.read({
    data(buf, start, end) {
      if (!proof.settled) decoder.decode(buf, start, end);
      settle();
    },
    keepalive(walEnd) {
      proof.keepalive(walEnd);
      settle();
    },
    drained: () => undefined,
  });
  if (!proof.settled)
    throw new TailraceError('SOURCE_UNREACHABLE', 'the connection ended before the log of the source was read up to the end of the lake');
  return proof.trouble;
}
