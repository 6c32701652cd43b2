import { NotStorableError } from '../errors'

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

// A Date travels as { $date: … }; a plain object that happens to have such a key is wrapped.
const dateKey = '$date'
const plainKey = '$plain'
const deepest = 500

/**
 * Turns a value into JSON that `fromStored` turns back into an equal value.
 *
 * @param place where the value is, for the error's sentence, as in `argument 1 of users.divide`
 * @throws NotStorableError for anything that is neither a JSON value nor a Date
 */
export function toStored(value: unknown, place: string, above: readonly object[] = []): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return finite(value, place)
  if (typeof value !== 'object') throw refusal(value, place)
  if (above.includes(value))
    throw new NotStorableError(place, 'part of itself', 'Send its id instead.')
  if (above.length >= deepest)
    throw new NotStorableError(place, `nested more than ${deepest} deep`, '')
  if (value instanceof Date) return { [dateKey]: isoText(value, place) }
  const inside = [...above, value]
  if (Array.isArray(value)) {
    return Array.from(value, (item, index) => toStored(item, `${place}[${index}]`, inside))
  }
  if (!isPlain(value)) throw refusal(value, place)
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    toStored(item, `${place}.${key}`, inside),
  ])
  const stored: { [key: string]: Json } = Object.fromEntries(entries)
  return dateKey in stored || plainKey in stored ? { [plainKey]: stored } : stored
}

/** The value that `toStored` was given. */
export function fromStored(stored: Json): unknown {
  if (stored === null || typeof stored !== 'object') return stored
  if (Array.isArray(stored)) return stored.map(fromStored)
  if (typeof stored[dateKey] === 'string') return new Date(stored[dateKey])
  const plain = stored[plainKey]
  return mapValues(plain !== undefined ? (plain as { [key: string]: Json }) : stored)
}

function mapValues(object: { [key: string]: Json }): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, fromStored(item)]))
}

function finite(value: number, place: string): number {
  if (Number.isFinite(value)) return value
  throw new NotStorableError(
    place,
    String(value),
    'Send null, or text, for a number that is not finite.',
  )
}

function isoText(date: Date, place: string): string {
  if (Number.isNaN(date.getTime())) throw new NotStorableError(place, 'an invalid Date', '')
  return date.toISOString()
}

// An object of another realm has another Object.prototype, so the shape of the chain is asked.
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function refusal(value: unknown, place: string): NotStorableError {
  if (value === undefined) {
    return new NotStorableError(place, 'undefined', 'Leave it out, or use null.')
  }
  if (typeof value === 'function') return new NotStorableError(place, 'a function', '')
  if (typeof value !== 'object' || value === null) {
    return new NotStorableError(place, `a ${typeof value}`, 'Send it as text.')
  }
  const kind = value.constructor?.name || 'an unknown class'
  const hint = 'Send its id, or a plain object with the values that the task needs.'
  return new NotStorableError(place, `an object of class ${kind}`, hint)
}
