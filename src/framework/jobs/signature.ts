/** A task's parameters as its source names them. */
export interface Signature {
  /** As in `users.divide(x, y = 1)`. */
  readonly text: string
  /** The names of the parameters, patterns and defaults as written. */
  readonly parameters: readonly string[]
  /** Whether the last one takes any number of arguments. */
  readonly rest: boolean
}

type TaskFunction = (...args: never[]) => unknown

/** Reads the parameters of a task's function from its source. */
export function signatureOf(name: string, fn: TaskFunction): Signature {
  const parameters = known.get(fn) ?? readParameters(fn) ?? unnamed(fn.length)
  known.set(fn, parameters)
  const rest = parameters.at(-1)?.startsWith('...') ?? false
  return { text: `${name}(${parameters.join(', ')})`, parameters, rest }
}

// Read once: a task is sent far more often than it is declared.
const known = new WeakMap<TaskFunction, string[]>()

function unnamed(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `arg${index + 1}`)
}

function readParameters(fn: TaskFunction): string[] | undefined {
  const source = fn.toString()
  // A method's source parses only inside an object.
  for (const code of [`(${source})`, `({${source}})`]) {
    const nodes = parse(code)
    if (nodes) return nodes.map((node) => code.slice(node.start, node.end).replace(/\s+/g, ' '))
  }
  return undefined
}

interface Span {
  readonly start: number
  readonly end: number
}

function parse(code: string): readonly Span[] | undefined {
  const acorn = require('acorn') as typeof import('acorn')
  try {
    const expression = acorn.parseExpressionAt(code, 0, { ecmaVersion: 'latest' })
    if (expression.type === 'ObjectExpression') {
      const [property] = expression.properties
      const method = property?.type === 'Property' ? property.value : undefined
      return method?.type === 'FunctionExpression' ? method.params : undefined
    }
    const isFunction =
      expression.type === 'ArrowFunctionExpression' || expression.type === 'FunctionExpression'
    return isFunction ? expression.params : undefined
  } catch {
    return undefined
  }
}
