import { FEATURES } from '../lake/format/format.ts';
import { SILENT_SECONDS } from './cause.ts';
import { laggingText } from './conditions/lagging.ts';
import type { StatusInput } from './status.ts';

/** Other facts that matter, as sentences of a report. */
export function notesOf(input: StatusInput, compactorSeconds: number | null): string[] {
  const notes: string[] = [];
  if (input.source === null) {
    const why = input.silence == null ? '' : ` (${input.silence})`;
    notes.push(`the source does not answer${why}; freshness is computed with the last known offset of its clock`);
  } else if (input.slotName === null) notes.push('nothing has been replicated into this lake yet');
  else if (input.source.slot?.active === false) notes.push('no replicator is connected to the slot');
  notes.push(...input.paused.map(({ role, until }) => `${role} is paused${until === null ? '' : ` until ${until}`}`));
  if (compactorSeconds !== null && compactorSeconds > SILENT_SECONDS)
    notes.push(`no compactor has reported for ${Math.round(compactorSeconds)} s`);
  if (input.position?.trouble !== undefined) notes.push(`the compactor can apply nothing: ${input.position.trouble.message}`);
  notes.push(...(input.position?.lagging ?? []).map(laggingText));
  if (input.source?.sender?.synchronous === true)
    notes.push('commits at the source wait for the stream of tailrace: synchronous_standby_names counts it as a standby');
  const missing = FEATURES.filter((feature) => !input.format.features.has(feature));
  if (missing.length > 0) notes.push(`the lake does not have ${missing.join(', ')} yet; run \`tailrace lake upgrade\``);
  const folder = input.models?.folderError ?? null;
  if (folder !== null) notes.push(`the models are those of the last good files: ${folder.code}: ${folder.message}`);
  const offset = input.clockOffsetMs / 1000;
  if (Math.abs(offset) > 1)
    notes.push(`the source's clock is ${Math.abs(offset).toFixed(1)} s ${offset > 0 ? 'ahead of' : 'behind'} the clock of this machine`);
  return notes;
}
