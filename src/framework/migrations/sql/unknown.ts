/**
 * What a statement answers that is not run: it can be ignored and handed on, but whoever looks into
 * it calls `refuse`, since nobody knows what is there. So does Knex, when it is to be sent.
 */
export function unknownAnswer(refuse: () => never): unknown {
  const part = (property: string | symbol) => {
    // A promise looks for `then` in what it is given.
    if (property === 'then') return undefined
    if (property === Symbol.iterator) return () => [answer].values()
    if (typeof property === 'symbol' && property !== Symbol.toPrimitive) return undefined
    return refuse()
  }
  const answer: object = new Proxy({}, { get: (_, property) => part(property) })
  return answer
}
