import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { collect } from '../test/support/collect.ts';
import { FIRST_HEARTBEAT } from '../test/support/first-heartbeat.ts';
import { startS3Server } from '../test/support/servers/versitygw.ts';
import { ManifestLog } from './manifest-log.ts';
import { openStore } from './store/open-store.ts';
import { SameLake } from './same-lake.ts';

const server = await startS3Server();
afterAll(() => server?.[Symbol.asyncDispose]());
Object.assign(process.env, server?.environment);

describe.skipIf(server === null)('a lake on S3 (needs versitygw or TEST_S3_ENDPOINT)', () => {
  test('that was emptied, or where another is now, gets no further manifest', async () => {
    const store = await openStore(`s3://${server?.bucket}/${randomBytes(6).toString('hex')}`);
    const source = { systemId: '1', database: 'shop' };
    const lake = new SameLake(store);
    await lake.open(source);
    const log = new ManifestLog(store, silentLogger(), lake);
    const previous = await log.append(FIRST_HEARTBEAT);
    for (const { key } of await collect(store.list(''))) await store.delete(key);
    const second = { ...FIRST_HEARTBEAT, number: 2, previous };
    await expect(log.append(second)).rejects.toMatchObject({ code: 'LAKE_UNAVAILABLE' });
    await new SameLake(store).open(source);
    await expect(log.append(second)).rejects.toMatchObject({ code: 'LAKE_REPLACED' });
    expect((await collect(store.list(''))).map(({ key }) => key)).toEqual(['format/1.json', 'lake.json']);
    await store.close();
  });
});
