#!/usr/bin/env node
// Starts the program on a Node that can run it: the sources in a checkout, the built files in a
// package, which has no sources.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
// Imported as a whole: a named import that an older Node lacks would end the program before it can
// find a newer one.
import nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

// A kernel drops a signal to process 1 of a container that has no handler yet. A role that is
// stopped before it listens has nothing to do: it ends as one that was stopped later.
const ROLES = ['run', 'replicate', 'snapshot', 'compact', 'monitor', 'transform', 'demo'];
for (const name of ROLES.includes(process.argv[2] ?? '') ? ['SIGINT', 'SIGTERM'] : [])
  process.on(name, () => process.listenerCount(name) === 1 && process.exit(0));

const root = new URL('../', import.meta.url);
const sources = new URL('cli/main.ts', root);
const entry = existsSync(sources) ? sources : new URL('dist/cli/main.js', root);

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 18)) {
  if (entry.href.endsWith('.ts')) keepStripped();
  await import(entry.href);
} else {
  const newer = fileURLToPath(new URL('node_modules/node/bin/node', root));
  if (!existsSync(newer)) {
    const remedy = existsSync(sources) ? 'Run `npm ci` in the checkout (it installs one) or update Node.' : 'Update Node.';
    process.stderr.write(`NODE_TOO_OLD: this is Node ${process.versions.node}, tailrace needs 22.18 or newer. ${remedy}\n`);
    process.exit(2);
  }
  passOn(newer);
}

/**
 * Caches the sources without their types: a start takes a third of the time and 30 MB less. Without
 * a writable cache, everything works as before.
 */
function keepStripped() {
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/tailrace', root));
  nodeModule.enableCompileCache(process.env.NODE_COMPILE_CACHE);
}

/**
 * Runs this file again under `binary`. The outer process only passes signals in and the exit code
 * out.
 */
function passOn(binary) {
  const stdio = process.send ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit';
  const child = spawn(binary, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
  // A terminal sends SIGINT and SIGQUIT to the whole group, so the child has them already.
  for (const name of signals) process.on(name, () => void (fromTerminal(name) || child.kill(name)));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

function fromTerminal(name) {
  return (name === 'SIGINT' || name === 'SIGQUIT') && process.stdin.isTTY === true;
}
