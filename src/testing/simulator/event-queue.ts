/** Something that happens at a point of virtual time. */
interface Event {
  readonly atMs: number;
  /** Drawn: what is due at the same time happens in an order that the seed decides. */
  readonly tie: number;
  /** Makes the order total. */
  readonly seq: number;
  readonly run: () => void;
}

/** What is to happen, earliest first: a binary heap. Cost of each step: log of its size. */
export class EventQueue {
  private readonly heap: Event[] = [];
  private seq = 0;

  get size(): number {
    return this.heap.length;
  }

  /** Infinity where nothing is due any more. */
  get nextMs(): number {
    return this.heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  add(atMs: number, tie: number, run: () => void): void {
    const event = { atMs, tie, seq: this.seq++, run };
    const { heap } = this;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent] as Event)) break;
      heap[at] = heap[parent] as Event;
      at = parent;
    }
    heap[at] = event;
  }

  /** Takes the earliest event out. To be called only where there is one. */
  take(): Event {
    const { heap } = this;
    const first = heap[0] as Event;
    const last = heap.pop() as Event;
    if (heap.length > 0) this.sink(last);
    return first;
  }

  private sink(event: Event): void {
    const { heap } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) {
        child++;
      }
      if (!isBefore(heap[child] as Event, event)) break;
      heap[at] = heap[child] as Event;
      at = child;
    }
    heap[at] = event;
  }
}

function isBefore(a: Event, b: Event): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs;
  if (a.tie !== b.tie) return a.tie < b.tie;
  return a.seq < b.seq;
}
