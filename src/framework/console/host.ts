/** The one global name that compiled cells use for what plain JavaScript cannot say. */
export const hostName = '__atelier'

/** What a compiled cell finds under that name. */
export interface Host {
  /** Stands for `import`. */
  import(specifier: string): Promise<object>
  /** Stands for `import.meta`. */
  readonly meta: object
  /** Stands before an assignment to a `const`. */
  constant(name: string): never
}

/** The host of a session, its imports counted from `root/repl.ts`. */
export function createHost(load: Host['import'], meta: object): Host {
  return {
    import: load,
    meta,
    constant(name) {
      throw new TypeError(`Assignment to constant variable '${name}'.`)
    },
  }
}
