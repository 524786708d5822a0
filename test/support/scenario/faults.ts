import type { Passing } from '../../protocol/session-rig.ts';
import type { Command } from './command.ts';
import { wholeNumber } from './command.ts';
import { kindOf } from './message-text.ts';

const FAULTS = ['drop', 'duplicate', 'corrupt', 'hold', 'swap'] as const;
type FaultName = (typeof FAULTS)[number];

/** Which messages: `frame` the first, `frame#3` the third, `frame#3-5`, `frame#3+`. */
interface Fault {
  readonly name: FaultName;
  readonly kind: string;
  readonly first: number;
  readonly last: number;
  readonly consumer: number | undefined;
  /** The byte that is damaged; undefined: the last. */
  readonly byte: number | undefined;
  seen: number;
}

function parseFault(name: FaultName, text: string, command: Command): Fault {
  const match = /^([a-z-]+)(?:#(\d+)(\+|-\d+)?)?$/.exec(text);
  if (match === null) throw new Error(`'${text}' does not say which messages`);
  const first = wholeNumber(match[2] ?? '1');
  const end = match[3] ?? `-${first}`;
  const last = end === '+' ? Number.POSITIVE_INFINITY : wholeNumber(end.slice(1));
  const consumer = command.numberOption('to');
  const byte = command.numberOption('byte');
  return { name, kind: match[1] ?? '', first, last, consumer, byte, seen: 0 };
}

/** The faults that a command asks for: `drop=frame#2+ corrupt=answer,head byte=9 to=1`. */
export function faultsOf(command: Command): Fault[] {
  return FAULTS.flatMap((name) => {
    const texts = command.option(name)?.split(',') ?? [];
    return texts.map((text) => parseFault(name, text, command));
  });
}

/** The line between hub and consumers; it does to messages what it is told, and tells. */
export class FaultyLine {
  /** Held back until `takeHeld`. */
  private held: Passing[] = [];
  /** Waiting to be overtaken by the next message of the same way. */
  private overtaken: Passing | undefined;
  private faults: Fault[] = [];

  /** From now on these faults and no others. What no other has overtaken is held. */
  set(faults: Fault[]): void {
    this.faults = faults;
    if (this.overtaken !== undefined) this.held.push(this.overtaken);
    this.overtaken = undefined;
  }

  takeHeld(): Passing[] {
    const { held } = this;
    this.held = [];
    return held;
  }

  /** What arrives of a message, and what happened to it in a word. */
  pass(passing: Passing): [arriving: Uint8Array[], fate: string] {
    const { bytes } = passing;
    const fault = this.faults.find((one) => applies(one, passing));
    switch (fault?.name) {
      case 'drop':
        return [[], 'is lost'];
      case 'duplicate':
        return [[bytes, bytes], 'is doubled'];
      case 'corrupt': {
        const at = Math.min(fault.byte ?? Number.POSITIVE_INFINITY, bytes.length - 1);
        return [[bytes.with(at, (bytes[at] as number) ^ 1)], `is damaged at byte ${at}`];
      }
      case 'hold':
        this.held.push(passing);
        return [[], 'is held'];
      case 'swap':
        this.overtaken = passing;
        return [[], 'will be overtaken'];
      default:
        return [this.withOvertaken(passing), ''];
    }
  }

  private withOvertaken({ way, consumer, bytes }: Passing): Uint8Array[] {
    const slow = this.overtaken;
    if (slow === undefined || slow.way !== way || slow.consumer !== consumer) return [bytes];
    this.overtaken = undefined;
    return [bytes, slow.bytes];
  }
}

function applies(fault: Fault, { way, consumer, bytes }: Passing): boolean {
  if (fault.consumer !== undefined && fault.consumer !== consumer) return false;
  if (kindOf(bytes, way) !== fault.kind) return false;
  fault.seen++;
  return fault.seen >= fault.first && fault.seen <= fault.last;
}
