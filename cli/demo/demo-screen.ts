import { count, duration } from '../../core/figures.ts';
import { elapsed } from '../../core/time.ts';
import type { LiveView } from '../screen/live-view.ts';
import { progressBar, Rate } from '../screen/progress.ts';
import { Screen } from '../screen/screen.ts';
import type { Traffic } from './shop-traffic.ts';
import { errors, output } from '../outlet.ts';

const REDRAW_MS = 250;
const PLAIN_EVERY_MS = 2_000;

/** The figures that the screen shows while the pipeline runs. */
export interface Followed {
  readonly view: LiveView;
  readonly copied: ReadonlyMap<string, number>;
  readonly loaded: ReadonlyMap<string, number>;
}

/**
 * The output of the demo: lines that stay and, below them on a terminal, live figures. Without a
 * terminal the figures are a line every few seconds.
 */
export class DemoScreen {
  readonly #screen = process.stdout.isTTY ? new Screen(process.stdout) : null;
  readonly #bars = new Map<string, Rate>();
  #toldAtMs = 0;

  /** A line of the story. */
  say(text: string): void {
    if (this.#screen === null) output.say(`${text}\n`);
    else {
      this.#screen.draw([]);
      this.#screen.above(text);
    }
  }

  /** A line that is not part of the story, such as a warning of a role. */
  aside(text: string): void {
    if (this.#screen === null) errors.say(`${text.trimEnd()}\n`);
    else this.#screen.above(text);
  }

  bar(state: { label: string; done: number; total: number; unit: string }): void {
    const rate = this.#bars.get(state.label) ?? new Rate();
    this.#bars.set(state.label, rate);
    rate.add(elapsed(), state.done);
    this.#tell([progressBar({ ...state, perSecond: rate.perSecond() })]);
  }

  /** Shows copies, traffic and freshness until stopped. */
  follow(pipeline: Followed, of: { traffic: Traffic; rows: number }): { stop(): void } {
    const rates = { copied: new Rate(), loaded: new Rate() };
    const changing = new Rate();
    const draw = (): void => {
      const now = elapsed();
      changing.add(now, of.traffic.changes());
      const live = isEverywhereLive(pipeline.view);
      const work = sum(pipeline.copied) < of.rows ? 'copied' : 'loaded';
      const done = Math.min(of.rows, sum(pipeline[work]));
      rates[work].add(now, done);
      const bar = live
        ? []
        : [progressBar({ label: `rows ${work}`, done, total: of.rows, unit: 'rows', perSecond: rates[work].perSecond() })];
      const traffic = `live traffic  ${count(changing.perSecond() ?? 0)} changes/s, ${count(of.traffic.changes())} so far`;
      if (this.#screen === null) this.#tell([[...bar, traffic, freshnessLine(pipeline.view)].join('  ·  ')]);
      else this.#screen.draw(['', ...bar, traffic, '', ...pipeline.view.lines()]);
    };
    const timer = setInterval(draw, REDRAW_MS);
    return { stop: () => clearInterval(timer) };
  }

  end(): void {
    this.#screen?.end();
  }

  #tell(lines: readonly string[]): void {
    if (this.#screen !== null) return this.#screen.draw(lines);
    if (elapsed() - this.#toldAtMs < PLAIN_EVERY_MS) return;
    this.#toldAtMs = elapsed();
    output.say(lines.map((line) => `  ${line}\n`).join(''));
  }
}

function isEverywhereLive(view: LiveView): boolean {
  const tables = view.report?.tables ?? [];
  return tables.length > 0 && tables.every(({ state }) => state === 'live');
}

function freshnessLine(view: LiveView): string {
  const tables = view.report?.tables ?? [];
  const live = tables.filter(({ state }) => state === 'live');
  const worst = Math.max(0, ...live.map((table) => table.freshnessSeconds ?? 0));
  return live.length === 0 ? 'no table live yet' : `${live.length} of ${tables.length} tables live, freshness ${duration(worst)}`;
}

function sum(rows: ReadonlyMap<string, number>): number {
  return [...rows.values()].reduce((total, one) => total + one, 0);
}
