import { silentLogger } from '../../core/log.ts';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { Sweeper } from '../../lake/retention/sweep.ts';

/**
 * Three turns of a sweeper over the lake of a folder, hours apart by the clock that never steps;
 * prints what it removed as JSON.
 */
const [folder = '', ...hours] = process.argv.slice(2);
const store = new DirectoryStore(folder);
const sweeper = new Sweeper(store, new ManifestLog(store, silentLogger()));
const removed: string[] = [];
for (const hour of hours) removed.push(...(await sweeper.sweep(Number(hour) * 3_600_000)).removed);
process.stdout.write(JSON.stringify(removed));
