import type { Manifest } from '../../lake/manifest.ts';

/** The first manifest of a lake in which nothing has happened yet. */
export const FIRST_HEARTBEAT: Manifest = {
  number: 1,
  epoch: 1,
  writer: 'aa',
  from: '0/1',
  to: '0/2',
  commitTimes: null,
  heartbeat: true,
  files: [],
  catalog: [],
};
