/**
 * Units that all quotes of one message may make: a few bytes can bring as many as a patch may have,
 * and patches are many. What a writer makes is less, since looking for quotes takes it longer.
 */
const MESSAGE_UNITS_MAX = 1 << 20;

/** What the patches of one message share. */
export class QuoteBudget {
  unitsLeft = MESSAGE_UNITS_MAX;
}
