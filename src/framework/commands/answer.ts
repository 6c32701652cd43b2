import { inspect } from 'node:util'

/** What a command brings, for people and for programs. */
export interface Answer {
  /** As text for people, at most `width` columns wide where that can be. */
  text(width: number): string
  /** As one JSON value; dates become ISO text. */
  readonly json: unknown
  /** Whether something that was asked for was not done. */
  readonly refused?: boolean
}

/** A value as people read it: all of it, over several lines when it is wider than `width`. */
export function shown(value: unknown, width: number): string {
  const everything = { depth: null, maxArrayLength: null, maxStringLength: null }
  return inspect(value, { ...everything, breakLength: width })
}

/** A value on one line, shortened. */
export function brief(value: unknown): string {
  return inspect(value, { depth: 2, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 60 })
}

/** As in `3 jobs` and `1 job`. */
export function counted(count: number, what = 'job'): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`
}
