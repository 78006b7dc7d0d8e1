import { controlKey, parseControlKey } from '../../lake/keys.ts';
import type { LakeJudge } from './lake-judge.ts';
import type { JudgedObjects } from './restore-points.ts';

/** Notes when a request goes before its answer, or facts that the newest batch names. */
export class SmallJudge {
  readonly #judge: LakeJudge;
  readonly #wrongs: string[];

  constructor(judge: LakeJudge, wrongs: string[]) {
    this.#judge = judge;
    this.#wrongs = wrongs;
  }

  /** An object was deleted; `objects`: what is left. */
  deleted(key: string, objects: JudgedObjects): void {
    if (key.startsWith('facts/') && this.#judge.namesFacts(key)) this.#wrongs.push(`${key} was deleted, and the newest batch names it`);
    const of = parseControlKey(key);
    if (of === null) return;
    const isThere = (stage?: 'done'): boolean => objects.peek(controlKey(of.id, stage)) !== null;
    if (of.stage === null && !isThere('done')) this.#wrongs.push(`${key} was deleted, and nobody has answered it`);
    if (of.stage === 'done' && isThere()) this.#wrongs.push(`${key} was deleted, which opens its request again`);
  }
}
