import { createHash } from 'node:crypto';
import { MaskSalt } from '../../core/mask-salt.ts';
import { TableRules } from '../../core/table-rule.ts';
import type { TableSection } from '../../core/table-rule.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';

/** The salt of tests: nothing else is spelled so. */
export const SALT = 'a salt that nobody knows';

/** Sections of the configuration by glob. */
export function rulesOf(sections: Record<string, Partial<TableSection>>, salt = SALT): TableRules {
  const whole = Object.entries(sections).map(([glob, section]) => ({ glob, exclude: [], mask: {}, where: null, ...section }));
  return new TableRules(whole, new MaskSalt(salt));
}

/** What a masked value must be, computed apart from the product. */
export function digestOf(text: string | null): string | null {
  return text === null ? null : createHash('sha256').update(SALT).update(text).digest('hex');
}

/** Keys of objects of a lake that hold one of the texts anywhere. */
export async function objectsWith(store: ObjectStore, texts: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list('')) {
    const bytes = Buffer.from((await store.get(key)) ?? new Uint8Array());
    if (texts.some((text) => bytes.includes(text))) found.push(key);
  }
  return found;
}
