import { count, duration } from '../../core/figures.ts';

const WINDOW_MS = 5_000;

/** Speed over the last seconds, so that an ETA follows the current speed. */
export class Rate {
  readonly #samples: { atMs: number; value: number }[] = [];

  add(atMs: number, value: number): void {
    this.#samples.push({ atMs, value });
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? atMs) < atMs - WINDOW_MS) this.#samples.shift();
  }

  /** Units per second; null until two samples are far enough apart. */
  perSecond(): number | null {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.atMs - first.atMs < 200) return null;
    return Math.max(0, ((last.value - first.value) * 1000) / (last.atMs - first.atMs));
  }
}

/** The figures of a progress bar. `total` null: no estimate, so no bar and no ETA. */
export interface BarState {
  readonly label: string;
  readonly done: number;
  readonly total: number | null;
  readonly unit: string;
  readonly perSecond: number | null;
}

/** `orders  ████████░░░░  66 %  132 k of 200 k rows  410 k/s  ETA 0.2 s` */
export function progressBar(state: BarState, width = 24): string {
  const speed = state.perSecond === null ? '' : `  ${state.perSecond < 10 ? state.perSecond.toFixed(1) : count(state.perSecond)}/s`;
  if (state.total === null || state.total <= 0) return `${state.label}  ${count(state.done)} ${state.unit}${speed}`;
  const part = Math.min(1, state.done / state.total);
  const filled = Math.round(part * width);
  const left =
    state.perSecond !== null && state.perSecond > 0 && part < 1 ? `  ETA ${duration((state.total - state.done) / state.perSecond)}` : '';
  const figures = `${String(Math.floor(part * 100)).padStart(3)} %  ${count(state.done)} of ${count(state.total)} ${state.unit}`;
  return `${state.label}  ${'█'.repeat(filled)}${'░'.repeat(width - filled)}  ${figures}${speed}${left}`;
}
