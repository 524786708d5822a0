/**
 * The time in ms of a clock that all processes of a machine share and that nobody sets: only
 * differences mean something.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
