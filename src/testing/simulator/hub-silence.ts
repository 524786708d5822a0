import type { ConsumerMessage } from '../../protocol/message.ts';
import { TYPE } from './onlooker.ts';

/** Heartbeats in which a hub says something to whoever waits for it, and reads. */
const HEARTBEATS = 2;

/**
 * How long a session has been left without a word, as an onlooker sees it. From its request on a
 * hub owes it one in each heartbeat, data or not: who hears nothing takes the hub for dead. It owes
 * none where its window is full, and in a comparison while it is the consumer's turn.
 */
export class HubSilence {
  private isOwed = false;
  private isComparing = false;
  private isOpen = true;
  /** The request that is answered, or will be. */
  private nonce = '';
  /** When the hub spoke last, or came to owe a word. */
  private sinceMs = 0;

  /** A message has come that can be read; a damaged one ends the session. */
  received(message: ConsumerMessage, nowMs: number): void {
    if (message.kind === 'ack') return;
    const nonce = message.nonce.join('.');
    if (message.kind === 'hello' || message.kind === 'resume') {
      // A repeat has been answered.
      if (nonce === this.nonce) return;
      this.nonce = nonce;
      this.isComparing = false;
    } else if (!this.isComparing || nonce !== this.nonce || message.kind !== 'mend') {
      return;
    }
    if (!this.isOwed) this.sinceMs = nowMs;
    this.isOwed = true;
  }

  /** Something of this type has been sent. */
  sent(type: number, nowMs: number): void {
    this.sinceMs = nowMs;
    if (type === TYPE.mended) this.isComparing = false;
  }

  /** An answer has been sent: with a comparison it is the consumer's turn. */
  answered(isComparing: boolean): void {
    this.isComparing = isComparing;
    this.isOwed = !isComparing;
  }

  /** Whether what has been sent leaves room for more. */
  flow(isOpen: boolean, nowMs: number): void {
    if (isOpen && !this.isOpen) this.sinceMs = nowMs;
    this.isOpen = isOpen;
  }

  /** Whether a word is overdue at the end of a tick of the hub's. */
  isTooLong(heartbeatMs: number, nowMs: number): boolean {
    return this.isOwed && this.isOpen && nowMs - this.sinceMs > HEARTBEATS * heartbeatMs;
  }
}
