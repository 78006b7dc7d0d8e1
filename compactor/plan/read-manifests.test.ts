import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { LakeWriter, tableSchema } from '../../test/support/lake-writer.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { readManifests } from './read-manifests.ts';

const T = tableSchema({ oid: 1, name: 't', columns: { id: { kind: 'int8' } }, key: ['id'] });
const BATCHES = 12;
const MANY = { manifests: 100, rows: 100, bytes: 2 ** 20 };

test('a window ends with the batch that fills it, also when more were read with it', async () => {
  const store = new MemoryStore();
  const writer = await LakeWriter.open(store);
  for (let n = 1; n <= BATCHES; n += 1)
    await writer.batch([await writer.file(T, [{ op: 'I', lsn: BigInt(n * 10), ordinal: 0, row: { id: String(n) } }])]);
  const log = new ManifestLog(store, silentLogger());
  const found = async (limits: Partial<typeof MANY>): Promise<{ first: number; batches: number; atEnd: boolean }> => {
    const { batches, atEnd } = await readManifests(log, { after: 0, upTo: null, limits: { ...MANY, ...limits } });
    return { first: batches[0]?.number ?? 0, batches: batches.length, atEnd };
  };
  expect(await found({ rows: 5 })).toEqual({ first: 1, batches: 5, atEnd: false });
  expect(await found({ manifests: 6 })).toEqual({ first: 1, batches: 6, atEnd: false });
  expect(await found({ bytes: 1 })).toEqual({ first: 1, batches: 1, atEnd: false });
  expect(await found({})).toEqual({ first: 1, batches: BATCHES, atEnd: true });
});
