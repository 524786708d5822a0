import { keyText } from '../core/key.ts';
import type { Change } from '../cache/change.ts';
import { DataMsg } from '../cache/data-msg.ts';
import { Frame } from '../cache/frame.ts';
import { DiffStreamError } from '../core/errors.ts';
import { Patch } from '../core/patch.ts';
import { describeMessage } from '../protocol/index.ts';
import { readByteInput } from './byte-input.ts';
import { ExitCode } from './exit-code.ts';
import { indented, opData, opLines, valueText } from './op-text.ts';
import { choice, flag } from './option.ts';
import { printable } from './printable.ts';
import { defineVerb } from './verb.ts';

/** What bytes turned out to be. */
interface Decoded {
  /** For people. */
  readonly lines: readonly string[];
  /** For programs. */
  readonly data: Readonly<Record<string, unknown>>;
}

type Kind = 'message' | 'frame' | 'protocol' | 'patch';

const decoders: Readonly<Record<Kind, (bytes: Uint8Array) => Decoded>> = {
  message: describeDataMsg,
  frame: describeFrame,
  protocol: describeProtocolMessage,
  patch: describePatch,
};

export const inspect = defineVerb({
  name: 'inspect',
  summary: 'decodes a message, frame or patch for people',
  usage: '<hex|base64|file|->',
  positionalsMin: 1,
  positionalsMax: 1,
  options: {
    as: choice('what the bytes are', ['auto', 'message', 'frame', 'protocol', 'patch'], 'auto'),
    json: flag('one JSON object on stdout'),
  },
  notes: [
    [
      'message is a stand-alone DataMsg, frame a stand-alone Frame, protocol what one side of a',
      'session sends to the other. A patch has no mark of its own: auto tries it last.',
    ].join('\n'),
  ],
  run: async ({ positionals, values, stdin, terminal, interrupt }) => {
    const bytes = await readByteInput(positionals[0] ?? '-', stdin, interrupt.signal);
    const { kind, decoded } = decodeAs(values.as, bytes);
    if (values.json) terminal.print(JSON.stringify({ kind, bytes: bytes.length, ...decoded.data }));
    else {
      terminal.print(`${terminal.colors.bold(kind)} of ${bytes.length} bytes`);
      for (const line of indented(decoded.lines)) terminal.print(line);
    }
    return ExitCode.done;
  },
});

/** Throws what the decoder of that kind throws; with `auto`, `malformed` with what each found. */
export function decodeAs(
  kind: Kind | 'auto',
  bytes: Uint8Array,
): { readonly kind: Kind; readonly decoded: Decoded } {
  if (kind !== 'auto') return { kind, decoded: decoders[kind](bytes) };
  const found: string[] = [];
  for (const [name, decode] of Object.entries(decoders) as [Kind, (typeof decoders)[Kind]][]) {
    try {
      return { kind: name, decoded: decode(bytes) };
    } catch (error) {
      if (!(error instanceof DiffStreamError)) throw error;
      found.push(`as ${name}: ${error.message}`);
    }
  }
  throw new DiffStreamError(
    'malformed',
    `${bytes.length} bytes that nothing reads (${found.join('; ')})`,
  );
}

function describeDataMsg(bytes: Uint8Array): Decoded {
  const message = DataMsg.decode(bytes);
  const { cmd, key, base, version, digest, token } = message;
  const head = { cmd, key, base, version, digest, epoch: token.epoch };
  const versions = cmd === 'update' ? `version ${base} -> ${version}` : `version ${version}`;
  const lines = [
    `${cmd} ${printable(keyText(key))}, ${versions}`,
    `epoch tag ${token.epoch}, digest after ${digest}`,
  ];
  if (cmd === 'update') {
    const { op } = message.patch();
    return { lines: [...lines, ...opLines(op)], data: { ...head, op: opData(op) } };
  }
  if (cmd === 'delete') return { lines, data: head };
  const { value } = message.parts;
  return { lines: [...lines, `value ${valueText(value)}`], data: { ...head, value } };
}

function describeFrame(bytes: Uint8Array): Decoded {
  const { from, to, token, changes } = Frame.decode(bytes);
  const what = from === 0 ? 'snapshot' : `versions ${from} -> ${to}`;
  const title = `${what}, leads to version ${to}, ${changes.length} changes`;
  const lines = [title, `epoch ${token.epoch}`, ...changes.flatMap(changeLines)];
  const data = changes.map(changeData);
  return { lines, data: { from, to, epoch: token.epoch, changes: data } };
}

function changeLines(change: Change): string[] {
  const key = printable(keyText(change.key));
  if (change.kind === 'delete') return [`delete ${key}`];
  if (change.kind === 'put') return [`put ${key} = ${valueText(change.value)}`];
  return [`patch ${key}`, ...indented(opLines(change.op))];
}

function changeData(change: Change): unknown {
  return change.kind === 'patch' ? { ...change, op: opData(change.op) } : change;
}

function describePatch(bytes: Uint8Array): Decoded {
  const { op } = Patch.decode(bytes);
  return { lines: opLines(op), data: { op: opData(op) } };
}

function describeProtocolMessage(bytes: Uint8Array): Decoded {
  const { changes, ...data } = describeMessage(bytes);
  if (changes === undefined) return { lines: memberLines(data), data };
  // A session's frame has the changes of a stand-alone one.
  const known = changes as readonly Change[];
  const lines = [...memberLines(data), ...known.flatMap(changeLines)];
  return { lines, data: { ...data, changes: known.map(changeData) } };
}

/** One line a member, nested objects indented below theirs. */
function memberLines(data: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(data).flatMap(([name, value]) => {
    const isNested = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isNested) return [`${printable(name)}: ${valueText(value)}`];
    const nested = memberLines(value as Readonly<Record<string, unknown>>);
    return [`${printable(name)}:`].concat(indented(nested));
  });
}
