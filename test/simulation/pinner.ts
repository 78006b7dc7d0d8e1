import { isoTime } from '../../core/time.ts';
import { readFloors } from '../../lake/retention/floors.ts';
import { deletePin, pinMatches, putPin } from '../../lake/retention/pins.ts';
import { streamOf, tableName } from './lake-parts.ts';
import { insist, restFor } from './simulated-process.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** Pins the newest batch, relies on the pin for a while, and deletes it, repeatedly. */
export async function pin(process: SimulatedProcess): Promise<void> {
  const { store, random, time, world } = process;
  const manifests = streamOf(process);
  for (let n = 1; ; n += 1) {
    await restFor(process, random.between(1, 4));
    const manifest = (await insist(() => manifests.newest(null)))?.number ?? 0;
    const { tableIds } = world.source;
    const glob = tableIds.length === 0 || random.chance(0.5) ? null : tableName(random.pick(tableIds));
    const name = `${process.name}-${n}`;
    await insist(() => putPin(store, { name, manifest, glob, at: isoTime(time.wall()) }));
    const floors = await insist(() => readFloors(store));
    world.judge.pins.relied({ name, manifest, matches: (tableId) => pinMatches({ glob }, tableName(tableId)) }, floors, world.objects());
    await restFor(process, random.between(4, 40));
    world.judge.pins.released(name);
    await insist(() => deletePin(store, name));
  }
}
