/**
 * The same object whose methods first wait until the store is open, and whose errors are in our
 * words. Some methods may be replaced.
 */
export function answering<T extends object>(
  target: T,
  open: () => Promise<void>,
  failure: (error: unknown) => unknown,
  replaced: Partial<T> = {},
): T {
  return new Proxy(target, {
    get(_, key) {
      const owner = key in replaced ? replaced : target
      const method: unknown = Reflect.get(owner, key)
      if (typeof method !== 'function') return method
      return async (...args: unknown[]) => {
        try {
          await open()
          return await method.apply(owner, args)
        } catch (error) {
          throw failure(error)
        }
      }
    },
  })
}
