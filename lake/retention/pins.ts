import { z } from 'zod';
import { TailraceError } from '../../core/errors.ts';
import { parseQualifiedName } from '../../core/table.ts';
import { tableGlob } from '../../core/table-glob.ts';
import { putJson, readJson } from '../json-object.ts';
import { PIN_PREFIX, pinKey } from '../keys.ts';
import { keysOf } from '../store/keys-of.ts';
import type { ObjectStore } from '../store/object-store.ts';

/**
 * A name that a person gave to a manifest: nothing that a restore of this moment or of a later one
 * needs is deleted while the pin is there.
 */
const pin = z.object({
  name: z.string(),
  manifest: z.int().nonnegative(),
  /** its tables, as a glob over schema.table; null: all */
  glob: z.string().nullable(),
  at: z.string(),
});
export type Pin = z.infer<typeof pin>;

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/;

/** BAD_ARGUMENT unless it can be the name of a pin. */
function requirePinName(name: string): void {
  if (!NAME.test(name))
    throw new TailraceError('BAD_ARGUMENT', `"${name}" is not a name; allowed: up to 64 letters, digits, _ and -, not beginning with -`);
}

/** Stores a pin. False: the name is taken. */
export async function putPin(store: ObjectStore, value: Pin): Promise<boolean> {
  requirePinName(value.name);
  return (await putJson(store, pinKey(value.name), pin.parse(value))) === 'stored';
}

/** Deletes a pin. False: there was none. */
export async function deletePin(store: ObjectStore, name: string): Promise<boolean> {
  requirePinName(name);
  const key = pinKey(name);
  if ((await store.head(key)) === null) return false;
  await store.delete(key);
  return true;
}

/** All pins, by name. */
export async function readPins(store: ObjectStore): Promise<Pin[]> {
  const pins: Pin[] = [];
  for await (const key of keysOf(store, PIN_PREFIX)) {
    const found = await readJson(store, pin, key);
    if (found !== null) pins.push(found);
  }
  return pins;
}

/** Whether a pin is about a table. */
export function pinMatches({ glob }: Pick<Pin, 'glob'>, table: string): boolean {
  if (glob === null) return true;
  try {
    return tableGlob(glob)(parseQualifiedName(table));
  } catch {
    // A table whose name nothing says may be meant.
    return true;
  }
}
