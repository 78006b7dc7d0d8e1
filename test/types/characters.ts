import fc from 'fast-check';

/** Code points, as Postgres counts characters. */
export function charactersOf(text: string): string[] {
  return Array.from(text);
}

/** Any one of the characters of a text. */
export function characterOf(text: string): fc.Arbitrary<string> {
  return fc.constantFrom(...charactersOf(text));
}
