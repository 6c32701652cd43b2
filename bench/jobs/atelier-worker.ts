import { Worker } from '../../src/framework/worker/worker'
import { benchApp } from './atelier-app'
import { counting, heapInUse, serve } from './lines'

async function main([url = '', marks = '']: string[]): Promise<void> {
  const app = benchApp(url)
  const worker = new Worker(app)
  const count = counting(marks.split(',').map(Number))
  app.queue.events.on('job.succeeded', count)
  await worker.start()
  serve({ heap: heapInUse }, () => worker.stop())
}

void main(process.argv.slice(2))
