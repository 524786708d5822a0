import { DiffStreamError, errorCodes } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { Refusal } from './message.ts';
import type { Proof } from './proof.ts';

/**
 * What a hub's refusal means here. Codes of a newer hub, and those that would lay the fault at the
 * door of this side's caller, are all `refused`.
 */
export function refusalError({ code, reason }: Refusal, { isRenewed }: Proof): DiffStreamError {
  const known = isRemote(code) ? code : 'refused';
  const details = known === 'unauthorized' && isRenewed ? { recovery: 'reconnect' as const } : {};
  return new DiffStreamError(known, `the hub refused: ${oneLine(reason)}`, details);
}

/** The other end chose the words: they must not end a line of a log. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, '?');
}

function isRemote(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code) && errorCodes[code as ErrorCode][1] === 'remote';
}
