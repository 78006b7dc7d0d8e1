/** Every character of one byte, alone and within a word. */
const CHARACTERS = Array.from({ length: 127 }, (_, at) => `\\${String.fromCodePoint(at + 1)}`).flatMap((one) => [
  `{"${one}"}`,
  `{"a${one}b"}`,
]);

/** Arrays of texts as Postgres reads them, all different, most of them in a little. */
export const TEXT_ARRAYS: readonly string[] = [
  CHARACTERS,
  ['{}', '{""}', '{NULL}', '{"NULL"}', '{"null"}', '{"nUlL"}', '{"NULL "}', '{NULL,NULL}', '{"NULL,NULL"}', '{NULLS}', '{"",""}'],
  ['{a,b}', '{b,a}', '{a,b,NULL}', '{a,NULL,b}', String.raw`{"a\",\"b"}`, String.raw`{"a\\","b"}`, String.raw`{"a\\\",b"}`],
  ['{"{a,b}"}', '{"},{"}', '{"}","{"}', '{{a}}', '{{a,b}}', '{{a},{b}}', '{{{a}}}', '{{NULL}}', '{{"NULL"}}'],
  ['[0:1]={a,b}', '[2:3]={a,b}', '[-1:0]={a,b}', '[1:1][0:1]={{a,b}}', '{"[0:1]={a,b}"}', '{"[0:1]={a",b}'],
  [
    '{é}',
    '{e\u0301}',
    '{€}',
    '{😀}',
    String.raw`{"é\"€"}`,
    '{\u00A0}',
    '{\u2028}',
    '{\u0085}',
    '{İ}',
    '{ı}',
    '{1:a}',
    '{"1:a,1:b"}',
    '{"\u0001,\u0002"}',
  ],
].flat();
