import type { ErrorCode } from '../core/errors.ts';

/** What the process says when it ends. */
export const ExitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  network: 3,
  fault: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** For `--help`. */
export const exitCodeMeanings: Readonly<Record<keyof typeof ExitCode, string>> = {
  done: 'done; of demo: every replica is equal to the producer; of lab: promises kept',
  failed:
    'a replica differs, a promise was broken, or something could not be read, decoded or written',
  usage: 'wrong usage: an unknown verb or option, or a value out of range',
  network: 'could not listen or connect: port in use, unreachable, refused, timed out',
  fault: 'a fault in diffstream itself',
  interrupted: 'interrupted before it was done',
};

const codes: Partial<Record<ErrorCode, ExitCode>> = {
  'bad-argument': ExitCode.usage,
  'address-in-use': ExitCode.network,
  'missing-dependency': ExitCode.network,
  'unknown-stream': ExitCode.network,
  unauthorized: ExitCode.network,
  'unsupported-protocol': ExitCode.network,
  refused: ExitCode.network,
  unreachable: ExitCode.network,
  timeout: ExitCode.network,
  aborted: ExitCode.interrupted,
};

/** The exit code for an error that ends the command. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  return codes[code] ?? ExitCode.failed;
}
