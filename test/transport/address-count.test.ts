import { describe, expect, it } from 'vitest';
import { AddressCount } from '../../src/transport/address-count.ts';

/** Whether two addresses count as one. */
function isOne(a: string, b: string): boolean {
  const count = new AddressCount(1);
  expect(count.admit(a)).toBeDefined();
  return count.admit(b) === undefined;
}

describe('connections by address', () => {
  it('T3 count as one for one address, and for one network of IPv6', () => {
    for (const [a, b] of [
      ['192.0.2.1', '192.0.2.1'],
      ['192.0.2.1', '::ffff:192.0.2.1'],
      ['::FFFF:192.0.2.1', '192.0.2.1'],
      ['2001:db8::1', '2001:db8::ffff:1'],
      ['2001:db8::1', '2001:0db8:0000:0:5:6:7:8'],
      ['2001:DB8:1::', '2001:db8:1:0:1::'],
      ['fe80::1%eth0', 'fe80::2%eth1'],
      ['::1', '::2'],
      ['1:2:3:4:5:6:7:8', '1:2:3:4::'],
      ['', ''],
    ] as const) {
      expect([a, b, isOne(a, b)]).toEqual([a, b, true]);
    }
    for (const [a, b] of [
      ['192.0.2.1', '192.0.2.2'],
      ['192.0.2.1', '::192.0.2.1'],
      ['2001:db8::1', '2001:db8:0:1::1'],
      ['1:2:3:4:5:6:7:8', '1:2:3:5:5:6:7:8'],
      ['::1', '127.0.0.1'],
      ['', '::'],
    ] as const) {
      expect([a, b, isOne(a, b)]).toEqual([a, b, false]);
    }
  });

  it('T3 count until they end, and leave nothing behind', () => {
    const count = new AddressCount(2);
    const first = count.admit('192.0.2.1');
    const second = count.admit('192.0.2.1');
    expect(count.admit('192.0.2.1')).toBeUndefined();
    expect(count.admit('192.0.2.2')).toBeDefined();
    first?.();
    const third = count.admit('192.0.2.1');
    expect(third).toBeDefined();
    expect(count.admit('192.0.2.1')).toBeUndefined();
    second?.();
    third?.();
    expect(Reflect.get(count, 'counts')).toEqual(new Map([['192.0.2.2', 1]]));
  });
});
