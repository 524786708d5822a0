// Bundles the command line and the live page, each with everything it needs.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(fileURLToPath(import.meta.url));
const read = (/** @type {string} */ path) => readFileSync(join(ROOT, path), 'utf8');

/** Packages that the page carries inside it; their licences travel with it. */
const IN_PAGE = ['react', 'react-dom', 'scheduler', 'uplot'];

/**
 * Puts a bundle and its styles into one HTML file that needs nothing else.
 * @returns {import('rolldown').Plugin}
 */
function asOneFile() {
  return {
    name: 'as-one-file',
    generateBundle(_options, bundle) {
      const [file, ...others] = Object.keys(bundle);
      const chunk = bundle[file ?? ''];
      if (file === undefined || chunk?.type !== 'chunk' || others.length > 0) {
        throw new Error(`the page has to be one chunk, not ${Object.keys(bundle).join(', ')}`);
      }
      // What would end the script element, or begin a comment in it, stands in strings only.
      const script = chunk.code.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
      const style = `${read('node_modules/uplot/dist/uPlot.min.css')}\n${read('src/page/page.css')}`;
      const html = read('src/page/page.html')
        .replace('/* style */', () => style)
        .replace('/* script */', () => script);
      delete bundle[file];
      const licences = IN_PAGE.map((name) => {
        return `${name}\n${'-'.repeat(name.length)}\n${read(`node_modules/${name}/LICENSE`)}`;
      });
      this.emitFile({ type: 'asset', fileName: 'index.html', source: html });
      this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY.txt', source: licences.join('\n\n') });
    },
  };
}

export default [
  {
    input: 'dist/cli/main.js',
    platform: 'node',
    external: ['bufferutil', 'utf-8-validate'],
    output: {
      file: 'dist/bin/diffstream.js',
      format: 'esm',
      codeSplitting: false,
    },
  },
  {
    input: 'src/page/main.tsx',
    platform: 'browser',
    tsconfig: 'tsconfig.page.json',
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    plugins: [asOneFile()],
    output: {
      dir: 'dist/page',
      format: 'esm',
      codeSplitting: false,
      minify: true,
    },
  },
];
