import type { ChangedPlace } from './changed-places.ts';

/** What changed at one place of all values, or at many that are alike. */
export interface PathFigures {
  /** Steps from the root; `*` stands for many members, `[]` for all elements. */
  readonly path: readonly string[];
  /** Some names that `*` stands for, for each `*` of the path, the first seen first. */
  readonly examples: readonly string[];
  /** Changes of values that changed something here. */
  readonly changes: number;
  /** This place's share of the compact patches, in bytes; of all places they are all there is. */
  readonly patchBytes: number;
  /** JSON text of what was new here, in bytes. */
  readonly jsonBytes: number;
}

/** Any member of an object that is a map. */
const ANY_MEMBER = '*';
/** Objects of which more members change than this are taken for maps. */
const NAMES_MAX = 48;
const EXAMPLES_MAX = 3;
/** Deeper places count for the place at this depth. */
const DEPTH_MAX = 16;

class PathNode {
  readonly steps = new Map<string, PathNode>();
  readonly examples: string[] = [];
  /** Its members are one step: there were too many. */
  isMap = false;
  changes = 0;
  patchBytes = 0;
  jsonBytes = 0;
  lastChange = -1;

  /** The next node on the way; members of a map share one. */
  next(step: string): PathNode {
    const known = this.steps.get(step);
    if (known !== undefined) return known;
    const isElement = step.startsWith('[');
    if (!isElement && this.isMap) return this.#any(step);
    const node = new PathNode();
    this.steps.set(step, node);
    if (!isElement && this.steps.size > NAMES_MAX) this.#becomeMap();
    return this.isMap ? this.next(ANY_MEMBER) : node;
  }

  #any(step: string): PathNode {
    const any = this.steps.get(ANY_MEMBER) ?? new PathNode();
    this.steps.set(ANY_MEMBER, any);
    if (any.examples.length < EXAMPLES_MAX && step !== ANY_MEMBER) any.examples.push(step);
    return any;
  }

  #becomeMap(): void {
    const members = [...this.steps].filter(([step]) => !step.startsWith('['));
    this.isMap = true;
    for (const [step] of members) this.steps.delete(step);
    for (const [step, node] of members) this.#any(step).absorb(node);
  }

  absorb(other: PathNode): void {
    this.changes += other.changes;
    this.patchBytes += other.patchBytes;
    this.jsonBytes += other.jsonBytes;
    this.lastChange = Math.max(this.lastChange, other.lastChange);
    for (const [step, node] of other.steps) this.next(step).absorb(node);
    if (other.isMap && !this.isMap) this.#becomeMap();
  }
}

/**
 * Where values change, as a tree of places. Objects with very many members that change are taken
 * for maps, so that the tree stays small, and names what such members have in common.
 */
export class PathTree {
  readonly #root = new PathNode();
  #change = 0;

  /** The places of one change, which share the bytes of its patch by their weights. */
  add(places: readonly ChangedPlace[], patchBytes: number): void {
    this.#change++;
    let total = 0;
    for (const { weight } of places) total += weight;
    for (const { path, weight, jsonBytes } of places) {
      let node = this.#root;
      for (const step of path.slice(0, DEPTH_MAX)) node = node.next(step);
      node.patchBytes += (patchBytes * weight) / total;
      node.jsonBytes += jsonBytes;
      if (node.lastChange !== this.#change) node.changes++;
      node.lastChange = this.#change;
    }
  }

  /** All places that changed, those with the most bytes first. */
  figures(): PathFigures[] {
    const found: PathFigures[] = [];
    const visit = (node: PathNode, path: string[], examples: readonly string[]): void => {
      const { changes, patchBytes, jsonBytes } = node;
      if (changes > 0) {
        // Counts of members that became one step may hold the same change twice.
        const once = Math.min(changes, this.#change);
        found.push({ path, examples, changes: once, patchBytes, jsonBytes });
      }
      for (const [step, next] of node.steps) {
        const more = step === ANY_MEMBER ? next.examples.slice(0, EXAMPLES_MAX) : [];
        visit(next, [...path, step], [...examples, ...more]);
      }
    };
    visit(this.#root, [], []);
    return found.sort((a, b) => b.patchBytes - a.patchBytes);
  }
}
