/** A column of a table: its heading, and whether its cells are figures. */
export interface Column {
  readonly heading: string;
  readonly isFigure: boolean;
}

/** Lines of a table, the heading first; each column as wide as its widest cell. */
export function tableLines(columns: readonly Column[], rows: readonly string[][]): string[] {
  const headings = columns.map(({ heading }) => heading);
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [headings, ...rows].map((row) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return columns[column]?.isFigure === true ? cell.padStart(width) : cell.padEnd(width);
    });
    return cells.join('  ').trimEnd();
  });
}
