/** Versions remembered on either side: some seconds of them at any pace a page can follow. */
const KEPT_MAX = 4096;

/** The outcome of holding two digests of one version against each other. */
export interface DigestProof {
  readonly version: number;
  readonly isEqual: boolean;
}

/**
 * What a replica computed as the digest of each version it passed, and what the hub said of the
 * versions it told of. Wherever both know a version, the two must be equal.
 */
export class DigestRecord {
  private readonly own = new Map<number, string>();
  private readonly told = new Map<number, string>();
  private epoch = '';
  /** The latest version that both knew. A difference stays until a later version is equal. */
  proof: DigestProof | undefined;

  /** What the replica has at a version. */
  passed(epoch: string, version: number, digest: string): void {
    this.begin(epoch);
    remember(this.own, version, digest);
    this.compare(version);
  }

  /** What the hub has at a version. Of an epoch that the replica has not met: not yet. */
  heard(epoch: string, version: number, digest: string): void {
    if (epoch !== this.epoch) return;
    remember(this.told, version, digest);
    this.compare(version);
  }

  private begin(epoch: string): void {
    if (epoch === this.epoch) return;
    this.epoch = epoch;
    this.own.clear();
    this.told.clear();
    this.proof = undefined;
  }

  private compare(version: number): void {
    const [own, told] = [this.own.get(version), this.told.get(version)];
    if (own === undefined || told === undefined) return;
    if (version >= (this.proof?.version ?? 0)) this.proof = { version, isEqual: own === told };
  }
}

function remember(digests: Map<number, string>, version: number, digest: string): void {
  digests.set(version, digest);
  for (const oldest of digests.keys()) {
    if (digests.size <= KEPT_MAX) return;
    digests.delete(oldest);
  }
}
