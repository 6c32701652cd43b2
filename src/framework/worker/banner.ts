import type { Application } from '../application'
import { readPackage } from '../config'
import { signatureOf } from '../jobs'

/** What a worker says of itself when it starts, in the manner of Celery's banner. */
export function banner(app: Application): string {
  const { config, queue } = app
  const { name, version } = readPackage(config.root)
  const results = config.AGENDA_RESULTS_URL ?? config.AGENDA_URL
  const tasks = queue.tasks.map((task) => `  . ${signatureOf(task.name, task.fn).text}`).sort()
  return `${name} ${version} worker

[config]
.> application: ${name} (${config.NODE_ENV})
.> job store:   ${config.AGENDA_URL}
.> results:     ${results}
.> concurrency: ${config.AGENDA_MAX_CONCURRENCY} (${config.AGENDA_DEFAULT_CONCURRENCY} of one task)

[tasks]
${tasks.join('\n')}
`
}
