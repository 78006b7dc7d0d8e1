import { expect, test } from 'vitest';
import type { Fact, Step } from './item.ts';
import { withoutTruncated } from './truncated.ts';

function step(manifest: number, over: Partial<Step> = {}): Step {
  const at = { manifest, files: 0, lsn: 0n };
  return {
    kind: 'step',
    schema: 'a',
    files: [],
    lineage: false,
    truncates: false,
    streamed: null,
    before: null,
    at,
    after: { ...at, files: 1 },
    ...over,
  };
}

const fact: Fact = {
  kind: 'fact',
  event: { kind: 'published', table: 'public.t', tableId: '1_1' },
  manifest: { number: 9, epoch: 1, writer: 'w', from: '0/0', to: '0/1', commitTimes: null, heartbeat: true, files: [], catalog: [] },
  after: { manifest: 9, files: 0, lsn: 0n },
};

test('what a later truncate empties is not applied, and the truncate stands where it began', () => {
  const planned = withoutTruncated([
    step(1),
    step(2, { truncates: true }),
    step(3, { lineage: true }),
    step(4, { truncates: true }),
    step(5),
  ]);
  expect(planned).toEqual([{ ...step(4, { truncates: true }), at: step(1).at }, step(5)]);
});

test('a fact or another schema before a truncate is kept', () => {
  const items = [step(1), fact, step(2, { schema: 'b' }), step(3, { truncates: true })];
  expect(withoutTruncated(items)).toEqual(items);
});

test('a truncate that is applied in part only keeps what is before it', () => {
  const items = [step(1), step(2, { truncates: true, before: 7n })];
  expect(withoutTruncated(items)).toEqual(items);
});
