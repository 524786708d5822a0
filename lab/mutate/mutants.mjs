// The mutants of one source file: small mistakes, each a replacement of a stretch of its text.
// @ts-check
import { parseAst } from 'rolldown/parseAst';

/**
 * @typedef {{ start: number, end: number, text: string }} Edit
 * @typedef {Edit & { kind: string, line: number, scope: number }} Mutant `scope`: where the
 *   function begins in which it stands; -1: none.
 * @typedef {{ type: string, start: number, end: number, [name: string]: any }} Node
 */

/** Each operator with what is put in its place. */
const OPERATORS = /** @type {Record<string, string[]>} */ ({
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '**': ['*'],
  '<<': ['>>'],
  '>>': ['<<'],
  '>>>': ['<<'],
  '&': ['|'],
  '|': ['&'],
  '^': ['&'],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
});
const ASSIGNMENTS = /** @type {Record<string, string>} */ ({
  '+=': '-=',
  '-=': '+=',
  '*=': '/=',
  '&&=': '||=',
  '||=': '&&=',
  '??=': '&&=',
  '|=': '&=',
  '&=': '|=',
  '^=': '&=',
  '>>=': '<<=',
  '>>>=': '<<=',
});
const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const REMOVED = new Set(['ExpressionStatement', 'ContinueStatement', 'BreakStatement']);
/** Texts for people: what they say is not the program's behaviour. */
const MESSAGES = /^(malformed|conflict|misfit|limitExceeded|wrongType|refuse|unknown)$/;

/** @param {string} source @param {string} file @returns {Mutant[]} */
export function mutantsOf(source, file) {
  return walked(source, file).mutants;
}

/** Where each function's body begins, so that what runs it can be told. @param {string} source */
export function functionsOf(source) {
  return walked(source, 'source.ts').bodies;
}

/** @param {string} source @param {string} file */
function walked(source, file) {
  const walk = new Walk(source);
  /** @type {unknown} */
  const program = parseAst(source, { lang: 'ts' }, file);
  walk.visit(/** @type {Node} */ (program), -1);
  return walk;
}

class Walk {
  /** @param {string} source */
  constructor(source) {
    this.source = source;
    this.mutants = /** @type {Mutant[]} */ ([]);
    this.bodies = /** @type {number[]} */ ([]);
  }

  /** @param {Node} node @param {number} scope */
  visit(node, scope) {
    if (node.type.startsWith('TS') && !isTransparent(node)) return;
    if (node.type.startsWith('Import') || isMessage(node)) return;
    let inner = scope;
    if (FUNCTIONS.has(node.type) && node.body?.type === 'BlockStatement') {
      inner = node.body.start;
      this.bodies.push(inner);
    }
    this.mutate(node, inner);
    for (const [name, child] of Object.entries(node)) {
      // A name that is no value, where an export comes from, and a switch case's place, are left
      // as they are.
      if (node.type.startsWith('Export') && name === 'source') continue;
      if (name === 'key' || (name === 'property' && !node.computed)) continue;
      for (const one of Array.isArray(child) ? child : [child]) {
        if (typeof one?.type === 'string') this.visit(one, inner);
      }
    }
  }

  /** @param {Node} node @param {number} scope */
  mutate(node, scope) {
    const make = mutators[/** @type {keyof typeof mutators} */ (node.type)];
    if (make === undefined) return;
    for (const [kind, edit] of make(node, (one) => this.source.slice(one.start, one.end))) {
      if (this.source.slice(edit.start, edit.end) === edit.text) continue;
      const line = this.source.slice(0, edit.start).split('\n').length;
      this.mutants.push({ ...edit, kind, line, scope });
    }
  }
}

/** What the compiler takes away around an expression. @param {Node} node */
function isTransparent({ type }) {
  return type === 'TSAsExpression' || type === 'TSNonNullExpression';
}

/** Whether a node makes the text of an error. @param {Node} node */
function isMessage(node) {
  if (node.type === 'NewExpression') return node.callee.name === 'DiffStreamError';
  if (node.type !== 'CallExpression') return false;
  return MESSAGES.test(node.callee.name ?? node.callee.property?.name ?? '');
}

/** @param {Node} node @param {string} text @returns {Edit} */
const whole = ({ start, end }, text) => ({ start, end, text });

/**
 * @param {Node} left @param {Node} right
 * @param {string} from @param {string} to @param {string} between
 */
function operatorEdit(left, right, from, to, between) {
  const start = left.end + between.indexOf(from);
  return { start, end: start + from.length, text: to, right };
}

/** @typedef {(node: Node) => string} TextOf */

/** @param {Node} node @param {TextOf} textOf @returns {[string, Edit][]} */
function binary(node, textOf) {
  const { left, right, operator } = node;
  const between = textOf({ type: '', start: left.end, end: right.start });
  /** @type {[string, Edit][]} */
  const made = (OPERATORS[operator] ?? []).map((to) => [
    node.type === 'LogicalExpression' ? 'logical' : 'operator',
    operatorEdit(left, right, operator, to, between),
  ]);
  return made;
}

/** @param {Node} test @returns {[string, Edit][]} */
const forced = (test) => [
  ['condition', whole(test, 'true')],
  ['condition', whole(test, 'false')],
];

const mutators = {
  BinaryExpression: binary,
  LogicalExpression: binary,
  /** @type {(node: Node, textOf: TextOf) => [string, Edit][]} */
  AssignmentExpression(node, textOf) {
    const to = ASSIGNMENTS[node.operator];
    if (to === undefined) return [];
    const between = textOf({ type: '', start: node.left.end, end: node.right.start });
    return [['assignment', operatorEdit(node.left, node.right, node.operator, to, between)]];
  },
  /** @type {(node: Node) => [string, Edit][]} */
  IfStatement: (node) => forced(node.test),
  /** @type {(node: Node) => [string, Edit][]} */
  ConditionalExpression: (node) => forced(node.test),
  /** @type {(node: Node) => [string, Edit][]} */
  WhileStatement: (node) => [['condition', whole(node.test, 'false')]],
  /** @type {(node: Node) => [string, Edit][]} */
  ForStatement: (node) => (node.test ? [['condition', whole(node.test, 'false')]] : []),
  /** @type {(node: Node, textOf: TextOf) => [string, Edit][]} */
  UnaryExpression(node, textOf) {
    const { operator, argument } = node;
    if (operator === '!' || operator === '-' || operator === '~') {
      return [['negation', whole(node, ` ${textOf(argument)}`)]];
    }
    return [];
  },
  /** @type {(node: Node, textOf: TextOf) => [string, Edit][]} */
  UpdateExpression(node, textOf) {
    const to = node.operator === '++' ? '--' : '++';
    const name = textOf(node.argument);
    return [['update', whole(node, node.prefix ? to + name : name + to)]];
  },
  /** @type {(node: Node) => [string, Edit][]} */
  Literal(node) {
    const { value } = node;
    if (typeof value === 'boolean') return [['literal', whole(node, String(!value))]];
    if (typeof value === 'string') return [['literal', whole(node, value === '' ? "'?'" : "''")]];
    if (typeof value !== 'number') return [];
    return [
      ['constant', whole(node, `(${value} + 1)`)],
      ['constant', whole(node, `(${value} - 1)`)],
    ];
  },
  /** @type {(node: Node) => [string, Edit][]} */
  ArrayExpression: (node) => (node.elements.length > 0 ? [['literal', whole(node, '[]')]] : []),
  /** @type {(node: Node, textOf: TextOf) => [string, Edit][]} */
  ChainExpression(node, textOf) {
    const text = textOf(node);
    const plain = text.replaceAll('?.[', '[').replaceAll('?.(', '(').replaceAll('?.', '.');
    return [['chain', whole(node, plain)]];
  },
  /** @type {(node: Node) => [string, Edit][]} */
  ReturnStatement(node) {
    if (node.argument === null || node.argument.name === 'undefined') return [];
    return [['return', whole(node, 'return undefined as never;')]];
  },
  /** @type {(node: Node) => [string, Edit][]} */
  BlockStatement(node) {
    // A block of one statement comes to the same as that statement removed.
    const [first] = node.body;
    const alone = node.body.length === 1 && REMOVED.has(first.type);
    return first === undefined || alone ? [] : [['block', whole(node, '{}')]];
  },
  /** @type {(node: Node) => [string, Edit][]} */
  ExpressionStatement: (node) => [['statement', whole(node, ';')]],
  /** @type {(node: Node) => [string, Edit][]} */
  ContinueStatement: (node) => [['statement', whole(node, ';')]],
  /** @type {(node: Node) => [string, Edit][]} */
  BreakStatement: (node) => [['statement', whole(node, ';')]],
};
