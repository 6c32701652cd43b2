const { serve } = require('../jobs/lines')
const { producing } = require('../jobs/producer')
const { connect, openEvents, openQueue, openWorker } = require('./bullmq.cjs')

async function main([prefix, works]) {
  const queue = openQueue(prefix)
  const events = openEvents(prefix)
  await Promise.all([queue.waitUntilReady(), events.waitUntilReady()])
  const worker = works ? openWorker(prefix) : undefined
  await worker?.waitUntilReady()
  const handle = (job) => ({ result: () => job.waitUntilFinished(events) })
  const entry = ([a, b]) => ({ name: 'add', data: { a, b } })
  serve(
    producing({
      add: async (a, b) => handle(await queue.add('add', { a, b })),
      addMany: async (pairs) => (await queue.addBulk(pairs.map(entry))).map(handle),
      stamp: async () => handle(await queue.add('stamp', {})),
    }),
    () => end(prefix, worker),
  )
}

/** Removes all that was stored, also when the bench was interrupted. */
async function end(prefix, worker) {
  await worker?.close()
  const redis = connect()
  const keys = redis.scanStream({ match: `${prefix}*`, count: 1_000 })
  for await (const found of keys) if (found.length > 0) await redis.unlink(found)
  redis.disconnect()
}

void main(process.argv.slice(2))
