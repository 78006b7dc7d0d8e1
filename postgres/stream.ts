import type { SocketConstructorOpts } from 'node:net';
import { Socket } from 'node:net';
import type { Duplex, DuplexOptions } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import type { Log } from '../core/log.ts';
import type { Lsn } from '../core/lsn.ts';
import { formatLsn } from '../core/lsn.ts';
import { clientConfig, connectTimeoutMs } from './client-config.ts';
import type { SourceOptions } from './client-config.ts';
import type { ReplicationStream } from './replication-stream.ts';
import { ReplicationService } from './replication-service.ts';
import { requireLookedAt } from './same-server.ts';
import type { LookedAt } from './same-server.ts';
import { withTls } from './source-tls.ts';
import type { SourceAddress } from './source-url.ts';
import { describeAddress, isUnixSocket, parseSourceUrl } from './source-url.ts';
import { sourceError } from './sqlstate.ts';
import { streamError } from './stream-error.ts';
import { WalReader } from './wal-reader.ts';

export type { LookedAt } from './same-server.ts';
export type { ReplicationStream, StreamSink } from './replication-stream.ts';

/** From where and what to stream. */
export interface StreamOptions {
  readonly source: SourceOptions;
  readonly slot: string;
  readonly publications: readonly string[];
  /** Durable position: transactions whose commit record starts below are not sent; it is also what is acknowledged at first. */
  readonly start: Lsn;
  /** Large transactions are sent while they run (protocol 2), so that the source need not keep them on its disk. Default no. */
  readonly inProgress?: boolean | undefined;
  /** The server that this session must have reached. Default: any. */
  readonly looked?: LookedAt | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** After how long without a byte the source is asked on another connection whether it still streams. Default 60 000. */
  readonly silenceMs?: number | undefined;
}

/** With a buffer of one byte a paused socket stops reading after one more read, not when 64 KiB are full. */
const SHALLOW: SocketConstructorOpts & DuplexOptions = { highWaterMark: 1 };

/**
 * Starts streaming (pgoutput, protocol 1 or 2, text, with logical messages). Rejects with SLOT_IN_USE, SLOT_LOST, WAL_LEVEL,
 * SOURCE_UNPROVEN (another server than `looked`) and the codes of `connect`.
 */
export async function openStream(options: StreamOptions): Promise<ReplicationStream> {
  const address = parseSourceUrl(options.source.url);
  const target = describeAddress(address);
  try {
    const begun = await withTls(address, connectTimeoutMs(options.source), async (ssl) => await begin(options, address, ssl));
    options.log.info({ slot: options.slot, start: formatLsn(options.start) }, 'streaming');
    return new WalReader({ ...options, ...begun, target, paced: !isUnixSocket(address) });
  } catch (error) {
    throw sourceError(await streamError(options.source, options.slot, error), `starting replication from ${target}`);
  }
}

async function begin(
  options: StreamOptions,
  address: SourceAddress,
  ssl: ConnectionOptions | false,
): Promise<{ service: ReplicationService; socket: Duplex }> {
  const config = clientConfig(options.source, address, ssl === false ? false : { ...ssl, ...SHALLOW }, { role: 'walsender' });
  const service = new ReplicationService({ ...config, stream: () => new Socket(SHALLOW) });
  try {
    const { slot, publications, inProgress = false, looked } = options;
    const start = { slot, publications, lsn: formatLsn(options.start), inProgress };
    return {
      service,
      socket: await service.begin(start, async (session) => {
        if (looked !== undefined) await requireLookedAt(session, slot, looked);
      }),
    };
  } catch (error) {
    await service.destroy();
    throw error;
  }
}
