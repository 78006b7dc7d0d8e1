import { copy } from './copier.ts';
import { follow } from './follower.ts';
import type { Roles } from './simulation.ts';
import { sweep } from './sweep-role.ts';
import { write } from './writer.ts';

/** What the product does. */
export const PRODUCT: Roles = { writer: write, copier: copy, sweeper: sweep, reader: follow };
