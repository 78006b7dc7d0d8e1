import type { Duplex } from 'node:stream';
import type { Client } from 'pg';
import { LogicalReplicationService } from 'pg-logical-replication';
import { parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import { wall } from '../../core/time.ts';
import type { SqlConnection } from '../session/connect.ts';
import { openCopyBoth } from '../wire/copy-both.ts';
import { firstStatement } from '../session/session-settings.ts';
import { standbyStatus, startReplication } from '../wire/wire.ts';
import type { StartPoint } from '../wire/wire.ts';

/** The driver's configuration of one attempt. */
type ClientConfig = ConstructorParameters<typeof LogicalReplicationService>[0];

/**
 * pg-logical-replication without its own acknowledgement: `acknowledge` sends exactly the given
 * LSN, and nothing else is sent. One object serves one session. It connects and starts; our reader
 * then takes the socket. Why: docs/decisions/replication-client.md.
 */
export class ReplicationService extends LogicalReplicationService {
  #socket: Duplex | null = null;

  constructor(clientConfig: ClientConfig) {
    super(clientConfig, { acknowledge: { auto: false, timeoutSeconds: 0 } });
    // The socket reports a lost connection itself. Without a listener, this event would be thrown.
    this.on('error', () => undefined);
  }

  /**
   * Connects, lets `look` check the session, and starts streaming in it. Rejects with the error of
   * the server or of `look`.
   */
  async begin(start: StartPoint, look: (session: Pick<SqlConnection, 'query'>) => Promise<void>): Promise<Duplex> {
    const plugin = {
      options: {},
      name: 'pgoutput',
      start: async (client: Client, slot: string, lsn: string): Promise<void> => {
        await client.query(firstStatement('walsender'));
        await look({ query: async (sql) => (await client.query(sql)).rows });
        this.#socket = await openCopyBoth(client.connection, startReplication({ ...start, slot, lsn }));
        // This event tells the package that streaming has started. Its own reader would have
        // emitted it.
        client.connection.emit('replicationStart');
      },
      parse: (): never => {
        throw new Error('frames are read from the socket');
      },
    };
    await this.subscribe(plugin, start.slot, start.lsn);
    if (this.#socket === null) throw new Error('Connection terminated while replication was started');
    return this.#socket;
  }

  /**
   * Tells the server that everything below `lsn` (`X/Y`) is durable. The position is sent exactly:
   * with one byte more, a transaction whose commit record follows directly would never be sent
   * again. `written`: how far the stream was read, which frees nothing. `ping` asks for an answer.
   */
  override async acknowledge(lsn: string, ping = false, written: Lsn = parseLsn(lsn)): Promise<boolean> {
    const socket = this.#socket;
    if (socket === null || !socket.writable) return false;
    socket.write(standbyStatus({ lsn: parseLsn(lsn), written }, wall(), ping));
    return true;
  }
}
