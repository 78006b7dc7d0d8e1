import { compactor } from './compactor-role.ts';
import { copy } from './copier.ts';
import { own } from './owner.ts';
import { pin } from './pinner.ts';
import { ask } from './requester.ts';
import type { Roles } from './simulation.ts';
import { keepPages, sweep } from './sweep-role.ts';
import { write } from './writer.ts';

/** What the product does. */
export const PRODUCT: Roles = {
  writer: write,
  copier: copy,
  sweeper: sweep,
  keeper: keepPages,
  requester: ask,
  pinner: pin,
  owner: own,
  reader: compactor('w1'),
  another: compactor('w2'),
};
