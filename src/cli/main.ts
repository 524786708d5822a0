import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { runCommandLine } from './command-line.ts';
import { ExitCode } from './exit-code.ts';
import { interruptBySignals } from './interrupt.ts';
import { Terminal } from './terminal.ts';

/** The file that node was started with: the bundle where this is bundled. */
const programFile = fileURLToPath(import.meta.url);

/** Two folders above this file in a checkout and in the package alike. */
function versionOfPackage(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return String((JSON.parse(text) as { version?: unknown }).version);
}

const { stdout, stderr, stdin, env, argv } = process;
const interrupt = interruptBySignals(() => process.exit(ExitCode.interrupted));

let cannotWrite = false;
for (const stream of [stdout, stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader is gone (`diffstream watch … | head`): nobody is left to write for.
    interrupt.request();
    if (error.code === 'EPIPE' || cannotWrite) return;
    cannotWrite = true;
    if (stream === stdout) stderr.write(`error: cannot write: ${error.message}\n`);
  });
}

const code = await runCommandLine(argv.slice(2), {
  terminal: new Terminal(stdout, stderr, env),
  interrupt,
  stdin,
  programFile,
  versionOfPackage,
});

/** What was written to a pipe leaves only when its reader reads: wait for it. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve();
    else stream.write('', () => resolve());
  });
}

await Promise.all([flushed(stdout), flushed(stderr)]);
process.exit(cannotWrite ? ExitCode.failed : code);
