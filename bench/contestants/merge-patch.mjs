// RFC 7396: an object of what is new, null for what is gone.
import merge from 'json-merge-patch';

export const mergePatch = {
  name: 'json-merge-patch',
  context: true,
  open: () => ({
    encode: (key, base, target) => Buffer.from(JSON.stringify(merge.generate(base, target) ?? {})),
    decode: (key, base, bytes) => merge.apply(base, JSON.parse(bytes.toString())),
  }),
};
