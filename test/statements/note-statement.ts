import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/** The variable that names the folder where a process notes what it sends and which code ran. */
export const NOTES = 'STATEMENTS_NOTES';

/** Notes the text of a statement at once: the process may be killed. */
export function noteStatement(text: string): void {
  appendFileSync(join(process.env[NOTES] ?? '', `${process.pid}.statements`), `${JSON.stringify(text)}\n`);
}
