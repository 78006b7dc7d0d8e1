import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { serveMonitor } from '../../../monitor/http-server.ts';
import type { Answer } from '../../../watcher/answer.ts';
import { ReportFolder } from '../../../watcher/report-folder.ts';
import { WATCH_LIMITS } from '../../../watcher/watch-limits.ts';
import { watchRoutes } from '../../../watcher/watch-routes.ts';
import { WatchedQuery } from '../../../watcher/watched-query.ts';
import type { WatchedText, WatchListener } from '../../../watcher/watched-query.ts';
import type { Watching } from '../../../watcher/watcher.ts';
import { scratch } from '../scratch.ts';
import { openPage } from './observed-page.ts';

/** A time that long ago, ISO 8601. */
export const secondsAgo = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

/** Answers that the test gives, in place of a warehouse. */
class ScriptedWatching implements Watching {
  readonly limits = WATCH_LIMITS;
  readonly #queries = new Map<string, WatchedQuery>();

  async check(): Promise<void> {}

  currentAt(): null {
    return null;
  }

  watch(text: WatchedText, listener: WatchListener): () => void {
    const query = this.#query(text.select);
    query.listeners.add(listener);
    if (query.latest !== null) listener(query.latest);
    return () => query.listeners.delete(listener);
  }

  say(select: string, answer: Partial<Answer>, asOf: string | null = secondsAgo(0.8)): void {
    this.#query(select).answered(
      { lsn: '0/1A2B3C8', asOf },
      { columns: [], types: [], rows: '[]', ms: 12, ...answer },
      { marks: '', changed: 0 },
    );
  }

  fail(select: string, error: Error): void {
    this.#query(select).failed(error, { inputs: null, tell: true });
  }

  #query(select: string): WatchedQuery {
    const known = this.#queries.get(select) ?? new WatchedQuery({ select, everyMs: 1000 });
    this.#queries.set(select, known);
    return known;
  }
}

/** The page of reports in a browser. */
export interface ReportStage extends AsyncDisposable {
  readonly page: Page;
  readonly url: string;
  readonly folder: string;
  readonly watching: ScriptedWatching;
  /** Errors in the browser. */
  readonly errors: readonly string[];
  restart(): Promise<void>;
}

interface StageOptions {
  readonly files?: Record<string, string>;
  readonly isSet?: boolean;
  readonly scheme?: 'light' | 'dark';
  readonly width?: number;
}

/** The page in a browser, over reports whose answers the test decides. */
export async function presentReports(
  browser: Browser,
  { files = {}, isSet = true, scheme = 'light', width = 1280 }: StageOptions = {},
): Promise<ReportStage> {
  const models = await scratch('models');
  const folder = path.join(models.path, 'reports');
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, `${name}.sql`), text);
  const watching = new ScriptedWatching();
  const reports = new ReportFolder(isSet ? models.path : null);
  const source = { report: async () => null, history: () => [], everyMs: 1000 };
  const serve = (port: number) =>
    serveMonitor({ port, host: '127.0.0.1', token: null }, source, watchRoutes({ watcher: watching, reports }));
  let server = await serve(0);
  const { url } = server;
  const opened = await openPage(browser, url, { colorScheme: scheme, viewport: { width, height: 1000 } });
  return {
    page: opened.page,
    url: `${url}/report`,
    folder,
    watching,
    errors: opened.errors,
    async restart() {
      await server.close();
      server = await serve(Number(new URL(url).port));
    },
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]();
      await server.close();
      await reports[Symbol.asyncDispose]();
      await models[Symbol.asyncDispose]();
    },
  };
}
