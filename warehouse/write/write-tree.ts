import { hidesInput, hidesTables } from '../denied-function.ts';
import type { SyntaxTree } from '../select/syntax-tree.ts';
import { RefusedError } from './statement-cursor.ts';
import type { WriteShape } from './write-shape.ts';

/** What builder may alter; each names nothing but columns, rows or parts of the table itself. */
const COMMANDS = new Set(
  `ADD_COLUMN DROP_COLUMN MODIFY_COLUMN RENAME_COLUMN COMMENT_COLUMN MODIFY_COMMENT ADD_INDEX DROP_INDEX MATERIALIZE_INDEX
  ADD_PROJECTION DROP_PROJECTION MATERIALIZE_PROJECTION DELETE UPDATE DROP_PARTITION REPLACE_PARTITION`.split(/\s+/),
);

/**
 * Judges what the engine's parser sees in a statement: it must write to what its words name, and
 * nothing in it may reach outside the warehouse. `denied`: lower-case names of functions. Throws
 * RefusedError.
 */
export function judgeTree(tree: SyntaxTree, shape: WriteShape, denied: ReadonlySet<string>): void {
  const named = shape.targets.flatMap(({ database, table }) => (table === null ? [database] : [database, table]));
  const seen = tree.belowRoot('Identifier');
  const isSame = tree.root() === shape.root && seen.length === named.length && seen.every((name, at) => name === named[at]);
  if (!isSame) throw new RefusedError(497, 'the statement does more than its words say. (ACCESS_DENIED)');
  const command = tree.texts('AlterCommand').find((one) => !COMMANDS.has(one));
  if (command !== undefined) throw new RefusedError(497, `builder may not ${command.replaceAll('_', ' ')}. (ACCESS_DENIED)`);
  requireInside(tree, denied);
  if (tree.texts('AlterCommand').filter((one) => one === 'REPLACE_PARTITION').length !== shape.copied.length && shape.root === 'AlterQuery')
    throw new RefusedError(497, 'of the partitions of another table builder may say REPLACE PARTITION … FROM table only. (ACCESS_DENIED)');
  if (tree.has('Set') && !shape.hasSettings) throw new RefusedError(497, 'SETTINGS stand where builder has none. (ACCESS_DENIED)');
}

/** Judges the expressions of VALUES, as a SELECT of them. Throws RefusedError. */
export function judgeValues(tree: SyntaxTree, denied: ReadonlySet<string>): void {
  requireInside(tree, denied);
  if (tree.has('Set')) throw new RefusedError(497, 'SETTINGS stand where builder has none. (ACCESS_DENIED)');
}

/**
 * `default` is not among the databases that may be read: the engine looks for files of this machine
 * there. Functions that name a table by a text could reach it too.
 */
function requireInside(tree: SyntaxTree, denied: ReadonlySet<string>): void {
  const functions = [...tree.tableFunctions().filter(hidesTables), ...tree.texts('Function').filter(hidesInput)];
  const name = functions[0] ?? tree.texts('Function').find((called) => denied.has(called.toLowerCase()));
  if (name !== undefined) throw new RefusedError(497, `${name}() reaches outside the warehouse. (ACCESS_DENIED)`);
  const file = [...tree.texts('TableIdentifier'), ...tree.texts('Identifier')].some((one) => one.startsWith('default.'));
  if (file) throw new RefusedError(497, 'builder may not read default, which has files of this machine. (ACCESS_DENIED)');
}
