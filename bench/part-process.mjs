// One feed or row in a process of its own, so that none has its code warmed or spoilt by another.
import { runPart } from './selection.mjs';

/** The parent hears of progress at most so often. */
const EVERY_MS = 200;

async function play({ name, settings }) {
  let toldMs = 0;
  const outcome = await runPart(name, settings, (share) => {
    const nowMs = performance.now();
    if (nowMs - toldMs < EVERY_MS) return;
    toldMs = nowMs;
    process.send({ share });
  });
  process.send({ outcome }, () => process.disconnect());
}

process.once('message', (work) => void play(work));
