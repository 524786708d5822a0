import { causeText } from '../core/cause-text.ts';
import { DiffStreamError } from '../core/errors.ts';
import { printable } from './printable.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  EACCES: 'permission denied',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
};

/** Why a file cannot be written, in words where the system has only a code. */
export function cannotWrite(path: string, cause: unknown): DiffStreamError {
  const { code = '' } = Object(cause) as NodeJS.ErrnoException;
  const why = printable(REASONS[code] ?? causeText(cause));
  return new DiffStreamError('bad-input', `cannot write ${printable(path)}: ${why}`, { cause });
}
