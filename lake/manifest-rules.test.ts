import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatLsn, parseLsn } from '../core/lsn.ts';
import { dataKey } from './keys.ts';
import { encodeJson } from './json-object.ts';
import { decodeManifest, encodeManifest, linkError, requireValidFile } from './manifest.ts';
import type { FileEntry, Manifest, StoredManifest } from './manifest.ts';

const WRITER = 'abcdef0123456789';
const position = fc.bigInt({ min: 1n, max: 2n ** 40n });
const count = fc.integer({ min: 0, max: 1000 });

/** Entries of files whose commits follow each other and lie within the batch. */
function filesOf(number: number, from: bigint, steps: readonly (readonly [number, bigint, readonly number[], boolean])[]): FileEntry[] {
  let at = from;
  return steps.map(([oid, step, [inserts = 0, updates = 0, deletes = 0, keyChanges = 0, unchanged = 0], streamed], index): FileEntry => {
    const minCommitLsn = formatLsn(at);
    at += step;
    const maxCommitLsn = streamed ? minCommitLsn : formatLsn(at);
    const rows = inserts + updates + deletes + keyChanges;
    return {
      path: dataKey(`${oid}_1`, WRITER, number * 100 + index),
      table: `public.t${oid}`,
      tableId: `${oid}_1`,
      schema: 'a'.repeat(32),
      rows,
      bytes: 1,
      checksum: 'crc32:00000000',
      inserts,
      updates,
      deletes,
      truncates: 0,
      keyChanges,
      unchanged: Math.min(unchanged, rows),
      minCommitLsn,
      maxCommitLsn,
      ...(streamed ? { commitLsn: minCommitLsn, commitTime: '2026-01-01T00:00:00.000000Z', topXid: 7, abortedXids: [8] } : {}),
    };
  });
}

const valid: fc.Arbitrary<Manifest> = fc
  .record({
    number: fc.integer({ min: 1, max: 1_000_000 }),
    from: position,
    steps: fc.array(
      fc.tuple(
        fc.integer({ min: 1, max: 3 }),
        fc.bigInt({ min: 1n, max: 1000n }),
        fc.array(count, { minLength: 5, maxLength: 5 }),
        fc.boolean(),
      ),
      {
        minLength: 2,
        maxLength: 6,
      },
    ),
    rest: fc.bigInt({ min: 1n, max: 1000n }),
  })
  .map(({ number, from, steps, rest }): Manifest => {
    const files = filesOf(number, from, steps);
    const to = steps.reduce((sum, [, step]) => sum + step, from + rest);
    return {
      number,
      epoch: 1,
      writer: WRITER,
      from: formatLsn(from),
      to: formatLsn(to),
      commitTimes: ['2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:01.000000Z'],
      anchor: { lsn: formatLsn(to - 1n), xid: 7, time: '2026-01-01T00:00:01.000000Z' },
      heartbeat: false,
      files,
      catalog: [],
    };
  });

const stored = (manifest: Manifest): StoredManifest => decodeManifest(manifest.number, encodeManifest(manifest));
const refusal = (run: () => unknown): string => {
  try {
    run();
    return 'taken';
  } catch (error) {
    return String(error);
  }
};
const last = ({ files }: Manifest): FileEntry => files.at(-1) as FileEntry;
const withLast = (manifest: Manifest, facts: Partial<FileEntry>): Manifest => ({
  ...manifest,
  files: [...manifest.files.slice(0, -1), { ...last(manifest), ...facts }],
});

/** One change to a valid manifest for each way to break a rule of the manifest itself. */
const MANIFEST_MUTANTS: readonly (readonly [rule: string, change: (manifest: Manifest) => Manifest])[] = [
  ['positions', (manifest) => ({ ...manifest, from: formatLsn(parseLsn(manifest.to) + 1n) })],
  ['heartbeat', (manifest) => ({ ...manifest, heartbeat: true })],
  ['heartbeat', (manifest) => ({ ...manifest, files: [] })],
  ['commitTimes', (manifest) => ({ ...manifest, commitTimes: ['2026-01-01T00:00:02.000000Z', '2026-01-01T00:00:01.000000Z'] })],
  ['anchor', (manifest) => ({ ...manifest, anchor: { lsn: manifest.to, xid: 7, time: '2026-01-01T00:00:01.000000Z' } })],
  ['onceNamed', (manifest) => ({ ...manifest, files: [...manifest.files, last(manifest)] })],
  ['ofTheEpoch', (manifest) => ({ ...manifest, epoch: 2 })],
  ['ofTheEpoch', (manifest) => withLast(manifest, { tableId: '1_2', path: dataKey('1_2', WRITER, 1) })],
  ['commitRange', (manifest) => withLast(manifest, { maxCommitLsn: manifest.to })],
  ['commitRange', (manifest) => withLast(manifest, { minCommitLsn: formatLsn(parseLsn(manifest.from) - 1n) })],
  ['commitRange', (manifest) => withLast(manifest, { minCommitLsn: undefined })],
  [
    'commitOrder',
    (manifest) => {
      const { from, to } = manifest;
      const { tableId } = last(manifest);
      const early = { ...last(manifest), path: dataKey(tableId, WRITER, 1), minCommitLsn: from, maxCommitLsn: from };
      const late = { ...last(manifest), path: dataKey(tableId, WRITER, 2), minCommitLsn: from, maxCommitLsn: formatLsn(parseLsn(to) - 1n) };
      return { ...manifest, files: [late, early] };
    },
  ],
];

/** The same of its last file. */
const FILE_MUTANTS: readonly (readonly [rule: string, change: (file: FileEntry) => FileEntry])[] = [
  ['path', (file) => ({ ...file, path: dataKey('9_1', WRITER, 1) })],
  ['path', (file) => ({ ...file, path: `data/${file.tableId}/x.arrow` })],
  ...(['rows', 'inserts', 'updates', 'deletes', 'truncates', 'keyChanges'] as const).map(
    (field) => ['counts', (file: FileEntry) => ({ ...file, [field]: file[field] + 1 })] as const,
  ),
  ['unchanged', (file) => ({ ...file, unchanged: file.rows + 1 })],
  ['streamed', (file) => ({ ...file, commitLsn: file.minCommitLsn, commitTime: undefined, topXid: 7 })],
  ['streamed', (file) => ({ ...file, commitLsn: undefined, commitTime: undefined, topXid: undefined, abortedXids: [8] })],
  ['streamed', (file) => ({ ...file, commitLsn: '0/0', commitTime: '2026-01-01T00:00:00.000000Z', topXid: 7 })],
];

test('a valid manifest is taken by writer and reader, and its files are', () => {
  fc.assert(
    fc.property(valid, (manifest) => {
      expect(stored(manifest)).toMatchObject(manifest);
      for (const file of manifest.files) requireValidFile(file);
    }),
  );
});

test.each(MANIFEST_MUTANTS)('a manifest that breaks "%s" is refused by that name, by its writer and its reader', (rule, change) => {
  fc.assert(
    fc.property(valid, (manifest) => {
      const mutant = change(manifest);
      expect(refusal(() => encodeManifest(mutant))).toContain(`INTERNAL: manifest ${mutant.number} breaks the rule "${rule}": `);
      expect(refusal(() => decodeManifest(mutant.number, encodeJson(mutant)))).toMatch(
        new RegExp(`LAKE_CORRUPT: stream/\\d{20}\\.json breaks the rule "${rule}": `),
      );
    }),
  );
});

test('a manifest in the object of another number is refused by the rule "number"', () => {
  fc.assert(
    fc.property(valid, (manifest) => {
      expect(refusal(() => decodeManifest(manifest.number + 1, encodeManifest(manifest)))).toContain('LAKE_CORRUPT');
      expect(refusal(() => decodeManifest(manifest.number + 1, encodeManifest(manifest)))).toContain('breaks the rule "number": ');
    }),
  );
});

test.each(FILE_MUTANTS)('a file that breaks "%s" is refused by that name, by its writer and where it is applied', (rule, change) => {
  fc.assert(
    fc.property(valid, (manifest) => {
      const mutant = { ...manifest, files: [...manifest.files.slice(0, -1), change(last(manifest))] };
      expect(refusal(() => encodeManifest(mutant))).toContain(`INTERNAL: manifest ${mutant.number} breaks the rule "${rule}": `);
      expect(refusal(() => requireValidFile(last(mutant)))).toContain('LAKE_CORRUPT');
      expect(refusal(() => requireValidFile(last(mutant)))).toContain(`breaks the rule "${rule}": `);
      // Its table alone is concerned, so the manifest can be read.
      expect(refusal(() => decodeManifest(mutant.number, encodeJson(mutant)))).toBe('taken');
    }),
  );
});

const LINK_MUTANTS: readonly (readonly [rule: string, change: (next: Manifest, before: StoredManifest) => Manifest])[] = [
  ['chain', (next) => ({ ...next, previous: `sha256:${'0'.repeat(64)}` })],
  ['epochs', (next) => ({ ...next, epoch: 0 })],
  ['noGap', (next, { to }) => ({ ...next, from: formatLsn(parseLsn(to) + 1n) })],
];

test.each(LINK_MUTANTS)('a manifest that breaks "%s" does not follow the one before it', (rule, change) => {
  fc.assert(
    fc.property(valid, (manifest) => {
      const before = stored(manifest);
      const next: Manifest = {
        ...manifest,
        number: before.number + 1,
        previous: before.hash,
        from: before.to,
        to: before.to,
        heartbeat: true,
        files: [],
      };
      expect(linkError(before, next, 'LAKE_CORRUPT')).toBeNull();
      expect(linkError(before, { ...next, from: '0/1' }, 'LAKE_CORRUPT')).toBeNull();
      expect(linkError(before, { ...next, epoch: 2, from: 'FFFFFFFF/0', to: 'FFFFFFFF/0' }, 'LAKE_CORRUPT')).toBeNull();
      expect(String(linkError(before, change(next, before), 'LAKE_CORRUPT'))).toContain(
        `LAKE_CORRUPT: manifest ${next.number} does not follow`,
      );
      expect(String(linkError(before, change(next, before), 'INTERNAL'))).toContain(`INTERNAL: manifest ${next.number} does not follow`);
      expect(String(linkError(before, change(next, before), 'LAKE_CORRUPT'))).toContain(`breaks the rule "${rule}": `);
    }),
  );
});

test('the specification names each rule that is refused here, and no other', () => {
  const specification = readFileSync(new URL('manifest.ts', import.meta.url), 'utf8');
  const named = [...specification.matchAll(/^ \* +\d+\. "(\w+)"/gm)].map(([, rule]) => rule);
  const tested = ['number', ...[...MANIFEST_MUTANTS, ...LINK_MUTANTS, ...FILE_MUTANTS].map(([rule]) => rule)];
  expect(new Set(named)).toEqual(new Set(tested));
});

test('no byte of a manifest can be lost or changed without its reader or the next manifest seeing it', () => {
  fc.assert(
    fc.property(valid, fc.nat(), fc.integer({ min: 1, max: 255 }), (manifest, place, flip) => {
      const bytes = encodeManifest(manifest);
      const next: Manifest = {
        ...manifest,
        number: manifest.number + 1,
        previous: stored(manifest).hash,
        from: manifest.to,
        to: manifest.to,
        heartbeat: true,
        files: [],
      };
      const changed = bytes.slice();
      changed[place % bytes.length] = (bytes[place % bytes.length] ?? 0) ^ flip;
      for (const broken of [changed, bytes.subarray(0, place % bytes.length)]) {
        const seen = refusal(() => {
          const error = linkError(decodeManifest(manifest.number, broken), next, 'LAKE_CORRUPT');
          if (error !== null) throw error;
        });
        expect(seen).toContain('LAKE_CORRUPT');
      }
    }),
  );
});
