import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { openBuilder } from './open-builder.ts';

test('models and scheduled exports are refused on a cluster by name', async () => {
  const config = { warehouse: 'https://me@node:8443', 'warehouse.cluster': 'shop', 'transform.memory': 1, 'transform.threads': 1 };
  await expect(openBuilder(config, { log: silentLogger(), signal: AbortSignal.abort(), waits: false })).rejects.toThrow(
    'BAD_CONFIG: warehouse.cluster is "shop", and models and scheduled exports do not work on a cluster yet. See docs/CLUSTER.md for',
  );
});
