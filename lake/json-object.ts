import type { z } from 'zod';
import { TailraceError } from '../core/errors.ts';
import { canonicalJson } from '../core/table.ts';
import type { ObjectStore } from './store/object-store.ts';

// Making one takes longer than to read a small object with it.
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder('utf-8', { fatal: true });

/**
 * A value → the bytes of its JSON with sorted keys. Equal values are equal bytes, in every process.
 */
export function encodeJson(value: unknown): Uint8Array {
  return ENCODER.encode(canonicalJson(value));
}

/**
 * Bytes of a JSON object → value of the schema. LAKE_CORRUPT names the object and the first wrong
 * field.
 */
export function decodeJson<T>(schema: z.ZodType<T>, key: string, bytes: Uint8Array): T {
  let value: unknown;
  try {
    value = JSON.parse(DECODER.decode(bytes));
  } catch (error) {
    throw new TailraceError('LAKE_CORRUPT', `${key} is not JSON`, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TailraceError('LAKE_CORRUPT', `${key} does not have the expected form: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
}

/** Reads a JSON object; null when there is none. */
export async function readJson<T>(store: ObjectStore, schema: z.ZodType<T>, key: string): Promise<T | null> {
  const bytes = await store.get(key);
  return bytes === null ? null : decodeJson(schema, key, bytes);
}

/** Puts a JSON object if absent. */
export async function putJson(store: ObjectStore, key: string, value: unknown): Promise<'stored' | 'exists'> {
  return store.put(key, encodeJson(value));
}

/**
 * Puts a JSON object that only this process may write. If it is there with the same bytes (an
 * answer was lost, or a step is repeated), that is as good as stored. FENCED when it has other
 * bytes.
 */
export async function putOwnJson(store: ObjectStore, key: string, value: unknown): Promise<void> {
  const bytes = encodeJson(value);
  if ((await store.put(key, bytes)) === 'stored') return;
  const found = await store.get(key);
  if (found === null || Buffer.compare(found, bytes) !== 0) throw new TailraceError('FENCED', `another process has stored ${key}`);
}
