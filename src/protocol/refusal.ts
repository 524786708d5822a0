import { DiffStreamError, errorCodes } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { Refusal } from './message.ts';
import type { Proof } from './proof.ts';

/** What a hub's refusal means here; codes of a newer hub are all `refused`. */
export function refusalError({ code, reason }: Refusal, { isRenewed }: Proof): DiffStreamError {
  const known = Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : 'refused';
  const details = known === 'unauthorized' && isRenewed ? { recovery: 'reconnect' as const } : {};
  return new DiffStreamError(known, `the hub refused: ${reason}`, details);
}
