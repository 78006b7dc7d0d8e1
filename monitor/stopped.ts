import type { SourceFacts } from './source-facts.ts';

/** How many publications each deployment has. */
const PUBLICATIONS = 2;

/**
 * What stops changes for good: each needs a person, even while the tables are still fresh. Empty
 * while the source does not answer. Pure.
 */
export function stoppedBy(source: Pick<SourceFacts, 'slot' | 'publications'> | null, slotName: string | null): string[] {
  if (source === null || slotName === null) return [];
  const { slot, publications } = source;
  const gone =
    slot === null
      ? [`the source no longer has slot ${slotName}; changes since then are missing`]
      : slot.walStatus === 'lost'
        ? [`the source invalidated slot ${slotName}; changes since then are missing`]
        : [];
  const unpublished = publications < PUBLICATIONS ? ['a publication of tailrace was dropped; changes since then are missing'] : [];
  return [...gone, ...unpublished].map((what) => `${what}. Run \`tailrace resync --all\``);
}
