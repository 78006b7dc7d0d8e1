import type { Log } from '../core/log.ts';
import { systemTime } from '../core/time.ts';
import type { Time } from '../core/time.ts';

const DAY_MS = 86_400_000;
const EPOCHS_A_DAY = 3;

/** Whether a gap may be answered by a new epoch, which copies every table again: never when told to stop, else three times a day. */
export function gapPolicy(onGap: 'stop' | 'resync', log: Log, time: Time = systemTime): (why: string) => boolean {
  let begunMs: number[] = [];
  return (why) => {
    if (onGap === 'stop') return false;
    const nowMs = time.elapsed();
    begunMs = begunMs.filter((ms) => nowMs - ms < DAY_MS);
    if (begunMs.length >= EPOCHS_A_DAY) return false;
    begunMs.push(nowMs);
    log.error({ why }, 'changes are missing, every table is copied anew');
    return true;
  };
}
