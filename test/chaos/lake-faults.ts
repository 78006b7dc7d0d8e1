import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import type { Stage } from './stage.ts';

/** A command that has not ended this long after all else is over never will. */
const ENDS_WITHIN_MS = 120_000;

/** Has every table written into the lake, while other things happen. */
const base: Fault = {
  name: 'base',
  needs: null,
  pattern: /^base$/,
  draw: () => ['base'],
  strike: (stage) => ask(stage, ['base']),
};

/** Has the lake swept, while other things happen. */
const sweep: Fault = {
  name: 'sweep',
  needs: null,
  pattern: /^sweep$/,
  draw: () => ['sweep', 'wait 1s', 'sweep'],
  strike: (stage) => ask(stage, ['lake', 'sweep']),
};

export const LAKE_FAULTS: readonly Fault[] = [base, sweep];

/** Gives a command, which may fail while others strike, and has to end once they are over. */
async function ask({ pipeline, spells }: Stage, args: string[]): Promise<void> {
  const command = pipeline.start(args);
  spells.begin(null, async () => {
    const late = new AbortController();
    const never = sleep(ENDS_WITHIN_MS, null, { signal: late.signal }).catch(() => undefined);
    const ended = await Promise.race([command.ended(), never]);
    late.abort();
    if (!ended) throw new Error(`${args.join(' ')} does not end: ${command.stdout()}${command.stderr()}`);
  });
}
