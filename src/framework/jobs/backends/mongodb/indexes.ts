import type { Db, IndexDescription } from 'mongodb'
import type { StoreRole } from '../role'

/** Before every date: an index that holds only dates is used when a query says so as well. */
export const earliest = new Date(-8_640_000_000_000_000)

const dated = { $gt: earliest }

const ofJobs: IndexDescription[] = [
  {
    name: 'atelier_due',
    key: { name: 1, lockedAt: 1, disabled: 1, priority: -1, nextRunAt: 1 },
    partialFilterExpression: { nextRunAt: dated },
  },
  {
    name: 'atelier_next',
    key: { name: 1, lockedAt: 1, disabled: 1, nextRunAt: 1 },
    partialFilterExpression: { nextRunAt: dated },
  },
  {
    name: 'atelier_locks',
    key: { lockedAt: 1 },
    partialFilterExpression: { lockedAt: dated },
  },
  { name: 'atelier_states', key: { 'run.state': 1, _id: -1 } },
  { name: 'atelier_tasks', key: { name: 1, 'run.state': 1, _id: -1 } },
  { name: 'atelier_once', key: { 'once.key': 1 }, unique: true, sparse: true },
]

const ofRuns: IndexDescription[] = [
  {
    name: 'atelier_finished',
    key: { 'run.finishedAt': 1 },
    partialFilterExpression: { 'run.finishedAt': dated },
  },
]

const single: IndexDescription = {
  name: 'atelier_single',
  key: { name: 1, type: 1 },
  unique: true,
  partialFilterExpression: { type: 'single' },
}

// Only whoever has to ask for changes looks for them by time.
const asked: IndexDescription = { name: 'atelier_changes', key: { 'change.written': 1 } }

/** Creates the indexes that are missing, once, however many processes open a database at once. */
export async function createIndexes(db: Db, role: StoreRole, isReplicated: boolean): Promise<void> {
  const changes = isReplicated ? [] : [asked]
  if (role === 'result store') {
    await db.collection('agendaResults').createIndexes([...ofRuns, ...changes])
    return
  }
  const jobs = db.collection('agendaJobs')
  await jobs.createIndexes([...ofJobs, ...ofRuns, ...changes])
  await jobs.createIndexes([single]).catch((error: { code?: number }) => {
    // Agenda alone has let in two repetitions of one name before: that is theirs to mend.
    if (error.code !== duplicate) throw error
  })
}

/** The server's code for a value that must be unique and is not. */
export const duplicate = 11_000
