import { expect, test } from 'vitest';
import { describeError, redact, TailraceError } from './errors.ts';

test.each([
  ['postgres://app:hunter2@db/shop', 'postgres://app:***@db/shop'],
  ['at https://me:a%2Fb@host:8443/?x=1, twice', 'at https://me:***@host:8443/?x=1, twice'],
  ['postgres://app:hun@ter2@db/shop', 'postgres://app:***@db/shop'],
  ['mysql://app@db:hunter2@db/shop', 'mysql://app@db:***@db/shop'],
  ['?sslpassword=hunter2&x=1', '?sslpassword=***&x=1'],
  ['host=db password=hunter2 user=app', 'host=db password=*** user=app'],
  ["secret_access_key = 'a b', url", 'secret_access_key = ***, url'],
  ['postgres://app@db/shop', 'postgres://app@db/shop'],
])('%s is said as %s', (text, said) => {
  expect(redact(text)).toBe(said);
});

test('an error is one line with its code and what to do, without secrets of its cause', () => {
  const error = new TailraceError('SOURCE_AUTH', 'refused\n  postgres://app:hunter2@db/shop.');
  expect(error.message).toMatch(/^SOURCE_AUTH: refused postgres:\/\/app:\*\*\*@db\/shop\. Check /);
  expect(describeError(error)).toBe(error.message);
  expect(describeError(new Error('token=hunter2\nat x'))).toMatch(/^INTERNAL: Error: token=\*\*\* at x\. /);
  expect(describeError('hunter2')).toMatch(/^INTERNAL: /);
});

test('SQL at the end of an error keeps its semicolon, without a full stop behind it', () => {
  expect(new TailraceError('TABLE_UNPUBLISHED', 'public.t is unlogged. ALTER TABLE public.t SET LOGGED;').message).toMatch(
    /SET LOGGED; Run /,
  );
});
