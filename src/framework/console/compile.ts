import type { Options } from '@swc/core'
import { CellSyntaxError } from '../errors'
import { type Declared, makeLasting } from './lasting'
import { unwrapModule } from './modules'
import { type CellMap, type Origin, original } from './positions'
import { explain, type Failure } from './syntax'
import { parse } from './tree'

/** A cell as V8's REPL mode takes it. */
export interface Cell {
  readonly code: string
  readonly map: CellMap
  readonly declared: Declared
}

/** Whether an input may run, needs more lines, or is wrong as it stands. */
export type Completeness = 'complete' | 'incomplete' | 'invalid'

const options: Options = {
  filename: 'cell.ts',
  configFile: false,
  swcrc: false,
  isModule: true,
  sourceMaps: true,
  inlineSourcesContent: false,
  module: { type: 'es6' },
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    // An import that this cell does not use is there for the next one.
    transform: { verbatimModuleSyntax: true, decoratorVersion: '2022-03' },
  },
}

/**
 * Compiles one cell of TypeScript.
 *
 * @param origin what its frames are called, and the line it begins on in the whole input
 * @param constants names of earlier cells that must not be assigned to
 * @throws CellSyntaxError with the line in the whole input
 */
export function compile(
  source: string,
  origin: Origin,
  constants: ReadonlySet<string> = new Set(),
): Cell {
  const { code, map, indent } = transpile(source, origin)
  const program = parseAgain(code, { origin, indent, steps: () => [map] })
  const { default: MagicString } = require('magic-string') as typeof import('magic-string')
  const edit = new MagicString(code)
  const declared = makeLasting(program, unwrapModule(program, edit), edit, constants)
  const steps = () => [edit.generateMap({ hires: true }).toString(), map]
  return { code: edit.toString(), declared, map: { origin, indent, steps } }
}

/** Tells an input that only lacks its end from one that is wrong. */
export function completeness(source: string): Completeness {
  try {
    swc(source)
    return 'complete'
  } catch (error) {
    if (startsObject(source) && parses(`(${source}\n)`)) return 'complete'
    const readings = startsObject(source) ? [source, `(${source}`] : [source]
    return readings.some((text) => explain(text, error).incomplete) ? 'incomplete' : 'invalid'
  }
}

interface Transpiled {
  readonly code: string
  readonly map: string
  readonly indent: number
}

/** A cell that starts with `{` is an object if it can be one, as at any prompt. */
function transpile(source: string, origin: Origin): Transpiled {
  if (startsObject(source)) {
    try {
      return { ...swc(`(${source}\n)`), indent: 1 }
    } catch {
      // Then it is a block.
    }
  }
  try {
    return { ...swc(source), indent: 0 }
  } catch (error) {
    throw syntaxError(explain(source, error), origin)
  }
}

function startsObject(source: string): boolean {
  return /^\s*\{/.test(source) && !/;\s*$/.test(source)
}

function parses(source: string): boolean {
  try {
    swc(source)
    return true
  } catch {
    return false
  }
}

function swc(source: string): { code: string; map: string } {
  const { transformSync } = require('@swc/core') as typeof import('@swc/core')
  const transform = (text: string) => {
    const { code, map = '' } = transformSync(text, options)
    return { code, map }
  }
  try {
    return transform(source)
  } catch (error) {
    if (!String(error).includes('Import assignment')) throw error
    return transform(withoutImportAssignment(source))
  }
}

// swc refuses `import x = require()` in a module. Of the same length, so that no column moves.
function withoutImportAssignment(source: string): string {
  return source.replace(/^(\s*)import(\s+[\w$]+\s*=\s*require\s*\()/gm, '$1const $2')
}

function syntaxError(
  { line, problem }: Omit<Failure, 'incomplete'>,
  origin: Origin,
): CellSyntaxError {
  return new CellSyntaxError(line + origin.line - 1, problem)
}

/** What only a second look finds, such as a name that is declared twice in the cell. */
function parseAgain(code: string, map: CellMap) {
  try {
    return parse(code)
  } catch (error) {
    const { loc, message } = error as Error & { loc: { line: number; column: number } }
    const { line } = original(map, { line: loc.line, column: loc.column + 1 })
    throw new CellSyntaxError(line, message.replace(/ \(\d+:\d+\)$/, '.'))
  }
}
