// Plays the seeds it is told to.
import { parentPort, workerData } from 'node:worker_threads';
import { simulate } from '../../dist/testing/index.js';
import { summaryOf } from './tally.mjs';

// Refused messages are many here, and nobody reads where they were refused.
Error.stackTraceLimit = 0;

parentPort.on('message', (seeds) => {
  const all = seeds.map((seed) => {
    const report = simulate({ seed });
    return summaryOf(report, workerData.twice ? simulate({ seed }) : undefined);
  });
  parentPort.postMessage(all, []);
});
