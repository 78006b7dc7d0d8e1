import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dataKey } from '../keys.ts';
import { NamedFiles } from './named-files.ts';

test('names in any order are remembered exactly, also after they were stored', () => {
  const file = fc.record({ writer: fc.constantFrom('aa', 'bb'), seq: fc.integer({ min: 0, max: 30 }) });
  fc.assert(
    fc.property(fc.array(file, { maxLength: 60 }), fc.array(file, { maxLength: 20 }), (first, then) => {
      const named = new NamedFiles();
      for (const { writer, seq } of first) named.add(dataKey('1_1', writer, seq));
      const again = new NamedFiles(JSON.parse(JSON.stringify(named)) as ReturnType<NamedFiles['toJSON']>);
      for (const { writer, seq } of then) again.add(dataKey('2_1', writer, seq));
      const all = new Set([...first, ...then].map(({ writer, seq }) => `${writer}-${seq}`));
      for (const writer of ['aa', 'bb', 'cc'])
        for (let seq = 0; seq <= 31; seq += 1) expect(again.has(dataKey('1_1', writer, seq))).toBe(all.has(`${writer}-${seq}`));
    }),
  );
});

test('a writer that names its files one after the other takes one span, however many they are', () => {
  const named = new NamedFiles();
  for (let seq = 1; seq <= 10_000; seq += 1) if (seq !== 77) named.add(dataKey('1_1', 'aa', seq));
  expect(named.toJSON()).toEqual({ aa: '1-76,78-10000' });
});
