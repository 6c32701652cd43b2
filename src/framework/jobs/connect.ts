import type { Agenda, AgendaBackend } from 'agenda'
import { type Config, settingsOf } from '../config'
import type { Events } from '../events'
import { createStore } from './backends'
import { answering } from './backends/answering'
import type { JobStore } from './backends/contract'
import type { TaskDefinition } from './definition'
import { Runner } from './runner'

/** What belongs to one queue. */
export interface QueueFacts {
  readonly config: Config
  readonly tasks: ReadonlyMap<string, TaskDefinition>
  readonly events: Events
  /** The name under which this process claims jobs. */
  readonly worker: string
  /** The file whose `createApp(settings)` makes the application anew in a thread. */
  readonly module: string | undefined
  /** Opens the job store, once. */
  open(): Promise<void>
  /** Runs a function with the application as the current one. */
  run<R>(fn: () => R): R
}

/** The job store of a queue, and what works on it: Agenda for `app.agenda`, a runner for workers. */
export interface Connected {
  readonly store: JobStore
  readonly backend: AgendaBackend
  readonly agenda: Agenda
  readonly runner: Runner
}

/** Makes the parts of a queue; nothing is opened yet. */
export function connect(facts: QueueFacts): Connected {
  const { config, module } = facts
  const store = createStore(config)
  const backend = backendOf(store, facts.open)
  const agenda = createAgenda(store, backend, facts)
  const source = module === undefined ? undefined : { module, settings: settingsOf(config) }
  const runner = new Runner({ ...facts, store, source, run: (fn) => facts.run(fn) })
  return { store, backend, agenda, runner }
}

/** A store as Agenda takes it, for any number of Agendas. */
function backendOf(store: JobStore, open: () => Promise<void>): AgendaBackend {
  const inOurWords = <T extends object>(target: T) =>
    answering(target, open, (error) => store.failure(error))
  return {
    name: store.name,
    repository: inOurWords(store.repository),
    notificationChannel: store.channel,
    logger: store.logger && inOurWords(store.logger),
    // Closing is ours: Agenda would close under jobs that still run.
    ownsConnection: false,
    // Agenda does not catch a failure here; the first call of the repository reports it.
    connect: async () => {},
    disconnect: async () => {},
  }
}

function createAgenda(
  store: JobStore,
  backend: AgendaBackend,
  { config, events, worker }: QueueFacts,
): Agenda {
  const { Agenda } = require('agenda') as typeof import('agenda')
  const agenda = new Agenda({
    name: worker,
    processEvery: config.AGENDA_PROCESS_EVERY,
    defaultLockLifetime: config.AGENDA_DEFAULT_LOCK_LIFETIME,
    // Only those definitions that ask for it.
    logging: { default: false },
    backend,
  })
  const failed = (error: Error) => {
    events.emit('store.failed', { error: store.failure(error) as Error })
  }
  agenda.on('error', failed)
  store.channel.on('error', failed)
  return agenda
}
