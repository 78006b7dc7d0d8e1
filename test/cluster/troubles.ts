import type { ComposeNodes } from '../support/cluster/compose-nodes.ts';

/** What a trouble uses. */
export interface Scene {
  readonly nodes: Pick<ComposeNodes, 'kill' | 'start' | 'restart' | 'pause' | 'unpause' | 'loseDisk' | 'cutOff' | 'connect'>;
  /** Lets the shop go on for this many seconds. */
  readonly hold: (seconds: number) => Promise<void>;
  /** Runs a statement on a node, as its administrator. */
  readonly exec: (service: string, statement: string) => Promise<void>;
  /** Tells all nodes that the second shard has a third replica, which then is one. */
  readonly grow: () => Promise<void>;
  /** Starts the compactor again, as after a crash. */
  readonly restartCompactor: () => Promise<void>;
  /** Waits until the warehouse has all that is committed now, and no table is parked. */
  readonly settle: () => Promise<void>;
  /** `tailrace rebuild`. */
  readonly rebuild: () => Promise<void>;
  /** Gives the writer a setting in its profile on every node; null: takes all of them away. */
  readonly profile: (settings: string | null) => Promise<void>;
}

/** Something that happens to a cluster, and its end. Afterwards both sides must be equal. */
export interface Trouble {
  readonly name: string;
  /** It changes the cluster for good. */
  readonly isOnce?: boolean;
  readonly play: (scene: Scene) => Promise<void>;
}

const NODES = ['node-1-1', 'node-1-2', 'node-2-1', 'node-2-2'];
const HOLD_SECONDS = 30;
/** Longer than a quorum is waited for, and than a session with the keepers lasts. */
const LONG_SECONDS = 60;

/** The node of the URL and the first replica of a shard is the one that is written. */
export const TROUBLES: readonly Trouble[] = [
  { name: 'a replica is killed', play: killed(['node-2-1'], HOLD_SECONDS) },
  {
    name: 'a replica is paused',
    async play({ nodes, hold }) {
      await nodes.pause('node-1-1');
      await hold(LONG_SECONDS);
      await nodes.unpause('node-1-1');
    },
  },
  { name: 'a shard is killed', play: killed(['node-2-1', 'node-2-2'], LONG_SECONDS) },
  { name: 'the keepers have no majority', play: killed(['keeper-2', 'keeper-3'], LONG_SECONDS) },
  {
    name: 'all nodes are restarted, one after the other',
    async play({ nodes, hold }) {
      for (const service of NODES) {
        await nodes.restart(service);
        await hold(HOLD_SECONDS / NODES.length);
      }
    },
  },
  {
    name: 'the replicas of a shard are cut off from each other',
    async play({ nodes, hold }) {
      await nodes.cutOff('node-1-2');
      await hold(LONG_SECONDS);
      await nodes.connect('node-1-2');
    },
  },
  {
    name: 'a disk with the only copy of rows is lost, and the warehouse is rebuilt',
    isOnce: true,
    async play({ nodes, hold, exec, settle, restartCompactor, rebuild }) {
      await nodes.kill('node-2-2');
      await hold(HOLD_SECONDS);
      // From here on the rows of this time are on the first replica alone.
      await settle();
      await nodes.loseDisk('node-2-1');
      await nodes.start('node-2-2');
      // The keepers would refuse a new replica of that name, and its parts would be waited for.
      await exec('node-2-2', "SYSTEM DROP REPLICA 'r1'");
      await exec('node-2-2', "SYSTEM DROP DATABASE REPLICA 'r1' FROM SHARD '2'");
      await nodes.start('node-2-1');
      await restartCompactor();
      await rebuild();
    },
  },
  {
    name: 'a node is added',
    isOnce: true,
    async play({ nodes, hold, grow, restartCompactor }) {
      await grow();
      await nodes.start('node-2-3');
      await restartCompactor();
      await hold(HOLD_SECONDS);
    },
  },
  {
    name: "parallel replicas are on in the writer's profile",
    async play({ profile, restartCompactor, hold }) {
      await profile("enable_parallel_replicas = 1, max_parallel_replicas = 3, cluster_for_parallel_replicas = 'shop'");
      await restartCompactor();
      await hold(HOLD_SECONDS);
      await profile(null);
    },
  },
];

/** Kills services, and starts them again after this time. */
function killed(services: readonly string[], seconds: number): Trouble['play'] {
  return async ({ nodes, hold }) => {
    await Promise.all(services.map((service) => nodes.kill(service)));
    await hold(seconds);
    await Promise.all(services.map((service) => nodes.start(service)));
  };
}
