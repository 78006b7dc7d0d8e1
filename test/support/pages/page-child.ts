import { silentLogger } from '../../../core/log.ts';
import { wall } from '../../../core/time.ts';
import { ManifestLog } from '../../../lake/manifest-log.ts';
import { PageKeeper } from '../../../lake/retention/page-keeper.ts';
import { DirectoryStore } from '../../../lake/store/directory-store.ts';

/**
 * Two turns of a page keeper over the lake of a folder, a day apart by the clock that never steps,
 * without a grace. The second argument says how many manifests a page has.
 */
const [folder = '', pageSize = ''] = process.argv.slice(2);
const store = new DirectoryStore(folder);
const log = silentLogger();
const size = { pageSize: Number(pageSize) };
let elapsedMs = 0;
const time = { wall, elapsed: () => elapsedMs };
const keeper = new PageKeeper({ store, manifests: new ManifestLog(store, log, null, size), log, graceMs: 0, time, ...size });
await keeper.turn();
elapsedMs += 86_400_000;
await keeper.turn();
