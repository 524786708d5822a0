import { useId } from 'react';
import type { ReactNode } from 'react';
import { Scroller } from './scroller.tsx';

export interface DataColumn<Row> {
  readonly title: string;
  /** What the column tells, for those who ask. */
  readonly hint?: string;
  readonly isFigure?: boolean;
  /** Whether it says what it is without its title. */
  readonly isPlain?: boolean;
  readonly cell: (row: Row) => ReactNode;
}

/** A table with a heading, which scrolls by itself. The first column names its row. */
export function DataTable<Row>(props: {
  readonly title: string;
  readonly note?: ReactNode;
  readonly columns: readonly DataColumn<Row>[];
  readonly rows: readonly Row[];
  readonly idOf: (row: Row) => string;
  readonly empty: string;
  readonly isMarked?: (row: Row) => boolean;
  /** Whether each row becomes a card where there is no room for columns. */
  readonly hasCards?: boolean;
}): ReactNode {
  const { title, note, columns, rows, idOf, empty, isMarked, hasCards } = props;
  const id = useId();
  return (
    <section className="panel" aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {note !== undefined && <div className="note">{note}</div>}
      </div>
      {rows.length === 0 ? (
        <p className="empty">{empty}</p>
      ) : (
        <Scroller className="scroller" label={`table of ${title.toLowerCase()}`}>
          <table className={hasCards === true ? 'cards' : undefined}>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th
                    key={column.title}
                    scope="col"
                    className={classOf(column)}
                    title={column.hint}
                  >
                    {column.title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={idOf(row)} className={isMarked?.(row) === true ? 'marked' : undefined}>
                  {columns.map((column, index) => (
                    <Cell key={column.title} column={column} row={row} isFirst={index === 0} />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
    </section>
  );
}

function Cell<Row>(props: {
  readonly column: DataColumn<Row>;
  readonly row: Row;
  readonly isFirst: boolean;
}): ReactNode {
  const { column, row, isFirst } = props;
  const content = column.cell(row);
  if (isFirst) return <th scope="row">{content}</th>;
  return (
    <td className={classOf(column)} data-title={column.title}>
      {content}
    </td>
  );
}

function classOf({ isFigure, isPlain }: Pick<DataColumn<unknown>, 'isFigure' | 'isPlain'>): string {
  return `${isFigure === true ? 'figure' : ''} ${isPlain === true ? 'is-plain' : ''}`;
}
