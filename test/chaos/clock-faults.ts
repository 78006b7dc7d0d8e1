import { milliseconds, type Fault } from './fault.ts';

/** The wall clock of every role steps away from the true time, or back to it. */
const clock: Fault = {
  name: 'clock',
  needs: 'clock',
  pattern: /^clock (?<offset>[+-]\S+)$/,
  draw: (random) => [`clock ${random.pick(['-1h', '+25h', '+1h', '-10m', '+30s', '-30s'])}`],
  async strike(stage, { offset }) {
    stage.clock?.step(milliseconds(offset) / 1000);
  },
};

export const CLOCK_FAULTS: readonly Fault[] = [clock];
