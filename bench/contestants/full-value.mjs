// Full values, each by itself.
import { Packr } from 'msgpackr';

const bytesOf = (value) => Buffer.from(JSON.stringify(value));

export const fullJson = {
  name: 'full JSON',
  whole: true,
  context: true,
  open: () => ({
    encode: (key, base, target) => bytesOf(target),
    decode: (key, base, bytes) => JSON.parse(bytes.toString()),
  }),
};

export const msgpack = {
  name: 'msgpackr',
  whole: true,
  context: true,
  open: () => {
    const packr = new Packr({ useRecords: false });
    return {
      // A copy: msgpackr's own buffer is written again.
      encode: (key, base, target) => Buffer.from(packr.pack(target)),
      decode: (key, base, bytes) => packr.unpack(bytes),
    };
  },
};
