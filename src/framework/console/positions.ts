import type { SourceMapInput, TraceMap } from '@jridgewell/trace-mapping'

/** Where a cell came from: what its stack frames call it, and the line of that input it begins on. */
export interface Origin {
  readonly file: string
  readonly line: number
}

/** A place in a cell's TypeScript. Lines count from 1, columns too. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** From compiled code back to TypeScript: a map for each step, the last step first. */
export interface CellMap {
  readonly origin: Origin
  readonly steps: () => readonly SourceMapInput[]
  /** How many characters were put before the cell's first line. */
  readonly indent: number
}

const maps = new Map<string, CellMap>()
const traces = new WeakMap<CellMap, readonly TraceMap[]>()
let counted = 0

/** Gives a cell the script name that V8 will call it by, so that its frames can be found again. */
export function nameScript(map: CellMap): string {
  counted += 1
  const script = `atelier-cell-${counted}`
  maps.set(script, map)
  return script
}

/** Forgets a cell: its frames keep the names that V8 gave them. */
export function forgetScript(script: string): void {
  maps.delete(script)
}

/** The place in the user's TypeScript that a place in compiled code came from. */
export function original(map: CellMap, place: Position): Position {
  const { originalPositionFor } =
    require('@jridgewell/trace-mapping') as typeof import('@jridgewell/trace-mapping')
  let { line, column } = { line: place.line, column: place.column - 1 }
  for (const trace of traceMaps(map)) {
    const found = originalPositionFor(trace, { line, column })
    if (found.line === null) continue
    line = found.line
    column = found.column
  }
  const indent = line === 1 ? map.indent : 0
  return { line: line + map.origin.line - 1, column: Math.max(column - indent, 0) + 1 }
}

function traceMaps(map: CellMap): readonly TraceMap[] {
  const { TraceMap } =
    require('@jridgewell/trace-mapping') as typeof import('@jridgewell/trace-mapping')
  const known = traces.get(map) ?? map.steps().map((step) => new TraceMap(step))
  traces.set(map, known)
  return known
}

/** A stack with the frames of cells shown as `cell:LINE:COLUMN` of the user's TypeScript. */
export function mapStack(stack: string): string {
  return stack.replace(/\b(atelier-cell-\d+):(\d+):(\d+)/g, (frame, script, line, column) => {
    const map = maps.get(script)
    if (!map) return frame
    const place = original(map, { line: Number(line), column: Number(column) })
    return `${map.origin.file}:${place.line}:${place.column}`
  })
}

/**
 * Maps the stacks of all errors from now on, whoever prints them. Project files stay mapped by
 * whoever did that before.
 *
 * @returns a function that undoes it
 */
export function mapStacks(): () => void {
  const before = Error.prepareStackTrace
  const prepare = (error: Error, sites: NodeJS.CallSite[]) => {
    const stack: unknown = before ? before(error, sites) : plainStack(error, sites)
    return typeof stack === 'string' ? mapStack(stack) : stack
  }
  Error.prepareStackTrace = prepare
  return () => {
    if (Error.prepareStackTrace === prepare) Error.prepareStackTrace = before
  }
}

function plainStack(error: Error, sites: readonly NodeJS.CallSite[]): string {
  return [headline(error), ...sites.map((site) => `    at ${site}`)].join('\n')
}

function headline(error: Error): string {
  try {
    return Error.prototype.toString.call(error)
  } catch {
    return 'Error'
  }
}
