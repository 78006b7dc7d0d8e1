import fc from 'fast-check';
import type { TypeCase } from './type-case.ts';

const coordinate = fc.double({ noNaN: true, noDefaultInfinity: true, min: -180, max: 180 });
const line = fc
  .array(fc.tuple(coordinate, coordinate), { minLength: 2, maxLength: 6 })
  .map((points) => `LINESTRING(${points.map((point) => point.join(' ')).join(',')})`);
const element = fc.float({ noNaN: true, noDefaultInfinity: true, min: -65_000, max: 65_000 });
const vector = fc.array(element, { minLength: 1, maxLength: 40 }).map((all) => `[${all.join(',')}]`);

const SHAPES = [
  'POINT(1 2)',
  'POINT(0.1 -0)',
  'POINT EMPTY',
  'SRID=4326;POINT Z(1 2 3)',
  'POINT ZM(1 2 3 4)',
  'SRID=3857;LINESTRING(0 0, 1e300 -1e-300)',
  'POLYGON((0 0, 10 0, 10 10, 0 0), (1 1, 2 1, 2 2, 1 1))',
  'MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), EMPTY)',
  'GEOMETRYCOLLECTION(POINT(1 2), LINESTRING EMPTY, GEOMETRYCOLLECTION EMPTY)',
  'CIRCULARSTRING(0 0, 1 1, 2 0)',
  'TIN(((0 0 0, 0 0 1, 0 1 0, 0 0 0)))',
];

/**
 * Types of extensions that a distribution installs and npm's Postgres does not carry, by the
 * extension.
 */
export const INSTALLED_CASES: readonly TypeCase[] = [
  { type: 'public.geometry', covers: ['public.geometry'], edges: SHAPES, random: line, extension: 'postgis', delimiter: ':' },
  { type: 'public.geometry(PointZ,4326)', covers: [], edges: ['SRID=4326;POINT Z(1 2 3)'], extension: 'postgis', delimiter: ':' },
  {
    type: 'public.geography',
    covers: ['public.geography'],
    edges: ['POINT(-110 30)', 'SRID=4326;POLYGON((0 0, 10 0, 10 10, 0 0))', 'POINT EMPTY'],
    extension: 'postgis',
    delimiter: ':',
  },
  { type: 'public.box2d', covers: ['public.box2d'], edges: ['BOX(0 0,1 0.1)', 'BOX(-1e300 0,1 1e300)'], extension: 'postgis' },
  { type: 'public.box3d', covers: ['public.box3d'], edges: ['BOX3D(0 0 0,1 1 0.1)'], extension: 'postgis' },
  { type: 'public.spheroid', covers: ['public.spheroid'], edges: ['SPHEROID("WGS 84",6378137,298.257223563)'], extension: 'postgis' },
  {
    type: 'public.geometry_dump',
    covers: [],
    edges: [{ sql: `(array[1,2], 'POINT(1 2)')::public.geometry_dump` }, '(,)'],
    extension: 'postgis',
  },
  {
    type: 'public.valid_detail',
    covers: [],
    edges: [{ sql: `public.ST_IsValidDetail('POLYGON((0 0, 2 2, 2 0, 0 2, 0 0))')` }],
    extension: 'postgis',
  },
  ...['gidx', 'box2df'].map((type) => ({
    type: `public.${type}`,
    covers: [`public.${type}`],
    edges: [null],
    extension: 'postgis',
    arrays: false as const,
  })),
  {
    type: 'public.vector',
    covers: ['public.vector'],
    edges: ['[0]', '[-0,1.5,1e-45]', '[3.4028235e38,-3.4028235e38,0.1]', `[${'0.30000001,'.repeat(15_999)}1]`],
    random: vector,
    extension: 'vector',
  },
  { type: 'public.vector(3)', covers: [], edges: ['[1,2,3]'], extension: 'vector' },
  {
    type: 'public.halfvec',
    covers: ['public.halfvec'],
    edges: ['[0]', '[-0,65504,5.9604645e-08,0.1]'],
    random: vector,
    extension: 'vector',
  },
  {
    type: 'public.sparsevec',
    covers: ['public.sparsevec'],
    edges: ['{}/5', '{1:1.5,3:-2}/5', '{1000000000:0.1}/1000000000'],
    extension: 'vector',
  },
];
