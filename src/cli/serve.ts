import { DiffStreamError } from '../core/errors.ts';
import { serve } from '../server/index.ts';
import type { Hub } from '../server/index.ts';
import { newTally, publishFeed } from './feed-publisher.ts';
import type { FeedTally } from './feed-publisher.ts';
import { openFeedSource } from './feed-source.ts';
import { LINE_BYTES_MAX } from './feed.ts';
import { countOf, countText } from './figures.ts';
import { ExitCode } from './exit-code.ts';
import { count, flag, rate, text } from './option.ts';
import { ProblemLog } from './problem-log.ts';
import type { Terminal } from './terminal.ts';
import { defineVerb } from './verb.ts';

/** How long sessions may take to get the last updates when the hub closes. */
const DRAIN_MS = 1000;
const PROGRESS_EVERY_MS = 500;

export const serveFeed = defineVerb({
  name: 'serve',
  summary: 'publishes a feed of JSON lines to whoever watches',
  usage: '[file|-]',
  positionalsMin: 0,
  positionalsMax: 1,
  options: {
    key: text('member', 'member that holds the key of a plain object', 'key'),
    rate: rate('pace of the updates; 0: as fast as possible', 0),
    loop: flag('begins again at the end of the file, for ever'),
    port: count('where to listen; 0: any free port', 0, { max: 65_535 }),
    host: text('address', 'address to listen on', '127.0.0.1'),
    stream: text('name', 'name of the stream, the last part of its URL', 'feed'),
    'line-bytes': count('longest line', LINE_BYTES_MAX, { min: 1, placeholder: 'bytes' }),
    json: flag('events as JSON lines on stdout'),
  },
  notes: [
    [
      'A line is a JSON object with a key member, {"key":"a1","price":3}, or a record:',
      '{"op":"put","key":"a1","value":{"price":3}} or {"op":"del","key":"a1"}. A line whose',
      'op is "put" or "del" is a record. Keys are strings or whole numbers. Files may be',
      'packed: .gz or .br. Without a file, or with -, lines come from the standard input.',
    ].join('\n'),
    [
      'Numbers are doubles: one beyond their range, such as 1e400, is refused; an integer that',
      'loses digits is used, with a warning. A byte order mark at the start is left out.',
    ].join('\n'),
    [
      'Lines that are refused are told on stderr with their number and counted; the rest goes',
      'on. The hub stays up after the end of the input; Ctrl-C or SIGTERM ends it (exit code 0).',
    ].join('\n'),
  ],
  run: async ({ positionals, values, terminal, interrupt, stdin }) => {
    const source = await openFeedSource(positionals[0] ?? '-', stdin);
    if (values.loop && !source.canRepeat) {
      throw new DiffStreamError('bad-argument', '--loop needs a file: this input comes only once');
    }
    const hub = await serve({ port: values.port, host: values.host });
    try {
      const target = hub.stream(values.stream);
      const url = `${hub.url}/${encodeURIComponent(values.stream)}`;
      const tell = (event: string, data: object, line: string): void => {
        if (values.json) terminal.print(JSON.stringify({ event, ...data }));
        else if (event === 'serving') terminal.print(line);
        else terminal.note(line);
      };
      tell('serving', { url, stream: values.stream }, `serving ${url}`);
      const tally = newTally();
      const log = new ProblemLog(terminal);
      const stopProgress = showProgress(terminal, () => progressText(tally, hub));
      await publishFeed({
        source,
        target,
        keyName: values.key,
        lineBytesMax: values['line-bytes'],
        perSecond: values.rate,
        loop: values.loop,
        signal: interrupt.signal,
        tally,
        onProblem: (problem) => log.add(problem),
      });
      stopProgress();
      // Sessions wait for a first commit: an input without updates is an empty collection.
      if (target.version === 0 && !interrupt.requested) target.batch(() => {});
      const { version, size: entries } = target;
      const ending = interrupt.requested ? 'interrupted' : 'the input has ended';
      const summary = `${ending}: ${tallyText(tally)}; ${countOf(entries, 'entry', 'entries')}`;
      tell('input-ended', { ...tally, version, entries }, `${summary} at version ${version}`);
      await interrupt.wait();
    } finally {
      await hub.close({ drainMs: DRAIN_MS });
    }
    return ExitCode.done;
  },
});

function tallyText(tally: FeedTally): string {
  const { lines, applied, unchanged, refused, warnings } = tally;
  return [
    countOf(lines, 'line'),
    `${countText(applied)} applied`,
    ...(unchanged > 0 ? [`${countText(unchanged)} without change`] : []),
    `${countText(refused)} refused`,
    ...(warnings > 0 ? [`${countText(warnings)} with a warning`] : []),
  ].join(', ');
}

function progressText(tally: FeedTally, hub: Hub): string {
  return `${tallyText(tally)}; ${countOf(hub.sessions().length, 'session')}`;
}

/** A line on stderr that is written over again and again; only on a terminal. */
function showProgress(terminal: Terminal, progress: () => string): () => void {
  if (!terminal.showsProgress) return () => {};
  const clear = '\r\x1b[K';
  const timer = setInterval(() => terminal.err.write(`${clear}${progress()}`), PROGRESS_EVERY_MS);
  return () => {
    clearInterval(timer);
    terminal.err.write(clear);
  };
}
