import type { SocketConstructorOpts } from 'node:net';
import { Socket } from 'node:net';
import type { Duplex, DuplexOptions } from 'node:stream';
import type { Log } from '../../core/log.ts';
import type { Lsn } from '../../core/lsn.ts';
import { formatLsn } from '../../core/lsn.ts';
import { clientConfig } from '../session/client-config.ts';
import type { SourceOptions } from '../session/client-config.ts';
import { reachServer, requireServer } from '../session/hosts.ts';
import type { Attempt } from '../session/hosts.ts';
import type { ReplicationStream } from './replication-stream.ts';
import { ReplicationService } from './replication-service.ts';
import { requireLookedAt } from '../session/same-server.ts';
import type { LookedAt } from '../session/same-server.ts';
import { describeAddress, isUnixSocket } from '../session/source-url.ts';
import { streamError } from './stream-error.ts';
import { WalReader } from './wal-reader.ts';

export type { LookedAt } from '../session/same-server.ts';
export type { ReplicationStream, StreamSink } from './replication-stream.ts';

/** What to stream, and where it starts. */
export interface StreamOptions {
  readonly source: SourceOptions;
  readonly slot: string;
  readonly publications: readonly string[];
  /**
   * Durable position. Transactions whose commit record starts below it are not sent. It is also the
   * first position that is acknowledged.
   */
  readonly start: Lsn;
  /**
   * Receive large transactions while they run (protocol 2), so that the source need not spill them
   * to its disk. Default false.
   */
  readonly inProgress?: boolean | undefined;
  /** The server that this session must reach. Default: any. */
  readonly looked?: LookedAt | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
  /**
   * After this long without a byte, another connection checks whether the source still streams.
   * Default 60 000.
   */
  readonly silenceMs?: number | undefined;
}

/** With a buffer of one byte, a paused socket stops after one more read, not after 64 KiB. */
const SHALLOW: SocketConstructorOpts & DuplexOptions = { highWaterMark: 1 };

/**
 * Starts streaming (pgoutput, protocol 1 or 2, text, with logical messages). Rejects with
 * SLOT_IN_USE, SLOT_LOST, WAL_LEVEL, SOURCE_UNPROVEN (the server is not `looked`) and the codes
 * of `connect`.
 */
export async function openStream(options: StreamOptions): Promise<ReplicationStream> {
  const { log, slot, start } = options;
  const { service, socket, address } = await reachServer(options.source, 'starting replication from', (at) => begin(options, at));
  log.info({ slot, start: formatLsn(start) }, 'streaming');
  return new WalReader({ ...options, service, socket, target: describeAddress(address), paced: !isUnixSocket(address) });
}

async function begin(
  options: StreamOptions,
  { address, ssl, must }: Attempt,
): Promise<{ service: ReplicationService; socket: Duplex; address: Attempt['address'] }> {
  const config = clientConfig(options.source, address, ssl === false ? false : { ...ssl, ...SHALLOW }, { role: 'walsender' });
  const service = new ReplicationService({ ...config, stream: () => new Socket(SHALLOW) });
  try {
    const { slot, publications, inProgress = false, looked } = options;
    const start = { slot, publications, lsn: formatLsn(options.start), inProgress };
    const socket = await service.begin(start, async (session) => {
      await requireServer(session, { must, address });
      if (looked !== undefined) await requireLookedAt(session, slot, looked);
    });
    return { service, socket, address };
  } catch (error) {
    await service.destroy();
    throw await streamError(options.source, options.slot, error);
  }
}
