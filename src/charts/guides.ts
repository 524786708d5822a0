/** Heights that mean something: break-even, a limit. */
import type { Guide } from './chart.ts';
import { lineAt, textAt } from './drawing.ts';
import type { Frame } from './frame.ts';
import type { Layout } from './layout.ts';
import type { Markup } from './markup.ts';
import { nameText } from './plain-text.ts';
import { fitted } from './text-width.ts';

/** Lines across the plot with their names on them. */
export function guideLines(guides: readonly Guide[], f: Frame, layout: Layout): Markup[] {
  return guides.flatMap(({ at, label }) => {
    const y = f.y.at(at);
    if (y === undefined) return [];
    const text = fitted(nameText(label), f.right - f.left - 8, layout.fontPx);
    const below = y - f.top < layout.fontPx * 1.5;
    const textY = below ? y + layout.fontPx * 1.1 : y - 5;
    return [
      lineAt('guide', [f.left, y, f.right, y]),
      textAt(text, { x: f.right - 4, y: textY, anchor: 'end', className: 'on' }),
    ];
  });
}
