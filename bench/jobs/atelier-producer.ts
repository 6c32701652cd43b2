import type { Application } from '../../src/framework/application'
import { Worker } from '../../src/framework/worker/worker'
import { add, benchApp, stamp } from './atelier-app'
import { serve } from './lines'
import { producing } from './producer'

async function main([url = '', works]: string[]): Promise<void> {
  const app = benchApp(url)
  await app.queue.open()
  const worker = works ? new Worker(app) : undefined
  await worker?.start()
  serve(
    producing({
      add: (a, b) => add.now(a, b),
      addMany: (pairs) => add.nowMany(pairs),
      stamp: () => stamp.now(),
    }),
    () => end(app, worker),
  )
}

async function end(app: Application, worker: Worker | undefined): Promise<void> {
  await worker?.stop()
  await app.close()
}

void main(process.argv.slice(2))
