import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSuperseded, planFloors, usable } from './floors.ts';
import type { FloorFacts, TableFacts, TableSource } from './floors.ts';

const manifest = fc.integer({ min: 0, max: 20 });

const source: fc.Arbitrary<TableSource> = fc
  .tuple(fc.boolean(), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 3 }), manifest)
  .map(([isCopy, n, generation, at]) =>
    isCopy ? { kind: 'copy', n: generation, generation, manifest: at } : { kind: 'base', n, generation, manifest: at },
  );

const table: fc.Arbitrary<TableFacts> = fc.record({
  tableId: fc.constant('1_1'),
  table: fc.constant('public.t'),
  sources: fc.array(source, { maxLength: 6 }),
  endedAt: fc.option(manifest),
  agedTo: fc.option(manifest),
  earlier: manifest,
});

const facts: fc.Arbitrary<FloorFacts> = fc.record({
  keepBases: fc.integer({ min: 1, max: 3 }),
  tables: fc.tuple(table).map((one): readonly TableFacts[] => one),
  readers: fc.array(
    manifest.map((at) => ({ id: 'aa', needs: new Map([['1_1', at]]) })),
    { maxLength: 2 },
  ),
  pins: fc.array(
    manifest.map((at) => ({ name: 'audit', manifest: at, matches: () => true })),
    { maxLength: 2 },
  ),
});

/** The copy or base from which a moment is restored, if it is there with all batches after it. */
function restores(one: TableFacts, free: { free: number; whole: boolean }, at: number): boolean {
  return usable(one.sources).some(
    (candidate) => candidate.manifest <= at && candidate.manifest >= free.free && !isSuperseded(candidate, free),
  );
}

test('what anything needs of a table stays', () => {
  fc.assert(
    fc.property(facts, (given) => {
      const [one] = given.tables;
      const [floor] = planFloors(given);
      if (one === undefined || floor === undefined) throw new Error('no floor');
      const { free, whole } = floor;
      expect(floor.manifest).toBe(Math.max(whole ? free + 1 : free, one.earlier));
      expect(floor.heldBy).not.toBe('');
      // Readers: all batches after what each has applied.
      for (const { needs } of given.readers) expect(free).toBeLessThanOrEqual(needs.get('1_1') ?? 0);
      // Pins and the retention: a moment that could be restored still can be.
      // Only pins need a moment of a table that ended before the retention.
      const isPast = one.endedAt !== null && one.agedTo !== null && one.agedTo >= one.endedAt;
      const moments = [...given.pins.map((pin) => pin.manifest), ...(one.agedTo === null || isPast ? [] : [one.agedTo])];
      for (const at of moments) {
        if (usable(one.sources).some((candidate) => candidate.manifest <= at)) expect(restores(one, floor, at)).toBe(true);
        else expect(free).toBe(0);
      }
      if (one.agedTo === null) expect(free).toBe(0);
      // The wanted number of copies and bases stays, with all after them, while the table goes on.
      const kept = usable(one.sources).filter((candidate) => candidate.manifest >= free);
      if (one.endedAt === null && free > 0) expect(kept.length).toBeGreaterThanOrEqual(given.keepBases);
      if (one.endedAt === null) expect(whole).toBe(false);
      if (whole) expect(free).toBe(one.endedAt);
    }),
    { numRuns: 3000 },
  );
});

test('more readers, more pins and a longer retention never raise what is free', () => {
  fc.assert(
    fc.property(facts, facts, (given, more) => {
      const [one] = given.tables;
      if (one === undefined) throw new Error('no table');
      const before = planFloors(given)[0]?.free ?? 0;
      const agedTo = one.agedTo === null ? null : Math.floor(one.agedTo / 2);
      const held = {
        ...given,
        readers: [...given.readers, ...more.readers],
        pins: [...given.pins, ...more.pins],
        tables: [{ ...one, agedTo }],
      };
      expect(planFloors(held)[0]?.free).toBeLessThanOrEqual(before);
      expect(planFloors({ ...given, keepBases: given.keepBases + 1 })[0]?.free).toBeLessThanOrEqual(before);
    }),
    { numRuns: 3000 },
  );
});
