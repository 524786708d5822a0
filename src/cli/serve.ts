import { ProducerCache } from '../cache/producer.ts';
import { DiffStreamError } from '../core/errors.ts';
import { serve } from '../server/index.ts';
import type { Authorize, Hub } from '../server/index.ts';
import { duration } from './duration.ts';
import { newTally, publishFeed } from './feed-publisher.ts';
import type { FeedTally, FeedTarget } from './feed-publisher.ts';
import { openFeedSource } from './feed-source.ts';
import { LINE_BYTES_MAX } from './feed.ts';
import { countOf, countText } from './figures.ts';
import { ExitCode } from './exit-code.ts';
import { choice, count, flag, rate, text } from './option.ts';
import { ProblemLog } from './problem-log.ts';
import { checkedEvery, publishSystem } from './system-publisher.ts';
import { SystemSource } from './system-source.ts';
import type { Terminal } from './terminal.ts';
import { TokenFile } from './token-file.ts';
import { defineVerb } from './verb.ts';
import type { Request } from './verb.ts';

/** How long sessions may take to get the last updates when the hub closes. */
const DRAIN_MS = 1000;
const PROGRESS_EVERY_MS = 500;

const options = {
  key: text('member', 'member that holds the key of a plain object', 'key'),
  rate: rate('pace of the updates; 0: as fast as possible', 0),
  loop: flag('begins again at the end of the file, for ever'),
  port: count('where to listen; 0: any free port', 0, { max: 65_535 }),
  host: text('address', 'address to listen on', '127.0.0.1'),
  stream: text('name', 'name of the stream, the last part of its URL', 'feed'),
  'line-bytes': count('longest line', LINE_BYTES_MAX, { min: 1, placeholder: 'bytes' }),
  page: flag('a live page at the same port: streams, sessions, repairs, entries'),
  tokens: text('file', 'who may read: a token a line; read anew as it changes', undefined),
  source: choice('where updates come from', ['feed', 'system'], 'feed'),
  every: duration('with --source system: time between two samples', 1000),
  json: flag('events as JSON lines on stdout'),
};

export const serveFeed = defineVerb({
  name: 'serve',
  summary: 'publishes a feed of JSON lines to whoever watches',
  usage: '[file|-]',
  positionalsMin: 0,
  positionalsMax: 1,
  options,
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
      'With --tokens a replica has to show one of them (`watch --token-file`), and is asked again',
      'each minute: who shows one that is no longer there has to go. The live page takes its token',
      'from its address: http://host:port/#token=…',
    ].join('\n'),
    [
      'A file is committed at once, when all of it is read; with --rate or --loop, and of the',
      'standard input, it is each line by itself.',
    ].join('\n'),
    [
      'Lines that are refused are told on stderr with their number and counted; the rest goes',
      'on. The hub stays up after the end of the input; Ctrl-C or SIGTERM ends it: exit code 0, or',
      '1 where no line could be used. Then nothing was committed: replicas keep what they hold.',
    ].join('\n'),
  ],
  run: runServe,
});

type ServeRequest = Request<typeof options>;

async function runServe(request: ServeRequest): Promise<ExitCode> {
  const { values, terminal, interrupt } = request;
  const tally = newTally();
  const publish = await publisherOf(request, tally);
  const { port, host, page: dashboard } = values;
  const authorize = await authorizeBy(values.tokens);
  const hub = await serve({ port, host, dashboard, ...(authorize && { authorize }) });
  try {
    const target = hub.stream(values.stream);
    const url = `${hub.url}/${encodeURIComponent(values.stream)}`;
    const tell = (event: string, data: object, line: string): void => {
      if (values.json) terminal.print(JSON.stringify({ event, ...data }));
      else if (event === 'serving') terminal.print(line);
      else terminal.note(line);
    };
    const { pageUrl: page } = hub;
    const seen = page === undefined ? '' : `, page ${page}`;
    tell('serving', { url, page, stream: values.stream }, `serving ${url}${seen}`);
    const stopProgress = showProgress(terminal, () => progressText(tally, hub));
    await publish(target);
    stopProgress();
    // Sessions wait for a first commit: an input without updates is an empty collection. One of
    // which nothing could be used is none, and replicas keep what they hold.
    const isUseless = tally.refused > 0 && tally.applied + tally.unchanged === 0;
    if (target.version === 0 && !isUseless && !interrupt.requested) target.batch(() => {});
    const { version, size: entries } = target;
    const ending = interrupt.requested ? 'interrupted' : 'the input has ended';
    const summary = `${ending}: ${tallyText(tally)}; ${countOf(entries, 'entry', 'entries')}`;
    tell('input-ended', { ...tally, version, entries }, `${summary} at version ${version}`);
    await interrupt.wait();
    return isUseless ? ExitCode.failed : ExitCode.done;
  } finally {
    await hub.close({ drainMs: DRAIN_MS });
  }
}

/** Whoever shows one of the tokens in a file; undefined without a file. */
async function authorizeBy(path: string | undefined): Promise<Authorize | undefined> {
  if (path === undefined) return undefined;
  const tokens = new TokenFile(path);
  // What is wrong with it is told before anything listens.
  await tokens.first();
  return ({ token }) => tokens.has(token);
}

/** What publishes until its end or the interrupt; bad input is found before anything listens. */
async function publisherOf(
  { positionals, values, terminal, interrupt, stdin }: ServeRequest,
  tally: FeedTally,
): Promise<(target: ProducerCache) => Promise<void>> {
  const { signal } = interrupt;
  if (values.source === 'system') {
    const everyMs = checkedEvery(values.every);
    if (positionals.length > 0 || values.loop) {
      const what = 'a file, or --source system, not both';
      throw new DiffStreamError('bad-argument', what);
    }
    return (target) => {
      const source = new SystemSource();
      return publishSystem({ source, target, everyMs, signal, tally });
    };
  }
  const source = await openFeedSource(positionals[0] ?? '-', stdin);
  if (values.loop && !source.canRepeat) {
    throw new DiffStreamError('bad-argument', '--loop needs a file: this input comes only once');
  }
  const log = new ProblemLog(terminal);
  const isLoad = source.canRepeat && values.rate === 0 && !values.loop;
  return (target) => {
    const follow = (to: FeedTarget): Promise<void> =>
      publishFeed({
        ...{ source, target: to, signal, tally, keyName: values.key, loop: values.loop },
        lineBytesMax: values['line-bytes'],
        perSecond: values.rate,
        onProblem: (problem) => log.add(problem),
      });
    return isLoad ? load(follow, target, signal) : follow(target);
  };
}

/**
 * Commits all of a file at once, when it has been read: a hub that is started again would show its
 * replicas less than they hold already, until it has caught up with itself.
 */
async function load(
  follow: (to: FeedTarget) => Promise<void>,
  target: ProducerCache,
  signal: AbortSignal,
): Promise<void> {
  const { epoch } = target;
  const loading = new ProducerCache({ epoch, limits: { journalEntriesMax: 0, tombstonesMax: 0 } });
  await follow(loading);
  if (!signal.aborted && loading.version > 0) target.replaceAll(loading);
}

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
