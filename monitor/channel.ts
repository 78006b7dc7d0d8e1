import { TailraceError } from '../core/errors.ts';
import type { Notice } from './alert.ts';

/** A way to tell somebody. */
export interface Channel {
  /** For people; without secrets. */
  readonly name: string;
  /**
   * Rejects when it was not taken: with ALERT_REFUSED when sending the same notice again cannot
   * help.
   */
  send(notice: Notice): Promise<void>;
}

/** Where alerts go, as configured; what is null is not used. */
export interface ChannelOptions {
  readonly webhook: string | null;
  readonly command: string | null;
  readonly mail: { readonly smtp: string; readonly from: string; readonly to: string } | null;
}

/** A failure of a library or of the network as an error that a user may see. */
export function notTaken(error: unknown): TailraceError {
  if (error instanceof TailraceError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return new TailraceError('ALERT_NOT_TAKEN', `${error instanceof Error ? error.message : String(error)}${cause}`, { cause: error });
}
