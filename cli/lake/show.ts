import { bytes, table } from '../../core/figures.ts';
import { matchNamed } from '../../core/table-glob.ts';
import type { Manifest } from '../../lake/manifest.ts';
import { listGenerations } from '../../lake/snapshot-log.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { output } from '../outlet.ts';
import { notThere, numberOf } from './batch-number.ts';
import type { LakeSubcommand } from './subcommand.ts';

export const show: LakeSubcommand = {
  usage: '[N]',
  summary: 'describe batch N; without N, the newest',
  about: 'Describes batch N; without N, the newest batch.',
  examples: ['tailrace lake show 42'],
  flags: [],
  words: [0, 1],
  async run({ store, manifests, config, words: [n] }) {
    const manifest = n === undefined ? await manifests.last() : await manifests.read(numberOf(n));
    return manifest === null ? notThere(`there is no batch ${n ?? 'yet'}`) : describe(store, manifest, config.tables ?? null);
  },
};

/** A glob that matches no table of the batch is no error: another batch or a copy may have it. */
async function describe(store: ObjectStore, manifest: Manifest, globs: readonly string[] | null): Promise<number> {
  const entries = [...manifest.catalog, ...manifest.files];
  const about = matchNamed(globs, entries, true);
  if (globs !== null) matchNamed(globs, [...entries, ...(await listGenerations(store)).map(({ plan }) => plan)]);
  const files = manifest.files
    .filter((file) => about.includes(file))
    .map((file) => [
      file.table,
      ...[file.rows, file.inserts, file.updates, file.deletes, file.truncates, file.keyChanges, file.unchanged].map(String),
      bytes(file.bytes),
      file.path,
    ]);
  const lines = [
    `batch ${manifest.number} of epoch ${manifest.epoch}, written by ${manifest.writer}${manifest.heartbeat ? ' (heartbeat)' : ''}`,
    `from ${manifest.from} to ${manifest.to}, committed ${manifest.commitTimes?.join(' – ') ?? 'nothing'}`,
    ...manifest.catalog
      .filter((event) => about.includes(event))
      .map((event) => `catalog: ${event.kind} ${event.table} ${event.reason ?? ''}`.trimEnd()),
    ...(files.length === 0
      ? []
      : [
          '',
          ...table(
            [['table', 'rows', 'inserts', 'updates', 'deletes', 'truncates', 'key changes', 'unchanged', 'size', 'file'], ...files],
            [1, 2, 3, 4, 5, 6, 7, 8],
          ),
        ]),
  ];
  output.say(`${lines.join('\n')}\n`);
  return 0;
}
