import { milliseconds, type Fault } from './fault.ts';

const SLOW_MS = 150;

/** Nothing passes between the product and the source; at the end connections are reset. */
const cut: Fault = {
  name: 'cut source',
  needs: null,
  pattern: /^cut source (?<time>\S+)$/,
  draw: (random) => [`cut source ${random.between(1, 5)}s`],
  async strike({ network, spells }, { time }) {
    network.freeze();
    spells.begin(milliseconds(time), () => network.heal());
  },
};

/** Everything between the product and the source takes longer. */
const slow: Fault = {
  name: 'slow source',
  needs: null,
  pattern: /^slow source (?<time>\S+)$/,
  draw: (random) => [`slow source ${random.between(2, 5)}s`],
  async strike({ network, spells }, { time }) {
    network.slow(SLOW_MS);
    spells.begin(milliseconds(time), () => network.heal());
  },
};

/** The source dies and recovers. */
const crash: Fault = {
  name: 'crash postgres',
  needs: null,
  pattern: /^crash postgres$/,
  draw: () => ['crash postgres'],
  async strike({ server }) {
    await server.stop('immediate');
    await server.start();
  },
};

export const SOURCE_FAULTS: readonly Fault[] = [cut, slow, crash];
