/** Who may join a group of dense frames, and for whom one ends. */
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../src/core/limits.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import { Publisher } from '../../src/protocol/publisher.ts';
import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import { EmptyCoder, HubAlone, placeIn } from './dense-rig.ts';
import { HELLO, newProducer } from './session-rig.ts';

const FRAME = MESSAGE.frame.toString(16);

describe('A group of dense frames', () => {
  it('S18 S19 does not end for who takes no dense frames, or has said nothing yet', () => {
    const hub = new HubAlone('dense', { heartbeatMs: 500, helloTimeoutMs: 1e9 });
    hub.open(1);
    hub.turn();
    hub.open(2, { dense: false });
    hub.publisher.open(3, hub.nowMs);
    for (let n = 1; n <= 3; n++) {
      hub.pass(6000);
      expect(hub.turn()).toEqual([`1/${n}`, FRAME]);
    }
    hub.open(4);
    expect(hub.turn()).toEqual(['1/4', FRAME, FRAME]);
    hub.pass(600);
    expect(hub.turn()).toEqual(['2/0', FRAME, '2/0']);
  });

  it('S19 is joined by who has been there for so long, and not before', () => {
    const producer = newProducer();
    producer.set('row', { key: 'row', n: 0 });
    const limits = resolveSessionLimits({ heartbeatMs: 1000, idleTimeoutMs: 1e9 });
    const publisher = new Publisher(producer, limits, {
      ...{ codec: 'dense', makeCoder: () => new EmptyCoder(), limits: defaultLimits },
      settleMs: 3000,
    });
    publisher.open(1, 500);
    publisher.receive(1, encodeMessage({ ...HELLO, dense: true }), 500);
    const turn = (n: number): string[] => {
      producer.set('row', { key: 'row', n });
      return publisher
        .flush()
        .flatMap((output) => (output.kind === 'send' ? [placeIn(output.bytes)] : []));
    };
    expect(turn(1)).toEqual([FRAME]);
    // The hub hears the time by its heartbeats, the first of which is due at 1,500.
    const places = [1500, 2500, 3499, 3500].map((nowMs, i) => {
      publisher.tick(nowMs);
      return turn(2 + i);
    });
    expect(places).toEqual([[FRAME], [FRAME], [FRAME], ['1/0']]);
  });
});
