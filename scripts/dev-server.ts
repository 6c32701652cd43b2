/**
 * The process in which `npm run dev` runs the server. It loads the libraries first, which take most
 * of the time and seldom change, and the project's own code only when its parent says so: one that
 * waits like this is a server moments after a change.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'

const sources = join(dirname(__dirname), 'src')

let started = false

process.once('message', () => {
  started = true
  require('../src/server')
})
void preloadAll()

/** Looks up after each library, to start at once when it is needed sooner. */
async function preloadAll(): Promise<void> {
  for (const library of libraries()) {
    await setImmediate()
    if (started) return
    preload(library)
  }
}

/** What the sources import that is not their own; types are gone when a file is loaded. */
function libraries(): Set<string> {
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' })
  const code = files.filter((file) => file.endsWith('.ts')).map(read)
  const imports = code.flatMap((text) => [
    ...text.matchAll(/^(?:import|export|\}) (?!type ).*from '([^.].*)'/gm),
  ])
  return new Set(imports.map(([, name = '']) => name))
}

function read(file: string): string {
  return readFileSync(join(sources, file), 'utf8')
}

/** What cannot be loaded is told by the code that needs it. */
function preload(library: string): void {
  try {
    require(library)
  } catch {}
}
