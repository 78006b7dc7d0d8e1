import { expect, test } from 'vitest';
import { Gathered } from './gathered.ts';

test('what is asked for while a read waits or runs is read by the next statement, and by one', async () => {
  const reads: (readonly number[])[] = [];
  const turns: (() => void)[] = [];
  const names = new Gathered<string | null>(async (take) => {
    await new Promise<void>((begin) => turns.push(begin));
    const oids = take();
    reads.push(oids);
    await new Promise<void>((end) => turns.push(end));
    return new Map(oids.filter((oid) => oid !== 9).map((oid) => [oid, `table ${oid}`]));
  }, null);
  const first = [names.get(1), names.get(2), names.get(2)];
  turns.shift()?.();
  await expect.poll(() => reads.length).toBe(1);
  const second = [names.get(1), names.get(9)];
  for (let asked = 0; asked < 3; asked += 1) {
    await expect.poll(() => turns.length).toBeGreaterThan(0);
    turns.shift()?.();
  }
  expect(await Promise.all(first)).toEqual(['table 1', 'table 2', 'table 2']);
  expect(await Promise.all(second)).toEqual(['table 1', null]);
  expect(reads).toEqual([
    [1, 2],
    [1, 9],
  ]);
});

test('a read that fails fails for those it was for, and the next one is tried', async () => {
  let broken = true;
  const names = new Gathered<string | null>(async (take) => {
    if (broken) throw new Error('the session is gone');
    return new Map(take().map((oid) => [oid, `table ${oid}`]));
  }, null);
  await expect(names.get(1)).rejects.toThrow('the session is gone');
  broken = false;
  expect(await names.get(1)).toBe('table 1');
});

test('thousands are read by several statements', async () => {
  const sizes: number[] = [];
  const names = new Gathered<number>(async (take) => {
    await Promise.resolve();
    const oids = take();
    sizes.push(oids.length);
    return new Map(oids.map((oid) => [oid, oid]));
  }, 0);
  const asked = Array.from({ length: 450 }, (_, oid) => oid);
  expect(await Promise.all(asked.map((oid) => names.get(oid)))).toEqual(asked);
  expect(sizes).toEqual([200, 200, 50]);
});
