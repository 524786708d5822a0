// A replica in a process of its own, through a counting proxy of its own if that is asked for.
// It keeps when each frame became visible.
import { connect } from '../../dist/client/index.js';
import { startCountingProxy } from './counting-proxy.mjs';
import { answerRequests } from './measured-process.mjs';
import { monotonicMs, until } from './waiting.mjs';

let replica;
let proxy;
let frames = [];
let progress = [];

/** Cuts the connection when so many bytes have come down, once. */
function cutAt(bytes) {
  let hasCut = false;
  proxy.passed = (connection) => {
    if (hasCut || connection.bytes.down < bytes) return;
    hasCut = true;
    connection.cut();
  };
}

answerRequests({
  connect: async ({ port, stream, session, cutAtBytes }) => {
    if (cutAtBytes !== undefined) {
      proxy = await startCountingProxy(port);
      if (cutAtBytes > 0) cutAt(cutAtBytes);
    }
    replica = connect(proxy?.url(`/${stream}`) ?? `ws://127.0.0.1:${port}/${stream}`, { session });
    replica.subscribe(({ from, to }) => frames.push([from, to, monotonicMs()]));
    progress = [];
    replica.on('progress', (step) => progress.push(step));
    await replica.ready;
    return replica.version;
  },
  version: () => replica.version,
  reach: async ({ version }) => {
    await until(() => replica.version >= version, `version ${version}`);
    return replica.version;
  },
  frames: () => {
    const taken = frames;
    frames = [];
    return taken;
  },
  report: () => ({
    size: replica.size,
    status: replica.status,
    stats: replica.stats,
    progress,
    connections: proxy?.connections.map(({ bytes }) => bytes) ?? [],
  }),
});
