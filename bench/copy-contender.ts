import { type Command, script } from './program.ts';

/** Names under which COPY that keeps nothing stands in every result. */
export const TEXT = 'COPY text to nowhere';
export const BINARY = 'COPY binary to nowhere';

/** COPY of tables (as SQL names them), one after the other, thrown away. */
export function copyReader(url: string, format: 'text' | 'binary', tables: readonly string[]): Command {
  return script('copy-reader', 'copy-reader.ts', url, format, ...tables);
}
