import { TailraceError } from '../core/errors.ts';

/** LAKE_CORRUPT of an object that is named and not there: lost, or swept as it should be. */
export class MissingObject extends TailraceError {
  readonly path: string;

  constructor(path: string, options: { readonly cause?: unknown } = {}) {
    super('LAKE_CORRUPT', `${path} is missing`, options);
    this.path = path;
  }
}
