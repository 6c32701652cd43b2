import type { Call, Chain } from './calls'

const width = 100

/** A value as TypeScript source, broken over lines where it does not fit: as a formatter leaves it. */
export function printValue(value: unknown, indent: number, taken = indent): string {
  const flat = flatValue(value)
  if (taken + flat.length <= width || typeof value !== 'object' || value === null) return flat
  const inner = ' '.repeat(indent + 2)
  const isList = Array.isArray(value)
  const lines = Object.entries(value).map(([key, item]) => {
    const label = isList ? '' : `${key}: `
    return `${inner}${label}${printValue(item, indent + 2, indent + 3 + label.length)},\n`
  })
  const [open, close] = isList ? '[]' : '{}'
  return `${open}\n${lines.join('')}${' '.repeat(indent)}${close}`
}

function flatValue(value: unknown): string {
  if (typeof value === 'string') return printText(value)
  if (Array.isArray(value)) return `[${value.map(flatValue).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const { sql } = value as { sql?: unknown }
  if (typeof sql === 'string' && Object.keys(value).length === 1)
    return `knex.raw(${printText(sql)})`
  const entries = Object.entries(value).map(([key, item]) => `${key}: ${flatValue(item)}`)
  return entries.length > 0 ? `{ ${entries.join(', ')} }` : '{}'
}

/** In the quotes that need fewer escapes. */
function printText(text: string): string {
  const count = (quote: string) => text.split(quote).length
  const quote = count("'") > count('"') ? '"' : "'"
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')
  return quote + escaped.replaceAll(quote, `\\${quote}`) + quote
}

/** Calls on the builder of a table, as one statement. */
export function printChain(chain: Chain, indent: number): string {
  const flat = `table${chain.map((call) => printCall(call, 0, Number.NEGATIVE_INFINITY)).join('')}`
  if (indent + flat.length <= width) return flat
  if (chain.length <= 2) {
    const [first, ...rest] = chain as [Call, ...Call[]]
    const start = `table${rest.length > 0 ? printCall(first, 0, Number.NEGATIVE_INFINITY) : ''}`
    return start + printCall(rest[0] ?? first, indent, indent + start.length)
  }
  const inner = ' '.repeat(indent + 2)
  return `table${chain.map((call) => `\n${inner}${printCall(call, indent + 2, indent + 2)}`).join('')}`
}

function printCall({ method, args }: Call, indent: number, taken: number): string {
  const flat = args.map(flatValue)
  const whole = `.${method}(${flat.join(', ')})`
  if (taken + whole.length <= width) return whole
  const last = args.at(-1)
  const before = flat.slice(0, -1).map((arg) => `${arg}, `)
  const start = `.${method}(${before.join('')}`
  if (isObject(last) && taken + start.length + 1 <= width) {
    return `${start}${printValue(last, indent, width)})`
  }
  const inner = ' '.repeat(indent + 2)
  const lines = args.map((arg) => `${inner}${printValue(arg, indent + 2, indent + 3)},\n`)
  return `.${method}(\n${lines.join('')}${' '.repeat(indent)})`
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('sql' in value)
}
