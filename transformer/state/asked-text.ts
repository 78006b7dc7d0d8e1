import { createHash } from 'node:crypto';
import type { Model } from '../folder/model.ts';

/** Another text of a model or of its tests gives another one: then the model is due. */
export function askedOf({ hash, tests }: Pick<Model, 'hash' | 'tests'>): string {
  const texts = tests.map(({ severity, text }) => `${severity} ${text}`);
  return createHash('sha256')
    .update(JSON.stringify([hash, texts]))
    .digest('hex')
    .slice(0, 32);
}
