// jsondiffpatch in two settings: elements of arrays matched by their content, which makes the
// smaller deltas, and by their position, its default, which is faster.
import { create } from 'jsondiffpatch';

function contestant(name, options) {
  return {
    name,
    context: true,
    open: () => {
      const differ = create({ ...options, cloneDiffValues: false });
      return {
        encode: (key, base, target) => {
          const delta = differ.diff(base, target);
          return Buffer.from(delta === undefined ? '[]' : JSON.stringify(delta));
        },
        decode: (key, base, bytes) => differ.patch(base, JSON.parse(bytes.toString())),
      };
    },
  };
}

export const byContent = contestant('jsondiffpatch', {
  objectHash: (element) => JSON.stringify(element),
});

export const byPosition = contestant('jsondiffpatch by position', {});
