import { expect, test } from 'vitest';
import { requireClusterEnds, requireServer } from './warehouse-cluster.ts';

const S3 = 's3://bucket/shop';
const NODE = 'https://node:8443';

test('a cluster needs a server as warehouse and a lake on S3', () => {
  expect(() => requireClusterEnds({ lake: S3, warehouse: NODE, cluster: 'shop' })).not.toThrow();
  expect(() => requireClusterEnds({ lake: './lake', warehouse: './warehouse', cluster: undefined })).not.toThrow();
  expect(() => requireClusterEnds({ lake: S3, warehouse: './warehouse', cluster: 'shop' })).toThrow(
    'BAD_CONFIG: warehouse.cluster is "shop", but the warehouse ./warehouse is a directory. Give the URL of a node',
  );
  expect(() => requireClusterEnds({ lake: './lake', warehouse: NODE, cluster: 'shop' })).toThrow(
    'BAD_CONFIG: warehouse.cluster is "shop", but the lake ./lake is a directory. Each node reads the lake by itself',
  );
  expect(() => requireServer(NODE, 'shop')).not.toThrow();
  expect(() => requireServer('./warehouse', 'shop')).toThrow('but the warehouse ./warehouse is a directory');
});
