import { createHash } from 'node:crypto'

/** SQL, and the name under which each connection prepares it once. */
export interface Statement {
  readonly name: string
  readonly text: string
}

export function statement(text: string): Statement {
  const name = createHash('sha1').update(text).digest('hex')
  return { name, text }
}

/** SQL for a time as the milliseconds that JavaScript counts. */
export function milliseconds(time: string): string {
  return `floor(extract(epoch from ${time}) * 1000)`
}

/** SQL for the time that was so many ms ago by the server's clock. */
export function ago(ms: string): string {
  return `now() - ${ms}::float * interval '1 millisecond'`
}
