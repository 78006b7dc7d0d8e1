import { SETTINGS } from '../core/config.ts';
import type { ConfigKey } from '../core/config.ts';
import { table } from '../core/figures.ts';
import { shownValue } from '../core/hide-values.ts';
import type { ConfigOrigin, ConfigText, ResolvedConfig } from '../core/sections/resolve-config.ts';

/** One setting of `config --json`. */
export interface ListedSetting {
  readonly key: ConfigKey;
  /** As a person would write it; a secret is `***`. null: not set, and it has no fixed default. */
  readonly value: string | null;
  readonly origin: ConfigOrigin['origin'] | 'default';
}

/** Every setting in the order of docs/CONFIG.md. Pure. */
export function listSettings(text: ConfigText, origins: ResolvedConfig['origins']): ListedSetting[] {
  return SETTINGS.map(({ key, default: usual }) => {
    const value = text[key];
    return { key, value: value === undefined ? usual : shownValue(key, value), origin: origins[key]?.origin ?? 'default' };
  });
}

/** The list for people: the origin names the flag, the variable or the file. Pure. */
export function settingsTable(listed: readonly ListedSetting[], origins: ResolvedConfig['origins']): string {
  const rows = listed.map(({ key, value, origin }) => {
    const place = origins[key]?.place;
    const says = SETTINGS.find((setting) => setting.key === key)?.defaultSays;
    const from = place === undefined ? origin : origin.startsWith('file:') ? place : `${origin} ${place}`;
    return [key, value ?? `(${says})`, from];
  });
  return `${table([['key', 'value', 'origin'], ...rows]).join('\n')}\n`;
}
