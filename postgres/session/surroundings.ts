import { existsSync, readFileSync, statSync } from 'node:fs';
import os from 'node:os';

/** What libpq reads besides the connection string. Tests pass their own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Null: the user has none. */
  readonly home: string | null;
  /** Name of the user of this process; null where it has none. */
  readonly user: string | null;
  exists(path: string): boolean;
  /** Null: it does not exist or cannot be read. `open`: other users can read it too. */
  read(path: string): { readonly text: string; readonly open: boolean } | null;
}

const READABLE_BY_OTHERS = 0o077;

export function surroundings(): Surroundings {
  return {
    env: process.env,
    home: process.env['HOME'] ?? orNull(() => os.homedir()),
    user: orNull(() => os.userInfo().username),
    exists: existsSync,
    read: (path) => orNull(() => ({ text: readFileSync(path, 'utf8'), open: (statSync(path).mode & READABLE_BY_OTHERS) !== 0 })),
  };
}

/** The user of a container may have no entry in passwd. */
function orNull<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
