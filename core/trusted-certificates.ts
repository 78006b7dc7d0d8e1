import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import { TailraceError } from './errors.ts';

/**
 * The trusted certificate authorities, as PEM: those that Node trusts (its own,
 * NODE_EXTRA_CA_CERTS, the system's if Node is configured to use them), and the file of
 * AWS_CA_BUNDLE. Everything that reads or writes the lake uses this list. BAD_CONFIG when the file
 * cannot be read.
 */
export function trustedCertificates(environment: NodeJS.ProcessEnv = process.env): readonly string[] {
  const bundle = environment['AWS_CA_BUNDLE'];
  if (bundle === undefined || bundle === '') return getCACertificates('default');
  try {
    return [...getCACertificates('default'), readFileSync(bundle, 'utf8')];
  } catch (error) {
    throw new TailraceError('BAD_CONFIG', `the file "${bundle}" of AWS_CA_BUNDLE cannot be read`, { cause: error });
  }
}
