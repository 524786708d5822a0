/**
 * Connections by who they come from: an address of IPv4, or the 64 bits of one of IPv6 that name a
 * network (RFC 4291 §2.5.4), since the rest is any host's to choose.
 */
export class AddressCount {
  private readonly max: number;
  private readonly counts = new Map<string, number>();

  constructor(max: number) {
    this.max = max;
  }

  /** Counts one; undefined where there are too many, otherwise what ends it, to be called once. */
  admit(address: string): (() => void) | undefined {
    const network = networkOf(address);
    const count = this.counts.get(network) ?? 0;
    if (count >= this.max) return undefined;
    this.counts.set(network, count + 1);
    return () => {
      const left = (this.counts.get(network) ?? 0) - 1;
      if (left > 0) this.counts.set(network, left);
      else this.counts.delete(network);
    };
  }
}

function networkOf(address: string): string {
  const bare = address.replace(/%.*$/s, '').toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  if (!bare.includes(':')) return bare;
  const [head = '', tail = ''] = bare.split('::', 2);
  const before = head === '' ? [] : head.split(':');
  const behind = tail === '' ? [] : tail.split(':');
  const zeros = bare.includes('::') ? Math.max(0, 8 - before.length - behind.length) : 0;
  const words = [...before, ...Array.from({ length: zeros }, () => '0'), ...behind];
  return `${words
    .slice(0, 4)
    .map((word) => word.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
