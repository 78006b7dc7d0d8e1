import { TailraceError } from '../core/errors.ts';
import type { Notice } from './alert.ts';

/** A place that alerts are sent to. */
export interface Channel {
  /** Shown to people; has no secrets. */
  readonly name: string;
  /**
   * Rejects when the receiver did not take the notice: with ALERT_REFUSED when sending the same
   * notice again cannot help.
   */
  send(notice: Notice): Promise<void>;
}

/** Where alerts go, as configured. A null channel is not used. */
export interface ChannelOptions {
  readonly webhook: string | null;
  readonly command: string | null;
  readonly mail: { readonly smtp: string; readonly from: string; readonly to: string } | null;
}

/** An error of a library or of the network as an error that users may see. */
export function notTaken(error: unknown): TailraceError {
  if (error instanceof TailraceError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return new TailraceError('ALERT_NOT_TAKEN', `${error instanceof Error ? error.message : String(error)}${cause}`, { cause: error });
}
