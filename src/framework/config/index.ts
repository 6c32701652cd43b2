export {
  type Config,
  type ConfigDefinition,
  defineConfig,
  type EnvironmentName,
  type SettingValues,
} from './define'
export { integer, oneOf, type Setting, text } from './env'
export { readPackage } from './package'
export { prepareSqlite, type SqlitePragmas, sqlitePath, sqliteProblem } from './sqlite-file'
export { type StoreKind, StoreUrl, storeUrl } from './url'
