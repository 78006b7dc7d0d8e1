/**
 * A process that takes a lock of the builders in a lake, to be killed or stopped by a test.
 * Arguments: the lake's directory, then the pace as JSON. Says `held`, and `lost` when the lease is
 * lost.
 */
import { holdLease } from '../../lake/builder-lease.ts';
import { DirectoryStore } from '../../lake/store/directory-store.ts';

const [, , directory = '', pace = ''] = process.argv;
const store = new DirectoryStore(directory);
const hold = await holdLease({ store, warehouseId: 'w', lock: 'role', pace: JSON.parse(pace) }, { wait: true });
hold.lost.addEventListener('abort', () => process.send?.('lost'));
process.on('message', () => undefined); // keeps the channel open, and this process with it
process.send?.('held');
