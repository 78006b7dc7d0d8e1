/** Which commands read the settings that many of them share. */

export const SOURCE = [
  'check',
  'replicate',
  'snapshot',
  'monitor',
  'status',
  'verify',
  'await',
  'resync',
  'transform',
  'test',
  'teardown',
] as const;

export const LAKE = [
  ...SOURCE,
  'compact',
  'pause',
  'resume',
  'rebuild',
  'base',
  'freeze',
  'watch',
  'export',
  'models',
  'schema',
  'tap',
  'lake',
] as const;

export const WAREHOUSE = [
  'check',
  'replicate',
  'snapshot',
  'compact',
  'monitor',
  'status',
  'verify',
  'await',
  'sql',
  'resume',
  'rebuild',
  'base',
  'freeze',
  'export',
  'watch',
  'test',
  'transform',
  'models',
] as const;

export const TABLES = [
  'check',
  'replicate',
  'snapshot',
  'monitor',
  'status',
  'verify',
  'await',
  'resync',
  'resume',
  'base',
  'freeze',
  'transform',
  'test',
  'schema',
  'tap',
  'lake',
] as const;

export const RULES = ['check', 'replicate', 'snapshot', 'monitor', 'verify', 'resync', 'transform', 'test'] as const;

export const MODELS = ['transform', 'models', 'monitor', 'watch', 'test', 'export'] as const;
