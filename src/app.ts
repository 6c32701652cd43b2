import { join } from 'node:path'
import { config } from './config'
import type { Application } from './framework/application'
import type { SettingValues } from './framework/config'
import { createApplication } from './framework/create'

/**
 * Makes an application of this project, as often as you like in one process.
 *
 * @param overrides settings that differ from the environment's, by their key:
 *   `createApp({ DATABASE_URL: 'sqlite::memory:' })`
 * @throws ConfigError, FeatureError
 */
export function createApp(overrides: SettingValues = {}): Application {
  return createApplication(config.with(overrides), join(__dirname, 'features'), __filename)
}
