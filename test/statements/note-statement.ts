import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/** The variable that names the folder where a process notes what it sends and which code ran. */
export const NOTES = 'STATEMENTS_NOTES';

/** Notes the text of a statement at once: the process may be killed. Throws without a folder. */
export function noteStatement(text: string): void {
  const folder = process.env[NOTES];
  if (folder === undefined) throw new Error(`${NOTES} names no folder for statements`);
  appendFileSync(join(folder, `${process.pid}.statements`), `${JSON.stringify(text)}\n`);
}
