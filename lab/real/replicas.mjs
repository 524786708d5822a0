// Replicas in a process of their own. They report what a reader sees: after each frame, at each
// change of status, and at times of their own choosing. What is right, the parent decides.
import { connect } from '../../dist/client/index.js';
import { answerRequests } from '../measure/measured-process.mjs';
import { monotonicMs } from '../measure/waiting.mjs';
import { fingerprintOf } from './fingerprint.mjs';

const LOOK_EVERY_MS = 50;
/** Of looks that find nothing new, one in so many is reported: status and age go on. */
const REPORTED_OF = 4;

/** What a reader of the replica sees now. */
function sight(replica) {
  const head = replica.head();
  return {
    epoch: head?.epoch,
    version: replica.version,
    name: fingerprintOf(replica),
    size: replica.size,
    status: replica.status,
    ageMs: replica.stats.ageMs,
    atMs: monotonicMs(),
  };
}

class Reporter {
  replica;
  /** [from, to, ms] of each frame, where lags are measured. */
  frames = [];
  #id;
  #last = '';
  #looks = 0;

  constructor(id, replica) {
    this.#id = id;
    this.replica = replica;
    replica.subscribe(({ from, to }) => {
      this.frames.push([from, to, monotonicMs()]);
      this.#report({ what: 'change', from, to });
    });
    replica.on('status', () => this.#report({ what: 'status' }));
    replica.on('error', ({ code }) => this.#report({ what: 'error', code }));
  }

  look(lateMs) {
    const seen = sight(this.replica);
    const { epoch, version, name, status } = seen;
    const brief = `${epoch} ${version} ${name} ${status}`;
    if (brief === this.#last && this.#looks++ % REPORTED_OF > 0) return;
    this.#last = brief;
    this.#report({ what: 'look', lateMs }, seen);
  }

  #report(told, seen = sight(this.replica)) {
    process.send({ report: { replica: this.#id, ...told, ...seen } });
  }
}

const reporters = [];
let dueMs = performance.now() + LOOK_EVERY_MS;
setInterval(() => {
  // How late this timer is tells whether the process has been asleep.
  const lateMs = performance.now() - dueMs;
  dueMs = performance.now() + LOOK_EVERY_MS;
  for (const reporter of reporters) reporter.look(lateMs);
}, LOOK_EVERY_MS);

answerRequests({
  join: ({ replica, url, session }) => {
    reporters.push(new Reporter(replica, connect(url, { session })));
  },
  frames: () => reporters.map((reporter) => reporter.frames.splice(0)),
});
