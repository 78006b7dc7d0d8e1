import type { LimitedDisk } from '../support/servers/limited-disk.ts';
import type { Fault } from './fault.ts';
import type { Stage } from './stage.ts';

/** Places that can be full. */
export const PLACES = ['lake', 'warehouse'] as const;
export type Place = (typeof PLACES)[number];

/** No room is left at a place, until there is room again. */
function full(place: Place): Fault {
  return {
    name: `full ${place}`,
    needs: 'space',
    pattern: new RegExp(`^full ${place}$`),
    draw: (random) => [`full ${place}`, `wait ${random.between(5, 20) * 100}ms`, `room ${place}`],
    async strike(stage) {
      const disk = diskOf(stage, place);
      disk.fill();
      stage.spells.begin(null, () => disk.empty());
    },
  };
}

function room(place: Place): Fault {
  return {
    name: `room ${place}`,
    needs: 'space',
    pattern: new RegExp(`^room ${place}$`),
    draw: () => [`room ${place}`],
    async strike(stage) {
      diskOf(stage, place).empty();
    },
  };
}

export const SPACE_FAULTS: readonly Fault[] = PLACES.flatMap((place) => [full(place), room(place)]);

function diskOf({ disks }: Stage, place: Place): LimitedDisk {
  const disk = disks.get(place);
  if (disk === undefined) throw new Error(`the ${place} of this ordeal has no disk of its own`);
  return disk;
}
