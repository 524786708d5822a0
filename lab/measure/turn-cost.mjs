// What one turn costs a publisher with C consumers at the same cursor and k changes: counted,
// not timed. Every use of the producer by the publisher is counted too, so that work which
// grows with C times k cannot hide.
import { option } from '../../scripts/tool-call.mjs';
import { exactly } from './figures.mjs';
import { acknowledgement, firstHello, newProducer, newPublisher, obey } from './publisher-rig.mjs';

/** The producer as the publisher sees it, and how often it looked. */
function watched(producer) {
  const seen = { uses: 0, frames: 0, bodies: 0 };
  const watchFrame = (frame) => {
    seen.frames++;
    const body = frame.body.bind(frame);
    frame.body = () => {
      seen.bodies++;
      return body();
    };
    return frame;
  };
  const proxy = new Proxy(producer, {
    get: (target, name) => {
      seen.uses++;
      const value = target[name];
      if (typeof value !== 'function') return value;
      if (name === 'frame') return (from) => watchFrame(target.frame(from));
      return value.bind(target);
    },
  });
  return { proxy, seen };
}

/** One turn: C sessions that have everything, then k changes, then the flush. */
function turn(consumers, changes) {
  const producer = newProducer();
  producer.batch((tx) => {
    for (let key = 0; key < changes; key++) tx.set(key, { key, n: 0, text: 'as it was' });
  });
  const { proxy, seen } = watched(producer);
  const publisher = newPublisher(proxy);
  const sent = new Map();
  const count = (outputs) =>
    obey(publisher, outputs, ({ session, bytes }) =>
      sent.set(session, (sent.get(session) ?? 0) + bytes.length),
    );
  for (let id = 1; id <= consumers; id++) {
    publisher.open(id, 0);
    count(publisher.receive(id, firstHello(id), 0));
  }
  for (const [id, bytes] of [...sent]) count(publisher.receive(id, acknowledgement(bytes, 1), 0));

  for (let key = 0; key < changes; key++) producer.set(key, { key, n: 1, text: 'as it is' });
  const before = { ...publisher.counters };
  Object.assign(seen, { uses: 0, frames: 0, bodies: 0 });
  const outputs = publisher.flush();
  const { counters } = publisher;
  return {
    diffs: seen.frames,
    encodes: seen.bodies,
    framesEncoded: counters.framesEncoded - before.framesEncoded,
    writes: outputs.filter(({ kind }) => kind === 'send').length,
    buffers: new Set(outputs.map(({ bytes }) => bytes)).size,
    uses: seen.uses,
  };
}

/** Numbers with commas, which stay the text that they are. */
function readNumbers(given, what) {
  for (const text of given.split(',')) option.count.read(text, what);
  return given;
}

/** Equal for every k, or all that was found. */
function only(values) {
  const different = [...new Set(values)];
  return different.length === 1 ? different[0] : different.join(', ');
}

function run({ consumers, changes }) {
  const sizes = changes.split(',').map(Number);
  const figures = consumers.split(',').flatMap((text) => {
    const count = Number(text);
    const turns = sizes.map((size) => turn(count, size));
    const all = (name) => only(turns.map((result) => result[name]));
    return [
      exactly(`C=${text}: diffs from the journal`, all('diffs'), 1),
      exactly(`C=${text}: frames encoded`, all('encodes'), 1),
      exactly(`C=${text}: frames encoded, as the publisher counts`, all('framesEncoded'), 1),
      exactly(`C=${text}: buffers`, all('buffers'), 1),
      exactly(`C=${text}: writes`, all('writes'), count),
      exactly(
        `C=${text}: uses of the producer for each consumer, rounded`,
        only(turns.map(({ uses }) => Math.floor(uses / count))),
        Math.floor(turns[0].uses / count),
      ),
    ];
  });
  return { figures, notes: ['each line holds for every k, or shows what was found for each'] };
}

export const command = {
  shows: 'the cost of a turn: one diff, one encode, a write for each consumer',
  options: {
    consumers: {
      value: '1,10,100,1000',
      read: readNumbers,
      what: 'numbers of consumers at the same cursor',
    },
    changes: {
      value: '1,10,100',
      read: readNumbers,
      what: 'numbers of entries changed in the turn',
    },
  },
  run,
};
