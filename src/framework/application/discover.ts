import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { AtelierError, FeatureError } from '../errors'
import { type Feature, isFeature } from './feature'

/** The names that every console session has, so that no model or task may take them. */
export const reservedNames = ['app', 'config', 'db', 'request', 'job'] as const

/**
 * Loads the features of a folder: one from each folder in it, by name.
 *
 * @param folder absolute path, as in `src/features`
 * @throws FeatureError for a folder that is no feature, one that does not load, or a name that two
 *   features claim
 */
export function discoverFeatures(folder: string): Feature[] {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
  const features = names.map((name) => loadFeature(folder, name))
  refuseClashes(features)
  return features
}

function loadFeature(folder: string, name: string): Feature {
  const exported = requireFeature(join(folder, name), name)
  if (isFeature(exported)) return exported
  throw new FeatureError(
    `The folder features/${name} is no feature: its index.ts does not export one.`,
    'Write `export default defineFeature({ … })` there, or move the folder elsewhere.',
  )
}

function requireFeature(path: string, name: string): unknown {
  try {
    return (require(path) as { default?: unknown }).default
  } catch (error) {
    if (error instanceof AtelierError) throw error
    const { code, requireStack } = error as { code?: string; requireStack?: string[] }
    const missing = code === 'MODULE_NOT_FOUND' && requireStack?.[0] === __filename
    if (missing) {
      const hint =
        'Add an index.ts with `export default defineFeature({ … })`, or move the folder elsewhere.'
      throw new FeatureError(`The folder features/${name} is no feature: it has no index.ts.`, hint)
    }
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error)
    throw new FeatureError(`The feature ${name} does not load: ${why}`, '', error)
  }
}

/** Names share one space each: features, tasks by their full name, and what the console shows. */
function refuseClashes(features: readonly Feature[]): void {
  refuse(
    'feature',
    features.map((feature) => [feature.name, feature.name]),
  )
  refuse(
    'task',
    features.flatMap((f) => Object.values(f.tasks).map((task) => [task.taskName, f.name])),
  )
  const shown = features.flatMap((feature) =>
    Object.keys({ ...feature.models, ...feature.tasks }).map((name) => [name, feature.name]),
  )
  refuse('name', [...reservedNames.map((name) => [name, 'the console itself']), ...shown])
}

function refuse(what: string, claims: readonly (readonly string[])[]): void {
  const owners = new Map<string, string>()
  for (const [name = '', owner = ''] of claims) {
    const other = owners.get(name)
    if (other !== undefined) {
      const where = other === owner ? `twice in ${owner}` : `in ${other} and in ${owner}`
      throw new FeatureError(
        `The ${what} ${name} is declared ${where}.`,
        'Give one of them another name.',
      )
    }
    owners.set(name, owner)
  }
}
