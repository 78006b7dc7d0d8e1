import { settingsOf } from '../core/config.ts';
import { describeError, TailraceError } from '../core/errors.ts';
import { createLogger } from '../core/log.ts';
import { requireEncrypted, resolveConfig } from '../core/sections/resolve-config.ts';
import { parseArguments } from './arguments.ts';
import { COMMANDS } from './commands/all.ts';
import { configPaths, readConfigFile } from './config-file.ts';
import { commandHelp, formOf, overview } from './help.ts';
import { errors, output } from './outlet.ts';
import { readSecretFiles } from './secret-files.ts';
import { ignoreHangUp } from './stop-signal.ts';
import { version } from './package-version.ts';

/**
 * Arguments → configuration → command → exit code. It resolves when the output is complete. Every
 * error is exactly one line on stderr.
 */
async function main(argv: readonly string[]): Promise<number> {
  let exitOf: ((error: unknown) => number) | undefined;
  let events = false;
  try {
    const [name, ...rest] = argv[0] === 'help' && argv[1] !== undefined ? [...argv.slice(1), '--help'] : argv;
    if (name === undefined || name === 'help' || name === '--help' || name === '-h') return await print(overview(COMMANDS));
    if (name === '--version' || name === '-v') return await print(`tailrace ${version()}\n`);
    const entry = COMMANDS.find((command) => command.name === name);
    if (entry === undefined) throw new TailraceError('BAD_ARGUMENT', unknownCommand(name));
    const { command } = await entry.load();
    const args = parseArguments(entry.name, command, rest);
    if (args.help) return await print(commandHelp(entry.name, formOf(command, args.words[0])));
    exitOf = command.exitOf?.bind(command);
    events = command.printsEvents === true;
    const { readableByOthers, ...read } = await readSecretFiles(settingsOf(entry.name).length === 0 ? {} : process.env);
    const files = await Promise.all(configPaths(args.files, read.environment['TAILRACE_CONFIG']).map(readConfigFile));
    const resolved = resolveConfig({ flags: args.settings, files, ...read });
    if (settingsOf(entry.name).some(({ key }) => key === 'warehouse.plaintext')) requireEncrypted(resolved);
    const { config, ...given } = resolved;
    const log = createLogger({ level: config.logLevel, role: name });
    if (readableByOthers.length > 0) log.warn({ files: readableByOthers }, 'every user of this machine can read a secret file');
    const code = await command.run({ config, ...given, flags: args.flags, words: args.words, log });
    // A role continues to replicate when nobody reads its events.
    await output.settle().catch((error: unknown) => (events ? log.warn({ error }, 'events could not be printed') : Promise.reject(error)));
    return code;
  } catch (error) {
    await output.settle().catch(() => undefined);
    errors.say(`${describeError(error)}\n`);
    return exitOf?.(error) ?? 2;
  } finally {
    await errors.settle().catch(() => undefined);
  }
}

function unknownCommand(name: string): string {
  return name.startsWith('-') ? `the command comes first, before ${name}` : `there is no command "${name}"`;
}

async function print(text: string): Promise<number> {
  output.say(text);
  await output.settle();
  return 0;
}

ignoreHangUp();
process.exit(await main(process.argv.slice(2)));
