import { schema, SETTINGS } from '../config.ts';
import type { Config, ConfigKey, Setting } from '../config.ts';
import { salt } from '../config-value.ts';
import { TailraceError } from '../errors.ts';
import { shownValue } from '../hide-values.ts';
import { isLoopbackHost } from '../loopback.ts';

/** What was set, as it was written, by key. */
export type ConfigText = Readonly<Partial<Record<ConfigKey, string>>>;

/** A file of settings as it was read. */
export interface ConfigFile {
  readonly path: string;
  /** Text by key; a structure is JSON. */
  readonly values: ReadonlyMap<string, string>;
}

/**
 * Where values may come from, strongest first. Flags and environment are looked up by their own
 * names, files by key; a later file is stronger than an earlier one, key by key.
 */
export interface ConfigSources {
  readonly flags: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly files: readonly ConfigFile[];
  /** The file that a variable's value was read from, by the variable without `_FILE`. */
  readonly secretFiles?: ReadonlyMap<string, string>;
}

/** Where a value is from. */
export interface ConfigOrigin {
  readonly origin: 'flag' | 'environment' | `file:${string}`;
  /** The flag, the variable or the file, for people. */
  readonly place: string;
}

export interface ResolvedConfig {
  readonly config: Config;
  /** The values that were set. */
  readonly text: ConfigText;
  /** Where each of them is from; a key without one has its default. */
  readonly origins: Readonly<Partial<Record<ConfigKey, ConfigOrigin>>>;
}

/** Flag > environment > last file > first file > default. Throws BAD_CONFIG. */
export function resolveConfig(sources: ConfigSources): ResolvedConfig {
  for (const file of sources.files) requireKnownKeys(file);
  const text: Partial<Record<ConfigKey, string>> = {};
  const origins: Partial<Record<ConfigKey, ConfigOrigin>> = {};
  for (const setting of SETTINGS) {
    const given = find(setting, sources);
    if (given === null) continue;
    text[setting.key] = given.value;
    origins[setting.key] = given.from;
  }
  const result = schema.safeParse(text);
  if (result.success) {
    requireSalt(result.data);
    return { config: result.data, text, origins };
  }
  const bad = SETTINGS.find(({ key }) => key === result.error.issues[0]?.path[0]);
  if (bad === undefined) throw new TailraceError('BAD_CONFIG', result.error.message);
  const value = shownValue(bad.key, text[bad.key] ?? '');
  throw new TailraceError(
    'BAD_CONFIG',
    `${bad.key} (from ${origins[bad.key]?.place ?? 'its default'}) is "${value}"; allowed: ${bad.allowed}`,
  );
}

function requireKnownKeys({ path, values }: ConfigFile): void {
  for (const [key, value] of values) {
    if (SETTINGS.some((known) => known.key === key)) continue;
    throw new TailraceError(
      'BAD_CONFIG',
      `"${key}" (value "${shownValue(key, value)}") is not a setting; ${path} has it. The settings are ${SETTINGS.map((known) => known.key).join(', ')}`,
    );
  }
}

function find({ key, flag, environment }: Setting, sources: ConfigSources): { readonly value: string; readonly from: ConfigOrigin } | null {
  const byFlag = flag === null ? undefined : sources.flags[flag];
  if (byFlag !== undefined) return { value: byFlag, from: { origin: 'flag', place: `--${flag}` } };
  const byVariable = sources.environment[environment] || undefined;
  if (byVariable !== undefined) {
    const secretFile = sources.secretFiles?.get(environment);
    const place = secretFile === undefined ? environment : `${environment}_FILE=${secretFile}`;
    return { value: byVariable, from: { origin: 'environment', place } };
  }
  const file = sources.files.findLast(({ values }) => values.has(key));
  const byFile = file?.values.get(key);
  return file === undefined || byFile === undefined ? null : { value: byFile, from: { origin: `file:${file.path}`, place: file.path } };
}

function requireSalt(config: Pick<Config, 'table' | 'mask.salt'>): void {
  if (config['mask.salt'] !== undefined) return;
  const masking = (config.table ?? []).find(({ mask }) => Object.values(mask).includes('sha256'));
  if (masking === undefined) return;
  throw new TailraceError(
    'BAD_CONFIG',
    `mask.salt is not set, but table.${masking.glob}.mask uses sha256; allowed: ${salt.described.allowed}`,
    { hint: 'Set TAILRACE_MASK_SALT.' },
  );
}

/**
 * Throws BAD_CONFIG for a warehouse that is reached without encryption over a network, unless that
 * is allowed. Only names of this machine count as near; no name is looked up.
 */
export function requireEncrypted({ config, text, origins }: ResolvedConfig): void {
  const { warehouse } = config;
  if (config['warehouse.plaintext'] || !/^http:/i.test(warehouse) || isLoopbackHost(new URL(warehouse).host)) return;
  throw new TailraceError(
    'BAD_CONFIG',
    `warehouse (from ${origins.warehouse?.place ?? 'its default'}) is "${shownValue('warehouse', text.warehouse ?? '')}", ` +
      'which sends passwords and rows over the network unencrypted; allowed: https://, or http:// with warehouse.plaintext',
    { hint: 'Use https://, or set TAILRACE_WAREHOUSE_PLAINTEXT=true on a network that you trust.' },
  );
}

/**
 * The environment of a process with the same configuration: this process's environment with the
 * values that were set, and without the names of files that they were read from.
 */
export function configEnvironment(
  text: ConfigText,
  environment: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> {
  const files = new Set(['TAILRACE_CONFIG', ...SETTINGS.map((setting) => `${setting.environment}_FILE`)]);
  const kept = Object.entries(environment).filter(([name]) => !files.has(name));
  const set = SETTINGS.map((setting) => [setting.environment, text[setting.key]] as const);
  return Object.fromEntries([...kept, ...set].flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
