import { expect, test } from 'vitest';
import { hideValues } from './hide-values.ts';

test.each([
  [
    String.raw`Code: 6. DB::Exception: Cannot parse string 'a\' b' as Int32: syntax error at begin of string: while executing 'FUNCTION toInt32(materialize('a\' b'_String) :: 2) -> x'. (CANNOT_PARSE_TEXT).`,
    "Code: 6. DB::Exception: Cannot parse string '…' as Int32: syntax error at begin of string. (CANNOT_PARSE_TEXT).",
  ],
  [
    "Unknown element 'secret. (X)' for enum. (UNKNOWN_ELEMENT_OF_ENUM). More.",
    "Unknown element '…' for enum. (UNKNOWN_ELEMENT_OF_ENUM). More.",
  ],
  [
    "Unknown expression identifier `nothing` in scope SELECT nothing, 'secret'. (UNKNOWN_IDENTIFIER).",
    'Unknown expression identifier `nothing`. (UNKNOWN_IDENTIFIER).',
  ],
  ['Cannot parse uuid secret: Cannot parse UUID from String. (CANNOT_PARSE_UUID).', 'Cannot parse uuid …. (CANNOT_PARSE_UUID).'],
  ['Cannot parse date here: 20x0-01-01: more. (CANNOT_PARSE_DATE).', 'Cannot parse date here: …. (CANNOT_PARSE_DATE).'],
  [
    'Cannot parse JSON object here: {"secret": : In scope SELECT 1. (INCORRECT_DATA).',
    'Cannot parse JSON object here: …. (INCORRECT_DATA).',
  ],
  ['a value "x \\" y" and an open \'one', 'a value "…" and an open \'…\''],
  ["the engine doesn't know `db`.`t`", "the engine doesn't know `db`.`t`"],
])('%s', (message, shown) => {
  expect(hideValues(message)).toBe(shown);
});
