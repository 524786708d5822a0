import { causeText } from '../core/cause-text.ts';
import { DiffStreamError } from '../core/errors.ts';
import { printable } from './printable.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  EACCES: 'permission denied',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
};

/**
 * Why a file cannot be written, in words where the system has only a code; `option` is what it was
 * given by, where that is not plain.
 */
export function cannotWrite(path: string, cause: unknown, option?: string): DiffStreamError {
  const { code = '' } = Object(cause) as NodeJS.ErrnoException;
  const why = printable(REASONS[code] ?? causeText(cause));
  const what = `${option === undefined ? '' : `${option}: `}cannot write ${printable(path)}`;
  return new DiffStreamError('bad-input', `${what}: ${why}`, { cause });
}
