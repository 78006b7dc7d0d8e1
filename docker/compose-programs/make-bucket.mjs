// Creates the bucket of a lake, and waits for its server until then. Keys and endpoint come from the
// usual AWS variables and files.
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';

const [bucket] = process.argv.slice(2);
const client = new S3Client({ forcePathStyle: true, maxAttempts: 1 });
const ATTEMPTS = 120;
for (let attempt = 1; ; attempt += 1) {
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    break;
  } catch (error) {
    const isThere = await client.send(new HeadBucketCommand({ Bucket: bucket })).then(
      () => true,
      () => false,
    );
    if (isThere) break;
    if (attempt === ATTEMPTS) throw error;
    await sleep(500);
  }
}
