import { parseBaseKey, parseSnapshotKey } from '../../lake/keys.ts';
import type { Coverage } from './judged-history.ts';
import type { LakeJudge } from './lake-judge.ts';
import { readBase, readCopy } from './restore-points.ts';
import type { JudgedObjects } from './restore-points.ts';

/** A pin that somebody relies on. */
interface Relied {
  readonly manifest: number;
  readonly tableIds: readonly string[];
}

/** Knows pins, and notes when a table can no longer be restored as one says. */
export class PinJudge {
  readonly #judge: LakeJudge;
  readonly #wrongs: string[];
  readonly #relied = new Map<string, Relied>();

  constructor(judge: LakeJudge, wrongs: string[]) {
    this.#judge = judge;
    this.#wrongs = wrongs;
  }

  /**
   * A pin was put, and then the floors were read. It holds the tables that can be restored from
   * something that is not below its floor: the rest may have been on the list of a sweeper before.
   */
  relied(
    pin: { readonly name: string; readonly manifest: number; readonly matches: (tableId: string) => boolean },
    floors: ReadonlyMap<string, number>,
    objects: JudgedObjects,
  ): void {
    const { name, manifest, matches } = pin;
    const tableIds = this.#judge.tableIds.filter(
      (tableId) => matches(tableId) && this.#isRestorable(tableId, { from: floors.get(tableId) ?? 0, to: manifest }, objects),
    );
    this.#relied.set(name, { manifest, tableIds });
  }

  /** Somebody is about to delete a pin. */
  released(name: string): void {
    this.#relied.delete(name);
  }

  /** An object was deleted; `objects`: what is left. */
  deleted(key: string, objects: JudgedObjects): void {
    if (this.#relied.size === 0) return;
    const [, tableId = ''] = /^(?:data|snapshot|base)\/([^/]+)\//.exec(key) ?? [];
    for (const [name, { manifest, tableIds }] of this.#relied)
      if (tableIds.includes(tableId) && !this.#isRestorable(tableId, { from: 0, to: manifest }, objects)) {
        this.#wrongs.push(`${key} was deleted, and pin ${name} needs ${tableId} as it was at batch ${manifest}`);
        this.#relied.delete(name);
      }
  }

  /** A whole copy or base lies between these batches, and every batch after it is there. */
  #isRestorable(tableId: string, { from, to }: { from: number; to: number }, objects: JudgedObjects): boolean {
    return sourcesOf(tableId, objects, this.#judge).some(
      ({ byEnd, byCommits }) => byEnd >= from && byEnd <= to && this.#isComplete(tableId, byCommits, objects),
    );
  }

  #isComplete(tableId: string, after: number, objects: JudgedObjects): boolean {
    for (let number = after + 1; number <= this.#judge.last; number += 1)
      for (const file of this.#judge.decided(number)?.manifest.files ?? [])
        if (file.tableId === tableId && objects.peek(file.path) === null) return false;
    return true;
  }
}

/** Whole copies and bases of a table. */
function sourcesOf(tableId: string, objects: JudgedObjects, judge: LakeJudge): Coverage[] {
  const copies = objects.keys(`snapshot/${tableId}/`).flatMap((key) => {
    const of = parseSnapshotKey(key);
    return of?.kind === 'done' ? [readCopy(objects, of)] : [];
  });
  const bases = objects.keys(`base/${tableId}/`).flatMap((key) => {
    const of = parseBaseKey(key);
    return of?.kind === 'done' ? [readBase(objects, of, judge.proof)] : [];
  });
  return [...copies, ...bases].flatMap((point) =>
    point === null || point.content === null ? [] : (judge.history.coveredBy(tableId, point) ?? []),
  );
}
