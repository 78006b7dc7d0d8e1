import { pipeline } from 'node:stream/promises';
import { Writable } from 'node:stream';
import pg from 'pg';
import { to } from 'pg-copy-streams';

/**
 * Reads `COPY … TO STDOUT` of tables and throws it away: what the source itself can deliver to a
 * Node process. Arguments: URL, format, tables.
 */
const [url = '', format = 'text', ...tables] = process.argv.slice(2);
const client = new pg.Client({ connectionString: url });
await client.connect();
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
for (const table of tables) {
  const copy = client.query(to(`copy (select * from ${table}) to stdout (format ${format === 'binary' ? 'binary' : 'text'})`));
  await pipeline(copy, nowhere, { end: false });
}
await client.end();
