/**
 * Suites that are also played on a real cluster: those of `.ci/nightly places`, and those that kill
 * nodes of the double.
 */
export const SUITES: readonly string[] = [
  'compactor/crash',
  'compactor/replay',
  'compactor/transitions',
  'compactor/facts',
  'compactor/step/unresolved',
  'compactor/freezes',
  'compactor/verify-hold',
  'compactor/base',
  'compactor/cluster.ch',
  'compactor/killed-replica',
];
