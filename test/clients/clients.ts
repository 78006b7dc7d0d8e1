/**
 * A foreign client, and how its program is made and started. Commands run in a copy of its folder.
 */
export interface Client {
  readonly name: string;
  readonly folder: string;
  /** Programs that must be on the machine. */
  readonly tools: readonly string[];
  /** Brings its packages and builds it. */
  readonly prepare: readonly (readonly string[])[];
  /** Gets host and port as its last arguments. */
  readonly command: readonly string[];
  /** Ways in which it connects; each prints all facts. */
  readonly modes: readonly string[];
}

export const CLIENTS: readonly Client[] = [
  {
    name: 'curl',
    folder: 'curl',
    tools: ['curl', 'bash'],
    prepare: [],
    command: ['bash', 'facts.sh'],
    modes: ['http1.1', 'http1.0', 'gzip'],
  },
  {
    name: 'go',
    folder: 'go',
    tools: ['go'],
    prepare: [['go', 'build', '-o', 'facts', '.']],
    command: ['./facts'],
    modes: ['none', 'lz4', 'zstd', 'gzip', 'deflate', 'br', 'database/sql'],
  },
  {
    name: 'java',
    folder: 'java',
    tools: ['mvn', 'java'],
    prepare: [['mvn', '-q', '-B', 'package', 'dependency:build-classpath', '-Dmdep.outputFile=classpath']],
    command: ['bash', '-c', 'java -cp "$(cat classpath):target/classes" Facts "$@"', 'facts'],
    modes: ['defaults', 'compress=false'],
  },
  {
    name: 'python',
    folder: 'python',
    tools: ['python3'],
    prepare: [
      ['python3', '-m', 'venv', 'venv'],
      ['venv/bin/pip', 'install', '-q', '--disable-pip-version-check', '-r', 'requirements.txt'],
    ],
    command: ['venv/bin/python', 'facts.py'],
    modes: ['defaults', 'lz4', 'zstd', 'gzip', 'uncompressed', 'sqlalchemy', 'superset'],
  },
];
