/** The machines, for those who bring their own I/O. */
export { CLOSE } from './close-code.ts';
export { describeMessage } from './describe.ts';
export type { DenseOptions } from './cohort.ts';
export type {
  Codec,
  FrameCoder,
  FrameCoderMaker,
  FrameDecoder,
  FrameDecoderMaker,
} from './frame-coder.ts';
export { decodeConsumerMessage } from './consumer-message-reader.ts';
export { decodeHubMessage } from './hub-message-reader.ts';
export { encodeMessage } from './message-codec.ts';
export { MESSAGE } from './message.ts';
export type {
  Ack,
  Answer,
  Compare,
  Comparison,
  ConsumerMessage,
  DenseMessage,
  FrameMessage,
  HeadMessage,
  Hello,
  HubMessage,
  Mend,
  MendedMessage,
  PartMessage,
  Refusal,
  Resume,
  Sums,
  Trust,
  WaitMessage,
} from './message.ts';
export type { Nonce } from './nonce.ts';
export type { Position } from './position.ts';
export { Publisher } from './publisher.ts';
export type { PublisherOutput } from './output.ts';
export type { Rung } from './answer-log.ts';
export type { PublisherCounters, SessionStatus } from './publisher-status.ts';
export { defaultSessionLimits } from './session-limits.ts';
export type { SessionLimits } from './session-limits.ts';
export { Subscriber } from './subscriber.ts';
export type { ChangeEvent, Status, SubscriberOutput } from './output.ts';
export type { Proof } from './proof.ts';
export type { SubscriberOptions } from './subscriber-options.ts';
export type { SubscriberStats } from './subscriber-stats.ts';
export type { Progress } from './snapshot-receiver.ts';
export type { SubscriberState } from './subscriber-state.ts';
export { inParts } from './transfer.ts';
export { PROTOCOL_VERSION } from './version.ts';
