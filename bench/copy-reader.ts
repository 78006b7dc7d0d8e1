import { pipeline } from 'node:stream/promises';
import { Writable } from 'node:stream';
import pg from 'pg';
import { to } from 'pg-copy-streams';

/** Reads `COPY bench TO STDOUT` and throws it away: what the source itself can deliver to a Node process. Arguments: URL, format. */
const [url = '', format = 'text'] = process.argv.slice(2);
const client = new pg.Client({ connectionString: url });
await client.connect();
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
await pipeline(client.query(to(`copy bench to stdout (format ${format === 'binary' ? 'binary' : 'text'})`)), nowhere);
await client.end();
