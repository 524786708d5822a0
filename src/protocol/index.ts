/** The machines, for those who bring their own I/O. */
export { CLOSE } from './close-code.ts';
export { describeMessage } from './describe.ts';
export { decodeConsumerMessage, decodeHubMessage, encodeMessage, MESSAGE } from './message.ts';
export type {
  Ack,
  Answer,
  ConsumerMessage,
  FrameMessage,
  HeadMessage,
  Hello,
  HubMessage,
  Nonce,
  PartMessage,
  Refusal,
  Resume,
  WaitMessage,
} from './message.ts';
export type { Position } from './position.ts';
export { Publisher } from './publisher.ts';
export type { PublisherCounters, PublisherOutput, SessionStatus } from './publisher.ts';
export { defaultSessionLimits } from './session-limits.ts';
export type { SessionLimits } from './session-limits.ts';
export { Subscriber } from './subscriber.ts';
export type {
  ChangeEvent,
  Status,
  SubscriberOptions,
  SubscriberOutput,
  SubscriberState,
  SubscriberStats,
} from './subscriber.ts';
export { PROTOCOL_VERSION } from './version.ts';
