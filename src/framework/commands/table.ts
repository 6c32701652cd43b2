/** One column of a table. */
export interface Column {
  readonly title: string
  /** Numbers stand at the right. */
  readonly right?: boolean
  /** It is left out where there is not room for all. */
  readonly spare?: boolean
  /** Its cells are cut where there is not room for them. */
  readonly cut?: boolean
}

const gap = '  '
// Less than this says nothing any more.
const leastCut = 10

/**
 * Rows under a line of titles.
 *
 * @param rows a cell for each column
 * @param width how many columns of a terminal there are; Infinity leaves everything as it is
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => row.map(plain))]
  const wanted = columns.map((_, index) => widest(cells, index))
  const kept = columns.map((column) => !column.spare || total(wanted) <= width)
  const excess = total(wanted.filter((_, index) => kept[index])) - width
  const widths = wanted.map((want, index) =>
    columns[index]?.cut && excess > 0 ? Math.max(want - excess, leastCut) : want,
  )
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => aligned(cell, widths[index] ?? 0, columns[index]?.right))
      .filter((_, index) => kept[index])
      .join(gap)
      .trimEnd()
  return cells.map(line).join('\n')
}

function widest(cells: readonly (readonly string[])[], index: number): number {
  return cells.reduce((most, row) => Math.max(most, row[index]?.length ?? 0), 0)
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + gap.length, -gap.length)
}

function aligned(cell: string, width: number, right = false): string {
  const text = cell.length > width ? `${cell.slice(0, width - 1)}…` : cell
  return right ? text.padStart(width) : text.padEnd(width)
}

/** What a terminal would take for an order, such as a line feed or a colour, becomes a space. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ')
}
