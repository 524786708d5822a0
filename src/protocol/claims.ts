import type { ByteReader, ByteWriter } from '../core/bytes.ts';
import { ByteReader as Reader, ByteWriter as Writer } from '../core/bytes.ts';
import { malformed } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import type { TreeNode } from '../cache/digest-tree.ts';
import { isTreeNode } from '../cache/digest-tree.ts';
import type { Epoch } from '../cache/epoch.ts';
import type { FrameContent } from '../cache/frame-content.ts';
import { readFrameBody } from '../cache/frame-content.ts';
import type { Mending, NodeClaim } from '../cache/mending.ts';
import type { Nonce } from './nonce.ts';
import { readNonce, writeNonce } from './nonce.ts';

/** The bytes of what a comparison says: nodes, claims, and what is to be dropped. */

/** Nodes in one request: half a megabyte of digests. With more differences: start anew. */
export const NODES_MAX = 1024;

export function checkNode(node: TreeNode): void {
  if (!isTreeNode(node)) throw malformed(`there is no node ${node.index} of level ${node.level}`);
}

export function writeWords(out: ByteWriter, words: Uint32Array): void {
  for (const word of words) out.u32(word);
}

export function readWords(input: ByteReader, count: number): Uint32Array {
  if (count * 4 > input.remaining) throw malformed(`${count} words announced, too few bytes left`);
  const words = new Uint32Array(count);
  for (let i = 0; i < count; i++) words[i] = input.u32();
  return words;
}

/** Rising whole numbers: how many, then the steps between them. */
export function writeRising(out: ByteWriter, numbers: readonly number[]): void {
  out.varint(numbers.length);
  let last = -1;
  for (const number of numbers) {
    out.varint(number - last - 1);
    last = number;
  }
}

export function readRising(input: ByteReader): number[] {
  const count = input.varint();
  if (count > input.remaining) throw malformed(`${count} numbers announced, too few bytes left`);
  const numbers: number[] = [];
  let last = -1;
  for (let i = 0; i < count; i++) numbers.push((last += input.varint() + 1));
  if (!Number.isSafeInteger(last)) throw malformed('a number beyond 2^53 - 1');
  return numbers;
}

export function writeClaims(out: ByteWriter, claims: readonly NodeClaim[]): void {
  out.varint(claims.length);
  for (const { node, items } of claims) {
    out.varint(node.level);
    out.varint(node.index);
    out.varint(items.length / 2);
    writeWords(out, items);
  }
}

/** Claims for nodes that have nothing in common, so that no entry is looked at twice. */
export function readClaims(input: ByteReader): NodeClaim[] {
  const count = input.varint();
  if (count * 3 > input.remaining) throw malformed(`${count} claims announced, too few bytes left`);
  if (count > NODES_MAX) throw malformed(`${count} claims, more than ${NODES_MAX}`);
  const claims: NodeClaim[] = [];
  let last: TreeNode | undefined;
  for (let i = 0; i < count; i++) {
    const node = { level: input.varint(), index: input.varint() };
    checkNode(node);
    if (last !== undefined && (node.level !== last.level || node.index <= last.index)) {
      throw malformed('claims that are not of one level and rising');
    }
    last = node;
    claims.push({ node, items: readWords(input, input.varint() * 2) });
  }
  return claims;
}

/** The body of a `mended` message: nonce, numbers of dropped items, the frame's body. */
export function encodeMending(nonce: Nonce, { frame, dropped }: Mending): Uint8Array {
  const body = frame.body();
  const out = new Writer(body.length + 64);
  writeNonce(out, nonce);
  writeRising(out, dropped);
  out.bytes(body);
  return out.take();
}

/** A `mended` message as it was read. */
export interface Mended extends Omit<Mending, 'frame'> {
  readonly nonce: Nonce;
  readonly frame: FrameContent;
}

export function decodeMending(bytes: Uint8Array, epoch: Epoch, limits: Limits): Mended {
  const input = new Reader(bytes);
  const nonce = readNonce(input);
  const dropped = readRising(input);
  const frame = readFrameBody(bytes.subarray(input.position), epoch, limits);
  return { nonce, dropped, frame };
}
