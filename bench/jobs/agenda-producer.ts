import { agendaOn } from './agenda-app'
import { type Operations, serve } from './lines'

const callers = 20

async function main([url = '']: string[]): Promise<void> {
  const { agenda, backend } = agendaOn(url)
  await agenda.ready
  const add = (index: number) => agenda.now('bench.add', { a: index, b: 1 })
  const operations: Operations = {
    parallel: (count) => timed(() => parallel(add, count)),
    sequential: (count) => timed(() => sequential(add, count)),
    prefill: (count) => parallel(add, count),
  }
  serve(operations, () => backend.disconnect())
}

type Add = (index: number) => Promise<unknown>

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1_000
}

async function sequential(add: Add, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await add(index)
}

async function parallel(add: Add, count: number): Promise<void> {
  let next = 0
  async function caller() {
    while (next < count) await add(next++)
  }
  await Promise.all(Array.from({ length: callers }, caller))
}

void main(process.argv.slice(2))
