import type { MaskSalt } from '../core/mask-salt.ts';
import type { Mask } from '../core/table-rule.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import { outputText } from './canonical-source.ts';
import type { ComparedColumn } from './comparison.ts';
import { quoted } from '../core/table.ts';

const SALT_SETTING = 'tailrace.mask_salt';
const TEXT_OID = 25;

/**
 * Puts the salt into the session until its transaction ends. It is a parameter, so that no
 * statement has it in its text.
 */
export async function setSalt(inside: SqlConnection, salt: MaskSalt): Promise<void> {
  await inside.query(`SELECT set_config('${SALT_SETTING}', $1, true)`, [salt.parameter().toString('hex')]);
}

/**
 * The value that is replicated in place of a masked one, computed by the source from the salt in
 * its session.
 */
export function maskedValue(column: Omit<ComparedColumn, 'expression'>, mask: Mask): Pick<ComparedColumn, 'expression' | 'typeOid'> {
  const value = `s.${quoted(column.name)}`;
  // A NULL of the column's own type.
  if (mask === 'null') return { expression: `(CASE WHEN false THEN ${value} END)`, typeOid: column.typeOid };
  // As the stream sends it: in UTF-8, or unchanged from a database in SQL_ASCII.
  const text = `convert_to(${outputText(value, column.typeOid)}, current_setting('client_encoding'))`;
  return { expression: `encode(sha256(decode(current_setting('${SALT_SETTING}'), 'hex') || ${text}), 'hex')`, typeOid: TEXT_OID };
}
