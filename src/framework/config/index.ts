export {
  type Config,
  type ConfigDefinition,
  defineConfig,
  type EnvironmentName,
  type SettingValues,
  settingsOf,
} from './define'
export { integer, oneOf, type Setting, text } from './env'
export { nearest } from './keys'
export { readPackage } from './package'
export {
  isSqliteBusy,
  prepareSqlite,
  type SqlitePragmas,
  type Synchronous,
  sqlitePath,
  sqliteProblem,
} from './sqlite-file'
export { type StoreKind, StoreUrl, storeUrl } from './url'
