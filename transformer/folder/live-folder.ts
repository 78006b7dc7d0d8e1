import { TailraceError } from '../../core/errors.ts';
import { listFiles } from './list-files.ts';
import type { Folder } from './model.ts';

/**
 * A folder that is read again while it is used: files may be added, removed and changed. A set with
 * a fault leaves the last good one in use. So does a folder without any file: a volume that is not
 * mounted looks like one.
 */
export class LiveFolder {
  readonly #directory: string;
  readonly #read: () => Promise<Folder>;
  /** The files that were read last, with or without a fault. */
  #stamp: string | null;
  #current: Folder;
  #error: TailraceError | null = null;

  private constructor(directory: string, read: () => Promise<Folder>, first: { readonly stamp: string; readonly folder: Folder }) {
    this.#directory = directory;
    this.#read = read;
    this.#stamp = first.stamp;
    this.#current = first.folder;
  }

  /**
   * Reads it for the first time, with `first`, which may be stricter than `later`. Errors: those of
   * `first`, such as BAD_MODEL.
   */
  static async open(directory: string, first: () => Promise<Folder>, later: () => Promise<Folder>): Promise<LiveFolder> {
    const stamp = await stampOf(directory);
    return new LiveFolder(directory, later, { stamp, folder: await first() });
  }

  /** The last good set. */
  get current(): Folder {
    return this.#current;
  }

  /** What is wrong with the files as they are now; null: `current` is what they say. */
  get error(): TailraceError | null {
    return this.#error;
  }

  /**
   * Looks at the files, and reads them when one was added, removed or changed. True: `current` or
   * `error` changed. Errors other than BAD_MODEL are thrown, and the next look reads again.
   */
  async look(): Promise<boolean> {
    const [before, told] = [this.#current, this.#error?.message];
    // Null while the folder cannot be listed: it is read when it is back.
    let stamp: string | null = null;
    try {
      stamp = await stampOf(this.#directory);
      if (stamp === this.#stamp) return false;
      if (stamp === '' && !isEmpty(this.#current)) throw emptied(this.#directory);
      this.#current = await this.#read();
      this.#error = null;
    } catch (error) {
      if (!(error instanceof TailraceError && error.code === 'BAD_MODEL')) throw error;
      this.#error = error;
    }
    this.#stamp = stamp;
    return this.#current !== before || this.#error?.message !== told;
  }
}

async function stampOf(directory: string): Promise<string> {
  return (await listFiles(directory)).map(({ stamp }) => stamp).join('\n');
}

function isEmpty({ models, tests, reports }: Folder): boolean {
  return models.length + tests.length + reports.length === 0;
}

function emptied(directory: string): TailraceError {
  return new TailraceError('BAD_MODEL', `${directory} has no .sql file any more`, {
    hint: 'Put the files back, or restart to drop their models.',
  });
}
