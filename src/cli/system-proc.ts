/** What files below /proc say, as data. Lines that make no sense are left out. */

/** Counters of a network interface since it came up. */
export interface InterfaceCounters {
  readonly receivedBytes: number;
  readonly receivedPackets: number;
  readonly sentBytes: number;
  readonly sentPackets: number;
}

/** `/proc/net/dev`, by the name of the interface. */
export function readInterfaces(text: string): Map<string, InterfaceCounters> {
  const found = new Map<string, InterfaceCounters>();
  for (const line of text.split('\n')) {
    const match = /^\s*([^\s:]+):\s*(.*)$/.exec(line);
    const fields = (match?.[2] ?? '').trim().split(/\s+/).map(Number);
    const [receivedBytes, receivedPackets, sentBytes, sentPackets] = [0, 1, 8, 9].map(
      (index) => fields[index] ?? Number.NaN,
    ) as [number, number, number, number];
    const counters = { receivedBytes, receivedPackets, sentBytes, sentPackets };
    if (match?.[1] !== undefined && Object.values(counters).every(Number.isSafeInteger)) {
      found.set(match[1], counters);
    }
  }
  return found;
}

/** `/proc/meminfo`, in bytes, by the name of the line. */
export function readMemory(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const match of text.matchAll(/^(\w+):\s+(\d+) kB$/gm)) {
    const bytes = Number(match[2]) * 1024;
    if (Number.isSafeInteger(bytes)) found.set(match[1] ?? '', bytes);
  }
  return found;
}

export interface ProcessFacts {
  /** As the process calls itself: anything but a zero byte may be in it. */
  readonly name: string;
  readonly state: string;
  readonly parent: number;
  readonly threads: number;
  /** Time on a processor since the start, in hundredths of a second. */
  readonly ticks: number;
  /** When it started, in hundredths of a second since the machine did. */
  readonly startTicks: number;
  readonly residentPages: number;
}

/** `/proc/<pid>/stat`; undefined for what is none. */
export function readProcess(text: string): ProcessFacts | undefined {
  // The name may hold brackets and line ends of its own: the last bracket closes it.
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  const [given = '', ...fields] = text.slice(close + 2).split(/\s+/);
  const numbers = fields.map(Number);
  const at = (field: number): number => numbers[field - 4] ?? Number.NaN;
  // One letter, in every kernel there is.
  const state = /^[A-Za-z]/.exec(given)?.[0] ?? '?';
  const facts = {
    name: text.slice(open + 1, close),
    state,
    parent: at(4),
    threads: at(20),
    ticks: at(14) + at(15),
    startTicks: at(22),
    residentPages: at(24),
  };
  const { parent, threads, ticks, startTicks, residentPages } = facts;
  const isWhole = [parent, threads, ticks, startTicks, residentPages].every(Number.isSafeInteger);
  return isWhole ? facts : undefined;
}
