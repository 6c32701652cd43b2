/** The one door for features: everything they may use of the framework. */
export { type Application, defineFeature, type Feature, Routes } from './application'
export { table } from './database'
export * from './errors'
export {
  type CurrentJob,
  currentJob,
  type Job,
  type JobState,
  type Task,
  task,
} from './jobs'
export { type Static, Type } from './validation'
