import type { Bound } from './result.ts';

const atLeast = (must: number, aim: number | null = null): Bound => ({ sense: '≥', must, aim });
const atMost = (must: number, aim: number | null = null): Bound => ({ sense: '≤', must, aim });

/**
 * What has to be reached on two cores, and what is aimed at. Ratios hold on other machines too,
 * absolute numbers are of two cores.
 */
export const BOUNDS = {
  streamToRecvlogical: atLeast(1.6, 2),
  streamToBare: atLeast(0.9, 1),
  streamCpu: atMost(3, 2),
  mixedToBare: atLeast(1, 1),
  mixedCpu: atMost(10, 6),
  catchupToBare: atLeast(0.9, 1),
  snapshotToCopyText: atLeast(1, 1.2),
  snapshotToCopyBinary: atLeast(0.7, 0.9),
  readToPlain: atMost(2, 1.3),
  mergeGrowth: atMost(1.2),
  historyCost: atMost(1.6),
  rewriteGrowth: atMost(1.2),
  verifyToHash: atLeast(0.7, 1),
  tablesLive: atMost(45, 20),
  tablesP99: atMost(2),
  idleCpuPercent: atMost(1, 0.5),
  idleMiB: atMost(350, 250),
  idleObjectsPerHour: atMost(60),
  idleFreshness: atMost(2, 1),
  idleRequestsPerHour: atMost(1000),
  startSeconds: atMost(2, 1),
  commandSeconds: atMost(0.5, 0.3),
  largeMiB: atMost(300, 200),
  freshnessP50: atMost(1, 0.5),
  freshnessP99: atMost(3, 2),
  martsP50: atMost(3),
  martsP99: atMost(8),
  martsTouched: atMost(1 / 3),
  martsMemory: atMost(1),
  baseSeconds: atMost(60),
  /** The limit of the engine, and what it leaves to the roles (warehouse/embedded-engine.ts). */
  baseEngineMiB: atMost(900),
  baseCompactorMiB: atMost(500),
  baseSecondBytes: atMost(0.05),
  baseRebuild: atMost(1),
  baseFreshness: atMost(4, 2),
  yearStart: atMost(5),
  clusterShard: atMost(0.35, 0.3),
} as const;
