import { duration, quantile, table } from '../../core/figures.ts';
import { isLive } from '../../monitor/status.ts';
import type { StatusReport } from '../../monitor/status.ts';

/** The freshness of each table and model at each look, while all tables were live. */
export class FreshnessTally {
  #looks = new Map<string, number[]>();
  #all = 0;
  #within = 0;
  #ended = false;

  /** Later looks do not count. */
  end(): void {
    this.#ended = true;
  }

  look({ tables, models }: StatusReport): void {
    if (this.#ended || !isLive(tables)) return;
    const named = [...tables.map((one) => ({ name: one.table, ...one })), ...models.map((one) => ({ name: one.model, ...one }))];
    for (const { name, freshnessSeconds, slaSeconds } of named) {
      if (freshnessSeconds === null) continue;
      const looks = this.#looks.get(name) ?? [];
      looks.push(freshnessSeconds);
      this.#looks.set(name, looks);
      this.#all += 1;
      this.#within += freshnessSeconds <= slaSeconds ? 1 : 0;
    }
  }

  /** The looks so far as text; `target` in seconds. `isShown` chooses names. */
  lines(target: number, isShown: (name: string) => boolean = () => true): string[] {
    if (this.#all === 0) return ['freshness unknown'];
    const rows = [...this.#looks]
      .filter(([name]) => isShown(name))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, looks]) => [name, ...[0.5, 0.99, 1].map((share) => duration(quantile(looks, share)))]);
    const kept = Math.floor((1000 * this.#within) / this.#all) / 10;
    return [
      'freshness under live traffic:',
      ...table([['table', 'p50', 'p99', 'max'], ...rows], [1, 2, 3]).map((line) => `  ${line}`),
      `within ${minutes(target)}: ${kept} %`,
    ];
  }
}

function minutes(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} min` : duration(seconds);
}
