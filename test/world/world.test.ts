import { expect, test } from 'vitest';
import { drawWorld } from './draw-world.ts';
import { parseWorld, printWorld } from './world.ts';

test('a seed gives the same world every time, and other worlds than other seeds', () => {
  const [one, same, other] = [1, 1, 2].map((seed) => printWorld(drawWorld({ seed, version: 18 })));
  expect(same).toBe(one);
  expect(other).not.toBe(one);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])('world %i can be printed and read again', (seed) => {
  const world = drawWorld({ seed, version: 15 });
  expect(parseWorld(printWorld(world))).toEqual(world);
});

test('a line that is no step is named', () => {
  expect(() => parseWorld('1> select 1\nselect 2\n')).toThrow('not a step of a world: select 2');
  expect(() => parseWorld('! dance\n')).toThrow('not a deed: dance');
});
