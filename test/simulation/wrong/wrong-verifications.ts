import { VerifiedBases } from '../../../compactor/base/verified-bases.ts';
import type { Judging } from '../verifications.ts';

/** It judges all bases of the tables that it has compared, also those of other rows. */
export const judgeAll: Judging = (context, written) => {
  const bases = new VerifiedBases(context, written);
  return {
    clonable: () => [],
    judge: async (compared) => {
      const whole = await Promise.all(compared.map(({ tableId }) => context.bases.whole(tableId)));
      await bases.judge(
        compared,
        whole.flat().map(({ plan }) => plan),
      );
    },
  };
};
