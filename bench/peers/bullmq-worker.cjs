const { createInterface } = require('node:readline')
const { clock, openWorker } = require('./bullmq.cjs')

function say(key, value) {
  process.stdout.write(`${JSON.stringify({ key, value })}\n`)
}

function heapInUse() {
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

function countMarks(worker, marks) {
  let done = 0
  worker.on('completed', () => {
    done += 1
    if (marks.has(done)) say(`mark ${done}`, clock())
  })
}

async function main([prefix, marks]) {
  const worker = openWorker(prefix)
  countMarks(worker, new Set(marks.split(',').map(Number)))
  const requests = createInterface({ input: process.stdin })
  requests.on('line', () => say('reply', heapInUse()))
  requests.on('close', () => worker.close().finally(() => process.exit()))
  await worker.waitUntilReady()
  say('ready', clock())
}

void main(process.argv.slice(2))
