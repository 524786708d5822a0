// The text of every value at both ends, for those who work on texts. Kept, not made again at each
// update: a sender that has sent a text can keep it.

class TextMemory {
  #sent = new Map();
  #received = new Map();

  create(key, value) {
    const text = Buffer.from(JSON.stringify(value));
    this.#sent.set(key, text);
    this.#received.set(key, text);
    return text;
  }

  resync(key, value) {
    this.#received.set(key, Buffer.from(JSON.stringify(value)));
  }

  remove(key) {
    this.#sent.delete(key);
    this.#received.delete(key);
  }

  /** The previous text, and the present one, which takes its place. */
  send(key, value) {
    const text = Buffer.from(JSON.stringify(value));
    const previous = this.#sent.get(key);
    this.#sent.set(key, text);
    return { previous, text };
  }

  held(key) {
    return this.#received.get(key);
  }

  receive(key, text) {
    this.#received.set(key, text);
    return JSON.parse(text.toString());
  }
}

/**
 * Both ends of one who makes bytes of two texts, and a text of a text and bytes; `packAlone` makes
 * bytes of a text that has no previous one.
 */
export function overTexts({ pack, unpack, packAlone }) {
  const memory = new TextMemory();
  return {
    create: (key, value) => {
      const text = memory.create(key, value);
      return packAlone?.(text);
    },
    resync: (key, value) => memory.resync(key, value),
    remove: (key) => memory.remove(key),
    encode: (key, base, target) => {
      const { previous, text } = memory.send(key, target);
      return pack(previous, text);
    },
    decode: (key, base, bytes) => memory.receive(key, unpack(memory.held(key), bytes)),
  };
}
