// Attackers in a process of their own. Each message is followed by a ping, so that its fate is
// known: the hub closes, or it answers the ping and has ignored or served the message.
import { connect as connectTcp } from 'node:net';
import { WebSocket } from 'ws';
import { encodeMessage } from '../../dist/protocol/index.js';
import { SeededRandom } from '../../dist/testing/index.js';
import { answerRequests } from '../measure/measured-process.mjs';
import { hostileMessage } from './mutations.mjs';
import { record } from './recording.mjs';

const RECORDINGS = 4;
/** More than a consumer may send in a second. */
const FLOOD = 200;
const FLOODS = 0.001;
/** Of connections that are attacked below the messages. */
const RAW_SHARE = 0.05;
const MESSAGES_OF_A_SESSION = 6;
/** Neither answered nor closed for so long, in ms: what must not be. */
const UNANSWERED_MS = 15_000;
const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
];

let recording;
let target;
let sent = 0;
const outcome = { messages: {}, closes: {}, ignored: 0, connections: 0, unanswered: 0 };

function count(sums, name, by = 1) {
  sums[name] = (sums[name] ?? 0) + by;
}

/** What comes next of these events, or silence. */
function next(socket, names) {
  return new Promise((resolve) => {
    const done = (name, value) => {
      clearTimeout(timer);
      for (const [event, hear] of listeners) socket.off(event, hear);
      resolve([name, value]);
    };
    const timer = setTimeout(() => done('silence'), UNANSWERED_MS);
    const listeners = names.map((name) => [name, (value) => done(name, value)]);
    for (const [event, hear] of listeners) socket.on(event, hear);
  });
}

function told([event, code]) {
  if (event === 'close') count(outcome.closes, code);
  else if (event === 'pong') outcome.ignored++;
  else outcome.unanswered++;
  return event === 'pong';
}

async function session(random) {
  const socket = new WebSocket(target.url);
  socket.on('error', () => {});
  const [event] = await next(socket, ['open', 'close']);
  if (event !== 'open') throw new Error('the hub turns everyone away');
  // Half of them are let in first.
  if (random.chance(0.5)) socket.send(recording.pick(random, 'hello'));
  if (random.chance(FLOODS)) await flood(socket);
  for (let i = 1 + random.below(MESSAGES_OF_A_SESSION); i > 0; i--) {
    if (socket.readyState !== WebSocket.OPEN) break;
    const { name, data } = hostileMessage(random, recording);
    const answer = next(socket, ['pong', 'close']);
    socket.send(data);
    socket.ping();
    sent++;
    count(outcome.messages, name);
    if (!told(await answer)) break;
  }
  if (random.chance(0.5)) socket.terminate();
  else socket.close();
}

async function flood(socket) {
  const answer = next(socket, ['close']);
  const nothing = encodeMessage({ kind: 'ack', bytes: 0, version: 0 });
  for (let i = 0; i < FLOOD; i++) socket.send(nothing);
  sent += FLOOD;
  count(outcome.messages, 'flood', FLOOD);
  told(await answer);
}

/** Bytes that are no WebSocket, or a broken one: the hub hangs up, or the attacker does. */
const RAW = {
  'half a handshake': (random, request) => request.slice(0, random.below(request.length)),
  'no handshake': (random) => Buffer.from(Array.from({ length: 200 }, () => random.below(256))),
  'frame of a huge length': (_random, request) =>
    Buffer.concat([Buffer.from(request), Buffer.of(0x82, 0xff, 0x7f, 255, 255, 255, 255)]),
  'frame without a mask': (_random, request) =>
    Buffer.concat([Buffer.from(request), Buffer.of(0x82, 2, 1, 2)]),
  'frame of no known kind': (_random, request) =>
    Buffer.concat([Buffer.from(request), Buffer.of(0xff, 0x82, 0, 0, 0, 0, 1, 2)]),
};

async function raw(random) {
  const { hostname, port, pathname } = new URL(target.url);
  const request = [`GET ${pathname} HTTP/1.1`, `Host: ${hostname}`, ...UPGRADE, '', ''];
  const name = random.pick(Object.keys(RAW));
  const socket = connectTcp(Number(port), hostname);
  socket.on('error', () => {});
  socket.resume();
  const closed = new Promise((resolve) => {
    socket.once('close', resolve);
  });
  socket.write(RAW[name](random, request.join('\r\n')));
  sent++;
  count(outcome.messages, name);
  // A short patience: half of what is sent here waits for its other half.
  setTimeout(() => socket.destroy(), random.below(300));
  await closed;
}

async function attack(random, messages) {
  while (sent < messages) {
    outcome.connections++;
    await (random.chance(RAW_SHARE) ? raw(random) : session(random));
  }
}

answerRequests({
  record: async ({ url }) => {
    recording = await record(url, RECORDINGS);
    return { kinds: recording.kinds, missing: recording.missing };
  },
  attack: async ({ url, messages, attackers, seed }) => {
    target = { url };
    const random = new SeededRandom(seed);
    const all = Array.from({ length: attackers }, (_, i) => random.fork(`attacker ${i}`));
    await Promise.all(all.map((own) => attack(own, messages)));
    return { ...outcome, sent };
  },
});
