/** The digest of each of the latest versions: a ring, so that it costs fixed memory. */
export class CommitDigests {
  readonly #digests: { readonly version: number; readonly digest: string }[] = [];
  readonly #capacity: number;

  /** @param capacity Versions remembered, some 100 bytes each. */
  constructor(capacity = 16_384) {
    this.#capacity = capacity;
  }

  record(version: number, digest: string): void {
    this.#digests[version % this.#capacity] = { version, digest };
  }

  /** Undefined for a version that is not remembered, or not committed yet. */
  at(version: number): string | undefined {
    const held = this.#digests[version % this.#capacity];
    return held?.version === version ? held.digest : undefined;
  }
}
