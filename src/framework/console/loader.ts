import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { types } from 'node:util'

/** Loads modules as code in the project's root would: what `require` and `import` mean in a cell. */
export interface Loader {
  readonly require: NodeJS.Require
  readonly import: (specifier: string) => Promise<object>
  readonly meta: object
}

/** @param root the project's folder, absolute */
export function createLoader(root: string): Loader {
  const file = join(root, 'repl.ts')
  const load = createRequire(file)
  return {
    require: load,
    import: (specifier) => importModule(load, specifier),
    meta: { url: pathToFileURL(file).href, filename: file, dirname: root },
  }
}

/**
 * `require` first: it gives the session the application's own copy of every project file, and it
 * loads ESM packages too. What it cannot load, such as a module with top-level await, is imported.
 */
async function importModule(load: NodeJS.Require, specifier: string): Promise<object> {
  if (/^(data|https?):/.test(specifier)) return import(specifier)
  const path = specifier.startsWith('file:') ? fileURLToPath(specifier) : String(specifier)
  try {
    return namespaceOf(load(path))
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException | null)?.code)
    if (awaiting.includes(code)) return import(pathToFileURL(load.resolve(path)).href)
    // Only `import` finds such a package. It finds it from here, since we are in the project.
    if (code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return import(path)
    throw error
  }
}

const awaiting = ['ERR_REQUIRE_ASYNC_MODULE', 'ERR_REQUIRE_ESM']

/** What `import` makes of a CommonJS module, as TypeScript's esModuleInterop does it. */
function namespaceOf(exports: unknown): object {
  if (!isObject(exports)) return { default: exports }
  if (types.isModuleNamespaceObject(exports) || '__esModule' in exports) return exports
  const names = Object.keys(exports).filter((name) => name !== 'default')
  const namespace = Object.create(null, { [Symbol.toStringTag]: { value: 'Module' } })
  for (const name of names) Object.defineProperty(namespace, name, property(exports, name))
  return Object.assign(namespace, { default: exports })
}

// A getter stays one: packages load parts of themselves when they are first read.
function property(exports: object, name: string): PropertyDescriptor {
  const { get, value } = Object.getOwnPropertyDescriptor(exports, name) ?? {}
  return get ? { get: get.bind(exports), enumerable: true } : { value, enumerable: true }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
