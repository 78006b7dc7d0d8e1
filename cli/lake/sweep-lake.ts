import { setTimeout as sleep } from 'node:timers/promises';
import { bytes, table } from '../../core/figures.ts';
import { elapsed } from '../../core/time.ts';
import type { Floor } from '../../lake/retention/floors.ts';
import { Sweeper } from '../../lake/retention/sweep.ts';
import { lastLook } from '../../lake/retention/sweep-look.ts';
import type { Size } from '../../lake/retention/sweep-look.ts';
import { knownMs } from '../../lake/retention/sweep-policy.ts';
import { sweepPolicyOf } from '../ends.ts';
import { output } from '../outlet.ts';
import type { LakeContext, LakeSubcommand } from './subcommand.ts';

/** With a longer grace, `compact` is the one that deletes. */
const WAIT_AT_MOST_MS = 60_000;

/** What `lake sweep --json` prints. Field names are a contract. */
interface SweepReport {
  readonly swept: Size;
  /** What may go one grace from now. */
  readonly listed: Size;
  readonly floors: readonly Pick<Floor, 'table' | 'manifest' | 'heldBy'>[];
}

const NOTHING: Size = { objects: 0, bytes: 0 };

export const sweep: LakeSubcommand = {
  usage: '[--dry-run] [--json]',
  summary: 'delete what nothing needs, in two looks',
  about:
    'Puts objects that nothing needs on a list, and deletes those that have been on it for lake.sweepGrace. It shows the floor of each table: batches up to there may be gone, and what holds it. ' +
    'A process must have known the list for half of the grace, two hours at most; so with a grace of more than two minutes the deleting is left to `compact`, which does this by itself.',
  examples: ['tailrace lake sweep --dry-run'],
  flags: [
    { name: 'dry-run', help: 'change nothing; only show floors and what may go, at the time of the newest object' },
    { name: 'json', help: 'print JSON, for programs' },
  ],
  words: [0, 0],
  async run(context) {
    const report = context.flags.has('dry-run') ? await dryRun(context) : await sweepNow(context);
    output.say(context.flags.has('json') ? `${JSON.stringify(report, null, 2)}\n` : `${text(report).join('\n')}\n`);
    return 0;
  },
};

async function dryRun({ store, manifests, config }: LakeContext): Promise<SweepReport> {
  const planned = await new Sweeper(store, manifests, sweepPolicyOf(config)).plan();
  return { swept: NOTHING, listed: planned?.listed ?? NOTHING, floors: (planned?.floors ?? []).map(shown) };
}

async function sweepNow({ store, manifests, config, lake }: LakeContext): Promise<SweepReport> {
  const sweeper = new Sweeper(store, manifests, sweepPolicyOf(config), { deletesNamed: lake.format.features.has('bases') });
  const first = await sweeper.sweep(elapsed());
  const waitMs = knownMs(config['lake.sweepGrace']);
  let swept = first;
  if (first.look === null && waitMs <= WAIT_AT_MOST_MS) {
    await sleep(waitMs);
    swept = await sweeper.sweep(elapsed());
  }
  const look = swept.look ?? (await lastLook(store))?.look ?? null;
  return {
    swept: { objects: swept.removed.length, bytes: swept.bytes },
    listed: look?.listed ?? NOTHING,
    floors: (look?.floors ?? []).map(shown),
  };
}

function shown({ table: name, manifest, heldBy }: Floor): SweepReport['floors'][number] {
  return { table: name, manifest, heldBy };
}

function text({ swept, listed, floors }: SweepReport): string[] {
  const rows = floors.map(({ table: name, manifest, heldBy }) => [name, String(manifest), heldBy]);
  return [
    `swept ${swept.objects} objects, ${bytes(swept.bytes)}`,
    `on the list ${listed.objects} objects, ${bytes(listed.bytes)}`,
    ...(rows.length === 0 ? [] : ['', ...table([['table', 'floor', 'held by'], ...rows], [1])]),
  ];
}
