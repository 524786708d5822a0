import { connect } from '../client/index.ts';
import type { Replica } from '../client/index.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import { adviceOn } from './advice.ts';
import { changeJsonLines, changeLines, isKey } from './change-text.ts';
import { durationText } from '../core/duration.ts';
import { duration } from './duration.ts';
import { ExitCode } from './exit-code.ts';
import { countOf } from './figures.ts';
import type { Interrupt } from './interrupt.ts';
import { flag, text } from './option.ts';
import { printable } from './printable.ts';
import { checkWritable, replicaLines, writeReplicaFile } from './replica-file.ts';
import { checkStreamUrl } from './stream-url.ts';
import type { Terminal } from './terminal.ts';
import { TokenFile } from './token-file.ts';
import type { OptionValues } from './option.ts';
import { defineVerb } from './verb.ts';

const COLUMNS_WITHOUT_TERMINAL = 200;

const options = {
  key: text('key', 'only the entry of this key', undefined),
  json: flag('changes as JSON lines: from, version, cmd, key, value'),
  once: flag('prints the state, or writes it to --out, then exits'),
  out: text('file', 'writes the replica there at the end, all or nothing', undefined),
  'token-file': text('file', 'shows the hub the first token in it', undefined),
  for: duration('ends by itself after this time', undefined),
  timeout: duration('with --once: gives up after this time without a state', 10_000),
};

export const watch = defineVerb({
  name: 'watch',
  summary: 'keeps a replica of a stream and prints its changes',
  usage: '<url>',
  positionalsMin: 1,
  positionalsMax: 1,
  options,
  notes: [
    [
      'The URL is that of a stream: ws://host:port/name. A hub that cannot be reached is tried',
      'again until it can; --once gives up. Notes on the connection go to stderr.',
    ].join('\n'),
    [
      'The file of --out is written when the command ends: by Ctrl-C, SIGTERM, --for or --once.',
      'One {"key":…,"value":…} a line, numeric keys first, ascending, then strings by UTF-16',
      'order. It is replaced as a whole, and left as it was where no state ever came.',
    ].join('\n'),
  ],
  run: async ({ positionals, values, terminal, interrupt }) => {
    const url = checkStreamUrl(positionals[0] ?? '');
    if (values.out === '-') {
      const what = '--out takes a file; --once without it prints the state';
      throw new DiffStreamError('bad-argument', what);
    }
    if (values.out !== undefined) await checkWritable(values.out);
    const path = values['token-file'];
    const tokens = path === undefined ? undefined : new TokenFile(path);
    // Read anew for each connection: it may have been renewed meanwhile.
    const token = tokens && ((): Promise<string> => tokens.first());
    await token?.();
    const replica = connect(url, { ...(token && { token }) });
    try {
      return await new Watch(replica, { values, terminal, interrupt }).run();
    } finally {
      await replica.close();
    }
  },
});

interface WatchOptions {
  readonly values: OptionValues<typeof options>;
  readonly terminal: Terminal;
  readonly interrupt: Interrupt;
}

/** One replica from its connection to the end of the command. */
class Watch {
  readonly #replica: Replica<unknown>;
  readonly #options: WatchOptions;
  #lastError: DiffStreamError | undefined;
  #lastNote = '';
  #endFollowing: () => void = () => {};

  constructor(replica: Replica<unknown>, watchOptions: WatchOptions) {
    this.#replica = replica;
    this.#options = watchOptions;
  }

  async run(): Promise<ExitCode> {
    const closed = this.#noteStatus();
    const { values, interrupt } = this.#options;
    if (!values.once) {
      const following = this.#follow();
      await Promise.race([closed, interrupt.wait(values.for)]);
      this.#endFollowing();
      await following;
    } else {
      const ready = this.#replica.ready.then(
        () => 'ready' as const,
        () => 'closed' as const,
      );
      await Promise.race([ready, closed, interrupt.wait(values.timeout)]);
    }
    return this.#end();
  }

  /** Tells of the connection on stderr. Resolves when the replica has given up. */
  #noteStatus(): Promise<void> {
    const replica = this.#replica;
    // Its failure is told by 'error' as well.
    replica.ready.catch(() => {});
    replica.on('error', (error) => {
      this.#lastError = error;
      const { terminal } = this.#options;
      const note = `${error.code}: ${printable(error.message)}`;
      // A hub that stays away is told of once, not at every attempt.
      if (note === this.#lastNote || replica.status === 'closed') return;
      this.#lastNote = note;
      terminal.warning(error, this.#whatNext(error));
    });
    return new Promise((resolve) => {
      replica.on('status', (status) => {
        if (status === 'closed') resolve();
        if (status !== 'live') return;
        this.#lastNote = '';
        const at = `version ${replica.version}, ${countOf(replica.size, 'entry', 'entries')}`;
        this.#options.terminal.note(`live at ${at}`);
      });
      if (replica.status === 'closed') resolve();
    });
  }

  #whatNext(error: DiffStreamError): string {
    if (error.recovery !== 'reconnect') return adviceOn(error);
    const { once, timeout } = this.#options.values;
    return once ? `Trying again for ${durationText(timeout)}.` : 'Trying again until it answers.';
  }

  /** Prints changes until told to end. A slow reader of stdout gets several in one. */
  async #follow(): Promise<void> {
    const { terminal, values } = this.#options;
    const changes = this.#replica.changes()[Symbol.asyncIterator]();
    const ended = new Promise<'ended'>((resolve) => {
      this.#endFollowing = () => resolve('ended');
    });
    for (;;) {
      const next = await Promise.race([changes.next(), ended]);
      if (next === 'ended' || next.done === true) break;
      const columns = terminal.out.columns ?? COLUMNS_WITHOUT_TERMINAL;
      const lines = values.json
        ? changeJsonLines(next.value, values.key)
        : changeLines(next.value, columns, values.key);
      if (lines !== '') await Promise.race([terminal.printAll(lines), ended]);
    }
    await changes.return?.();
  }

  async #end(): Promise<ExitCode> {
    const replica = this.#replica;
    const { values, terminal, interrupt } = this.#options;
    const hasState = replica.head() !== undefined;
    if (hasState && values.out !== undefined) await this.#writeOut(values.out);
    if (hasState && values.once && values.out === undefined) {
      for (const line of replicaLines(this.#entries())) await terminal.printAll(line);
    }
    // Told once more: now it is why the command ends.
    if (replica.status === 'closed' && this.#lastError !== undefined) throw this.#lastError;
    if (hasState) return ExitCode.done;
    if (values.out !== undefined) terminal.note(`${printable(values.out)} is left as it was`);
    if (interrupt.requested) return ExitCode.interrupted;
    throw this.#lastError ?? noState(values.once ? values.timeout : (values.for ?? 0));
  }

  *#entries(): Generator<[Key, unknown]> {
    for (const [key, value] of this.#replica) {
      if (isKey(key, this.#options.values.key)) yield [key, value];
    }
  }

  async #writeOut(path: string): Promise<void> {
    const { version, status } = this.#replica;
    const entries = [...this.#entries()];
    await writeReplicaFile(path, entries);
    const state = status === 'live' ? '' : ` (${status})`;
    const what = `${countOf(entries.length, 'entry', 'entries')} at version ${version}${state}`;
    this.#options.terminal.note(`wrote ${what} to ${printable(path)}`);
  }
}

function noState(waitedMs: number): DiffStreamError {
  const waited = durationText(waitedMs);
  return new DiffStreamError('timeout', `the hub answers, but sent no state within ${waited}`);
}
