import { z } from 'zod';
import { formatLsn, parseLsn } from '../../core/lsn.ts';
import { lsnText } from '../../lake/manifest.ts';

/** A WAL position: `X/Y` in the state that is stored, a number in memory. */
export const storedLsn = z.codec(lsnText, z.bigint(), { decode: parseLsn, encode: formatLsn });
