import { NARROW } from './narrow-shape.ts';
import { WIDE } from './wide-shape.ts';

/** The two kinds of table that cases are played on, so that nothing is tuned to one of them. */
export const SHAPES = { narrow: NARROW, wide: WIDE } as const;
export type ShapeName = keyof typeof SHAPES;

/** How figures name them. */
export const LABELS: Readonly<Record<ShapeName, string>> = { narrow: '5 columns', wide: '20 columns' };
