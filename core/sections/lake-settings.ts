import { choice, duration, durationFrom, flag, integer, retention } from '../config-value.ts';
import { setting } from '../setting.ts';

/** Settings of what a lake keeps, and of how it is used. Their keys are written with the dot. */
export const lakeSettings = {
  'lake.readonly': setting(
    flag,
    'false',
    'build a warehouse from a lake that this process may only read: it reports no position, answers no request, and deletes nothing; for compact alone, with a directory as warehouse',
    ['compact'],
  ),
  'lake.baseInterval': setting(
    duration,
    '1d',
    'a table that changed gets a base after this time, or earlier, when its batches are half as large as its last base. A base is its current rows in the lake',
    ['compact'],
  ),
  'lake.baseProof': setting(
    choice('rebuild', 'verify', 'none'),
    'rebuild',
    'what a base needs before a warehouse begins with it and old batches go: rebuild computes its rows again from the lake alone, verify waits until `verify` finds the table equal, none takes its word',
    ['compact', 'lake', 'rebuild'],
  ),
  'lake.retention': setting(
    retention,
    '7d',
    'how long each moment of a table can be restored from the lake, by the clock of the store; a section of table may say otherwise. Newer batches are kept, and all that a reader, a pin or the newest bases need. The longest one of all registered warehouses counts',
    ['compact', 'lake', 'monitor', 'status'],
  ),
  'lake.sweepGrace': setting(
    durationFrom('10s'),
    '24h',
    'time between putting an object on the list of what may go and deleting it. Longer than any process may hang in one call to the store',
    ['compact', 'lake'],
  ),
  'lake.keepBases': setting(
    integer(1, 100),
    '2',
    'how many of the newest bases and copies of each table stay in the lake; the most that a registered warehouse asks for',
    ['compact', 'lake'],
  ),
  'lake.readerTtl': setting(
    duration,
    '30d',
    'a warehouse without news for this long is no longer waited for; when it comes back, it begins again from the newest bases',
    ['compact', 'lake'],
  ),
};
