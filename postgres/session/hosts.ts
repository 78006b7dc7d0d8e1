import type { ConnectionOptions } from 'node:tls';
import { TailraceError } from '../../core/errors.ts';
import { connectTimeoutMs } from './client-config.ts';
import type { SourceOptions } from './client-config.ts';
import type { SqlConnection } from './connect.ts';
import { withTls } from './source-tls.ts';
import { describeAddress, parseSource } from './source-url.ts';
import type { ServerWanted, SourceAddress } from './source-url.ts';
import { sourceError } from './sqlstate.ts';

/** One attempt: a server, how to encrypt, and what it must be. */
export interface Attempt {
  readonly address: SourceAddress;
  readonly ssl: ConnectionOptions | false;
  readonly must: Exclude<ServerWanted, 'prefer-standby'>;
}

/**
 * Tries the servers of a source in order until one accepts us, as libpq does with several hosts and
 * target_session_attrs. A server that cannot be reached, is starting, or has the wrong role is
 * skipped; a server that refuses us ends the search.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS
 */
export async function reachServer<T>(source: SourceOptions, doing: string, attempt: (at: Attempt) => Promise<T>): Promise<T> {
  const { addresses, wanted } = parseSource(source.url);
  const failures: TailraceError[] = [];
  for (const must of wanted === 'prefer-standby' ? (['standby', 'any'] as const) : [wanted]) {
    for (const address of addresses) {
      try {
        return await withTls(address, connectTimeoutMs(source, address), (ssl) => attempt({ address, ssl, must }));
      } catch (error) {
        const failure = sourceError(error, `${doing} ${describeAddress(address)}`);
        if (failure.code !== 'SOURCE_UNREACHABLE' || addresses.length === 1) throw failure;
        failures.push(failure);
      }
    }
  }
  const all = failures.map(({ message, code }) => message.slice(code.length + 2, message.indexOf('. ')));
  throw new TailraceError('SOURCE_UNREACHABLE', `none of ${addresses.length} servers can be used: ${all.join('; ')}`, {
    cause: failures[0],
  });
}

/** Throws SOURCE_UNREACHABLE when the server of a session has the wrong role. */
export async function requireServer(session: Pick<SqlConnection, 'query'>, { must, address }: Omit<Attempt, 'ssl'>): Promise<void> {
  if (must === 'any') return;
  const [server] = await session.query<{ standby: boolean }>('select pg_is_in_recovery() as standby');
  if (server?.standby === (must === 'standby')) return;
  const is = must === 'standby' ? 'is not a standby' : 'is a standby';
  throw new TailraceError('SOURCE_UNREACHABLE', `${describeAddress(address)} ${is}, but target_session_attrs asks for another server`);
}
