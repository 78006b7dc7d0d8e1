import type { ExportSource } from './export-table.ts';

/** A source that stays as it is until it is released. */
export interface OpenedSource extends AsyncDisposable {
  readonly source: ExportSource;
}
