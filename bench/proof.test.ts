import { expect, test } from 'vitest';
import { requireSame, WrongResult } from './proof.ts';

test('a result that differs from the source, in number or in content, is no result', () => {
  const truth = { rows: '3', hash: '77' };
  expect(() => requireSame('the lake', { ...truth }, truth)).not.toThrow();
  for (const found of [
    { rows: '2', hash: '77' },
    { rows: '3', hash: '78' },
  ])
    expect(() => requireSame('the lake', found, truth)).toThrow(WrongResult);
  expect(() => requireSame('the lake', { rows: '2', hash: '77' }, truth)).toThrow(
    'WRONG_RESULT: the lake has 2 rows (hash 77), the source 3 (hash 77). No figure is given.',
  );
});
