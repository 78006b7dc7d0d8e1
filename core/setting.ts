import { z } from 'zod';
import type { ValueKind } from './config-value.ts';

/** The roles of `run`, in the order they are started: later ones look at what earlier ones make. */
export const ROLES = ['replicate', 'snapshot', 'compact', 'transform', 'monitor'] as const;

export type RoleName = (typeof ROLES)[number];

/** Commands that read settings, `run` aside: it reads what its roles read, to pass it on. */
export const READERS = [
  ...ROLES,
  ...([
    'check',
    'status',
    'alert',
    'verify',
    'await',
    'sql',
    'resync',
    'pause',
    'resume',
    'rebuild',
    'base',
    'freeze',
    'export',
    'test',
    'watch',
    'models',
    'teardown',
    'schema',
    'tap',
    'lake',
  ] as const),
] as const;

type Reader = (typeof READERS)[number];

/** Every command; `config` only prints settings, and `demo` has flags of its own. */
export type CommandName = Reader | 'run' | 'config' | 'demo';

/** `run` reads what one of its roles reads, and what names it alone. */
type WithRun<R extends Reader | 'run'> = R | (Extract<R, RoleName> extends never ? never : 'run');

/**
 * What is known about a setting besides its type. `default` is the text a person would write, or
 * null when there is none.
 */
export interface SettingInfo extends ValueKind {
  readonly help: string;
  readonly default: string | null;
  /** Shown in place of `default` where the value depends on something else. */
  readonly defaultSays: string;
  readonly readBy: readonly CommandName[];
}

interface Kind<T> {
  readonly described: ValueKind;
  readonly type: z.ZodType<T, string>;
}

declare const readers: unique symbol;

/** Carries, in its type alone, which commands may read a setting. */
export interface ReadBy<C extends CommandName> {
  readonly [readers]?: C;
}

/** What `setting` and `optional` were given, by the type they returned. */
export const settingInfos = z.registry<SettingInfo>();

/** A setting with a default. Only the commands in `readBy` see it in their configuration. */
export function setting<T, const R extends Reader | 'run'>(kind: Kind<T>, initial: string, help: string, readBy: readonly [R, ...R[]]) {
  const info = { ...kind.described, help, default: initial, defaultSays: initial, readBy: withRun(readBy) };
  const type = kind.type.prefault(initial).register(settingInfos, info);
  return type as typeof type & ReadBy<WithRun<R>>;
}

/** A setting that may be missing; `defaultSays` is what happens then. */
export function optional<T, const R extends Reader | 'run'>(
  kind: Kind<T>,
  defaultSays: string,
  help: string,
  readBy: readonly [R, ...R[]],
) {
  const type = kind.type
    .optional()
    .register(settingInfos, { ...kind.described, help, default: null, defaultSays, readBy: withRun(readBy) });
  return type as typeof type & ReadBy<WithRun<R>>;
}

function withRun(readBy: readonly (Reader | 'run')[]): CommandName[] {
  return readBy.some((reader) => ROLES.some((role) => role === reader)) ? [...readBy, 'run'] : [...readBy];
}
