/**
 * Defines global names that a cell may shadow with a declaration of its own, or assign to.
 *
 * @returns a function that puts everything back as it was
 */
export function defineGlobals(names: Readonly<Record<string, unknown>>): () => void {
  const before = Object.keys(names).map(
    (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
  )
  for (const [name, value] of Object.entries(names)) setGlobal(name, value)
  return () => {
    for (const [name, descriptor] of before) {
      Reflect.deleteProperty(globalThis, name)
      if (descriptor) Object.defineProperty(globalThis, name, descriptor)
    }
  }
}

/** Sets one such name. */
export function setGlobal(name: string, value: unknown): void {
  // Not enumerable: code that walks over the global object should not meet the console.
  Object.defineProperty(globalThis, name, {
    value,
    configurable: true,
    writable: true,
    enumerable: false,
  })
}
