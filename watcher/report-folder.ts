import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describeError, TailraceError } from '../core/errors.ts';
import { abortableSleep } from '../core/loop.ts';
import { badModel } from '../core/sql-header.ts';
import { parseReport } from './live-report.ts';
import type { Report } from './live-report.ts';

const LOOK_MS = 1_000;
const NAME = /^([A-Za-z0-9_-]+)\.sql$/;

/** One file of the folder, as it was read last. */
export interface ReportFile {
  readonly name: string;
  /** The last text of it that was right; null: there was none. */
  readonly report: Report | null;
  /** What is wrong with its present text, as a line with a code. */
  readonly error: string | null;
}

type ReportListener = (files: readonly ReportFile[]) => void;

/**
 * The reports of a directory of models. They are read again while somebody listens; a file that is
 * wrong keeps its last right text.
 */
export class ReportFolder implements AsyncDisposable {
  readonly #directory: string | null;
  readonly #listeners = new Set<ReportListener>();
  readonly #stamps = new Map<string, string>();
  #files: readonly ReportFile[] = [];
  #looking: { readonly over: AbortController; readonly done: Promise<void> } | null = null;

  /** `models`: the directory of models; null: it is not set, and there are no reports. */
  constructor(models: string | null) {
    this.#directory = models === null ? null : join(models, 'reports');
  }

  get isSet(): boolean {
    return this.#directory !== null;
  }

  /** All reports by name, as they are now. */
  async read(): Promise<readonly ReportFile[]> {
    const before = new Map(this.#files.map((file) => [file.name, file]));
    const names = (await this.#names()).toSorted();
    this.#files = await Promise.all(names.map((name) => this.#readOne(name, before.get(name) ?? null)));
    return this.#files;
  }

  /** Throws NO_SUCH_REPORT, or what is wrong with a file that was never right. */
  async named(name: string): Promise<Report> {
    const file = (await this.read()).find((one) => one.name === name);
    if (file === undefined) throw this.missing(name);
    if (file.report !== null) return file.report;
    return parseReport(name, await this.#text(name), this.#path(name));
  }

  missing(name: string): TailraceError {
    if (this.#directory === null) {
      return new TailraceError('NO_SUCH_REPORT', `there is no report "${name}": models is not set`, {
        hint: 'Give --models or set TAILRACE_MODELS.',
      });
    }
    const names = this.#files.map((file) => file.name).join(', ');
    return new TailraceError('NO_SUCH_REPORT', `there is no report "${name}"; there are: ${names === '' ? 'none' : names}`);
  }

  /** Calls `listener` with all reports whenever one changed, until the returned function. */
  listen(listener: ReportListener): () => void {
    this.#listeners.add(listener);
    if (this.#looking === null) {
      const over = new AbortController();
      this.#looking = { over, done: this.#look(over.signal) };
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#looking?.over.abort();
      if (this.#listeners.size === 0) this.#looking = null;
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
    const looking = this.#looking;
    looking?.over.abort();
    await looking?.done;
  }

  async #look(signal: AbortSignal): Promise<void> {
    let last = JSON.stringify(this.#files);
    while (!signal.aborted) {
      const files = await this.read();
      const text = JSON.stringify(files);
      if (text !== last && !signal.aborted) for (const listener of this.#listeners) listener(files);
      last = text;
      await abortableSleep(LOOK_MS, signal);
    }
  }

  /** While the folder cannot be read, the reports are those that were there last. */
  async #names(): Promise<string[]> {
    if (this.#directory === null) return [];
    try {
      return (await readdir(this.#directory)).flatMap((file) => NAME.exec(file)?.[1] ?? []);
    } catch {
      const isRemoved = await readdir(dirname(this.#directory)).then(
        (files) => !files.includes(basename(this.#directory ?? '')),
        () => false,
      );
      return isRemoved ? [] : this.#files.map(({ name }) => name);
    }
  }

  async #readOne(name: string, before: ReportFile | null): Promise<ReportFile> {
    try {
      const facts = await stat(this.#path(name));
      const { mtimeMs, size, ino } = facts;
      // A pipe would be waited for, and a device may have no end.
      if (!facts.isFile()) throw badModel(this.#path(name), 1, 'it is not a file', 'Remove it, or save the report in a file.');
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (before !== null && this.#stamps.get(name) === stamp) return before;
      const report = parseReport(name, await this.#text(name), this.#path(name));
      this.#stamps.set(name, stamp);
      return { name, report, error: null };
    } catch (error) {
      // When it can be read again, it may be the same file as before.
      this.#stamps.delete(name);
      return { name, report: before?.report ?? null, error: describeError(error) };
    }
  }

  async #text(name: string): Promise<string> {
    const bytes = await readFile(this.#path(name));
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      throw badModel(this.#path(name), 1, 'the file is not UTF-8', 'Save it as UTF-8.');
    }
  }

  #path(name: string): string {
    return join(this.#directory ?? '', `${name}.sql`);
  }
}
