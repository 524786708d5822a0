// Large values with one shape: a tree whose nodes have at most 64 parts.

const WIDTH = 64;

function leaf(number) {
  return { id: number, name: `entry ${number}`, price: (number % 1000) / 100, open: true };
}

/** A tree of so many leaves, each about 60 bytes of JSON. */
export function largeValue(leaves) {
  let level = Array.from({ length: leaves }, (_, number) => leaf(number));
  while (level.length > WIDTH) {
    const above = [];
    for (let i = 0; i < level.length; i += WIDTH) above.push(level.slice(i, i + WIDTH));
    level = above;
  }
  return { parts: level };
}

/** The path of indices to a leaf. */
export function pathTo(value, number) {
  let node = value.parts;
  const size = (part) => (Array.isArray(part) ? part.reduce((sum, p) => sum + size(p), 0) : 1);
  const path = [];
  let left = number;
  while (Array.isArray(node)) {
    let at = 0;
    for (; at < node.length - 1; at++) {
      const inside = size(node[at]);
      if (left < inside) break;
      left -= inside;
    }
    path.push(at);
    node = node[at];
  }
  return path;
}

/** Changes the price of a leaf in place: of a plain value, or of a draft. */
export function setPrice(value, path, price) {
  let node = value.parts;
  for (const at of path) node = node[at];
  node.price = price;
}

/** A value with another price at a leaf, sharing everything else, as reducers make it. */
export function withPrice(value, path, price) {
  const next = { ...value, parts: [...value.parts] };
  let node = next.parts;
  for (const at of path.slice(0, -1)) {
    node[at] = [...node[at]];
    node = node[at];
  }
  const last = path.at(-1);
  node[last] = { ...node[last], price };
  return next;
}
