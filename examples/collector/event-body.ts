import { z } from 'zod';

/** Most events of one request. */
export const MOST_EVENTS = 1_000;
/** Most bytes of one request. */
export const MOST_BYTES = 1_000_000;

const DEEPEST = 32;

const event = z.strictObject({
  id: z.guid().toLowerCase(),
  at: z.iso.datetime({ offset: true }).refine((at) => !at.startsWith('0000'), 'there is no year 0'),
  customer_id: z
    .int()
    .nullish()
    .transform((id) => id ?? null),
  kind: z.string().min(1).max(100).check(isStorable),
  payload: z.record(z.string(), z.unknown()).check(isStorable),
});
const body = z.union([z.array(z.unknown()), z.strictObject({ events: z.array(z.unknown()) }).transform(({ events }) => events)]);

/** An event as a client sends it; `id` is lower case. */
export type ClientEvent = z.infer<typeof event>;

/** An event of a request that is not stored, by its place in the request. */
export interface Rejected {
  readonly index: number;
  readonly error: string;
}

/** The events of a request, with their places. */
export interface ParsedBody {
  readonly events: readonly { readonly index: number; readonly event: ClientEvent }[];
  readonly rejected: readonly Rejected[];
}

/** A request that is refused as a whole. */
export class RefusedRequest extends Error {
  readonly status: 400 | 413 | 415;
  constructor(status: 400 | 413 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Reads a body: an array of events, or `{ "events": […] }`. A malformed event is rejected alone.
 * Throws RefusedRequest for a body that is something else (400) or has too many events (413).
 */
export function parseBody(bytes: Uint8Array): ParsedBody {
  const found = body.safeParse(jsonOf(bytes));
  if (!found.success) throw new RefusedRequest(400, 'the body is neither an array of events nor {"events": […]}');
  if (found.data.length > MOST_EVENTS) throw new RefusedRequest(413, `${found.data.length} events; a request has at most ${MOST_EVENTS}`);
  const events: { index: number; event: ClientEvent }[] = [];
  const rejected: Rejected[] = [];
  for (const [index, candidate] of found.data.entries()) {
    const one = event.safeParse(candidate);
    if (one.success) events.push({ index, event: one.data });
    else
      rejected.push({ index, error: one.error.issues.map(({ path, message }) => `${path.join('.') || 'event'}: ${message}`).join('; ') });
  }
  return { events, rejected };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new RefusedRequest(400, 'the body is not JSON in UTF-8');
  }
}

/** Adds an issue where Postgres would refuse the value, or where a number was already rounded. */
function isStorable(context: z.core.ParsePayload): void {
  const message = flawOf(context.value, 0);
  if (message !== null) context.issues.push({ code: 'custom', message, input: context.value });
}

function flawOf(value: unknown, depth: number): string | null {
  if (depth > DEEPEST) return `is more than ${DEEPEST} levels deep`;
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? 'has a character that Postgres cannot store' : null;
  if (typeof value === 'number') return isExact(value) ? null : 'has a number that is not exact; send it as text';
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    const flaw = flawOf(key, depth) ?? flawOf(inner, depth + 1);
    if (flaw !== null) return flaw;
  }
  return null;
}

/** JSON.parse rounds integers of more than 53 bits, and makes `1e999` infinite. */
function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}
