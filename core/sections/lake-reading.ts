import { TailraceError } from '../errors.ts';

/**
 * How the engine of a warehouse reads a lake on S3 (`warehouse.lakeAccess`). `keys`: with the
 * credentials of this process. `server`: with what the engine finds on its own machine. `role`: as
 * a role that it assumes. `send`: not at all; its files are sent to it.
 */
export type LakeReading =
  | { readonly way: 'keys' | 'server' | 'send' }
  | {
      readonly way: 'role';
      /** ARN of an IAM role. */
      readonly arn: string;
    };

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]*[\w+=,.@-]$/;

/** The value of the setting as it is written → what it means; null when it means nothing. */
export function parseLakeReading(text: string): LakeReading | null {
  if (text === 'keys' || text === 'server' || text === 'send') return { way: text };
  const arn = /^role:(.*)$/s.exec(text)?.[1] ?? '';
  return ROLE_ARN.test(arn) ? { way: 'role', arn } : null;
}

/**
 * BAD_CONFIG when the lake is a directory and the reading names a right that only a bucket has.
 * `keys`, the default, and `send` mean nothing there that is not done anyway.
 */
export function requireLakeReading(reading: LakeReading, lake: string): void {
  if (reading.way === 'keys' || reading.way === 'send' || lake.startsWith('s3://')) return;
  const text = reading.way === 'role' ? `role:${reading.arn}` : reading.way;
  throw new TailraceError('BAD_CONFIG', `warehouse.lakeAccess is "${text}", but the lake ${lake} is a directory, which has no roles`, {
    hint: 'Remove the setting: an embedded engine opens the files of a directory, and a server is sent them.',
  });
}
