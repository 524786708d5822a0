import { describe, expect, it } from 'vitest';

import { ValueSplitter } from '../../src/analysis/value-splitter.ts';

/** The values of a text that comes in pieces of this size, and whether it could end there. */
function split(text: string, depth: 0 | 1, size: number, bytesMax = 1000): [unknown[], boolean] {
  const splitter = new ValueSplitter(depth, bytesMax);
  const bytes = Buffer.from(text);
  const values = [];
  for (let at = 0; at < bytes.length; at += size) {
    values.push(...splitter.push(bytes.subarray(at, at + size)));
  }
  values.push(...splitter.end());
  const texts = values.map((each) => each.bytes?.toString() ?? each.number);
  return [texts, splitter.isWhole];
}

describe('values are cut out of a text', () => {
  it.each([1, 2, 3, 7, 1000])('in pieces of %i bytes', (size) => {
    const elements = ['{"a":[1,"]}\\""]}', '5', '"x,\\"]"', '[1,{}]', 'null', '"夜"'];
    const array = ` [ ${elements.join(' ,\n')} ]\n`;
    expect(split(array, 1, size)).toEqual([elements, true]);
    const objects = ['{"a":\n 1}', '{"b":"}{"}', '[1,2]', '{"c":{}}'];
    expect(split(objects.join('\n'), 0, size)).toEqual([objects, true]);
    expect(split(objects.join(''), 0, size)).toEqual([objects, true]);
  });

  it('and what ends in the middle is told', () => {
    expect(split('[{"a":1},{"b":', 1, 4)).toEqual([['{"a":1}'], false]);
    expect(split('[{"a":1}, 2', 1, 4)).toEqual([['{"a":1}'], false]);
    expect(split('{"a":"', 0, 4)).toEqual([[], false]);
    expect(split('[]', 1, 4)).toEqual([[], true]);
  });

  it('one that is too long is dropped, and the next is whole', () => {
    const long = `"${'x'.repeat(50)}"`;
    expect(split(`[1,${long},{"a":2}]`, 1, 5, 20)).toEqual([['1', 2, '{"a":2}'], true]);
  });
});
