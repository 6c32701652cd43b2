import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

/** The part of ts-node that compiles one file. */
interface Compiler {
  compile(code: string, file: string): string
}

/**
 * Starts a file as a thread without loading TypeScript's compiler into it, which would cost 75 MB
 * and 150 ms: this thread compiles it. The file may import packages, but no TypeScript.
 *
 * @param file absolute path
 * @param data the thread's `workerData`
 */
export function startThread(file: string, data: unknown): Worker {
  const compiler = (process as unknown as Record<symbol, Compiler | undefined>)[
    Symbol.for('ts-node.register.instance')
  ]
  if (!compiler) return new Worker(file, { workerData: data })
  const code = compiler.compile(readFileSync(file, 'utf8'), file)
  // Code that is no file resolves what it requires from the current folder.
  const here = `require = require('node:module').createRequire(${JSON.stringify(file)});`
  return new Worker(`${here}${code}`, { eval: true, workerData: data, execArgv: [] })
}
