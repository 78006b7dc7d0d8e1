import { silentLogger } from '../core/log.ts';
import { parseLsn } from '../core/lsn.ts';
import { openStream } from '../postgres/stream/stream.ts';

/**
 * Walks the frames of a slot up to a position and decodes nothing: the pace that the source allows.
 * Arguments: URL, slot, publication, end.
 */
const [url = '', slot = '', publication = '', end = ''] = process.argv.slice(2);
const abort = new AbortController();
const target = parseLsn(end);
const stream = await openStream({
  source: { url },
  slot,
  publications: [publication],
  start: 0n,
  log: silentLogger(),
  signal: abort.signal,
});
const COMMIT = 'C'.charCodeAt(0);
const END_LSN_AT = 10;
await stream.read({
  data(buffer, start) {
    if (buffer[start] === COMMIT && buffer.readBigUInt64BE(start + END_LSN_AT) >= target) abort.abort();
  },
  keepalive(walEnd) {
    if (walEnd >= target) abort.abort();
  },
  drained() {
    // Nothing is kept, so there is nothing to cut.
  },
});
await stream.close();
