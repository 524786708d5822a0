/** Bugs in what keeps the memories of dense frames alike at both ends. */
import { CollectionDigest } from '../../src/cache/collection-digest.ts';
import { Cohort } from '../../src/protocol/cohort.ts';
import { DenseReader } from '../../src/protocol/dense-reader.ts';
import type { PlantedBug } from './plant.ts';
import { bug, instead, together } from './plant.ts';

/** Private members are reached on purpose. */
type Method = Parameters<Parameters<typeof instead>[2]>[0];

export const bugsInDense: PlantedBug[] = [
  bug(
    'a reader of dense frames does not forget',
    'frames of another hub are taken for repeats',
    instead(DenseReader, 'forget', () => () => {}),
  ),
  bug(
    'who missed a dense frame stays in its group',
    'frames come that nobody there can read',
    instead(
      Cohort,
      'next',
      (own) =>
        function (session, keepsUp) {
          if (session.isDense && session.cursor > 0) session.group = this.group;
          return own.call(this, session, keepsUp);
        },
    ),
  ),
  bug(
    'a hub begins a group with what it had in mind',
    'no second group can be read',
    instead(
      Cohort,
      'begin',
      (own) =>
        function () {
          const { coder } = this;
          this.coder = undefined;
          own.call(this);
          this.coder = coder;
        },
    ),
  ),
  bug(
    'a reader begins a group with what it had in mind',
    'no second group can be read',
    instead(
      DenseReader,
      'read',
      (own) =>
        function (body, epoch, cache) {
          if (this.coder !== undefined) this.coder.reset = () => {};
          return own.call(this, body, epoch, cache);
        },
    ),
  ),
  bug(
    'a dense frame is coded for each who gets it',
    'the hub remembers more than was sent to anyone',
    instead(
      Cohort,
      'next',
      (own) =>
        function (session, keepsUp) {
          const { step } = this;
          const transfer = own.call(this, session, keepsUp);
          if (transfer !== undefined && transfer === step) {
            this.coder.encode(this.producer.frame(step.from).changes);
          }
          return transfer;
        },
    ),
  ),
  bug(
    'a dense frame is read wherever it stands in its group, and believed',
    'what comes after a lost frame is read by the wrong memory, and shown',
    () => {
      let right = 0;
      const note = (own: Method): Method =>
        function (...args) {
          return (right = own.apply(this, args) as number);
        };
      const believe = (own: Method): Method =>
        function (body, epoch, cache) {
          // Group, then index; both of one byte at first.
          if (this.next > 0 && body[1] < 0x80) this.next = body[1];
          const frame: unknown = own.call(this, body, epoch, cache);
          if (frame === undefined) return frame;
          return Object.defineProperty(frame, 'check', { get: () => right });
        };
      return together(
        instead(CollectionDigest, 'check', note),
        instead(DenseReader, 'read', believe),
      )();
    },
  ),
];
