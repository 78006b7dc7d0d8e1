import { expect, test } from 'vitest';
import { Random } from '../world/random.ts';
import { parseWorld, printWorld } from '../world/world.ts';
import { FAILPOINTS } from './armed-role.ts';
import { drawOrdeal } from './draw-ordeal.ts';
import { FAULTS, faultOf, faultsNamed, requireOrdealDeed } from './faults.ts';
import { sureDeath } from './sure-death.ts';

test.each([1, 2, 3, 4, 5, 6, 7, 8])('ordeal %i is the same every time, and can be printed and read again', (seed) => {
  const ordeal = drawOrdeal({ seed, version: 18, faults: FAULTS });
  expect(printWorld(drawOrdeal({ seed, version: 18, faults: FAULTS }))).toBe(printWorld(ordeal));
  expect(parseWorld(printWorld(ordeal), requireOrdealDeed)).toEqual(ordeal);
});

test('other faults leave the traffic of a seed as it is', () => {
  const [some = [], all] = [faultsNamed(['crash']), FAULTS].map((faults) =>
    drawOrdeal({ seed: 3, version: 18, faults }).steps.filter(({ kind }) => kind === 'sql'),
  );
  expect(some.length).toBeGreaterThan(0);
  expect(some).toEqual(all);
});

test.each(FAULTS)('what is drawn of $name is an ordeal, and has that fault', (fault) => {
  const random = new Random(1);
  const deeds = Array.from({ length: 20 }, () => fault.draw(random)).flat();
  deeds.forEach(requireOrdealDeed);
  expect(deeds.some((deed) => faultOf(deed) === fault)).toBe(true);
});

test('of fifty seeds each failpoint has its turn', () => {
  const deaths = Array.from({ length: 50 }, (_, index) => sureDeath(index + 1)).map(({ arms, over }) =>
    printWorld({ settings: {}, steps: [...arms, ...over] }),
  );
  expect(FAILPOINTS.filter((name) => !deaths.some((death) => death.includes(` ${name}\n`)))).toEqual([]);
});

test('an unknown deed or fault is named', () => {
  expect(() => parseWorld('! dance\n', requireOrdealDeed)).toThrow('not a deed: dance');
  expect(() => faultsNamed(['flood'])).toThrow('no fault is called flood');
});
