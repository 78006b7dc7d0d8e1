/** Names and addresses of a cluster of three chDB fronts, each in a process or container alone. */
export const FRONTS = {
  cluster: 'fronts',
  shards: [1, 2, 3],
  /** Where the containers are. */
  network: '172.29.249',
  /** The same for all fronts, since each has an address. */
  port: 8123,
  keeperPort: 9181,
  keeper: (network: string): string => `${network}.10`,
  shard: (network: string, shard: number): string => `${network}.${10 + shard}`,
} as const;
