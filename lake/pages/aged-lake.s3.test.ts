import { afterAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { FIRST_HEARTBEAT } from '../../test/support/first-heartbeat.ts';
import { ageLake } from '../../test/support/pages/aged-lake.ts';
import { openDoor } from '../../test/support/servers/http-door.ts';
import { startS3Server } from '../../test/support/servers/versitygw.ts';
import { ManifestLog } from '../manifest-log.ts';
import { checkLake } from '../retention/lake-check.ts';
import { SameLake } from '../same-lake.ts';
import { openStore } from '../store/open-store.ts';

const PAGES = 20;
const SINGLES = 30;
const LAST = PAGES * 1000 + SINGLES;

const server = await startS3Server();
const door = server === null ? null : await openDoor(server.endpoint);
afterAll(() => door?.[Symbol.asyncDispose]());
afterAll(() => server?.[Symbol.asyncDispose]());
Object.assign(process.env, server?.environment, door === null ? {} : { AWS_ENDPOINT_URL_S3: door.endpoint });

function asked(): number {
  return [...(door?.counts().values() ?? [])].reduce((sum, count) => sum + count, 0);
}

describe.skipIf(server === null)('a lake on S3 (needs versitygw or TEST_S3_ENDPOINT)', () => {
  test('whose manifests are a chain of pages is found at its end by few requests, and goes on', { timeout: 120_000 }, async () => {
    const store = await openStore(`s3://${server?.bucket}/aged`, { s3PathStyle: true });
    const lake = new SameLake(store);
    await lake.open({ systemId: '1', database: 'shop' });
    await new ManifestLog(store, silentLogger(), lake).append(FIRST_HEARTBEAT);
    await ageLake(store, new ManifestLog(store, silentLogger()), LAST);
    const before = asked();
    const log = new ManifestLog(store, silentLogger(), lake);
    const last = await log.last();
    expect(asked() - before).toBeLessThanOrEqual(26);
    expect(last).toMatchObject({ number: LAST });
    const { number, to = '0/0', hash } = last ?? { number: 0 };
    await log.append({ ...FIRST_HEARTBEAT, number: number + 1, from: to, to, previous: hash });
    expect(await checkLake(store, log, { deep: false })).toMatchObject({ ok: true, manifests: LAST + 1, problems: [] });
    await store.close();
  });
});
