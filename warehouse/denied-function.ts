/**
 * Table functions that only read our own tables or make rows up. Every other one reaches outside
 * the warehouse.
 */
const ALLOWED_TABLE_FUNCTIONS: readonly string[] = [
  'format', // also an ordinary function; as a table function readonly refuses it
  'generateRandom',
  'generateSeries',
  'generate_series',
  'merge',
  'mergeTreeIndex',
  'null',
  'numbers',
  'numbers_mt',
  'primes',
  'values',
  'view',
  'viewExplain',
  'zeros',
  'zeros_mt',
];

/**
 * Functions that read files, call services or show what is not in the tables; `readonly = 1` does
 * not refuse them.
 */
const DENIED_FUNCTIONS: readonly string[] = ['file', 'catboostEvaluate', 'getClientHTTPHeader', 'displaySecretsInShowAndSelect'];

const OUTWARD =
  /^(?:file|filesystem|url|s3|gcs|oss|cosn|hdfs|azureBlobStorage|executable|remote|remoteSecure|cluster|clusterAllReplicas|mysql|postgresql|sqlite|mongodb|redis|odbc|jdbc|ytsaurus|python|input|loop|dictionary|arrowFlight|(?:iceberg|deltaLake|hudi|paimon)\w*|\w+Cluster|fuzz(?:Query|JSON)|ai[A-Z]\w*|catboostEvaluate|getClientHTTPHeader)$/i;

/** Table functions whose rows depend on nothing but their arguments and the subqueries in them. */
const PURE_TABLE_FUNCTIONS = /^(?:numbers(?:_mt)?|zeros(?:_mt)?|generate_?series|primes|values|null|view)$/i;

/** Functions that read a table, dictionary or model which a syntax tree shows as a text only. */
const HIDING =
  /^(?:dict(?:Get|Has|IsIn)\w*|joinGet(?:OrNull)?|region(?:To|In|Hierarchy)\w*|hasColumnInTable|naiveBayesClassifier\w*|evalMLMethod)$/i;

/** Whether a table function reads something that a syntax tree does not show. */
export function hidesTables(tableFunction: string): boolean {
  return !PURE_TABLE_FUNCTIONS.test(tableFunction);
}

/** Whether an ordinary function reads what a syntax tree does not show, or reaches out. */
export function hidesInput(name: string): boolean {
  return HIDING.test(name) || isDenied(name);
}

/**
 * Whether readers may not call a function of this name, judged by the text alone. The engine's own
 * list is checked as well (reader-plan).
 */
export function isDenied(name: string): boolean {
  return OUTWARD.test(name);
}

/**
 * All table functions of an engine → lower-case names that readers may not call, including other
 * functions.
 */
export function deniedFunctions(tableFunctions: readonly string[]): Set<string> {
  const allowed = new Set(ALLOWED_TABLE_FUNCTIONS.map((name) => name.toLowerCase()));
  return new Set([...tableFunctions, ...DENIED_FUNCTIONS].map((name) => name.toLowerCase()).filter((name) => !allowed.has(name)));
}

/** The output of EXPLAIN AST → lower-case names of every function in it. */
export function calledIn(tree: string): string[] {
  return [...tree.matchAll(/^ *Function (\S+)/gm)].map((match) => (match[1] ?? '').toLowerCase());
}
