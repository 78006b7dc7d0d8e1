/** Roles of the product that a world may kill. */
export const ROLES = ['replicate', 'snapshot', 'compact'] as const;

/**
 * What befalls the product: `crash` kills all of it, `stop` asks it to end, `compare` waits for it
 * and compares every table, `verify` has it compare by itself. Ordeals (test/chaos) have more.
 */
const DEEDS: readonly string[] = ['start', 'stop', 'crash', 'compare', 'verify', ...ROLES.map((role) => `kill ${role}`)];

/**
 * `plain`: an error inside a transaction ends it, as with any application. `guarded`: inside a
 * savepoint, to which an error goes back. `together`: the next step does not wait for it, unless it
 * is of the same session.
 */
export type Mode = 'plain' | 'guarded' | 'together';

/** One step of a world: a statement in one of the application's sessions, or a deed. */
export type Step =
  | { readonly kind: 'sql'; readonly session: number; readonly mode: Mode; readonly sql: string }
  | { readonly kind: 'deed'; readonly deed: string };

/**
 * What an application and its operator do, in order; nothing in it depends on how the product
 * fares.
 */
export interface World {
  /** Environment of the product. */
  readonly settings: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

const MARKS: Record<Mode, string> = { plain: '>', guarded: '?', together: '&' };
const LINE = /^(?:= (?<name>\S+) (?<value>.*)|! (?<deed>.+)|(?<session>\d+)(?<mark>[>?&]) (?<sql>.+))$/;

/**
 * A world as text, one line a step: `1> SQL` (or `1? SQL`, `1& SQL`) runs in session 1, `! start`
 * is a deed, `= NAME VALUE` a setting, `# …` a remark.
 */
export function printWorld(world: World): string {
  const settings = Object.entries(world.settings).map(([name, value]) => `= ${name} ${value}`);
  return [...settings, ...world.steps.map(printStep), ''].join('\n');
}

export function printStep(step: Step): string {
  return step.kind === 'deed' ? `! ${step.deed}` : `${step.session}${MARKS[step.mode]} ${step.sql}`;
}

/** Throws when a text is no deed. */
export function requireDeed(text: string): void {
  if (!DEEDS.includes(text)) throw new Error(`not a deed: ${text}; there are ${DEEDS.join(', ')}`);
}

/**
 * The world in a text; throws with the line that is none.
 * @param checkDeed throws for a deed that nobody can do
 */
export function parseWorld(text: string, checkDeed = requireDeed): World {
  const settings: Record<string, string> = {};
  const steps: Step[] = [];
  for (const line of text.split('\n').filter((candidate) => candidate.trim() !== '' && !candidate.startsWith('#'))) {
    const { name, value, deed, session, mark, sql } = LINE.exec(line)?.groups ?? {};
    const mode = (['plain', 'guarded', 'together'] as const).find((candidate) => MARKS[candidate] === mark);
    if (name !== undefined && value !== undefined) settings[name] = value;
    else if (deed !== undefined) {
      checkDeed(deed);
      steps.push({ kind: 'deed', deed });
    } else if (mode !== undefined && sql !== undefined) steps.push({ kind: 'sql', session: Number(session), mode, sql });
    else throw new Error(`not a step of a world: ${line}`);
  }
  return { settings, steps };
}
