/** The sizes in which a chart is drawn. The page shows the one whose text is readable in it. */

export interface Layout {
  /** Width of the drawing, in pixels of its own. */
  readonly width: number;
  /** Whether names stand above what they name, for want of room beside it. */
  readonly narrow: boolean;
  /** Size of all text. */
  readonly fontPx: number;
  /** Height of the part with the data. */
  readonly plotHeight: number;
}

export const WIDE: Layout = { width: 880, narrow: false, fontPx: 12.5, plotHeight: 320 };
/** Of a figure with another beside it. */
export const HALF: Layout = { width: 410, narrow: true, fontPx: 12, plotHeight: 240 };
export const NARROW: Layout = { width: 340, narrow: true, fontPx: 12, plotHeight: 230 };
