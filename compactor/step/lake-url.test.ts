import { expect, test } from 'vitest';
import { lakeUrl } from './lake-url.ts';

const place = { kind: 's3', endpoint: null, region: 'eu-west-1', bucket: 'shop', prefix: '', pathStyle: false } as const;

test.each([
  [place, 'https://shop.s3.eu-west-1.amazonaws.com/'],
  [{ ...place, region: 'cn-north-1' }, 'https://shop.s3.cn-north-1.amazonaws.com.cn/'],
  [{ ...place, prefix: 'a/b' }, 'https://shop.s3.eu-west-1.amazonaws.com/a/b/'],
  [{ ...place, prefix: 'a/b/', pathStyle: true }, 'https://s3.eu-west-1.amazonaws.com/shop/a/b/'],
  [{ ...place, prefix: '100%/env=prod/a b' }, 'https://shop.s3.eu-west-1.amazonaws.com/100%25/env%3Dprod/a%20b/'],
  [{ ...place, endpoint: 'http://127.0.0.1:9000/', pathStyle: true }, 'http://127.0.0.1:9000/shop/'],
])('the lake at %j is at %s', (location, url) => {
  expect(lakeUrl(location)).toBe(url);
});
