import { DatabaseError } from 'pg';
import { expect, test } from 'vitest';
import { TailraceError } from '../../core/errors.ts';
import { sourceError, sqlState } from './sqlstate.ts';

function reported(code: string): DatabaseError {
  const error = new DatabaseError('what the server said', 1, 'error');
  error.code = code;
  return error;
}

test.each([
  ['25006', 'SOURCE_BUSY'],
  ['25P03', 'SOURCE_BUSY'],
  ['25P04', 'SOURCE_BUSY'],
  ['28P01', 'SOURCE_AUTH'],
  ['28000', 'SOURCE_AUTH'],
  ['3D000', 'SOURCE_REFUSED'],
  ['42501', 'SOURCE_REFUSED'],
  ['53300', 'SOURCE_BUSY'],
  ['53400', 'SOURCE_REFUSED'],
  ['55006', 'SLOT_IN_USE'],
  ['55P03', 'SOURCE_BUSY'],
  ['57P01', 'SOURCE_UNREACHABLE'],
  ['57P03', 'SOURCE_UNREACHABLE'],
  ['08006', 'SOURCE_UNREACHABLE'],
  ['42703', 'SOURCE_QUERY'],
  ['XX000', 'SOURCE_QUERY'],
])('SQLSTATE %s is %s', (state, code) => {
  const error = sourceError(reported(state), 'asking');
  expect(error.code).toBe(code);
  expect(error.message).toContain('asking: what the server said');
  expect(sqlState(error)).toBe(state);
});

test.each([
  ['ECONNREFUSED', 'SOURCE_UNREACHABLE'],
  ['ENOTFOUND', 'SOURCE_UNREACHABLE'],
  ['EPIPE', 'SOURCE_UNREACHABLE'],
  ['CERT_HAS_EXPIRED', 'SOURCE_TLS'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'SOURCE_TLS'],
])('a socket that fails with %s is %s', (code, expected) => {
  expect(sourceError(Object.assign(new Error('socket'), { code }), 'connecting').code).toBe(expected);
});

test('a lost connection is unreachable, a defect stays a defect, our own errors stay what they are', () => {
  expect(sourceError(new Error('Connection terminated unexpectedly'), 'asking').code).toBe('SOURCE_UNREACHABLE');
  expect(sourceError(new TypeError('x is not a function'), 'asking').code).toBe('INTERNAL');
  const own = new TailraceError('GAP', 'missing');
  expect(sourceError(own, 'asking')).toBe(own);
  expect(sqlState(own)).toBeNull();
});
