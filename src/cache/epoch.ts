import { DiffStreamError } from '../core/errors.ts';
import type { ByteReader, ByteWriter } from '../core/bytes.ts';
import { hex32 } from '../core/hash.ts';

/**
 * Who may write. A producer has one epoch from its start to its end; the larger term wins,
 * and the random incarnation tells two producers apart that took the same term.
 */
export interface Epoch {
  /** A whole number below 2^53; the start time in milliseconds where nothing better is at hand. */
  readonly term: number;
  /** 16 hexadecimal digits, random. */
  readonly incarnation: string;
}

/** `same` content of authority, `older`, `newer`, or two writers with equal terms. */
export type EpochOrder = 'same' | 'older' | 'newer' | 'conflict';

const INCARNATION = /^[0-9a-f]{16}$/;

/** `term.incarnation`: the form in which an epoch appears in tokens and heads. */
export function epochText(epoch: Epoch): string {
  return `${epoch.term}.${epoch.incarnation}`;
}

/** `bad-argument` for what is not an epoch's text. */
export function parseEpoch(text: string): Epoch {
  const dot = text.indexOf('.');
  const term = Number(text.slice(0, dot));
  const incarnation = text.slice(dot + 1);
  const wellFormed = /^(0|[1-9]\d*)$/.test(text.slice(0, Math.max(dot, 0)));
  if (!wellFormed || !Number.isSafeInteger(term) || !INCARNATION.test(incarnation)) {
    throw new DiffStreamError(
      'bad-argument',
      `'${text}' is not an epoch; it looks like '1795305600000.9f3c2a1b00d4e5f6'`,
    );
  }
  return { term, incarnation };
}

/**
 * How `other` stands to `own`.
 *
 * Modelled in models/resume.pml.
 */
export function compareEpochs(own: Epoch, other: Epoch): EpochOrder {
  if (other.term !== own.term) return other.term > own.term ? 'newer' : 'older';
  return other.incarnation === own.incarnation ? 'same' : 'conflict';
}

export function writeEpoch(writer: ByteWriter, epoch: Epoch): void {
  writer.varint(epoch.term);
  for (let i = 0; i < 16; i += 2) {
    writer.byte(Number.parseInt(epoch.incarnation.slice(i, i + 2), 16));
  }
}

export function readEpoch(reader: ByteReader): Epoch {
  const term = reader.varint();
  let incarnation = '';
  for (let i = 0; i < 8; i++) incarnation += reader.byte().toString(16).padStart(2, '0');
  return { term, incarnation };
}

/** The two words of an incarnation, for hashing. */
export function incarnationWords(epoch: Epoch): readonly [number, number] {
  return [
    Number.parseInt(epoch.incarnation.slice(0, 8), 16) | 0,
    Number.parseInt(epoch.incarnation.slice(8), 16) | 0,
  ];
}

/**
 * What of an epoch a stand-alone message carries, in six bytes: the term's low 40 bits and
 * one byte of the incarnation. Terms are compared around the circle, so with milliseconds
 * the order is right within 17 years either way; small numbers used as terms keep theirs.
 */
export type EpochTag = number;

const TERM_RANGE = 2 ** 40;
const TAG_BYTES = 6;

export function epochTag(epoch: Epoch): EpochTag {
  return (epoch.term % TERM_RANGE) * 256 + Number.parseInt(epoch.incarnation.slice(0, 2), 16);
}

/** A tag as 12 hexadecimal digits: the epoch of a token that came by a stand-alone message. */
export function tagText(tag: EpochTag): string {
  return tag.toString(16).padStart(12, '0');
}

/** Whether a token's epoch, in full or as a tag, names this epoch. */
export function namesEpoch(text: string, epoch: Epoch): boolean {
  return text === epochText(epoch) || text === tagText(epochTag(epoch));
}

/** The tag of an epoch given in full or as a tag; undefined for what is neither. */
export function tagNamedBy(text: string): EpochTag | undefined {
  if (/^[0-9a-f]{12}$/.test(text)) return Number.parseInt(text, 16);
  try {
    return epochTag(parseEpoch(text));
  } catch {
    return undefined;
  }
}

export function compareTags(own: EpochTag, other: EpochTag): EpochOrder {
  if (own === other) return 'same';
  const ownTerm = Math.floor(own / 256);
  const otherTerm = Math.floor(other / 256);
  if (ownTerm === otherTerm) return 'conflict';
  const ahead = (otherTerm - ownTerm + TERM_RANGE) % TERM_RANGE;
  return ahead < TERM_RANGE / 2 ? 'newer' : 'older';
}

export function writeTag(writer: ByteWriter, tag: EpochTag): void {
  let rest = tag;
  for (let i = 0; i < TAG_BYTES; i++) {
    writer.byte(rest % 256);
    rest = Math.floor(rest / 256);
  }
}

export function readTag(reader: ByteReader): EpochTag {
  let tag = 0;
  for (let i = 0, scale = 1; i < TAG_BYTES; i++, scale *= 256) tag += reader.byte() * scale;
  return tag;
}

/** Checks an epoch given by a caller, as text or in its parts. */
export function checkEpoch(epoch: Epoch | string): Epoch {
  return parseEpoch(typeof epoch === 'string' ? epoch : epochText(epoch));
}

/** 16 hexadecimal digits of two random 32-bit words. */
export function incarnationOf(words: readonly [number, number]): string {
  return hex32(words[0]) + hex32(words[1]);
}
