/**
 * Parts of a base that were taken elsewhere, and will mostly be dropped where they stood. Cost: all
 * looks together once over the base, since they only go forward.
 */
export class TakenParts {
  private readonly length: number;
  private marks: Uint8Array | undefined;
  /** The first one at or after the last place looked from; `length`: none. */
  private first: number;
  private at = 0;

  constructor(length: number) {
    this.length = length;
    this.first = length;
  }

  /** While it is, it has cost nothing. */
  get isEmpty(): boolean {
    return this.marks === undefined;
  }

  add(part: number): void {
    this.marks ??= new Uint8Array(this.length);
    this.marks[part] = 1;
    if (part >= this.at && part < this.first) this.first = part;
  }

  /** The first one from this place on, which never goes back; undefined: none. */
  next(at: number): number | undefined {
    const { marks, length } = this;
    this.at = at;
    if (this.first < at && marks !== undefined) {
      let first = at;
      while (first < length && marks[first] === 0) first++;
      this.first = first;
    }
    return this.first < length ? this.first : undefined;
  }
}
