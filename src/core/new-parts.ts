import type { AddEdit, Edit } from './op.ts';
import type { Value } from './value.ts';

/** Where new values, names and inserted texts go. */
export interface NewParts {
  value(value: Value): void;
  insert(text: string): void;
  /** How many edits from `at` on go together: several only where they add side by side. */
  addsAtOnce(edits: readonly Edit[], at: number): number;
  add(kind: 'object' | 'array', edits: readonly AddEdit[]): void;
}

/** Where new values, names and inserted texts come from. */
export interface NewSource {
  value(depth: number): Value;
  insert(): string;
  /** The parts that one `add` brings, in their order; of elements the names are empty. */
  add(kind: 'object' | 'array', depth: number): readonly NewPart[];
}

export interface NewPart {
  readonly name: string;
  readonly value: Value;
}
