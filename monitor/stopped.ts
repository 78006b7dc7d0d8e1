import type { SourceFacts } from './source-facts.ts';

/** How many publications a deployment has. */
const PUBLICATIONS = 2;

/**
 * What keeps changes from ever coming again by themselves: each needs a person, however fresh the
 * tables still are. Of a source that does not answer nothing is known. Pure.
 */
export function stoppedBy(source: Pick<SourceFacts, 'slot' | 'publications'> | null, slotName: string | null): string[] {
  if (source === null || slotName === null) return [];
  const { slot, publications } = source;
  const gone =
    slot === null
      ? [`the source has no slot ${slotName} any more: changes since are missing`]
      : slot.walStatus === 'lost'
        ? [`the source has given up slot ${slotName}: changes since are missing`]
        : [];
  const unpublished = publications < PUBLICATIONS ? ['a publication of ours was dropped: changes since are missing'] : [];
  return [...gone, ...unpublished].map((what) => `${what}. Run \`tailrace resync --all\``);
}
