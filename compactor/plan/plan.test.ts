import { expect, test } from 'vitest';
import { formatLsn } from '../../core/lsn.ts';
import type { CatalogEvent, FileEntry, Manifest } from '../../lake/manifest.ts';
import { limitsOn, planTable, positionAfter } from './plan.ts';
import type { Position } from '../state/position.ts';

const LIMITS = { rows: 100, bytes: 1000, files: 10 };
const START: Position = { manifest: 0, files: 0, lsn: 0n };

function file(path: string, more: Partial<FileEntry> & { lsns?: [number, number] } = {}): FileEntry {
  const [min, max] = more.lsns ?? [1, 1];
  return {
    path,
    table: 'public.t',
    tableId: '1_1',
    schema: 'a',
    rows: 10,
    bytes: 100,
    checksum: 'crc32:00000000',
    inserts: 10,
    updates: 0,
    deletes: 0,
    truncates: 0,
    unchanged: 0,
    keyChanges: 0,
    minCommitLsn: formatLsn(BigInt(min)),
    maxCommitLsn: formatLsn(BigInt(max)),
    ...more,
  };
}

function manifest(number: number, files: FileEntry[], more: { to?: number; catalog?: CatalogEvent[] } = {}): Manifest {
  const to = formatLsn(BigInt(more.to ?? number * 100));
  return {
    number,
    epoch: 1,
    writer: 'w',
    from: '0/0',
    to,
    commitTimes: null,
    heartbeat: files.length === 0,
    files,
    catalog: more.catalog ?? [],
  };
}

function plan(manifests: Manifest[], more: { position?: Position; before?: bigint } = {}): string[] {
  const work = { tableId: '1_1', position: more.position ?? START, manifests, before: more.before ?? null };
  return planTable(work, LIMITS).map((item) => (item.kind === 'fact' ? item.event.kind : item.files.map((one) => one.path).join('+')));
}

test('files of one schema are one step over many batches', () => {
  expect(plan([manifest(1, [file('a')]), manifest(2, []), manifest(3, [file('b'), file('c')])])).toEqual(['a+b+c']);
});

test.each([
  ['rows', { rows: 60 }],
  ['bytes', { bytes: 600 }],
])('a step ends where its %s would be too many', (_what, big) => {
  expect(plan([manifest(1, [file('a', big), file('b', big), file('c')])])).toEqual(['a', 'b+c']);
});

test('a file that is too big for a step is a step by itself', () => {
  expect(plan([manifest(1, [file('a'), file('b', { rows: 500 }), file('c')])])).toEqual(['a', 'b', 'c']);
});

test('another schema begins another step', () => {
  expect(plan([manifest(1, [file('a'), file('b', { schema: 'b' }), file('c', { schema: 'b' })])])).toEqual(['a', 'b+c']);
});

test('a file with unchanged values under changed keys is applied by itself', () => {
  const special = { keyChanges: 1, unchanged: 1 };
  expect(plan([manifest(1, [file('a'), file('b', special), file('c', special), file('d')])])).toEqual(['a', 'b', 'c', 'd']);
});

test('a file with a truncate is applied by itself, and nothing that it empties', () => {
  const special = { truncates: 1 };
  expect(plan([manifest(1, [file('a'), file('b', special), file('c', special), file('d')])])).toEqual(['c', 'd']);
});

test('key changes without unchanged values need no lineage', () => {
  expect(plan([manifest(1, [file('a'), file('b', { keyChanges: 1 }), file('c', { unchanged: 1 })])])).toEqual(['a+b+c']);
});

test('other tables and batches behind the position are passed over', () => {
  const batches = [manifest(1, [file('a')]), manifest(2, [file('b'), file('x', { tableId: '2_1' }), file('c')])];
  expect(plan(batches, { position: { manifest: 1, files: 1, lsn: 0n } })).toEqual(['c']);
});

test('files below the consistent point are passed over, one that spans it is not', () => {
  const batch = manifest(1, [file('a', { lsns: [1, 9] }), file('b', { lsns: [5, 10] }), file('c', { lsns: [11, 12] })]);
  expect(plan([batch], { position: { ...START, lsn: 10n } })).toEqual(['b+c']);
});

test('facts of a batch that ends below the consistent point are in the copy already', () => {
  const catalog: CatalogEvent[] = [{ kind: 'resync', table: 'public.t', tableId: '1_1', reason: 'x' }];
  const batches = [manifest(1, [], { to: 10, catalog }), manifest(2, [], { to: 11, catalog })];
  expect(plan(batches, { position: { ...START, lsn: 10n } })).toEqual(['resync']);
});

test('a window that ends inside a batch takes what lies below and leaves its position there', () => {
  const batch = manifest(2, [file('a', { lsns: [101, 110] }), file('b', { lsns: [110, 130] }), file('c', { lsns: [130, 140] })]);
  const work = { tableId: '1_1', position: { manifest: 1, files: 0, lsn: 0n }, manifests: [batch], before: 120n };
  const [step] = planTable(work, LIMITS);
  expect(step).toMatchObject({ kind: 'step', before: 120n, after: { manifest: 1, files: 1, lsn: 120n } });
  expect(plan([batch], { position: work.position, before: 120n })).toEqual(['a+b']);
  expect(positionAfter(work)).toEqual({ manifest: 1, files: 0, lsn: 120n });
  expect(plan([batch], { position: { manifest: 1, files: 1, lsn: 120n } })).toEqual(['b+c']);
});

test('facts of the catalog come after the files of their batch and part the steps', () => {
  const event: CatalogEvent = { kind: 'resync', table: 'public.t', tableId: '1_1', reason: 'x' };
  expect(plan([manifest(1, [file('a')], { catalog: [event] }), manifest(2, [file('b')])])).toEqual(['a', 'resync', 'b']);
});

test('facts of a batch that is not applied whole wait', () => {
  const event: CatalogEvent = { kind: 'dropped', table: 'public.t', tableId: '1_1' };
  expect(plan([manifest(1, [file('a')], { catalog: [event] })], { before: 50n })).toEqual(['a']);
});

test('batches without anything of the table only move its position', () => {
  const work = { tableId: '1_1', position: START, manifests: [manifest(1, []), manifest(2, [])], before: null };
  expect(planTable(work, LIMITS)).toEqual([]);
  expect(positionAfter(work)).toEqual({ manifest: 2, files: 0, lsn: 0n });
});

test('a step on several shards has as many times the rows, unless all of them lie on one', () => {
  expect(limitsOn(1, LIMITS, { identity: 'key' })).toEqual(LIMITS);
  expect(limitsOn(4, LIMITS, { identity: 'key' })).toEqual({ rows: 400, bytes: 4000, files: 10 });
  expect(limitsOn(4, LIMITS, { identity: 'append' })).toEqual({ rows: 400, bytes: 4000, files: 10 });
  expect(limitsOn(4, LIMITS, { identity: 'full' })).toEqual(LIMITS);
});
