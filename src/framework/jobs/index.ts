export type { JobFilter, TaskCounts } from './backends/contract'
export type { Change, ChangeKind } from './changes'
export { type CurrentJob, currentJob } from './context'
export type { RetryOptions, TaskDefinition, TaskOptions, UniqueOptions } from './definition'
export { Job } from './job'
export { Queue } from './queue'
export {
  heartbeat,
  isAlive,
  type JobState,
  jobStates,
  type Outcome,
  type WorkerRecord,
} from './results'
export type { Duration } from './schedule'
export type { SendOptions } from './send'
export { signatureOf } from './signature'
export { type AnyTask, bindTask, type Task, task } from './task'
