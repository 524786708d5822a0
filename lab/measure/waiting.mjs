const PATIENCE_MS = 60_000;

export function pause(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Looks again and again until it holds; says what never did. */
export async function until(condition, what, patienceMs = PATIENCE_MS) {
  const deadlineMs = performance.now() + patienceMs;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`never: ${what}`);
    await pause(2);
  }
}

/** Milliseconds of the machine's monotonic clock: comparable between its processes. */
export function monotonicMs() {
  return Number(process.hrtime.bigint()) / 1e6;
}
