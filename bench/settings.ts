import { parseArgs } from 'node:util';

/** What a person asked of a case; null: the case's own default. */
export interface Settings {
  readonly rows: number | null;
  readonly runs: number;
  readonly seconds: number | null;
  /** Changes per second, one or several. */
  readonly rates: readonly number[] | null;
  /** Sizes that finish early. */
  readonly quick: boolean;
  /** A database of the user's own, in place of a server that the bench starts. */
  readonly source: string | null;
  /** Which of its tables, as globs. */
  readonly tables: string | null;
  readonly out: string;
  /** Folder for CPU profiles of our roles. */
  readonly profile: string | null;
}

/** Cases that can be played on a database of the user's own. */
const OWN = ['stream', 'snapshot'];

/**
 * Reads the command line: the case's name and the rest. Throws with one sentence that names what is
 * wrong.
 */
export function readSettings(args: string[], cases: readonly string[]): { name: string; settings: Settings } {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rows: { type: 'string' },
      runs: { type: 'string' },
      seconds: { type: 'string' },
      rate: { type: 'string' },
      quick: { type: 'boolean', default: false },
      source: { type: 'string' },
      tables: { type: 'string' },
      out: { type: 'string', default: './bench-results' },
      profile: { type: 'string' },
    },
  });
  const [name = '', ...rest] = positionals;
  if (!cases.includes(name) || rest.length > 0)
    throw new Error(`"${positionals.join(' ')}" is no benchmark. Choose one of: ${cases.join(', ')}.`);
  if (values.source !== undefined && !OWN.includes(name))
    throw new Error(`--source goes with ${OWN.join(' and ')} only, not with ${name}.`);
  const settings: Settings = {
    rows: whole('rows', values.rows),
    runs: whole('runs', values.runs) ?? 3,
    seconds: whole('seconds', values.seconds),
    rates: values.rate?.split(',').map((text) => whole('rate', text) ?? 1) ?? null,
    quick: values.quick,
    source: values.source ?? null,
    tables: values.tables ?? null,
    out: values.out,
    profile: values.profile ?? null,
  };
  return { name, settings };
}

function whole(flag: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new Error(`--${flag} is "${text}", allowed is a whole number from 1 on.`);
  return Number(text);
}
