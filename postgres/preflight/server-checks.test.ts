import { describe, expect, test } from 'vitest';
import { checkServer } from './server-checks.ts';
import type { ServerFacts } from './server-facts.ts';

const GOOD: ServerFacts = {
  versionNumber: 180_004,
  version: '18.4',
  standby: false,
  encrypted: true,
  user: 'app',
  database: 'shop',
  superuser: false,
  replicationRole: true,
  rdsRole: false,
  mayCreate: true,
  mayEmit: true,
  settings: {
    wal_level: 'logical',
    max_replication_slots: '10',
    max_wal_senders: '10',
    max_connections: '100',
    max_slot_wal_keep_size: '51200',
    idle_replication_slot_timeout: '0',
    wal_sender_timeout: '60000',
    logical_decoding_work_mem: '65536',
    synchronized_standby_slots: '',
    synchronous_standby_names: 'FIRST 1 (replica_1, replica_2)',
  },
  usedSlots: 0,
  usedSenders: 0,
  usedConnections: 5,
  encoding: 'UTF8',
  oldWriters: [],
  prepared: [],
  serverTimeMs: 1_000_000,
  slots: [],
};

test('a good server has nothing to fix', () => {
  const slot = { name: 'tailrace_0123abcd', plugin: 'pgoutput', twoPhase: false, walStatus: 'reserved', published: true };
  expect(
    checkServer({ ...GOOD, slots: [slot] }, { nowMs: 1_000_500, diskFreeBytes: null }).filter(({ verdict }) => verdict !== 'ok'),
  ).toEqual([]);
});

const settings = (changed: Record<string, string>): Partial<ServerFacts> => ({ settings: { ...GOOD.settings, ...changed } });
const slot = { name: 'tailrace_0123abcd', plugin: 'pgoutput', twoPhase: false, walStatus: 'reserved', published: true };

describe('every problem is reported with its fix', () => {
  test.each<[string, 'warn' | 'fail', Partial<ServerFacts>, RegExp]>([
    ['version', 'fail', { versionNumber: 150_012 }, /^Upgrade to 15\.14/],
    ['version', 'fail', { versionNumber: 130_020 }, /^Upgrade to 14/],
    ['version', 'warn', { versionNumber: 190_000 }, /^tailrace is not tested/],
    ['primary', 'fail', { standby: true }, /primary/],
    ['wal_level', 'fail', settings({ wal_level: 'replica' }), /^ALTER SYSTEM SET wal_level = 'logical'/],
    ['replication right', 'fail', { replicationRole: false }, /^ALTER ROLE app REPLICATION;$/],
    ['replication right', 'fail', { replicationRole: false, rdsRole: true }, /^GRANT rds_replication TO app;$/],
    ['create publications', 'fail', { mayCreate: false }, /^GRANT CREATE ON DATABASE shop TO app;$/],
    ['emit heartbeats', 'fail', { mayEmit: false }, /^GRANT EXECUTE/],
    ['free max_replication_slots', 'fail', { usedSlots: 9 }, /= 12; -- then restart$/],
    ['free max_replication_slots', 'warn', { usedSlots: 8 }, /= 11; -- then restart$/],
    ['free max_wal_senders', 'fail', { usedSenders: 10 }, /= 13; -- then restart$/],
    ['free max_connections', 'fail', { usedConnections: 99 }, /= 107; -- then restart$/],
    ['max_slot_wal_keep_size', 'warn', settings({ max_slot_wal_keep_size: '-1' }), /pg_reload_conf/],
    ['max_slot_wal_keep_size', 'warn', settings({ max_slot_wal_keep_size: '100' }), /pg_reload_conf/],
    ['idle_replication_slot_timeout', 'warn', settings({ idle_replication_slot_timeout: '60' }), /1d/],
    ['synchronous_standby_names', 'warn', settings({ synchronous_standby_names: '*' }), /commits wait for it/],
    ['synchronous_standby_names', 'warn', settings({ synchronous_standby_names: 'ANY 1 (replica, "*")' }), /pg_reload_conf/],
    ['logical_decoding_work_mem', 'warn', settings({ logical_decoding_work_mem: '64' }), /64MB/],
    ['synchronized_standby_slots', 'warn', settings({ synchronized_standby_slots: 'sb1' }), /waits/],
    ['encoding', 'warn', { encoding: 'SQL_ASCII' }, /UTF-8/],
    ['long open transactions', 'warn', { oldWriters: [{ pid: 7, seconds: 90 }] }, /pg_terminate_backend\(7\)/],
    ['prepared transactions', 'warn', { prepared: [{ gid: "o'k", elsewhere: null }] }, /^ROLLBACK PREPARED 'o''k'; -- or commit/],
    ['prepared transactions', 'warn', { prepared: [{ gid: 'x', elsewhere: 'other' }] }, /^ROLLBACK PREPARED 'x'; -- in database other;/],
    ['clock', 'warn', { serverTimeMs: 5_000_000 }, /Synchronise/],
    ['slot tailrace_0123abcd', 'fail', { slots: [{ ...slot, walStatus: 'lost' }] }, /resync --all$/],
    ['slot tailrace_0123abcd', 'fail', { slots: [{ ...slot, twoPhase: true }] }, /resync --all$/],
    ['slot tailrace_0123abcd', 'fail', { slots: [{ ...slot, published: false }] }, /resync --all$/],
  ])('%s %s', (item, verdict, changed, fix) => {
    const wrong = checkServer({ ...GOOD, ...changed }, { nowMs: 1_000_000, diskFreeBytes: null }).filter((one) => one.verdict !== 'ok');
    expect(wrong).toMatchObject([{ item, verdict, fix: expect.stringMatching(fix) }]);
  });
});

test.each([
  [100 * 2 ** 30, `ALTER SYSTEM SET max_slot_wal_keep_size = '50GB'; -- half of the free disk`],
  [7 * 2 ** 30, `ALTER SYSTEM SET max_slot_wal_keep_size = '3GB'; -- half of the free disk`],
  [2 ** 20, `ALTER SYSTEM SET max_slot_wal_keep_size = '1GB'; -- half of the free disk`],
  [null, `-- ALTER SYSTEM SET max_slot_wal_keep_size = '…GB'; use half of the server's free disk, which is not visible from here`],
])('the limit of kept WAL is half of the free disk: of %s bytes', (diskFreeBytes, fix) => {
  const items = checkServer({ ...GOOD, ...settings({ max_slot_wal_keep_size: '-1' }) }, { nowMs: 1_000_000, diskFreeBytes });
  expect(items.find(({ item }) => item === 'max_slot_wal_keep_size')?.fix?.split('\n')[0]).toBe(fix);
});
