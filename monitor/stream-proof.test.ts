import { expect, test } from 'vitest';
import { StreamProof } from './stream-proof.ts';

test('lake and warehouse are complete as of the newest end of the log that the stream has passed', () => {
  const proof = new StreamProof();
  proof.look({ lsn: 100n, atMs: 1_000 }, 90n, true);
  expect(proof).toMatchObject({ lakeMs: null, warehouseMs: null });
  proof.look({ lsn: 200n, atMs: 2_000 }, 150n, true);
  expect(proof).toMatchObject({ lakeMs: 1_000, warehouseMs: 1_000 });
  proof.look({ lsn: 300n, atMs: 3_000 }, 300n, true);
  expect(proof).toMatchObject({ lakeMs: 3_000, warehouseMs: 3_000 });
});

test('a warehouse that has not applied all of the lake stays complete as of before', () => {
  const proof = new StreamProof();
  proof.look({ lsn: 100n, atMs: 1_000 }, 100n, true);
  proof.look({ lsn: 200n, atMs: 2_000 }, 200n, false);
  expect(proof).toMatchObject({ lakeMs: 2_000, warehouseMs: 1_000 });
});

test('without a reader nothing later is proven', () => {
  const proof = new StreamProof();
  proof.look({ lsn: 100n, atMs: 1_000 }, 100n, true);
  proof.look({ lsn: 100n, atMs: 2_000 }, undefined, true);
  expect(proof).toMatchObject({ lakeMs: 1_000, warehouseMs: 1_000 });
});

test('ends of a log that a failover has cut prove nothing', () => {
  const proof = new StreamProof();
  proof.look({ lsn: 500n, atMs: 1_000 }, 400n, true);
  proof.look({ lsn: 300n, atMs: 2_000 }, 250n, true);
  expect(proof.lakeMs).toBeNull();
  proof.look({ lsn: 600n, atMs: 3_000 }, 550n, true);
  expect(proof.lakeMs).toBe(2_000);
});
