import { durationText } from '../../core/duration.ts';
import { workloadKind } from '../workload/roster.ts';
import { defaultRun } from './experiment.ts';
import type { RunSettings } from './experiment.ts';
import { networkArgument } from './read-network.ts';

/** A word of a shell, quoted where it has to be. */
export function shellWord(text: string): string {
  return /^[\w./:=,+@%-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The command that repeats one run: with simulated ones, to the last figure. */
export function commandFor(settings: RunSettings, isReal: boolean): string {
  const { workload, trace, size, change, codec, network, consumers, slow, rate } = settings;
  const kind = workloadKind(workload);
  const source =
    trace === undefined
      ? ['--workload', workload]
      : ['--trace', trace.path, ...differing('--key', trace.keyName, defaultRun.keyName)];
  const words = [
    ...['diffstream', 'lab', ...source],
    ...(kind === undefined ? [] : differing('--size', size, kind.size.initial)),
    ...(kind === undefined ? [] : differing('--change', change, kind.change.initial)),
    ...['--codec', codec, '--network', networkArgument(network)],
    ...['--consumers', consumers, ...differing('--slow', slow, defaultRun.slow)],
    ...['--rate', rate, '--for', durationText(settings.forMs), '--seed', settings.seed],
    ...(isReal ? ['--real'] : []),
  ];
  return words.map((one) => shellWord(String(one))).join(' ');
}

function differing<T>(option: string, value: T, initial: T): (string | T)[] {
  return value === initial ? [] : [option, value];
}
