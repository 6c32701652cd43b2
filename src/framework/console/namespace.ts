import { type Application, requester } from '../application'
import { signatureOf } from '../jobs'

/** One name that a session starts with. */
export interface Preloaded {
  readonly name: string
  readonly kind: 'model' | 'name' | 'task'
  readonly value: unknown
  /** One line: what it is. */
  readonly description: string
}

/** What a session on this application starts with: the application's parts, models and tasks. */
export function preload(app: Application): Preloaded[] {
  const name = (text: string, value: unknown, description: string): Preloaded => {
    return { name: text, kind: 'name', value, description }
  }
  return [
    name('app', app, 'the application'),
    name('config', app.config, 'its settings'),
    name('db', app.db, 'its database, as Knex'),
    name('request', requester(app), "asks it in this process: await request.get('/users')"),
    name('job', (id: string) => app.job(id), 'finds a job again: await job(id)'),
    ...Object.entries(app.models).map(([text, value]): Preloaded => {
      return {
        name: text,
        kind: 'model',
        value,
        description: `the model of table ${value.tableName}`,
      }
    }),
    ...Object.entries(app.tasks).map(([text, value]): Preloaded => {
      const { name: full, fn } = value.definition
      return {
        name: text,
        kind: 'task',
        value,
        description: `the task ${signatureOf(full, fn).text}`,
      }
    }),
  ]
}

/** The same as an object, for a session. */
export function valuesByName(names: readonly Preloaded[]): Record<string, unknown> {
  return Object.fromEntries(names.map(({ name, value }) => [name, value]))
}
