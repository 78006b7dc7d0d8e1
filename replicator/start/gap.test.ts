import { expect, test } from 'vitest';
import type { EpochInfo } from '../../lake/epoch.ts';
import { decideStart } from './gap.ts';
import type { StartFacts } from './gap.ts';

const EPOCH: EpochInfo = { epoch: 2, slot: 'tailrace_0a1b2c3d', consistentPoint: '0/100', systemId: '77', timeline: 1 };
const FACTS: StartFacts = {
  epoch: EPOCH,
  last: { epoch: 2, to: '0/500' },
  slot: {
    plugin: 'pgoutput',
    database: 'shop',
    active: false,
    activePid: null,
    temporary: false,
    twoPhase: false,
    walStatus: 'reserved',
    invalidationReason: null,
    retainedBytes: 0,
    safeWalBytes: null,
    confirmedFlush: 0x500n,
    catalogXminAge: 0,
  },
  system: {
    systemId: '77',
    timeline: 1,
    startedAt: '1',
    database: 'shop',
    flushLsn: 0x900n,
    serverVersion: 180000,
    serverTimeMs: 0,
    insertLsn: 0x900n,
  },
  timeline: 1,
  branchedAt: null,
  publications: { known: [16, 17], now: [16, 17] },
};
const slot = (change: Partial<NonNullable<StartFacts['slot']>>): Partial<StartFacts> => ({
  slot: FACTS.slot === null ? null : { ...FACTS.slot, ...change },
});
const system = (change: Partial<StartFacts['system']>): Partial<StartFacts> => ({ system: { ...FACTS.system, ...change } });

test.each<[string, Partial<StartFacts>, object]>([
  ['streaming goes on where the last manifest ends', {}, { kind: 'stream', from: 0x500n }],
  ['a slot that lags behind the lake, as after a crash, is no gap', slot({ confirmedFlush: 0x300n }), { kind: 'stream', from: 0x500n }],
  [
    'an epoch without manifest begins at its consistent point',
    { last: { epoch: 1, to: '0/900' }, ...slot({ confirmedFlush: 0x100n }) },
    { kind: 'stream', from: 0x100n },
  ],
  ['a first start makes an epoch', { epoch: null, last: null, slot: null }, { kind: 'make', dropSlot: false }],
  ['a slot of our name without epoch is half-made and goes', { epoch: null, last: null }, { kind: 'make', dropSlot: true }],
  [
    'a slot below where its epoch began is of a source that was set back to before it',
    { ...FACTS, epoch: { ...EPOCH, consistentPoint: '0/400' }, ...slot({ confirmedFlush: 0x3ffn }) },
    { kind: 'gap', code: 'GAP' },
  ],
  ['a slot ahead of the lake is a gap', slot({ confirmedFlush: 0x501n }), { kind: 'gap', code: 'GAP' }],
  ['a slot created again by a crashed new epoch is a gap', { ...slot({ confirmedFlush: 0x800n }) }, { kind: 'gap', code: 'GAP' }],
  ['a missing slot is lost', { slot: null }, { kind: 'gap', code: 'SLOT_LOST' }],
  ['an invalidated slot is lost', slot({ walStatus: 'lost' }), { kind: 'gap', code: 'SLOT_LOST' }],
  ['a slot without position is lost', slot({ confirmedFlush: null }), { kind: 'gap', code: 'SLOT_LOST' }],
  ['a slot of another plugin is a gap', slot({ plugin: 'wal2json' }), { kind: 'gap', code: 'GAP' }],
  ['a slot of another database is a gap', slot({ database: 'other' }), { kind: 'gap', code: 'GAP' }],
  ['a slot with two-phase commit is a gap', slot({ twoPhase: true }), { kind: 'gap', code: 'GAP' }],
  ['a source that went back below the lake is a gap', system({ flushLsn: 0x4ffn }), { kind: 'gap', code: 'GAP' }],
  ['another cluster is another source', system({ systemId: '78' }), { kind: 'gap', code: 'LAKE_OF_ANOTHER_SOURCE' }],
  [
    'a timeline that branched off below the lake is a gap',
    { ...system({ timeline: 2 }), branchedAt: 0x4ffn },
    { kind: 'gap', code: 'GAP' },
  ],
  [
    'a timeline that branched off at the end of the lake goes on',
    { ...system({ timeline: 2 }), branchedAt: 0x500n },
    { kind: 'stream', from: 0x500n },
  ],
  ['an older timeline is a gap: the old primary came back', { ...system({ timeline: 1 }), timeline: 2 }, { kind: 'gap', code: 'GAP' }],
  ['a timeline that cannot be traced is a gap', { ...system({ timeline: 9 }), branchedAt: 0n }, { kind: 'gap', code: 'GAP' }],
  ['a publication that is gone is a gap', { publications: { known: [16, 17], now: [16] } }, { kind: 'gap', code: 'PUBLICATION_LOST' }],
  [
    'a publication that was created again is a gap',
    { publications: { known: [16, 17], now: [16, 20] } },
    { kind: 'gap', code: 'PUBLICATION_LOST' },
  ],
  [
    'an epoch without manifest wants its publications too',
    { publications: { known: null, now: [] } },
    { kind: 'gap', code: 'PUBLICATION_LOST' },
  ],
])('%s', (_name, change, expected) => {
  expect(decideStart({ ...FACTS, ...change })).toMatchObject(expected);
});
