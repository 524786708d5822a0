/** The fuzzer itself: that it finds what there is to find, and nothing in the library. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Target } from '../fuzz/check.mjs';
import { Broken } from '../fuzz/check.mjs';
import { Engine } from '../fuzz/engine.mjs';
import { COUNTERS, withCounters } from '../fuzz/instrument.mjs';
import { varint } from '../fuzz/mutator.mjs';
import { SeededRandom } from '../src/testing/seeded-random.ts';

const FUZZ = fileURLToPath(new URL('../fuzz/fuzz.mjs', import.meta.url));

function fuzz(...args: readonly string[]): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [FUZZ, ...args], (error, stdout) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout });
    });
  });
}

/** Fails where two marks stand behind each other, as a careless decoder might. */
const careless: Target = {
  name: 'careless',
  lengthMax: 32,
  tokens: [],
  seeds: [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
  run: (bytes) => {
    const at = bytes.indexOf(0x88);
    if (at >= 0 && bytes[at + 1] === 0x88) throw new TypeError(`no shape at ${at}`);
    if (bytes.length > 30) throw new Broken('too long');
    return at >= 0;
  },
};

function found(seed: string): { what: string; hex: string }[] {
  const engine = new Engine(careless, new SeededRandom(seed), []);
  engine.run(60_000);
  return engine.findings.map(({ what, bytes }) => ({
    what,
    hex: Buffer.from(bytes).toString('hex'),
  }));
}

describe('the fuzzer', () => {
  it('finds each kind of failure once, and makes its input as short as it can', () => {
    const findings = found('1').sort((a, b) => a.hex.length - b.hex.length);
    expect(findings).toHaveLength(2);
    expect(findings[0]).toMatchObject({ hex: '8888' });
    expect(findings[0]?.what).toMatch(/^TypeError: no shape at N/);
    expect(findings[1]).toEqual({ what: 'too long', hex: '00'.repeat(31) });
  });

  it('finds the same with the same seed', () => {
    expect(found('2')).toEqual(found('2'));
  });

  it('counts branches, also those without braces, and leaves the outcome as it is', async () => {
    const source = `export function f(n) {
      let s = 0;
      for (let i = 0; i < n; i++) if (i % 2) s += i; else s -= 1;
      switch (n) { case 3: s += 100; break; default: }
      return n > 2 && (s > 0 ? s : -s) || (() => ({ s }))().s;
    }`;
    const { text, next } = withCounters(source, 5);
    const counters = new Uint32Array(next);
    Object.assign(globalThis, { [COUNTERS]: counters });
    const url = `data:text/javascript,${encodeURIComponent(text)}`;
    const made = (await import(url)) as { f: (n: number) => number };
    expect([3, 2, 0].map((n) => made.f(n))).toEqual([99, 0, 0]);
    expect(counters.slice(0, 5).every((count) => count === 0)).toBe(true);
    expect(counters[5]).toBe(3);
    expect(counters[6]).toBe(5);
  });

  it('writes numbers as the wire has them', () => {
    expect([...varint(0), ...varint(127), ...varint(300)]).toEqual([0, 127, 0xac, 2]);
  });

  it('C4 S9 finds nothing in any target in a short run, and says so', async () => {
    const { code, stdout } = await fuzz('--executions', '30000', '--seed', String(Date.now()));
    expect(stdout).toMatch(/\n0 findings\n$/);
    expect(code).toBe(0);
  });

  it('takes one input again', async () => {
    const again = await fuzz('--target', 'value', '--input', '00a2fb09');
    expect(again).toEqual({ code: 0, stdout: 'value: accepted, as it should be\n' });
  });
});
