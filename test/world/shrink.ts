import type { Outcome } from './player.ts';
import type { Step, World } from './world.ts';

type Failure = NonNullable<Outcome['failure']>;

export interface Shrinking {
  readonly play: (world: World) => Promise<Outcome>;
  /** When to give up, in milliseconds since 1970. */
  readonly until: number;
}

/**
 * A smaller world that fails too, as far as the time goes: what comes after the failure goes first,
 * then parts that get smaller and smaller.
 */
export async function shrink(world: World, failure: Failure, { play, until }: Shrinking): Promise<{ world: World; failure: Failure }> {
  let best = { world: { ...world, steps: world.steps.slice(0, failure.step + 1) }, failure };
  const attempt = async (steps: readonly Step[]): Promise<boolean> => {
    if (steps.length >= best.world.steps.length || Date.now() > until) return false;
    const candidate = { ...world, steps };
    const found = (await play(candidate)).failure;
    if (found === null) return false;
    best = { world: { ...candidate, steps: steps.slice(0, found.step + 1) }, failure: found };
    return true;
  };
  await attempt(
    best.world.steps.filter((step, index) => step.kind === 'sql' || step.deed === 'start' || index === best.world.steps.length - 1),
  );
  for (const names of tablesOf(best.world)) await attempt(best.world.steps.filter((step) => step.kind === 'deed' || !names.test(step.sql)));
  for (let size = Math.ceil(best.world.steps.length / 4); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.world.steps.length && Date.now() < until;) {
      const { steps } = best.world;
      if (!(await attempt([...steps.slice(0, at), ...steps.slice(at + size)]))) at += size;
    }
  }
  return best;
}

/** What names each table that a world makes. */
function tablesOf({ steps }: World): RegExp[] {
  return steps.flatMap((step) => {
    const name = step.kind === 'sql' ? /^create (?:unlogged )?table ("(?:[^"]|"")+"\."(?:[^"]|"")+")/.exec(step.sql)?.[1] : undefined;
    return name === undefined ? [] : [new RegExp(name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))];
  });
}
