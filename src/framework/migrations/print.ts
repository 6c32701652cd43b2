import type { Call, Chain } from './calls'

/** How many columns a line has. */
export const width = 100

/** A value as TypeScript source, broken over lines where it does not fit: as a formatter leaves it. */
export function printValue(value: unknown, indent: number, taken = indent): string {
  const flat = flatValue(value)
  if (typeof value !== 'object' || value === null) return flat
  if (taken + widthOf(flat) <= width && !isSpread(value)) return flat
  const inner = ' '.repeat(indent + 2)
  const end = ' '.repeat(indent)
  if (isRaw(value)) return `knex.raw(\n${inner}${printText(value.sql)},\n${end})`
  if (Array.isArray(value)) {
    const items = value.map((item) => `${inner}${printValue(item, indent + 2, indent + 3)},\n`)
    return `[\n${items.join('')}${end}]`
  }
  const lines = Object.entries(value).map(
    ([key, item]) => `${printEntry(key, item, indent + 2)},\n`,
  )
  return `{\n${lines.join('')}${end}}`
}

/** A text that does not fit beside its key goes below it, unless little would be won. */
function printEntry(key: string, item: unknown, indent: number): string {
  const start = `${' '.repeat(indent)}${key}:`
  const printed = printValue(item, indent, start.length + 2)
  const fits = start.length + 2 + widthOf(printed) <= width
  const isBelow = typeof item === 'string' && !fits && key.length > 4
  return isBelow ? `${start}\n${' '.repeat(indent + 2)}${printed}` : `${start} ${printed}`
}

function flatValue(value: unknown): string {
  if (typeof value === 'string') return printText(value)
  if (Array.isArray(value)) return `[${value.map(flatValue).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  if (isRaw(value)) return `knex.raw(${printText(value.sql)})`
  const entries = Object.entries(value).map(([key, item]) => `${key}: ${flatValue(item)}`)
  return entries.length > 0 ? `{ ${entries.join(', ')} }` : '{}'
}

/** Whether a value stands on lines of its own though it would fit: a list of objects. */
function isSpread(value: object): boolean {
  const items = Object.values(value)
  const isList = Array.isArray(value) && items.length > 1
  const isObject = (item: unknown) =>
    typeof item === 'object' && item !== null && Object.keys(item).length > 1
  return isList
    ? items.every(isObject)
    : items.some((item) => item instanceof Object && isSpread(item))
}

/** Whether a value is given to Knex as an SQL expression. */
function isRaw(value: object): value is { sql: string } {
  const { sql } = value as { sql?: unknown }
  return typeof sql === 'string' && Object.keys(value).length === 1
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
  const flat = `table${chain.map(flatCall).join('')}`
  if (indent + widthOf(flat) <= width) return flat
  const [first, ...rest] = chain
  if (first && rest.length === 0) return `table${printCall(first, indent, indent + 'table'.length)}`
  const inner = ' '.repeat(indent + 2)
  return `table${chain.map((call) => `\n${inner}${printCall(call, indent + 2, indent + 2)}`).join('')}`
}

function flatCall({ method, args }: Call): string {
  return `.${method}(${args.map(flatValue).join(', ')})`
}

function printCall(call: Call, indent: number, taken: number): string {
  const { method, args } = call
  const flat = flatCall(call)
  if (taken + widthOf(flat) <= width) return flat
  const last = args.at(-1)
  const start = `.${method}(${args
    .slice(0, -1)
    .map((arg) => `${flatValue(arg)}, `)
    .join('')}`
  const hugs = isObject(last) || (Array.isArray(last) && last.length > 0)
  if (hugs && taken + widthOf(start) + 1 <= width)
    return `${start}${printValue(last, indent, width)})`
  const inner = ' '.repeat(indent + 2)
  const lines = args.map((arg) => `${inner}${printValue(arg, indent + 2, indent + 3)},\n`)
  return `.${method}(\n${lines.join('')}${' '.repeat(indent)})`
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRaw(value)
}

const none = /[\p{Cc}\p{Cf}\p{Mn}\p{Me}]/gu
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/gu

/** How many columns a text takes: none for what only adds to a character, two for a wide one. */
export function widthOf(text: string): number {
  return [...text.replaceAll(none, '')].length + (text.match(wide)?.length ?? 0)
}
