import { types } from 'node:util'
import { hostName } from './host'
import type { Session } from './session'

/** What may come next, and the part of the line that it would replace. */
export interface Completions {
  readonly hits: readonly string[]
  readonly prefix: string
}

const afterChain = /(?<![\w$.)\]'"`])([A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)*)\??\.([\w$]*)$/
const bareName = /(?<![\w$.])([A-Za-z_$][\w$]*)?$/

/**
 * Completes the end of a line from what is there at run time: names, and properties after a chain
 * such as `app.models.`. Nothing with a side effect is run to find out.
 */
export function complete(session: Session, line: string): Completions {
  const [, chain, property = ''] = afterChain.exec(line) ?? []
  if (chain) return matching(propertiesOf(session.look(chain)), property)
  const name = bareName.exec(line)?.[1]
  return name ? matching(namesIn(session), name) : { hits: [], prefix: '' }
}

function namesIn(session: Session): string[] {
  const globals = Object.getOwnPropertyNames(globalThis).filter((name) => name !== hostName)
  return [...session.declaredNames(), ...globals]
}

/** Own properties first, then those of each class it comes from. */
function propertiesOf(value: unknown): string[] {
  if (value === undefined || value === null || types.isProxy(value)) return []
  const names: string[] = []
  let object = Object(value)
  while (object && object !== Object.prototype) {
    names.push(...Object.getOwnPropertyNames(object))
    object = Object.getPrototypeOf(object)
  }
  return names
}

function matching(names: readonly string[], prefix: string): Completions {
  const fits = (name: string) => /^[A-Za-z_$][\w$]*$/.test(name) && name.startsWith(prefix)
  return { hits: [...new Set(names.filter(fits))], prefix }
}
