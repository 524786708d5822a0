// Bundles the command line with everything it needs, so that it runs without installed packages.
export default {
  input: 'dist/cli/main.js',
  platform: 'node',
  external: ['bufferutil', 'utf-8-validate'],
  output: {
    file: 'dist/bin/diffstream.js',
    format: 'esm',
    codeSplitting: false,
  },
};
