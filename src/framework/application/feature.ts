import type { Model } from 'objection'
import type { AnyTask } from '../jobs'
import type { Routes } from './routes'

/** A model class as a feature lists it. */
export type AnyModel = typeof Model

/** A group of models, routes and tasks that belong together. */
export interface Feature {
  readonly name: string
  readonly models: Readonly<Record<string, AnyModel>>
  readonly tasks: Readonly<Record<string, AnyTask>>
  readonly routes: Routes | undefined
}

/** What `defineFeature` takes: everything but the name may be left out. */
export interface FeatureDefinition {
  /** Short and unique, as in `users`. */
  name: string
  /** The models by the name that the console and `app.models` give them. */
  models?: Readonly<Record<string, Omit<AnyModel, 'new'>>>
  /** The tasks by the name that the console and `app.tasks` give them. */
  tasks?: Readonly<Record<string, AnyTask>>
  /** The routes, mounted with their own prefix. */
  routes?: Routes
}

const features = new WeakSet<object>()

/** Declares a feature; `index.ts` of a folder under `src/features/` exports it as default. */
export function defineFeature(definition: FeatureDefinition): Feature {
  const { name, models = {}, tasks = {}, routes } = definition
  const feature = Object.freeze({ name, models: models as Feature['models'], tasks, routes })
  features.add(feature)
  return feature
}

/** Whether a value was made by `defineFeature`. */
export function isFeature(value: unknown): value is Feature {
  return typeof value === 'object' && value !== null && features.has(value)
}
