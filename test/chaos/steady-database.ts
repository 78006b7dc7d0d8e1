import pg from 'pg';
import { eventually } from '../support/eventually.ts';
import { createDatabase, type PostgresServer, reconnectDatabase, type TestDatabase } from '../support/postgres.ts';

/** A database of its own, with a new connection after each crash of the server. */
export async function createSteadyDatabase(server: Pick<PostgresServer, 'url'>): Promise<TestDatabase> {
  const made = await createDatabase(server);
  let open = made;
  const query: TestDatabase['query'] = async (sql, params) => {
    try {
      return await open.query(sql, params);
    } catch (error) {
      // Nothing that is asked here does harm when it is done twice.
      if (error instanceof pg.DatabaseError && !(error.code ?? '').startsWith('57P')) throw error;
      open = await eventually(() => reconnectDatabase(made).catch(() => null), 'a connection to the source');
      return open.query(sql, params);
    }
  };
  return {
    url: made.url,
    name: made.name,
    query,
    async [Symbol.asyncDispose]() {
      if (open !== made) await Promise.resolve(open[Symbol.asyncDispose]()).catch(() => undefined);
      await made[Symbol.asyncDispose]();
    },
  };
}
