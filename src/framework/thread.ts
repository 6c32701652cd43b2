import { Worker } from 'node:worker_threads'

/** The arguments with which Node loads this project's TypeScript, in a process or in a thread. */
export const loadsTypeScript = ['-r', require.resolve('./register.cjs')]

/**
 * Starts a file as a thread.
 *
 * @param file absolute path
 * @param data the thread's `workerData`
 */
export function startThread(file: string, data: unknown): Worker {
  return new Worker(file, { workerData: data, execArgv: loadsTypeScript })
}
