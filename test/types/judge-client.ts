import pg from 'pg';

/** How Postgres prints values while it is asked for the truth, and how it reads what is written. */
const SETTINGS = {
  datestyle: 'ISO',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  lc_monetary: 'C',
  search_path: 'pg_catalog',
  xmloption: 'content',
  client_encoding: 'UTF8',
};

/** A connection of the judge's own; values go in and come out as text. */
export async function connectJudge(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = await connectApplication(url);
  for (const [name, value] of Object.entries(SETTINGS)) await client.query(`set ${name} = '${value}'`);
  return client;
}

/** A connection as an application has it, which finds operators of extensions in `public`. */
export async function connectApplication(url: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}
