import { TailraceError } from '../../core/errors.ts';
import type { Folder, Model, TestFile } from '../folder/model.ts';
import { testsOf } from './model-tests.ts';
import type { BoundTest } from './model-tests.ts';

/** A test of a model. */
interface ModelCheck {
  readonly model: Model;
  readonly test: BoundTest;
}

/** The tests that were asked for. */
export interface ChosenTests {
  readonly checks: readonly ModelCheck[];
  readonly files: readonly TestFile[];
}

/**
 * The tests that one of these names fits; none: all. A name is that of a model, of a file in
 * DIR/tests without `.sql`, the text of a `@test` line, or a glob of one of them, in which * is any
 * text. BAD_ARGUMENT names what fits nothing. Pure.
 */
export function chooseTests({ models, tests }: Pick<Folder, 'models' | 'tests'>, names: readonly string[]): ChosenTests {
  const checks = models.flatMap((model) => testsOf(model).map((test) => ({ model, test, names: [model.id, plainId(model), test.test] })));
  const files = tests.map((file) => ({ file, names: [file.name] }));
  if (names.length === 0) return { checks, files: tests };
  const patterns = names.map((name) => ({ name, fits: fitting(name) }));
  for (const { name, fits } of patterns) {
    if ([...checks, ...files].some((one) => one.names.some(fits))) continue;
    const isModel = models.some((model) => fits(model.id) || fits(plainId(model)));
    throw new TailraceError('BAD_ARGUMENT', isModel ? `the model ${name} has no test` : `no test and no model is named ${name}`);
  }
  const isChosen = (one: { readonly names: readonly string[] }): boolean => patterns.some(({ fits }) => one.names.some(fits));
  return { checks: checks.filter(isChosen), files: files.filter(isChosen).map(({ file }) => file) };
}

function plainId({ database, name }: Model): string {
  return `${database}.${name}`;
}

function fitting(glob: string): (name: string) => boolean {
  const pattern = glob
    .split('*')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  const whole = new RegExp(`^${pattern}$`, 's');
  return (name) => whole.test(name);
}
