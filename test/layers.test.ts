import { describe, expect, it } from 'vitest';
import { importsOf, layerViolations } from './support/layer-rule.ts';
import { readTree } from './support/source.ts';

describe('layers', () => {
  it('imports in src point downward, stay in their layer and form no cycle', () => {
    const files = readTree(['src'], /\.tsx?$/);
    expect(files.size).toBeGreaterThan(0);
    expect(layerViolations(files)).toEqual([]);
  });
});

describe('the layer check itself', () => {
  const CORE = ['src/core/key.ts', "export const key = 'k';"] as const;
  const check = (...files: (readonly [string, string])[]): string[] =>
    layerViolations(new Map([CORE, ...files]));

  it('accepts imports of the same and of lower layers', () => {
    const cache = "import { key } from '../core/key.ts';\nexport { key };";
    const door = "export { key } from './core/key.ts';";
    const server = "import net from 'node:net';\nimport '../core/key.ts';\nawait import('ws');";
    expect(
      check(
        ['src/cache/cache.ts', cache],
        ['src/index.ts', door],
        ['src/server/serve.ts', server],
        ['src/transport/ws-listener.ts', "import 'ws';\nimport 'node:http';"],
      ),
    ).toEqual([]);
  });

  it.each([
    ['an import that points up', 'src/core/a.ts', "import '../cache/b.ts';", 'core is below cache'],
    ['a re-export that points up', 'src/core/a.ts', "export * from '../cache/b.ts';", 'below'],
    ['a type import that points up', 'src/core/a.ts', "type B = import('../cache/b.ts').B;", 'bel'],
    ['a package in a pure layer', 'src/protocol/a.ts', "import x from 'ws';", 'protocol may not'],
    ['Node in the client', 'src/client/a.ts', "import 'node:fs';", 'client may not'],
    ['Node in a transport not named for it', 'src/transport/a.ts', "import 'ws';", 'may not'],
    ['the client in the server', 'src/server/a.ts', "import '../client/c.ts';", 'do not meet'],
    ['the protocol in the main door', 'src/index.ts', "import './protocol/p.ts';", 'main door'],
    ['a computed import', 'src/driver/a.ts', 'const m = await import(name);', '(computed)'],
    ['a missing file', 'src/core/a.ts', "import './key.js';", 'no such file'],
    ['a folder without a rank', 'src/misc/a.ts', '', 'no rank'],
  ])('reports %s', (_what, path, source, expected) => {
    const others = ['src/cache/b.ts', 'src/client/c.ts', 'src/protocol/p.ts'] as const;
    const problems = check([path, source], ...others.map((other) => [other, ''] as const));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });

  it('reports a cycle between files', () => {
    const problems = check(
      ['src/core/a.ts', "import './b.ts';"],
      ['src/core/b.ts', "import './a.ts';"],
    );
    expect(problems).toEqual(['cycle: src/core/a.ts -> src/core/b.ts -> src/core/a.ts']);
  });

  it('reads every form of import and nothing out of comments, strings and expressions', () => {
    const source = [
      "import def, {\n  type A,\n} from './a.ts';",
      "export type { B } from './b.ts'; // from './comment.ts'",
      "/* import './block.ts'; */ import './c.ts';",
      "const text = \"import './text.ts'\" + `import './${await import('./d.ts')}'`;",
      "const pattern = /import '[/]/; import 'node:fs';",
    ].join('\n');
    expect(importsOf(source)).toEqual(['./a.ts', './b.ts', './c.ts', './d.ts', 'node:fs']);
  });
});
