import type { Scene, Trouble } from './troubles.ts';

export interface PlayOptions {
  readonly scene: Scene;
  readonly troubles: readonly Trouble[];
  /** Whether there is time for another round. */
  readonly goesOn: () => boolean;
  /** Differences between both sides; null: they are equal. */
  readonly compare: () => Promise<string | null>;
  readonly say: (line: string) => void;
}

/**
 * Plays each trouble in turn, at least once, until the time is up, and compares after each.
 * Resolves with what went wrong. It ends there: what follows a difference proves nothing.
 */
export async function playTroubles({ scene, troubles, goesOn, compare, say }: PlayOptions): Promise<string[]> {
  for (let round = 1; round === 1 || goesOn(); round += 1)
    for (const { name, isOnce = false, play } of troubles) {
      if (round > 1 && (isOnce || !goesOn())) continue;
      const wrong = await play(scene)
        .then(compare)
        .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
      if (wrong !== null) return [`${name}: ${wrong}`];
      say(`${name}: verify is equal`);
    }
  return [];
}
