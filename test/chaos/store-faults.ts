import { STORE_TROUBLES, type StoreTrouble } from '../support/servers/s3-fault-proxy.ts';
import { milliseconds, type Fault } from './fault.ts';

/** A share of the requests to the store goes badly for a time. */
function storeFault(kind: StoreTrouble): Fault {
  return {
    name: `store ${kind}`,
    needs: 's3',
    pattern: new RegExp(`^store ${kind} (?<percent>\\d+)% (?<time>\\S+)$`),
    draw: (random) => [`store ${kind} ${random.pick([10, 30, 100])}% ${random.between(1, 5)}s`],
    async strike({ store, spells }, { percent, time }) {
      if (store === null) throw new Error('the lake of this ordeal is not on S3');
      store.trouble(kind, Number(percent) / 100);
      spells.begin(milliseconds(time), () => store.trouble(kind, 0));
    },
  };
}

export const STORE_FAULTS: readonly Fault[] = STORE_TROUBLES.map((kind) => storeFault(kind));
